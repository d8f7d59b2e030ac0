import { converted, exchangeRate } from "../catalog/exchange-rate";
import { prices as catalogPrices, type Price } from "../catalog/prices";
import type { OwnPrice, Pool } from "./pool";

/** What a node costs for an hour, in USD, and where the figure comes from; or why there is no figure. */
export type HourlyCost =
  | { readonly usd: number; readonly source: string; readonly date: string }
  | { readonly unknown: string };

/**
 * What one node of a pool costs for an hour. A price that is missing, is none, or belongs to another machine makes the cost
 * unknown; it is never counted as zero. Pure: `prices` is the catalog's table unless a caller brings its own.
 */
export function hourlyUsd(pool: Pool, prices: Readonly<Record<string, Price>> = catalogPrices): HourlyCost {
  const { price } = pool;
  if (price === undefined) {
    return { unknown: "no price is stated" };
  }
  return "like" in price ? listed(pool, prices[price.like], price.like) : owned(pool, price);
}

/** USD per hour of one node at the owner's own price, which may be in EUR. */
function owned(pool: Pool, { usdPerGpuHour, eurPerGpuHour, source, date }: OwnPrice): HourlyCost {
  if (pool.perNode === undefined) {
    return { unknown: "the price is per GPU and the pool has no GPUs" };
  }
  const perGpu = usdPerGpuHour ?? eurPerGpuHour;
  if (perGpu === undefined || (usdPerGpuHour !== undefined && eurPerGpuHour !== undefined)) {
    return { unknown: "the price is neither in USD alone nor in EUR alone" };
  }
  const currency = usdPerGpuHour === undefined ? "EUR" : "USD";
  if (!(Number.isFinite(perGpu) && perGpu > 0)) {
    return { unknown: `${perGpu} ${currency} per GPU and hour is no price` };
  }
  return currency === "USD"
    ? { usd: pool.perNode * perGpu, source, date }
    : { usd: pool.perNode * perGpu * exchangeRate.usdPerEur, source: `${source} (${converted()})`, date };
}

/** USD per hour of one node at a provider's list price, when the machine is indeed like the pool's. */
function listed(pool: Pool, entry: Price | undefined, key: string): HourlyCost {
  if (entry === undefined) {
    return { unknown: `${key} is not in the catalog` };
  }
  if (!(Number.isFinite(entry.usdPerHour) && entry.usdPerHour > 0)) {
    return { unknown: `the catalog has no usable price for ${key}` };
  }
  const gpus = pool.perNode ?? 0;
  if (entry.gpus !== gpus) {
    return { unknown: `${key} has ${entry.gpus} GPUs and a node of the pool has ${gpus}` };
  }
  if (entry.accelerator !== undefined && entry.accelerator !== pool.accelerator) {
    return { unknown: `${key} has ${entry.accelerator} and the pool has ${pool.accelerator}` };
  }
  if (entry.cpus < pool.machine.cpus) {
    return { unknown: `${key} has ${entry.cpus} CPUs and a node of the pool has ${pool.machine.cpus}` };
  }
  if (pool.capacity === "spot") {
    return entry.spotUsdPerHour === undefined
      ? { unknown: `the catalog has no spot price for ${key}` }
      : {
          usd: entry.spotUsdPerHour,
          source: `${entry.spotOrigin?.source ?? entry.source} (spot, one snapshot)`,
          date: entry.spotOrigin?.date ?? entry.date,
        };
  }
  // A reservation's own price is its owner's; the list price is what it is measured against.
  return { usd: entry.usdPerHour, source: entry.source, date: entry.date };
}
