import type { Pool } from "../../../stacks/environment";

/**
 * Zones that a pool of a regional cluster is made in when it states none.
 * Source: cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters, 2026-11: three by default.
 */
const defaultZones = 3;

export const zoneCount = ({ zones }: Pick<Pool, "zones">): number => zones?.length ?? defaultZones;

/**
 * Nodes that a pool starts with in each of its zones. The autoscaler brings no pool up to its minimum by itself: below
 * it, it waits until a node is needed. Source: cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler.
 */
export const nodesPerZone = (pool: Pick<Pool, "min" | "zones">): number => Math.ceil(pool.min / zoneCount(pool));
