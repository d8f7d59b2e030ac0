import { prices as catalogPrices, HOURS_PER_MONTH, type Price } from "../../catalog/prices";
import type { Pool } from "../../stacks/environment";
import { type HourlyCost, hourlyUsd } from "../../stacks/price";

/** USD of a month (730 h) with all nodes that may run, and where the figure comes from; or why there is no figure. */
export type MonthlyCost = HourlyCost;

/** What a pool costs in a month at its maximum, by what `hourlyUsd` says of one node. */
export function monthlyUsd(pool: Pool, prices: Readonly<Record<string, Price>> = catalogPrices): MonthlyCost {
  const hourly = hourlyUsd(pool, prices);
  return "unknown" in hourly ? hourly : { ...hourly, usd: pool.max * hourly.usd * HOURS_PER_MONTH };
}
