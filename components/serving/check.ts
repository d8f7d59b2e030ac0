import { accelerators } from "../../catalog/accelerators";
import { whyNot } from "../../sizing/layouts";
import { type Environment, type GpuPool, type Model, type Role, scales } from "../../stacks/environment";
import { checkOwners } from "../accelerators/owners";
import { kaiScheduler, schedulerOf } from "../scheduling/placement";
import { checkScale, mostGpus } from "./autoscaling/check";
import { checkBackend } from "./dynamo/limits";
import { grantOf, homesOf, joinsDomain, pathOf } from "./gpus";
import { checkKvCache } from "./kv-cache";
import { checkModelCache } from "./model-cache";
import { checkParallelism, layoutOf } from "./parallelism";
import { checkSource } from "./weights";
import { spansNodes, type Workload, workloadsOf } from "./workloads";

/** What models are checked against. */
export type Surroundings = Pick<Environment, "pools" | "models" | "cluster" | "tenants" | "autoscaling" | "gateway">;

/**
 * Makes sure, before anything is created, that models can be served as they are stated: the pools give what they ask for,
 * they fit what they get, and their backends and autoscalers can do what is asked of them.
 *
 * @throws with the first thing that cannot be
 */
export function checkModels(environment: Surroundings): void {
  const { pools, models, cluster } = environment;
  checkOwners(pools, cluster);
  const homes = homesOf(pools);
  const most = mostByTenant(models, homes);
  for (const model of models) {
    const workloads = workloadsOf(model, homes);
    checkBackend(model, homes.get(model.pool)!);
    for (const workload of workloads) {
      checkWorkload(model, workload);
    }
    const kubernetes = cluster.kind === "existing" ? undefined : cluster.kubernetes;
    const sources = [...model.versions, ...model.adapters].map(({ source }) => source);
    refuse(...sources.map((source) => checkSource(source, kubernetes, `models.${model.name}.source`)));
    checkReplicas(model, environment, homes, most);
  }
  checkCaches(models, homes);
}

/** Throws the first sentence, if there is one. */
function refuse(...sentences: readonly (string | undefined)[]): void {
  const sentence = sentences.find((candidate) => candidate !== undefined);
  if (sentence !== undefined) {
    throw new Error(sentence);
  }
}

function checkWorkload(model: Model, workload: Workload): void {
  const { version, pool, role } = workload;
  const { share } = grantOf(model, workload);
  const path = pathOf(model, workload);
  const place = { path, accelerator: pool.accelerator, perNode: pool.perNode };
  const memory = { maxContext: model.maxContext, ...(role.role.slice === undefined ? {} : { share }) };
  refuse(
    checkParallelism(role.role, version.architecture, path),
    whyNot(version.architecture, accelerators[pool.accelerator], role.role, place, memory),
    checkEvents(model, role.role, path),
    checkKvCache(model, pool, share, `models.${model.name}.kvCache`),
  );
  if (spansNodes(version)) {
    checkSpanning(model, workload);
  }
}

/** Pickers hear of the cache of one engine of a pod: further ones report on ports of their own. */
const checkEvents = ({ cache }: Model, role: Role, path: string): string | undefined =>
  cache === "precise" && layoutOf(role).enginesPerPod > 1
    ? `${path}: a pod has ${layoutOf(role).enginesPerPod} engines, and a picker with cache: precise hears of the first one's cache alone. State cache: approximate, or tensorParallel: ${role.gpus}.`
    : undefined;

function checkSpanning({ name }: Model, { version, pool }: Workload): void {
  const scheduler = schedulerOf(pool);
  if (scheduler !== kaiScheduler) {
    throw new Error(
      `models.${name}: its replicas span nodes and start together or not at all, which ${kaiScheduler} alone sees to; pool ${pool.name} is placed by ${scheduler}, because of how GPUs are shared there. Use another pool, or replicas of one node.`,
    );
  }
  if (joinsDomain(version, pool) && scales(pool)) {
    throw new Error(
      `models.${name}: its pods claim a channel of their NVLink domain, and pool ${pool.name} gets its nodes from an autoscaler, which sizes no claims. Use a pool whose min equals its max.`,
    );
  }
}

/** Whether KAI places the model's servers, so that they count against its tenant's quota. */
const counts = ({ pool }: Model, homes: ReadonlyMap<string, GpuPool>): boolean =>
  schedulerOf(homes.get(pool)!) === kaiScheduler;

/** GPUs that each tenant's models come to at most, of those that count. */
function mostByTenant(models: readonly Model[], homes: ReadonlyMap<string, GpuPool>): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const model of models.filter((candidate) => counts(candidate, homes))) {
    most.set(model.tenant, (most.get(model.tenant) ?? 0) + mostGpus(model));
  }
  return most;
}

/** Scaling works, and stays within the tenant's quota, which is what counts where KAI places the servers. */
function checkReplicas(
  model: Model,
  { tenants, autoscaling, gateway }: Surroundings,
  homes: ReadonlyMap<string, GpuPool>,
  most: ReadonlyMap<string, number>,
): void {
  const tenant = tenants.find(({ name }) => name === model.tenant);
  const issues = checkScale(model, {
    autoscaling,
    gateway: gateway.implementation,
    cached: homes.get(model.pool)!.modelCache !== undefined,
    ...(tenant === undefined || !counts(model, homes)
      ? {}
      : {
          tenant: {
            name: tenant.name,
            quota: tenant.gpus.quota,
            others: most.get(model.tenant)! - mostGpus(model),
          },
        }),
  });
  refuse(...issues.map(({ path, expected }) => `${["models", model.name, ...path].join(".")}: expected ${expected}`));
}

/** Each tenant's model cache on a pool holds the weights of its models there. */
function checkCaches(models: readonly Model[], homes: ReadonlyMap<string, GpuPool>): void {
  for (const tenant of new Set(models.map((model) => model.tenant))) {
    for (const pool of homes.values()) {
      const there = models.filter(
        (model) =>
          model.tenant === tenant && [model.pool, ...model.variants.map((variant) => variant.pool)].includes(pool.name),
      );
      refuse(checkModelCache(pool, there, tenant));
    }
  }
}
