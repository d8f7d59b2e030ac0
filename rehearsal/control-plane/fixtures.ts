import type { KubeObject } from ".";
import { gpuTaint, type SimulatedNode } from "./nodes";

/** What tests of the control plane share: a node of eight H100, and the class by which its GPUs are asked for. */

export const h100Node = (change: Partial<SimulatedNode> = {}): SimulatedNode => ({
  name: "gpu-0",
  group: "test",
  labels: {},
  taints: [gpuTaint],
  region: "local",
  zone: "local-a",
  architecture: "amd64",
  cpus: 192,
  memoryGib: 2048,
  accelerator: "h100-80gb",
  gpus: 8,
  devices: { owner: "dra" },
  kubernetesVersion: "1.36.3",
  ...change,
});

/** Whatever NVIDIA's driver publishes. */
export const gpuClass = (name: string): KubeObject => ({
  apiVersion: "resource.k8s.io/v1",
  kind: "DeviceClass",
  metadata: { name },
  spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.nvidia.com"' } }] },
});
