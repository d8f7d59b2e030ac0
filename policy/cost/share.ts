import { HOURS_PER_MONTH } from "../../catalog/prices";
import { tenantScope } from "../../components/labels";
import { type GpuPool, isGpuPool, type Model } from "../../stacks/environment";
import { hourlyUsd } from "../../stacks/price";
import { type Context, deferred, type Observation, type Resource, unknown } from "../rule";
import { modelsOf, type RunningServers, runningServers, statedServers } from "./servers";
import { at } from "./values";

/** What the servers of models cost: the part of the environment's cost that a tenant or a model answers for. */

type Finding = Observation & { readonly resource?: Resource };

/** USD of a month; what could not be priced; and what has no end, or is not known yet. */
export interface ShareOfCost {
  readonly usd: number;
  readonly unpriced: readonly string[];
  readonly findings: readonly Finding[];
}

/** USD of one GPU of a pool for a month, or why nobody knows. */
function gpuMonthUsd(pool: GpuPool, { prices }: Context): number | string {
  const cost = hourlyUsd(pool, prices);
  return "unknown" in cost ? `${pool.name} (${cost.unknown})` : (cost.usd / pool.perNode) * HOURS_PER_MONTH;
}

/** The price of GPUs of which nobody says where they are: that of the dearest. */
function dearest(context: Context): number | string {
  const prices = context.environment.pools.filter(isGpuPool).map((pool) => gpuMonthUsd(pool, context));
  const unpriced = prices.find((price) => typeof price === "string");
  return unpriced ?? (prices.length === 0 ? "no pool has GPUs" : Math.max(...(prices as number[])));
}

class Sum {
  usd = 0;
  readonly unpriced = new Set<string>();
  readonly findings: Finding[] = [];
  add(gpus: number, price: number | string): void {
    if (typeof price === "string") {
      this.unpriced.add(price);
    } else {
      this.usd += gpus * price;
    }
  }
}

/** GPUs of one replica: what it holds, or where it has a slice so many of these. */
function each({ stated, each: held }: RunningServers): number | typeof unknown {
  if (stated === undefined || held === unknown) return held;
  return stated.workload.role.role.slice === undefined ? Math.max(stated.each, held) : stated.each * held;
}

/**
 * What the servers of some models cost a month at their most, and with them the pods of their tenant's namespace that
 * hold GPUs and belong to `of`. Of what the environment states and what the objects run, the larger counts.
 */
function costOf(models: readonly Model[], running: readonly RunningServers[], context: Context): ShareOfCost {
  const sum = new Sum();
  const dear = dearest(context);
  const priceOf = (pool: GpuPool | undefined) => (pool === undefined ? dear : gpuMonthUsd(pool, context));
  const left = new Set(running);
  const gpus = (servers: RunningServers): number | undefined => {
    const { resource, field, replicas } = servers;
    const one = each(servers);
    if (replicas === unknown || one === unknown) {
      sum.findings.push({ ...deferred(field), resource });
      return undefined;
    }
    if (replicas === undefined) {
      sum.findings.push({
        resource,
        field,
        message: "has replicas that nothing bounds, so that no budget can hold",
        remedy: "state the most replicas in what scales it",
      });
      return undefined;
    }
    return replicas * one;
  };
  const all = statedServers(context.environment).filter(({ model }) => models.includes(model));
  for (const { model, workload, replicas, each: of } of all) {
    const same = running.find(({ tenant, name }) => tenant === model.tenant && name === workload.name);
    if (same !== undefined) left.delete(same);
    const found = same === undefined ? undefined : gpus(same);
    sum.add(Math.max(replicas * of, found ?? 0), priceOf(workload.pool));
  }
  for (const servers of left) {
    // A graph is one object for all servers of its model, which were counted as these already.
    const counted = servers.name === servers.model && servers.resource.type.endsWith(":DynamoGraphDeployment");
    const found = gpus(servers);
    if (found === undefined) continue;
    const before = all
      .filter(({ model }) => counted && model.name === servers.model)
      .reduce((total, { replicas, each: of }) => total + replicas * of, 0);
    sum.add(Math.max(0, found - before), priceOf(servers.pool));
  }
  return { usd: sum.usd, unpriced: [...sum.unpriced], findings: sum.findings };
}

export function costOfTenant(tenant: string, resources: readonly Resource[], context: Context): ShareOfCost {
  const models = modelsOf(context.environment).filter((model) => model.tenant === tenant);
  const running = runningServers(resources, context).filter((servers) => servers.tenant === tenant);
  return costOf(models, running, context);
}

export function costOfModel(model: Model, resources: readonly Resource[], context: Context): ShareOfCost {
  const running = runningServers(resources, context).filter(
    (servers) =>
      servers.tenant === model.tenant && (servers.model === model.name || servers.stated?.model.name === model.name),
  );
  return costOf([model], running, context);
}

/** What a budget comes to: over it, not to be told for want of a price, or held. */
export function overBudget(cost: ShareOfCost, budget: number, field: readonly string[], whose: string): Finding[] {
  const rest = cost.unpriced.length === 0 ? "" : `; not counted, for want of a price: ${cost.unpriced.join(", ")}`;
  const value = dollars(budget);
  if (cost.usd > budget) {
    const message = `and the GPUs of ${whose} cost ${dollars(cost.usd)} a month at their most, ${dollars(cost.usd - budget)} too much${rest}`;
    return [...cost.findings, { field, value, message }];
  }
  return cost.unpriced.length === 0
    ? [...cost.findings]
    : [
        ...cost.findings,
        {
          field,
          value,
          message: `and the GPUs of ${whose} cost at least ${dollars(cost.usd)} a month${rest}`,
          remedy: "give every pool a price",
        },
      ];
}

/** Whole dollars, rounded up, so that no excess reads as none. */
export const dollars = (amount: number) => `USD ${Math.ceil(amount).toLocaleString("en-US")}`;

/** Whether a resource is, or scales, something of a tenant. */
export const isTenants = ({ props }: Resource, { environment }: Context): boolean => {
  const namespace = at(props, "metadata", "namespace");
  return namespace === unknown || environment.tenants.some(({ name }) => namespace === tenantScope(name));
};
