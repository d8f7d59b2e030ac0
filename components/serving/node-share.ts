import { gkeLocalSsds } from "../../catalog/gke";
import { machines } from "../../catalog/machines";
import type { GpuPool } from "../../stacks/environment";
import { volumeGib } from "../cluster/eks/nodes";
import { bootDisk } from "../cluster/gke/node-config";

/** What one pod gets of a node: as much as its GPUs are of the node's. */

export interface NodeShare {
  readonly pool: GpuPool;
  /** GPUs of a node that one pod has, or the part of one. */
  readonly share: number;
}

/** Part of a node's CPUs and memory that its model servers may have; the rest is the node's own and its daemons'. */
const usable = 7 / 8;

const part = (whole: number, { pool, share }: NodeShare) =>
  Math.max(1, Math.floor((whole * usable * share) / pool.perNode));

/** CPUs that one pod gets. */
export const cpusOf = (of: NodeShare): number => part(of.pool.machine.cpus, of);

/** GiB of memory that one pod gets. Whatever it keeps in memory, a tier of its KV cache included, is part of it. */
export const memoryGibOf = (of: NodeShare): number => part(of.pool.machine.memoryGib, of);

/** GiB of it for what its processes share among themselves: upstream's 20, or half on a small machine. */
export const sharedMemoryGibOf = (of: NodeShare): number => Math.min(20, Math.max(1, Math.floor(memoryGibOf(of) / 2)));

/** GiB of one local SSD of Google Cloud. Source: docs.cloud.google.com/compute/docs/disks/local-ssd, 2026-11. */
const localSsdGib = 375;

/**
 * GiB of the disk that holds a node's images and its pods' files, where the platform makes the node; undefined on a
 * cluster that was there before, of whose disks nothing is stated.
 */
export function diskGibOf({ machine: { type } }: Pick<GpuPool, "machine">): number | undefined {
  if (type === undefined) {
    return undefined;
  }
  if (machines[`aws/${type}`] !== undefined) {
    return volumeGib.gpu;
  }
  const ssds = gkeLocalSsds(type);
  return ssds === undefined ? bootDisk.gpu : ssds * localSsdGib;
}

/**
 * Part of a node's disk that may be full before the kubelet evicts pods: it does when less than 15 percent are left for
 * images. Source: kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction, default thresholds.
 */
const usableDisk = 0.85;

/** GiB of a node's disk that one pod may fill; undefined where the disk is unknown. */
export function diskGibShare(of: NodeShare): number | undefined {
  const disk = diskGibOf(of.pool);
  return disk === undefined ? undefined : Math.floor((disk * usableDisk * of.share) / of.pool.perNode);
}
