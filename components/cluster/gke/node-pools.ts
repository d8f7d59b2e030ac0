import * as compute from "@pulumi/gcp/compute";
import * as container from "@pulumi/gcp/container";
import type { ComponentResource } from "@pulumi/pulumi";
import { machines } from "../../../catalog/machines";
import { isGpuPool, type Pool, scales } from "../../../stacks/environment";
import type { NodePool } from "../node-pool";
import type { FabricInterface } from "./fabric";
import { fitting } from "./names";
import { nodeConfig, type PoolConfigArgs } from "./node-config";
import type { GkeSettings } from "./settings";
import { nodesPerZone } from "./zones";

export interface NodeGroupArgs extends PoolConfigArgs {
  readonly cluster: GkeSettings;
  readonly controlPlane: container.Cluster;
  /** Interfaces of each node beside its first. */
  readonly interfaces: readonly FabricInterface[];
  /** What must be there before the first node. */
  readonly after: readonly ComponentResource[];
}

/**
 * Whether a pool's machines are put next to each other. Those of a reservation are where the reservation has them.
 * Source: docs.cloud.google.com/kubernetes-engine/docs/how-to/compact-placement, 2026-11.
 */
const isCompact = ({ multiNode, capacity, machine }: Pool): boolean =>
  multiNode && capacity !== "reserved" && machines[`gcp/${machine.type}`]?.placement === true;

/** A pool of like nodes that GKE keeps: as many as it states, or as many as are needed up to its maximum. */
export function nodeGroup(parent: NodePool, pool: Pool, args: NodeGroupArgs): container.NodePool {
  const { cluster, controlPlane, interfaces, after } = args;
  const child = { parent, dependsOn: [...after] };
  const placement = isCompact(pool)
    ? new compute.ResourcePolicy(
        pool.name,
        {
          name: fitting(`${cluster.name}-${pool.name}`, 63),
          region: cluster.region,
          groupPlacementPolicy: { collocation: "COLLOCATED" },
        },
        child,
      )
    : undefined;
  const gpu = isGpuPool(pool);
  return new container.NodePool(
    pool.name,
    {
      name: pool.name,
      cluster: controlPlane.name,
      location: cluster.region,
      ...(pool.zones === undefined ? {} : { nodeLocations: pool.zones }),
      ...(scales(pool)
        ? {
            initialNodeCount: nodesPerZone(pool),
            autoscaling: {
              // Of the pool, not of each zone.
              totalMinNodeCount: pool.min,
              totalMaxNodeCount: pool.max,
              locationPolicy: gpu || pool.capacity === "spot" ? "ANY" : "BALANCED",
            },
          }
        : { nodeCount: nodesPerZone(pool) }),
      management: { autoRepair: true, autoUpgrade: true },
      // No GPU machine is to be had on top of those in use, so that one of them makes room.
      upgradeSettings: gpu
        ? { strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 }
        : { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
      ...(placement === undefined ? {} : { placementPolicy: { type: "COMPACT", policyName: placement.name } }),
      networkConfig: {
        enablePrivateNodes: true,
        ...(interfaces.length === 0
          ? {}
          : {
              additionalNodeNetworkConfigs: interfaces.map(({ network, subnetwork }) => ({
                network: network.name,
                subnetwork: subnetwork.name,
              })),
            }),
      },
      nodeConfig: nodeConfig(pool, args),
    },
    // It says how the pool began; a change would make the pool anew.
    { ...child, ignoreChanges: ["initialNodeCount"] },
  );
}
