import { type AcceleratorName, accelerators } from "./accelerators";
import { priceData, sourceOf } from "./price-data";
import type data from "./prices.json";

/**
 * What a machine costs, as published.
 *
 * `usdPerHour` is the on-demand price of the whole machine, `spotUsdPerHour` one snapshot of its spot price; both are
 * USD per hour without tax. `committed` is its price for those who commit to a term. `cpus`, `memoryGib` and `gpus` are
 * the machine's own, per machine.
 *
 * `quality` says how far the on-demand figure was checked: `confirmed` against a second, independent source;
 * `consistent` with the same catalogue's other regions; `listed` once and not checked. Figures that contradict each
 * other are not here: an unknown price fails the cost gate, it is never counted as zero.
 */
export interface Price {
  readonly usdPerHour: number;
  readonly spotUsdPerHour?: number;
  readonly committed?: Committed;
  readonly accelerator?: AcceleratorName;
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly currency: "USD";
  readonly quality: "confirmed" | "consistent" | "listed";
  readonly source: string;
  /** ISO day on which the figure was true, or `unknown` where the source states none; `note` then says what is known. */
  readonly date: string;
  readonly note?: string;
  /** Where the spot figure comes from, where that is elsewhere. */
  readonly spotOrigin?: { readonly source: string; readonly date: string };
}

/** USD per hour of the whole machine for whoever pays for it throughout one year or three. */
export interface Committed {
  readonly oneYearUsdPerHour: number;
  readonly threeYearsUsdPerHour: number;
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

/** Hours of a month in every monthly figure: 365 days of 24 h over 12 months. */
export const HOURS_PER_MONTH = 730;

/**
 * A key of the table in prices.json: `provider/region/type`. European providers whose published figures name no currency
 * (OVHcloud, Scaleway, Nebius, Verda, Seeweb in the same catalogue) are left out: a figure without a currency is no price.
 */
export type PriceKey = keyof typeof data.machines;

function priceOf(entry: (typeof priceData.machines)[string], key: string): Price {
  const { from, spotFrom, committed, accelerator, ...figures } = entry;
  const { source, date, currency, quality, note } = sourceOf(from);
  if (currency !== "USD") throw new Error(`catalog/prices.json: ${key} is in ${currency}, and machines are in USD`);
  if (accelerator !== undefined && !(accelerator in accelerators)) {
    throw new Error(`catalog/prices.json: ${key} has ${accelerator}, which is no key of catalog/accelerators.ts`);
  }
  return {
    currency,
    quality,
    source,
    date,
    ...(note === undefined ? {} : { note }),
    ...figures,
    ...(accelerator === undefined ? {} : { accelerator: accelerator as AcceleratorName }),
    ...(spotFrom === undefined
      ? {}
      : { spotOrigin: { source: sourceOf(spotFrom).source, date: sourceOf(spotFrom).date } }),
    ...(committed === undefined ? {} : { committed: committedOf(committed) }),
  };
}

function committedOf({ from, ...figures }: NonNullable<(typeof priceData.machines)[string]["committed"]>): Committed {
  const { source, date, note } = sourceOf(from);
  return { ...figures, source, date, ...(note === undefined ? {} : { note }) };
}

export const prices = Object.fromEntries(
  Object.entries(priceData.machines).map(([key, entry]) => [key, priceOf(entry, key)]),
) as Readonly<Record<PriceKey, Price>>;
