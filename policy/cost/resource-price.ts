import type { Resource } from "../rule";
import { unknown } from "../rule";
import { awsCosts } from "./aws-costs";
import { gcpCosts } from "./gcp-costs";
import { kubernetesCost, kubernetesObject } from "./kubernetes-costs";
import { nodePool, poolOf } from "./pool";
import { monthlyUsd } from "./price";
import { type CostContext, free, NotKnown, type ResourceCost, Unpriced } from "./resource-cost";

export type { CostContext, CostItem, ResourceCost } from "./resource-cost";

/** What registers resources without making anything that bills. */
const harmless = /^(pulumi:|ai-platform:|random:|tls:|std:)/;

const table = { ...awsCosts, ...gcpCosts };

function costOfPool(resource: Resource, { prices }: CostContext): ResourceCost {
  const pool = poolOf(resource);
  if (pool === unknown) return { kind: "deferred", field: ["pool"] };
  if (pool === undefined) return { kind: "unknown", why: "it registers no pool as its output" };
  const cost = monthlyUsd(pool, prices);
  if ("unknown" in cost) return { kind: "unknown", why: cost.unknown };
  const what = `${pool.max} ${pool.max === 1 ? "node" : "nodes"}`;
  return { kind: "priced", usd: cost.usd, items: [{ what, ...cost }] };
}

/**
 * What a resource costs in a month of 730 h, at its maximum. Pure. A type that nothing is known of has no known price: it
 * is never taken to cost nothing.
 */
export function resourceCost(resource: Resource, context: CostContext): ResourceCost {
  const { type } = resource;
  try {
    if (type === nodePool) return costOfPool(resource, context);
    if (harmless.test(type)) return free("it makes nothing by itself");
    if (type.startsWith("kubernetes:")) return kubernetesCost(resource, context) ?? kubernetesObject;
    const cost = table[type];
    return cost === undefined
      ? { kind: "unknown", why: `what a resource of type ${type} costs is not known` }
      : cost(resource, context);
  } catch (error) {
    if (error instanceof NotKnown) return { kind: "deferred", field: error.field };
    if (error instanceof Unpriced) return { kind: "unknown", why: error.message };
    throw error;
  }
}

/** Whether there is a price to know of a resource: it is of a cloud, or makes a cloud bill for something. */
export const mayCost = (resource: Resource, context: CostContext): boolean =>
  resource.type === nodePool || (!harmless.test(resource.type) && resourceCost(resource, context) !== kubernetesObject);
