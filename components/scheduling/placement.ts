import { type GpuPool, isGpuPool, type Pool } from "../../stacks/environment";
import { spotTaint } from "../labels";

/** Source: KAI v0.17.0 pkg/common/constants/constants.go; HAMi v2.10.0 charts/hami/values.yaml. */
export const kaiScheduler = "kai-scheduler";
export const hamiScheduler = "hami-scheduler";
const kubeScheduler = "default-scheduler";

export type SchedulerName = typeof kaiScheduler | typeof hamiScheduler | typeof kubeScheduler;

/** What keeps other pods off GPU nodes, and therefore what every pod that belongs there must tolerate. */
export const gpuToleration = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" } as const;

/** What a pod tolerates that may run on nodes which may go at any time. */
export const spotToleration = { key: spotTaint.key, operator: "Exists", effect: spotTaint.effect } as const;

/** What daemons of GPU nodes tolerate: they belong on each of them, however it was bought. */
export const gpuDaemonTolerations = [gpuToleration, spotToleration] as const;

/**
 * Who places pods on a pool: one scheduler each, for two would hand the same GPU out twice. KAI, save where it cannot:
 * its allocator is called without any optional feature, so it never gives away a device that draws on counters, as the
 * slices of a GPU that is cut on demand do, and does not know that a device can be shared by its capacity
 * (KAI v0.17.0 pkg/scheduler/plugins/dynamicresources; fixed after that release, KAI-Scheduler#2100). HAMi's scheduler
 * alone writes what HAMi's device plugin reads.
 */
export function schedulerOf({ devices: { owner, sharing } }: GpuPool): SchedulerName {
  if (owner === "hami") {
    return hamiScheduler;
  }
  const beyondKai = owner === "dra" && (sharing?.how === "mig" || sharing?.how === "consumable");
  return beyondKai ? kubeScheduler : kaiScheduler;
}

export interface Placement {
  readonly scheduler: SchedulerName;
  /** Labels of the pool's nodes; empty where an existing cluster's nodes were given none. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly (typeof gpuToleration | typeof spotToleration)[];
}

/** Where the servers of a model run. Only a model that allows it tolerates nodes that may go at any time. */
export const placementOf = (pool: GpuPool, spot: boolean): Placement => ({
  scheduler: schedulerOf(pool),
  nodeSelector: pool.labels,
  tolerations: spot ? [gpuToleration, spotToleration] : [gpuToleration],
});

/**
 * Whether no node can belong to both pools by what is known of their labels: on some key they state different values.
 */
export const areApart = (one: Pool, other: Pool): boolean =>
  Object.entries(one.labels).some(([key, value]) => (other.labels[key] ?? value) !== value);

/** GPU pools of an environment. */
export const gpuPoolsOf = (pools: readonly Pool[]): GpuPool[] => pools.filter(isGpuPool);
