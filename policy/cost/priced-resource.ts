import { deferred, type ResourceRule } from "../rule";
import { nodePool } from "./pool";
import { mayCost, resourceCost } from "./resource-price";

/** Every resource that a cloud may bill has a price that is known, costs nothing, or costs by its use. */
export const pricedResource: ResourceRule = {
  id: "cost-priced-resource",
  title: "Every resource of a cloud has a known price",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy:
    "add the price to catalog/prices.json with its source, or state in budget.pricesLike a region whose prices stand in",
  // A pool's price is the matter of cost-known-price.
  applies: (resource, context) => resource.type !== nodePool && mayCost(resource, context),
  check(resource, context) {
    const cost = resourceCost(resource, context);
    if (cost.kind === "deferred") return [deferred(cost.field)];
    return cost.kind === "unknown" ? [{ field: ["price"], message: `is unknown: ${cost.why}` }] : [];
  },
};
