import { type GpuPool, type Model, mostReplicas } from "../../stacks/environment";
import { kaiScheduler, schedulerOf } from "../scheduling/placement";
import { grantOf } from "./gpus";
import { workloadsOf } from "./workloads";

/**
 * GPUs that models hold when all servers run that they may come to. Where KAI places them it is what a queue counts: a
 * slice of a GPU counts as one, because KAI counts the devices of a claim and not their size (seen with v0.17.0).
 * Elsewhere no queue counts anything, and a slice is the part of a GPU that it is.
 */
export function gpusOf(models: readonly Model[], pools: ReadonlyMap<string, GpuPool>): number {
  const sum = models
    .flatMap((model) => workloadsOf(model, pools).map((workload) => ({ model, workload })))
    .reduce((total, { model, workload }) => {
      const { pool, role } = workload;
      const { gpus, nodes } = role.role;
      const each = schedulerOf(pool) === kaiScheduler ? gpus : grantOf(model, workload).share;
      return total + mostReplicas(role.role) * nodes * each;
    }, 0);
  // Shares are binary fractions of a GPU or measured in MiB; what is left of their sum beyond that is rounding.
  return Math.round(sum * 1000) / 1000;
}
