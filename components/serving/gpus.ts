import { accelerators } from "../../catalog/accelerators";
import { type GpuPool, type Model, type Pool, scales } from "../../stacks/environment";
import { checkOwners, type OwnersOf } from "../accelerators/owners";
import { type Grant, grant } from "../accelerators/request";
import { gpuPoolsOf, kaiScheduler, schedulerOf } from "../scheduling/placement";

export interface GpuPlan {
  /** Source: `pools` of the environment. */
  readonly pools: readonly Pool[];
  /** Source: `models` of the environment. */
  readonly models: readonly Model[];
  readonly cluster: OwnersOf;
}

/** Roles of a model. Both ask for GPUs of the model's pool. */
export const roleNames = ["prefill", "decode"] as const;
export type RoleName = (typeof roleNames)[number];

/** What the pods of a role get of their pool. Throws when the pool cannot give it. */
export const grantOf = ({ name, serving }: Pick<Model, "name" | "serving">, role: RoleName, pool: GpuPool): Grant =>
  grant(serving[role], pool, `models.${name}.serving.${role}`);

/** Whether any replica of a model spans nodes. */
export const spansNodes = ({ serving }: Pick<Model, "serving">) => roleNames.some((role) => serving[role].nodes > 1);

/** Whether the pods of a model join one NVLink domain, for which they claim a channel beside their GPUs. */
export const joinsDomain = (model: Pick<Model, "serving">, pool: GpuPool) =>
  spansNodes(model) && pool.multiNode && accelerators[pool.accelerator].multiNodeNvlink;

/**
 * Makes sure that the pools can give the models what they ask for, before anything is created.
 *
 * @throws with the first thing that a pool cannot give, or that two pools cannot give side by side.
 */
export function checkGpus({ pools, models, cluster }: GpuPlan): void {
  checkOwners(pools, cluster);
  const byName = new Map(gpuPoolsOf(pools).map((pool) => [pool.name, pool]));
  for (const model of models) {
    const pool = byName.get(model.pool);
    if (pool === undefined) {
      throw new Error(`models.${model.name}.pool: the cluster has no GPU pool ${model.pool}`);
    }
    for (const role of roleNames) {
      grantOf(model, role, pool);
    }
    if (spansNodes(model)) {
      checkSpanning(model, pool);
    }
  }
}

function checkSpanning(model: Model, pool: GpuPool): void {
  const scheduler = schedulerOf(pool);
  if (scheduler !== kaiScheduler) {
    throw new Error(
      `models.${model.name}: its replicas span nodes and start together or not at all, which ${kaiScheduler} alone sees to; pool ${pool.name} is placed by ${scheduler}, because of how GPUs are shared there. Use another pool, or replicas of one node.`,
    );
  }
  if (joinsDomain(model, pool) && scales(pool)) {
    throw new Error(
      `models.${model.name}: its pods claim a channel of their NVLink domain, and pool ${pool.name} gets its nodes from an autoscaler, which sizes no claims. Use a pool whose min equals its max.`,
    );
  }
}
