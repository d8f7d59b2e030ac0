import type { input as inputs } from "@pulumi/gcp/types";
import type { Input } from "@pulumi/pulumi";
import { gkeAccelerator, gkeLocalSsds } from "../../../catalog/gke";
import { type GpuPool, isGpuPool, type Pool } from "../../../stacks/environment";
import { spotTaint } from "../../labels";
import { cloudPlatformScope, labelValue } from "./names";

type NodeConfig = inputs.container.NodePoolNodeConfig;

/** What a node tells its pods about itself: nothing by the old way, and only what workload identity lets through. */
export const metadata = { "disable-legacy-endpoints": "true" } as const;
export const workloadMetadata = { mode: "GKE_METADATA" } as const;

/** Keeps GKE's device plugin off a node, and the driver that comes with it. */
export const noDevicePluginLabel = "gke-no-default-nvidia-gpu-device-plugin";

/** A boot disk holds the images of model servers, which are large. GiB. */
export const bootDisk = { gpu: 200, cpu: 100 } as const;

/** Whether GKE itself brings driver and device plugin: what it does for every GPU node, unless it is told not to. */
export const byGke = ({ devices, driver }: Pool): boolean => devices.owner === "device-plugin" && driver === "image";

/**
 * Labels of a GPU node whose devices the platform hands out itself: GKE's device plugin stays away, NVIDIA's DRA driver
 * finds the node, and GKE's autoscaler knows what a further such node would publish, so that claims make it add one.
 * Sources: docs.cloud.google.com/kubernetes-engine/docs/how-to/set-up-dra, gke-ai-labs.dev DRA tutorials, 2026-11.
 */
function gpuLabels(pool: GpuPool): Record<string, string> {
  return {
    ...(byGke(pool) ? {} : { [noDevicePluginLabel]: "true" }),
    ...(pool.devices.owner === "dra"
      ? { "nvidia.com/gpu.present": "true", "cloud.google.com/gke-nvidia-gpu-dra-driver": "true" }
      : {}),
  };
}

/** GKE writes effects otherwise than Kubernetes does. */
const effects: Readonly<Record<string, string>> = { NoSchedule: "NO_SCHEDULE" };

function taints(pool: Pool): NodeConfig["taints"] {
  return [
    ...(isGpuPool(pool) ? [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }] : []),
    ...(pool.capacity === "spot" ? [{ ...spotTaint, effect: effects[spotTaint.effect]! }] : []),
  ];
}

function gpus(pool: GpuPool, type: string): Partial<NodeConfig> {
  const localSsdCount = gkeLocalSsds(type);
  return {
    guestAccelerators: [
      {
        type: gkeAccelerator(type),
        count: pool.perNode,
        // With DRA the driver is not GKE's to install. Source: set-up-dra, as above.
        gpuDriverInstallationConfig: { gpuDriverVersion: byGke(pool) ? "DEFAULT" : "INSTALLATION_DISABLED" },
      },
    ],
    ...(localSsdCount === undefined ? {} : { ephemeralStorageLocalSsdConfig: { localSsdCount } }),
  };
}

function reservation({ capacity, reservation: name }: Pool): Partial<NodeConfig> {
  switch (capacity) {
    case "reserved":
      return {
        reservationAffinity: {
          consumeReservationType: "SPECIFIC_RESERVATION",
          key: "compute.googleapis.com/reservation-name",
          values: [name!],
        },
      };
    case "spot":
      return { spot: true, reservationAffinity: { consumeReservationType: "NO_RESERVATION" } };
    case "on-demand":
      return {};
  }
}

export interface NodeConfigArgs {
  /** E-mail address of the nodes' service account. */
  readonly nodes: Input<string>;
  /** Key of the disks. */
  readonly disks: Input<string>;
}

export interface PoolConfigArgs extends NodeConfigArgs {
  /** By which bills tell the machines apart; the provider's labels do not reach them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A node of a pool as GKE is asked for it. */
export function nodeConfig(pool: Pool, { nodes, disks, labels }: PoolConfigArgs): NodeConfig {
  const type = pool.machine.type!;
  return {
    machineType: type,
    // The GPU Operator builds the driver on the node, which Container-Optimized OS does not let it.
    // Source: docs.nvidia.com/datacenter/cloud-native/gpu-operator, Google GKE, 2026-11.
    imageType: pool.driver === "operator" ? "UBUNTU_CONTAINERD" : "COS_CONTAINERD",
    diskSizeGb: isGpuPool(pool) ? bootDisk.gpu : bootDisk.cpu,
    bootDiskKmsKey: disks,
    serviceAccount: nodes,
    oauthScopes: [cloudPlatformScope],
    metadata,
    workloadMetadataConfig: workloadMetadata,
    // What is built on the node nobody has signed, so that Secure Boot would not load it.
    shieldedInstanceConfig: { enableSecureBoot: pool.driver !== "operator", enableIntegrityMonitoring: true },
    gvnic: { enabled: true },
    kubeletConfig: { insecureKubeletReadonlyPortEnabled: "FALSE" },
    labels: { ...pool.labels, ...(isGpuPool(pool) ? gpuLabels(pool) : {}) },
    taints: taints(pool),
    resourceLabels: { ...labels, "ai-platform-pool": labelValue(pool.name) },
    ...(isGpuPool(pool) ? gpus(pool, type) : {}),
    ...reservation(pool),
  };
}
