import { converted, exchangeRate } from "./exchange-rate";
import type { PartitionName } from "./partitions";
import { priceData, sourceOf } from "./price-data";
import { type RegionName, regions } from "./regions";

/** What something other than a machine costs, as published: `usd` for one `unit` of it, without tax. */
export interface ServicePrice {
  readonly usd: number;
  /** `percent`: of what everything else costs, and `usd` is that percentage. */
  readonly unit: "hour" | "month" | "gib-month" | "iops-month" | "percent";
  /** The currency in which it was published; EUR are converted by catalog/exchange-rate.ts. */
  readonly currency: "USD" | "EUR";
  readonly quality: "confirmed" | "consistent" | "listed";
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

/** What prices are kept of. `-spot`: for machines that are bought as spot. */
export type Sku =
  | "eks-cluster"
  | "eks-cluster-extended"
  | "nat-gateway"
  | "vpc-endpoint"
  | "load-balancer"
  | "public-ipv4"
  | "kms-key"
  | "ebs-gp3"
  | "ebs-gp3-iops"
  | "ebs-gp3-throughput"
  | "gke-cluster"
  | "cloud-nat"
  | "external-ip"
  | "forwarding-rule"
  | "kms-key-version"
  | "dns-zone"
  | "pd-balanced"
  | "pd-standard"
  | "pd-ssd"
  | "hyperdisk-balanced"
  | "hyperdisk-extreme"
  | "local-ssd"
  | "local-ssd-spot"
  | "assured-workloads-premium";

/** By `provider/region/sku`; the region is `*` where the publisher says that it is the same in all of its regions. */
export const servicePrices: Readonly<Record<string, ServicePrice>> = Object.fromEntries(
  Object.entries(priceData.services).map(([key, { from, amount, unit, note }]) => {
    const origin = sourceOf(from);
    const euro = origin.currency === "EUR" && unit !== "percent";
    const notes = [note, origin.note, ...(euro ? [converted()] : [])].filter((text) => text !== undefined);
    return [
      key,
      {
        usd: euro ? amount * exchangeRate.usdPerEur : amount,
        unit,
        currency: origin.currency,
        quality: origin.quality,
        source: origin.source,
        date: origin.date,
        ...(notes.length === 0 ? {} : { note: notes.join(" ") }),
      } satisfies ServicePrice,
    ];
  }),
);

/** The partition or universe that a provider's public prices, and those of all of its regions, are for. */
const main = { aws: "aws", gcp: "googleapis.com" } as const satisfies Record<string, PartitionName>;

const isMain = (provider: "aws" | "gcp", region: string): boolean =>
  regions[region as RegionName]?.partition === main[provider];

/**
 * What something costs in a region, and in which region that is so: the region's own price, else the one that holds in
 * all of the provider's regions, else, where the environment says so, that of another region. Undefined where none is
 * known. A partition of its own has prices of its own: those of all regions are not its.
 */
export function servicePrice(
  provider: "aws" | "gcp",
  region: string,
  sku: Sku,
  like?: string,
  table: Readonly<Record<string, ServicePrice>> = servicePrices,
): { readonly price: ServicePrice; readonly as?: string } | undefined {
  const own =
    table[`${provider}/${region}/${sku}`] ?? (isMain(provider, region) ? table[`${provider}/*/${sku}`] : undefined);
  if (own !== undefined) return { price: own };
  if (like === undefined || like === region) return undefined;
  const other = servicePrice(provider, like, sku, undefined, table);
  return other === undefined ? undefined : { price: other.price, as: like };
}
