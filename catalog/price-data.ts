import { z } from "zod";
import data from "./prices.json";

/**
 * prices.json as it is written: where figures come from, by a name of its own, and the figures, each with that name.
 * `npm run prices:update` rewrites it; prices.ts and service-prices.ts are how everything else reads it.
 */

const amount = z.number().positive().max(1_000_000);

const origin = z.strictObject({
  source: z.string().min(1),
  /** ISO day on which the figures were true, or `unknown`; a note then says what is known. */
  date: z.union([z.iso.date(), z.literal("unknown")]),
  currency: z.enum(["USD", "EUR"]),
  quality: z.enum(["confirmed", "consistent", "listed"]),
  note: z.string().min(1).optional(),
});

const machine = z.strictObject({
  from: z.string().min(1),
  cpus: z.int().positive(),
  memoryGib: z.number().positive(),
  gpus: z.int().nonnegative(),
  accelerator: z.string().optional(),
  usdPerHour: amount,
  spotUsdPerHour: amount.optional(),
  /** Where the spot figure comes from, where that is elsewhere. */
  spotFrom: z.string().min(1).optional(),
  committed: z
    .strictObject({ from: z.string().min(1), oneYearUsdPerHour: amount, threeYearsUsdPerHour: amount })
    .optional(),
});

/** `percent`: of what everything else costs. The other units are what one pays the amount for. */
const service = z.strictObject({
  from: z.string().min(1),
  amount,
  unit: z.enum(["hour", "month", "gib-month", "iops-month", "percent"]),
  note: z.string().min(1).optional(),
});

const key = z.string().regex(/^(aws|gcp)\/([a-z0-9-]+|\*)\/[\w.-]+$/, "provider/region/sku");

const schema = z.strictObject({
  sources: z.record(z.string().min(1), origin),
  machines: z.record(key, machine),
  services: z.record(key, service),
});

export type PriceData = z.output<typeof schema>;

/** What a text or value states as prices. Throws with the path of what is wrong in it. */
export function parsePriceData(value: unknown): PriceData {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`catalog/prices.json: ${issue!.path.join(".")}: ${issue!.message}`);
  }
  const { sources, machines, services } = parsed.data;
  for (const [name, entry] of [...Object.entries(machines), ...Object.entries(services)]) {
    const named = [entry.from, ...("spotFrom" in entry && entry.spotFrom ? [entry.spotFrom] : [])];
    const missing = named.find((from) => !(from in sources));
    if (missing !== undefined) throw new Error(`catalog/prices.json: ${name} is from ${missing}, which is no source`);
  }
  return parsed.data;
}

export const priceData: PriceData = parsePriceData(data);

/** Where figures come from. Throws for a name that prices.json does not know. */
export function sourceOf(from: string): PriceData["sources"][string] {
  const source = priceData.sources[from];
  if (source === undefined) throw new Error(`catalog/prices.json: ${from} is no source`);
  return source;
}
