import { deferred, type ResourceRule, unknown } from "../rule";
import { nodePool, poolOf } from "./pool";
import { monthlyUsd } from "./price";

/** Every node pool has a price that is known: its owner's, or a list price of the catalog for the same machine. */
export const knownPrice: ResourceRule = {
  id: "cost-known-price",
  title: "Every node pool has a known price",
  concern: "cost",
  severity: "high",
  frameworks: [],
  remedy:
    "state price.usdPerGpuHour or price.eurPerGpuHour with its source and date, or price.like with a key of catalog/prices.json",
  applies: ({ type }) => type === nodePool,
  check(resource, context) {
    const pool = poolOf(resource);
    if (pool === unknown) {
      return [deferred(["pool"])];
    }
    if (pool === undefined) {
      return [{ field: ["pool"], message: "is not stated, so that the nodes have no price" }];
    }
    const cost = monthlyUsd(pool, context.prices);
    if (!("unknown" in cost)) {
      return [];
    }
    const like = pool.price !== undefined && "like" in pool.price ? pool.price.like : undefined;
    return [
      {
        field: like === undefined ? ["pool", "price"] : ["pool", "price", "like"],
        value: like,
        message: `${like === undefined ? "is unknown" : "which gives no price"}: ${cost.unknown}`,
      },
    ];
  },
};
