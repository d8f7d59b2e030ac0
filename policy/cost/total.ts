import { servicePrice, servicePrices } from "../../catalog/service-prices";
import type { Resource } from "../rule";
import { addsShare } from "./gcp-costs";
import { nodePool, poolOf } from "./pool";
import { regionOf } from "./resource-cost";
import { type CostContext, type ResourceCost, resourceCost } from "./resource-price";

/** A resource that has a price. `detail` says how much of it there is: `2 nodes`. */
export interface PricedResource {
  readonly name: string;
  readonly type: string;
  readonly usd: number;
  readonly detail: string;
}

/** What a month of 730 h costs, everything at its maximum, in USD without tax. */
export interface MonthlyTotal {
  readonly usd: number;
  readonly priced: readonly PricedResource[];
  /** What is not in the total for want of a price, each as `name (why)`. */
  readonly unpriced: readonly string[];
  /** What is not in the total because a value that decides its price is not known yet. */
  readonly deferred: readonly Resource[];
  /** What costs by its use, which is not in the total. */
  readonly usage: readonly { readonly name: string; readonly type: string; readonly why: string }[];
}

/** The share that Assured Workloads' premium tier adds to what is billed in Google Cloud. */
function share(resources: readonly Resource[], googleUsd: number, context: CostContext): PricedResource[] {
  return resources.filter(addsShare).flatMap((resource) => {
    const { services = servicePrices, environment } = context;
    const like = environment.budget.pricesLike;
    const found = servicePrice("gcp", regionOf(resource, context), "assured-workloads-premium", like, services);
    if (found === undefined) return [];
    const percent = found.price.usd;
    const { name, type } = resource;
    return [{ name, type, usd: (googleUsd * percent) / 100, detail: `${percent} % of what it covers` }];
  });
}

/** The name of a resource as people know it: a pool's is in its output. */
function nameOf(resource: Resource): string {
  const pool = resource.type === nodePool ? poolOf(resource) : undefined;
  return typeof pool === "object" ? pool.name : resource.name;
}

/** What all resources cost together in a month, and what is not in that figure. Pure. */
export function monthlyTotal(resources: readonly Resource[], context: CostContext): MonthlyTotal {
  const costs = resources.map((resource): readonly [Resource, ResourceCost] => [
    resource,
    resourceCost(resource, context),
  ]);
  const priced = costs.flatMap(([resource, cost]): PricedResource[] =>
    cost.kind === "priced"
      ? [
          {
            name: nameOf(resource),
            type: resource.type,
            usd: cost.usd,
            detail: cost.items.map(({ what }) => what).join(", "),
          },
        ]
      : [],
  );
  const sum = (all: readonly PricedResource[]) => all.reduce((total, { usd }) => total + usd, 0);
  // Everything that a stack on Google Cloud makes lies in the folder that the workload is.
  const all = [...priced, ...share(resources, sum(priced), context)];
  return {
    usd: sum(all),
    priced: all,
    unpriced: costs.flatMap(([resource, cost]) =>
      cost.kind === "unknown" ? [`${nameOf(resource)} (${cost.why})`] : [],
    ),
    deferred: costs.flatMap(([resource, cost]) => (cost.kind === "deferred" ? [resource] : [])),
    usage: costs.flatMap(([resource, cost]) =>
      cost.kind === "usage" ? [{ name: resource.name, type: resource.type, why: cost.why }] : [],
    ),
  };
}
