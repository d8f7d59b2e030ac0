import { HOURS_PER_MONTH, type Price } from "../../catalog/prices";
import { type ServicePrice, type Sku, servicePrice, servicePrices } from "../../catalog/service-prices";
import type { Pool } from "../../stacks/environment";
import { type Context, type Path, type Resource, unknown, type Value } from "../rule";
import { at, numberOf, quantityOf, textOf } from "./values";

/** One thing that a resource costs: `usd` of a month of 730 h, at its maximum, without tax. */
export interface CostItem {
  readonly what: string;
  readonly usd: number;
  readonly source: string;
  readonly date: string;
}

/**
 * What a resource costs in a month.
 * - `priced`: at its maximum, by what it is; traffic and requests are not in it.
 * - `free`: nothing, whatever is done with it.
 * - `usage`: nothing while nobody uses it; what its use costs cannot be known beforehand.
 * - `unknown`: no price is known. It is never counted as nothing.
 * - `deferred`: a value that decides the price is not known yet.
 * - `counted`: its price is that of another resource.
 */
export type ResourceCost =
  | { readonly kind: "priced"; readonly usd: number; readonly items: readonly CostItem[] }
  | { readonly kind: "free"; readonly why: string }
  | { readonly kind: "usage"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "deferred"; readonly field: Path }
  | { readonly kind: "counted"; readonly by: string };

/** What prices depend on besides the resource. */
export type CostContext = Pick<Context, "prices" | "environment"> & {
  /** The catalog's, unless a caller brings its own. */
  readonly services?: Readonly<Record<string, ServicePrice>>;
};

export const free = (why: string): ResourceCost => ({ kind: "free", why });
export const usage = (why: string): ResourceCost => ({ kind: "usage", why });

/** A value that decides a price is not known yet. */
export class NotKnown extends Error {
  constructor(readonly field: Path) {
    super(field.join("."));
  }
}

/** No price is known; the message says why, as the end of "its price is unknown: ...". */
export class Unpriced extends Error {}

/** What is at a path of a resource. Throws NotKnown where it is not known yet. */
export function known(resource: Resource, ...path: Path): Value {
  const value = at(resource.props, ...path);
  if (value === unknown) throw new NotKnown(path);
  return value;
}

/** A number at a path, also where it is written as text or as a quantity of Kubernetes. */
export function amount(resource: Resource, ...path: Path): number | undefined {
  const value = known(resource, ...path);
  return numberOf(value) ?? quantityOf(value);
}

export const text = (resource: Resource, ...path: Path): string | undefined => textOf(known(resource, ...path));

/** A zone's region: `eu-north-1a` and `europe-west4-b` lie in one. */
const regionOfZone = (zone: string): string => zone.replace(/(?<=\d)-?[a-z]$/, "");

/** The region in which a resource stands: as it says, as its provider says, or the cluster's. */
export function regionOf(resource: Resource, { environment }: CostContext): string {
  for (const field of ["region", "location", "zone", "availabilityZone"]) {
    const stated = text(resource, field);
    // A place of several regions, or of none, has no prices of a region.
    if (stated !== undefined && stated !== "") return regionOfZone(stated.toLowerCase().split("/").at(-1)!);
  }
  const ofProvider = resource.provider?.props.region;
  if (ofProvider === unknown) throw new NotKnown(["provider", "region"]);
  return (textOf(ofProvider) ?? environment.cluster.region).toLowerCase();
}

/** What a resource costs, item by item. */
export class Bill {
  readonly #items: CostItem[] = [];

  constructor(
    private readonly provider: "aws" | "gcp",
    private readonly region: string,
    private readonly context: CostContext,
  ) {}

  /** Adds so many of what a SKU is of: hours of a month count by themselves. Throws Unpriced where no price is known. */
  add(sku: Sku, count: number, what: string): this {
    const { environment, services = servicePrices } = this.context;
    const found = servicePrice(this.provider, this.region, sku, environment.budget.pricesLike, services);
    if (found === undefined) {
      throw new Unpriced(`the catalog has no price of ${sku} in ${this.region}`);
    }
    const { usd, unit, source, date } = found.price;
    const as = found.as === undefined ? "" : `, as in ${found.as}`;
    this.#items.push({
      what: `${what}${as}`,
      usd: usd * count * (unit === "hour" ? HOURS_PER_MONTH : 1),
      source,
      date,
    });
    return this;
  }

  /** Adds so many machines of a type, by the catalog's list price. */
  machines(type: string, count: number, spot: boolean): this {
    const key = `${this.provider}/${this.region}/${type}`;
    const price: Price | undefined = this.context.prices[key];
    const usd = spot ? price?.spotUsdPerHour : price?.usdPerHour;
    if (price === undefined || usd === undefined || !(usd > 0)) {
      throw new Unpriced(`the catalog has no ${spot ? "spot " : ""}price of ${key}`);
    }
    const { source, date } = (spot ? price.spotOrigin : undefined) ?? price;
    const what = `${count} x ${type}${spot ? " as spot" : ""}`;
    this.#items.push({ what, usd: usd * count * HOURS_PER_MONTH, source, date });
    return this;
  }

  total(): ResourceCost {
    return { kind: "priced", usd: this.#items.reduce((sum, { usd }) => sum + usd, 0), items: this.#items };
  }
}

/** The environment's pool of a name, whose machines its NodePool is priced by. */
export const poolNamed = (name: string | undefined, { environment }: CostContext): Pool | undefined =>
  environment.pools.find((pool) => pool.name === name);

export const countedByPool = (pool: Pool): ResourceCost => ({ kind: "counted", by: `the node pool ${pool.name}` });
