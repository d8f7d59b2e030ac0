import { gpusOf } from "../../components/serving/footprint";
import { homesOf } from "../../components/serving/gpus";
import { isGpuPool } from "../../stacks/environment";
import { type Context, deferred, type Resource, type StackRule, unknown } from "../rule";
import { homeOf, makersIn, mostNodes, poolsIn } from "./node-makers";
import { nodePool } from "./pool";

/**
 * No GPU pool runs nodes that nobody may use. A pool whose nodes always run is in use where a model of the stack names
 * it, as its home or to overflow onto; and it may be used where a tenant has quota left, for a team of that tenant may
 * deploy into every GPU pool of the platform, from a stack of its own, up to the tenant's quota. It is idle where no model
 * names it, and the models of the stack hold all that the tenants have between them.
 */
export const idlePool: StackRule = {
  id: "cost-idle-pool",
  title: "Every GPU pool whose nodes always run has somebody who may use it",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "serve a model there, give a tenant quota for it, let the pool scale from 0, or take it out",
  applies: ({ type }) => type === nodePool,
  checkStack(resources, context) {
    const pools = poolsIn(resources);
    const left = quotaLeft(context);
    const named = new Set(
      context.environment.models.flatMap(({ pool, variants }) => [pool, ...variants.map((variant) => variant.pool)]),
    );
    return [...pools].flatMap(([urn, { resource, pool }]) => {
      if (pool === unknown) return [{ ...deferred(["pool"]), resource }];
      const running = Math.max(pool.min, alwaysRunning(urn, resources));
      if (!isGpuPool(pool) || running === 0 || named.has(pool.name) || left > 0) return [];
      const nodes = running === 1 ? "1 node" : `${running} nodes`;
      return [
        {
          resource,
          field: ["pool", "min"],
          value: nodes,
          message: `with ${running * pool.perNode} GPUs that always run; no model of the stack names the pool, and no tenant has quota left for a team's`,
        },
      ];
    });
  },
};

/** GPUs that tenants are guaranteed and that the models of the stack leave them. */
function quotaLeft({ environment: { tenants, models, pools } }: Context): number {
  const homes = homesOf(pools);
  return tenants.reduce((sum, { name, gpus }) => {
    const used = gpusOf(
      models.filter((model) => model.tenant === name),
      homes,
    );
    return sum + Math.max(0, gpus.quota - used);
  }, 0);
}

/** Nodes that the resources below a pool keep running, whatever the pool says. */
function alwaysRunning(urn: string, resources: readonly Resource[]): number {
  const pools = poolsIn(resources);
  return resources
    .filter((resource) => homeOf(resource, pools, resources) === urn)
    .flatMap(makersIn)
    .reduce((sum, maker) => {
      const { pool } = pools.get(urn)!;
      // What states no minimum and does not scale is there in full.
      const scales = maker.least !== undefined || maker.most.length > 1;
      const { value } = scales ? (maker.least ?? { value: 0 }) : mostNodes(maker, pool === unknown ? undefined : pool);
      return sum + (typeof value === "number" ? value : 0);
    }, 0);
}
