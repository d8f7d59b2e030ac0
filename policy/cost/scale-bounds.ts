import { tenantScope } from "../../components/labels";
import { isGpuPool, type Pool } from "../../stacks/environment";
import { scaleAdmission } from "../admission/scale";
import { type Context, deferred, type Observation, type Path, type Resource, type StackRule, unknown } from "../rule";
import { homeOf, makersIn, mostNodes, type NodeMaker, type Pools, poolsIn } from "./node-makers";
import { type PodScaler, scalersIn } from "./pods";
import { nodePool } from "./pool";
import { runningServers, statedServers } from "./servers";
import { at, listOf, namespaceOf, numberOf, objectsIn, quantityOf } from "./values";

type Finding = Observation & { readonly resource?: Resource };

/** Pods of one node, which is the kubelet's default. Source: kubernetes.io/docs/setup/best-practices/cluster-large, 2026-11. */
export const podsPerNode = 110;

/**
 * Nothing grows without an end that somebody stated.
 *
 * - What makes nodes belongs to a pool, states a maximum, and all of it below one pool comes to no more than its `max`.
 * - What lets a cloud make nodes by itself is off, or limited in CPUs, memory and GPUs to what the pools have together.
 * - What scales pods states a maximum: for model servers the one of their role, for others one that the nodes could reach.
 * - Model servers start with no more replicas than their role may come to.
 * - Outside production a GPU pool that scales keeps no node when nothing waits for one: its `min` is 0. A pool of a fixed
 *   size does not scale; whether it is needed is for cost-idle-pool to say.
 */
export const scaleBounds: StackRule = {
  id: "cost-scale-bounds",
  title: "Everything that scales has a bound, and outside production starts from nothing",
  concern: "cost",
  severity: "high",
  frameworks: [],
  remedy: "state the maximum, no higher than the pool's max or the role's scale.max",
  applies: (resource) =>
    resource.type === nodePool ||
    unbounded[resource.type] !== undefined ||
    makersIn(resource).length > 0 ||
    scalersIn(resource).length > 0 ||
    objectsIn(resource).some(isComputeClass),
  checkStack(resources, context) {
    const pools = poolsIn(resources);
    return [
      ...[...pools.values()].flatMap(({ resource, pool }) => fromNothing(resource, pool, context)),
      ...makersOf(resources, pools, context),
      ...resources.flatMap((resource) => byItself(resource, pools)),
      ...resources.flatMap((resource) => scalersIn(resource).flatMap((scaler) => bounded(scaler, context))),
      ...replicas(resources, context),
    ];
  },
  admission: scaleAdmission,
};

const isProduction = ({ environment }: Context) => environment.tier === "production";

function fromNothing(resource: Resource, pool: Pool | typeof unknown, context: Context): readonly Finding[] {
  if (pool === unknown) return [{ ...deferred(["pool"]), resource }];
  const { min, max } = pool;
  if (isProduction(context) || !isGpuPool(pool) || min === max || min === 0) return [];
  return [
    {
      resource,
      field: ["pool", "min"],
      value: String(min),
      message: `and the pool could scale to 0 while nothing runs: the environment is ${context.environment.tier}`,
      remedy: "state min: 0",
    },
  ];
}

/** What makes nodes, by the pool that it belongs to. */
function makersOf(resources: readonly Resource[], pools: Pools, context: Context): readonly Finding[] {
  const findings: Finding[] = [];
  const sums = new Map<string, { nodes: number; last: Finding }>();
  for (const maker of resources.flatMap(makersIn)) {
    const { resource, what } = maker;
    const urn = homeOf(resource, pools, resources);
    const pool = urn === undefined ? undefined : pools.get(urn)!.pool;
    if (pool === unknown) continue;
    const { field, value } = mostNodes(maker, pool);
    if (pool === undefined) {
      findings.push({
        resource,
        field,
        message: `is that of a ${what} which belongs to no pool, so that no maximum of the environment bounds it`,
        remedy: "state a pool in the environment, and make its nodes below that",
      });
    } else if (value === unknown) {
      findings.push({ ...deferred(field), resource });
    } else if (value === undefined) {
      findings.push({ resource, field, message: `states no maximum, so that the ${what} grows without an end` });
    } else {
      const before = sums.get(urn!)?.nodes ?? 0;
      // A node group cannot be told to have none; while its pool has no nodes, it starts with none.
      const most = Math.max(pool.max, resource.type === "aws:eks/nodeGroup:NodeGroup" ? 1 : 0);
      const more = before > 0 ? `, with what else the pool has ${before + value},` : "";
      sums.set(urn!, { nodes: before + value, last: { field, message: "" } });
      if (before + value > most) {
        findings.push({
          resource,
          field,
          value: `${value} nodes`,
          message: `${more.replace(/^, /, "")}${more === "" ? "" : " "}which is more than max of pool ${pool.name}: ${pool.max}`,
        });
      }
      findings.push(...least(maker, pool, value, context));
    }
  }
  return findings;
}

/** A maker that keeps nodes although it could have none. */
function least(maker: NodeMaker, pool: Pool, most: number, context: Context): readonly Finding[] {
  const { resource } = maker;
  const { field, value } = maker.least ?? { field: [], value: undefined };
  if (isProduction(context) || !isGpuPool(pool) || value === undefined) return [];
  if (value === unknown) return [{ ...deferred(field), resource }];
  if (value === 0 || value >= most) return [];
  const message = `and it could scale to 0 while nothing runs: the environment is ${context.environment.tier}`;
  return [{ resource, field, value: `${value} nodes`, message, remedy: "let it start from 0" }];
}

/** Where a cloud makes nodes without a pool, and what turns that on. */
const unbounded: Readonly<Record<string, readonly [field: Path, what: string]>> = {
  "aws:eks/cluster:Cluster": [["computeConfig", "enabled"], "EKS Auto Mode"],
  "aws:eks/fargateProfile:FargateProfile": [["selectors"], "Fargate"],
  "gcp:container/cluster:Cluster": [["enableAutopilot"], "Autopilot"],
};

const isComputeClass = ({ group, kind }: { group: string; kind: string }) =>
  group === "cloud.google.com" && kind === "ComputeClass";

function byItself(resource: Resource, pools: Pools): readonly Finding[] {
  const { type, props } = resource;
  const found: Finding[] = [];
  const open = (field: Path, what: string, on: boolean) => {
    const value = at(props, ...field);
    if (value === unknown) {
      found.push({ ...deferred(field), resource });
    } else if (on ? value === true : value !== undefined) {
      found.push({
        resource,
        field,
        message: `lets ${what} add machines for whatever pods there are, without a maximum`,
        remedy: "turn it off, and state a pool",
      });
    }
  };
  const entry = unbounded[type];
  if (entry !== undefined) open(entry[0], entry[1], type !== "aws:eks/fargateProfile:FargateProfile");
  for (const object of objectsIn(resource).filter(isComputeClass)) {
    open([...object.at, "spec", "nodePoolAutoCreation", "enabled"], "GKE", true);
  }
  return type === "gcp:container/cluster:Cluster" ? [...found, ...provisioning(resource, pools)] : found;
}

/** GKE makes pools by itself only within limits, and none of them is above what the pools have together. */
function provisioning(resource: Resource, pools: Pools): readonly Finding[] {
  const root = ["clusterAutoscaling"];
  const enabled = at(resource.props, ...root, "enabled");
  if (enabled === unknown) return [{ ...deferred([...root, "enabled"]), resource }];
  if (enabled !== true) return [];
  const field = [...root, "resourceLimits"];
  const limits = at(resource.props, ...field);
  if (limits === unknown) return [{ ...deferred(field), resource }];
  const list = listOf(limits);
  const known = [...pools.values()].flatMap(({ pool }) => (pool === unknown ? [] : [pool]));
  const sum = (amount: (pool: Pool) => number) => known.reduce((total, pool) => total + pool.max * amount(pool), 0);
  const most: Readonly<Record<string, number>> = {
    cpu: sum(({ machine }) => machine.cpus),
    memory: sum(({ machine }) => machine.memoryGib),
  };
  const missing = Object.keys(most).filter((kind) => !list.some((limit) => at(limit, "resourceType") === kind));
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            resource,
            field,
            message: `states no limit of ${missing.join(" and ")}, so that GKE makes nodes without an end`,
          },
        ]),
    ...list.flatMap((limit, index): readonly Finding[] => {
      const at_ = [...field, index, "maximum"];
      const maximum = at(limit, "maximum");
      const kind = at(limit, "resourceType");
      if (maximum === unknown || kind === unknown) return [{ ...deferred(at_), resource }];
      const allowed = most[String(kind)] ?? sum((pool) => pool.perNode ?? 0);
      const value = numberOf(maximum);
      if (value === undefined) return [{ resource, field: at_, message: `is not stated, so that ${kind} has no end` }];
      return value <= allowed
        ? []
        : [
            {
              resource,
              field: at_,
              value: String(value),
              message: `which is more ${kind} than the pools have together: ${allowed}`,
            },
          ];
    }),
  ];
}

/** A scaler of pods: the most of the role that it scales, or what nodes can hold. */
function bounded({ object, target, most }: PodScaler, context: Context): readonly Finding[] {
  const { resource, kind } = object;
  const { field, value } = most;
  if (value === unknown) return [{ ...deferred(field), resource }];
  if (value === undefined) {
    return [{ resource, field, message: `is not stated, so that the ${kind} adds pods without an end` }];
  }
  const { environment } = context;
  const namespace = namespaceOf(object);
  if (namespace === unknown || target === unknown) return [{ ...deferred(["spec"]), resource }];
  const stated = statedServers(environment).find(
    ({ model, workload }) => tenantScope(model.tenant) === namespace && workload.name === target,
  );
  const nodes = environment.pools.reduce((sum, { max }) => sum + max, 0);
  const bound = stated?.replicas ?? nodes * podsPerNode;
  if (value <= bound) return [];
  return [
    {
      resource,
      field,
      value: String(value),
      message:
        stated === undefined
          ? `which bounds nothing: all nodes together hold ${bound} pods (${podsPerNode} each)`
          : `which is more than the replicas that model ${stated.model.name} may come to: ${bound}`,
    },
  ];
}

/** Servers that start with more replicas than they may come to. */
const replicas = (resources: readonly Resource[], context: Context): readonly Finding[] =>
  runningServers(resources, context).flatMap(({ resource, field, stated, pods }): readonly Finding[] => {
    if (stated === undefined || pods.length === 0) return [];
    const own = at(resource.props, ...field);
    if (own === unknown) return [{ ...deferred(field), resource }];
    const value = quantityOf(own) ?? 1;
    if (value <= stated.replicas) return [];
    const message = `which is more than the replicas that model ${stated.model.name} may come to: ${stated.replicas}`;
    return [{ resource, field, value: String(value), message }];
  });
