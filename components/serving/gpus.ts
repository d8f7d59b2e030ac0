import { accelerators } from "../../catalog/accelerators";
import type { GpuPool, Model, Pool, Version } from "../../stacks/environment";
import { type ClaimShape, type Grant, grant } from "../accelerators/request";
import { gpuPoolsOf } from "../scheduling/placement";
import { spansNodes, type Workload, workloadsOf } from "./workloads";

/** GPU pools by name. */
export const homesOf = (pools: readonly Pool[]): ReadonlyMap<string, GpuPool> =>
  new Map(gpuPoolsOf(pools).map((pool) => [pool.name, pool]));

/** Path of a workload's role in the environment, with which errors begin. */
export const pathOf = ({ name }: Pick<Model, "name">, { version, role }: Workload): string =>
  `models.${name}${version.name === undefined ? "" : `.versions.${version.name}`}.serving.${role.key}`;

/** What the pods of a workload get of their pool. Throws when the pool cannot give it. */
export const grantOf = (model: Pick<Model, "name">, workload: Workload): Grant =>
  grant(workload.role.role, workload.pool, pathOf(model, workload));

/** Whether the pods of a version join one NVLink domain, for which they claim a channel beside their GPUs. */
export const joinsDomain = (version: Version, pool: GpuPool) =>
  spansNodes(version) && pool.multiNode && accelerators[pool.accelerator].multiNodeNvlink;

/** What the pods of models claim. */
export const shapesOf = (models: readonly Model[], pools: ReadonlyMap<string, GpuPool>): ClaimShape[] =>
  models.flatMap((model) => workloadsOf(model, pools).map((workload) => grantOf(model, workload).shape));
