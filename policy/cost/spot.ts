import { modelLabel, spotTaint, tenantScope } from "../../components/labels";
import { isGpuPool, type Pool } from "../../stacks/environment";
import { type Context, deferred, type Observation, type Resource, type StackRule, unknown } from "../rule";
import { gpuMachines } from "./machine-types";
import { homeOf, makersIn, type NodeMaker, poolsIn } from "./node-makers";
import { nodePool } from "./pool";
import { modelsOf, runningServers } from "./servers";
import { at, listOf, objectsIn } from "./values";

type Finding = Observation & { readonly resource?: Resource };

/**
 * Machines with GPUs are bought as the tier of the environment allows.
 *
 * - Outside production they are spot, or come from a reservation, which is paid for in any case.
 * - In production they are spot only where the pool says so, and only models that state `spot: true` tolerate such nodes.
 *
 * On an existing cluster nobody here buys anything; its pools are not judged.
 */
export const spot: StackRule = {
  id: "cost-spot",
  title: "GPUs outside production are spot capacity, and in production only where models allow it",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "state capacity: spot, or capacity: reserved with the reservation",
  applies: (resource, { environment }) =>
    resource.type === nodePool
      ? environment.cluster.kind !== "existing"
      : makersIn(resource).length > 0 || (environment.tier === "production" && objectsIn(resource).length > 0),
  checkStack(resources, context) {
    const pools = poolsIn(resources);
    const made = context.environment.cluster.kind !== "existing";
    const makers = resources.flatMap((resource): readonly Finding[] => {
      const home = homeOf(resource, pools, resources);
      const pool = home === undefined ? undefined : pools.get(home)!.pool;
      return pool === unknown ? [] : makersIn(resource).flatMap((maker) => judgeMaker(maker, pool, context));
    });
    return [
      ...(made ? [...pools.values()].flatMap(({ resource, pool }) => judgePool(resource, pool, context)) : []),
      ...makers,
      ...(context.environment.tier === "production" ? tolerations(resources, context) : []),
    ];
  },
};

function judgePool(resource: Resource, pool: Pool | typeof unknown, { environment }: Context): readonly Finding[] {
  if (pool === unknown) return [{ ...deferred(["pool"]), resource }];
  if (environment.tier === "production" || !isGpuPool(pool) || pool.capacity !== "on-demand") return [];
  const message = `at the full price, and the environment is ${environment.tier}: GPUs are spot or reserved there`;
  return [{ resource, field: ["pool", "capacity"], value: pool.capacity, message }];
}

/** What makes nodes buys them as its pool says; beside the pools nobody has said that machines may go at any time. */
function judgeMaker(maker: NodeMaker, pool: Pool | undefined, { environment }: Context): readonly Finding[] {
  const { resource, what } = maker;
  const { field, value } = maker.spot;
  if (pool === undefined ? !gpuMachines(resource) : !isGpuPool(pool)) return [];
  if (value === unknown) return [{ ...deferred(field), resource }];
  if (environment.tier === "production") {
    if (value === "none" || pool?.capacity === "spot") return [];
    const of =
      pool === undefined ? "and no pool of the environment" : `and pool ${pool.name} is ${pool.capacity}, which`;
    return [
      { resource, field, message: `makes the ${what} one of spot machines, ${of} says that they may go at any time` },
    ];
  }
  // Of a pool that states it on demand, that is the finding.
  if (value === "all" || pool?.capacity === "reserved" || pool?.capacity === "on-demand") return [];
  const message = `makes the ${what} buy GPUs at the full price, and the environment is ${environment.tier}`;
  return [{ resource, field, message, remedy: "let it buy spot machines alone, as its pool says" }];
}

/** Pods with GPUs that may run on spot nodes in production although their model does not say so. */
function tolerations(resources: readonly Resource[], context: Context): readonly Finding[] {
  const allowed = modelsOf(context.environment).filter(({ spot: may }) => may);
  return runningServers(resources, context).flatMap(({ resource, tenant, model, pods }): readonly Finding[] => {
    // Whose it is, the namespace says; while that is not known, its name alone tells which model it is of.
    const hidden = at(resource.props, "metadata", "namespace") === unknown;
    const stated = allowed.find((of) => of.name === model && (hidden || of.tenant === tenant));
    if (stated !== undefined) {
      return hidden && stated.tenant === tenant ? [{ ...deferred(["metadata", "namespace"]), resource }] : [];
    }
    return pods.flatMap((pod): readonly Finding[] => {
      const field = ["spec", "tolerations"];
      const list = at(pod, ...field);
      if (list === unknown) return [{ ...deferred(field), resource }];
      return listOf(list).flatMap((toleration): readonly Finding[] => {
        const [key, operator] = [at(toleration, "key"), at(toleration, "operator")];
        if (key === unknown || operator === unknown) return [{ ...deferred(field), resource }];
        const any = operator === "Exists" && (key === undefined || key === "");
        if (key !== spotTaint.key && !any) return [];
        const who =
          model === undefined ? `pods of ${tenantScope(tenant)} without label ${modelLabel}` : `model ${model}`;
        return [
          {
            resource,
            field,
            value: any ? "*" : String(key),
            message: `so that nodes which may go at any time serve ${who}, whose model does not state spot: true`,
            remedy: "take the toleration away, or state spot: true of the model",
          },
        ];
      });
    });
  });
}
