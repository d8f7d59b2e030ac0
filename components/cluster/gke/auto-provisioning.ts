import type { input as inputs } from "@pulumi/gcp/types";
import { gkeAccelerator } from "../../../catalog/gke";
import { isGpuPool, type Pool } from "../../../stacks/environment";
import { cloudPlatformScope } from "./names";
import type { NodeConfigArgs } from "./node-config";

type Autoscaling = inputs.container.ClusterClusterAutoscaling;

/**
 * What GKE may have in the whole cluster. The limits count the nodes of every pool, also of those that GKE does not make.
 * Memory is in GB. Source: cloud.google.com/kubernetes-engine/docs/how-to/node-auto-provisioning, 2026-11.
 */
function limits(pools: readonly Pool[]): Autoscaling["resourceLimits"] {
  const sum = (amount: (pool: Pool) => number) => pools.reduce((total, pool) => total + pool.max * amount(pool), 0);
  const gpus = new Map<string, number>();
  for (const pool of pools.filter(isGpuPool)) {
    const type = gkeAccelerator(pool.machine.type!);
    gpus.set(type, (gpus.get(type) ?? 0) + pool.max * pool.perNode);
  }
  return [
    { resourceType: "cpu", maximum: sum(({ machine }) => machine.cpus) },
    { resourceType: "memory", maximum: sum(({ machine }) => machine.memoryGib) },
    ...[...gpus].map(([resourceType, maximum]) => ({ resourceType, maximum })),
  ];
}

/** How GKE's autoscaler behaves, and what the nodes are like that it makes pools of by itself. */
export function clusterAutoscaling(pools: readonly Pool[], { nodes, disks }: NodeConfigArgs): Autoscaling {
  // An idle GPU node goes soon: it costs what a busy one does.
  const common = { autoscalingProfile: "OPTIMIZE_UTILIZATION" } as const;
  const provisioned = pools.filter((pool) => pool.nodes === "auto-provisioned");
  if (provisioned.length === 0) {
    return { ...common, enabled: false };
  }
  const zones = [...new Set(provisioned.flatMap((pool) => pool.zones ?? []))];
  return {
    ...common,
    enabled: true,
    resourceLimits: limits(pools),
    ...(zones.length === 0 ? {} : { autoProvisioningLocations: zones }),
    autoProvisioningDefaults: {
      serviceAccount: nodes,
      oauthScopes: [cloudPlatformScope],
      bootDiskKmsKey: disks,
      imageType: "COS_CONTAINERD",
      management: { autoRepair: true, autoUpgrade: true },
      shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
      upgradeSettings: { strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 },
    },
  };
}
