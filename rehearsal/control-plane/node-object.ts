import { createHash } from "node:crypto";
import { type Accelerator, accelerators } from "../../catalog/accelerators";
import { poolLabel } from "../../components/labels";
import type { KubeObject } from "./client";
import type { SimulatedNode } from "./nodes";

/** The Node as its kubelet would register it, with the labels of GPU Feature Discovery where it has GPUs. */
export function nodeObject(node: SimulatedNode): KubeObject {
  const { name, architecture } = node;
  const resources = {
    cpu: String(node.cpus),
    memory: `${node.memoryGib}Gi`,
    "ephemeral-storage": "1Ti",
    pods: "110",
    ...extendedResources(node),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture,
        "topology.kubernetes.io/region": node.region,
        "topology.kubernetes.io/zone": node.zone,
        ...featureLabels(node),
        ...node.labels,
      },
    },
    spec: node.taints.length > 0 ? { taints: node.taints } : {},
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: "Hostname", address: name }],
      nodeInfo: {
        architecture,
        operatingSystem: "linux",
        kubeletVersion: kubeletVersion(node.kubernetesVersion),
        kubeProxyVersion: "",
        containerRuntimeVersion: "kwok",
        kernelVersion: "kwok",
        osImage: "simulated",
        bootID: "",
        machineID: "",
        systemUUID: "",
      },
      phase: "Running",
    },
  };
}

/** A version as a kubelet reports it, whether or not it is stated with a leading `v`. */
export const kubeletVersion = (version: string): string => `v${version.replace(/^v/, "")}`;

/** What a device plugin registers with the kubelet. Under DRA it is nothing: the driver publishes ResourceSlices. */
export function extendedResources(
  node: Pick<SimulatedNode, "accelerator" | "gpus" | "devices">,
): Record<string, string> {
  if (node.accelerator === undefined || node.gpus === 0) return {};
  switch (node.devices.owner) {
    case "dra":
      return {};
    case "device-plugin":
      return { "nvidia.com/gpu": String(node.gpus) };
    case "hami":
      // HAMi's device plugin registers GPUs only, and its scheduler extender keeps account of memory and cores of each
      // GPU. No extender runs here, so that they are resources of the node: a rehearsal sees whether the node's sum
      // suffices, and not whether one of its GPUs can hold the share.
      return {
        "nvidia.com/gpu": String(node.gpus),
        "nvidia.com/gpumem": String(node.gpus * accelerators[node.accelerator].memoryMib),
        "nvidia.com/gpucores": String(node.gpus * 100),
      };
  }
}

/** Labels as NVIDIA's GPU Feature Discovery sets them. */
export function featureLabels(
  node: Pick<SimulatedNode, "accelerator" | "gpus" | "region" | "labels" | "group">,
): Record<string, string> {
  if (node.accelerator === undefined || node.gpus === 0) return {};
  const accelerator: Accelerator = accelerators[node.accelerator];
  const [major = "", minor = ""] = accelerator.cudaComputeCapability.split(".");
  return {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": accelerator.productName.replace(/ /g, "-"),
    "nvidia.com/gpu.family": accelerator.architecture.toLowerCase().replace(/ /g, "-"),
    "nvidia.com/gpu.count": String(node.gpus),
    "nvidia.com/gpu.memory": String(accelerator.memoryMib),
    "nvidia.com/gpu.compute.major": major,
    "nvidia.com/gpu.compute.minor": minor,
    "nvidia.com/mig.capable": String(accelerator.mig),
    // Nodes of one NVLink domain share a clique: <cluster uuid>.<clique id>. A pool is taken for one domain.
    ...(accelerator.multiNodeNvlink
      ? { "nvidia.com/gpu.clique": `${uuid(`${node.region}/${node.labels[poolLabel] ?? node.group}`)}.0` }
      : {}),
  };
}

/** A stable UUID for a name, so that a second run publishes the same devices. */
export function uuid(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ].join("-");
}
