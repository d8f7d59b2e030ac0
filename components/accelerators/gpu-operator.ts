import type { GpuPool, Mirror } from "../../stacks/environment";
import { releaseImage } from "../release";
import { gpuDaemonTolerations } from "../scheduling/placement";
import { needsDevicePlugin } from "./owners";

/** Whether the GPU Operator installs the driver on a pool's nodes. */
export const isOperated = ({ driver }: GpuPool): boolean => driver === "operator";

/** Whether the GPU Operator has something to do: a driver to install, or a device plugin that the nodes do not bring. */
export const needsGpuOperator = (pools: readonly GpuPool[], region: string): boolean =>
  pools.some((pool) => isOperated(pool) || needsDevicePlugin(pool, region));

/** Its images by the value that names each. */
const images = {
  operator: "nvidia/gpu-operator",
  validator: "nvidia/gpu-operator",
  driver: "nvidia/driver",
  manager: "nvidia/cloud-native/k8s-driver-manager",
  toolkit: "nvidia/k8s/container-toolkit",
  devicePlugin: "nvidia/k8s-device-plugin",
  gfd: "nvidia/k8s-device-plugin",
} as const;

/**
 * The operator with the parts that nothing else does: driver and container toolkit, device plugin, and feature labels.
 * Source of the values: gpu-operator v26.7.0 deployments/gpu-operator/values.yaml and templates.
 */
export function gpuOperatorValues(pools: readonly GpuPool[], region: string, mirror: Mirror) {
  const image = (part: keyof typeof images) => {
    const { repository, tag } = releaseImage("gpu-operator", images[part], mirror);
    const slash = repository.lastIndexOf("/");
    return { repository: repository.slice(0, slash), image: repository.slice(slash + 1), version: tag };
  };
  const operated = pools.some(isOperated);
  const driver = image("driver");
  const discovery = releaseImage("gpu-operator", "nfd/node-feature-discovery", mirror);
  return {
    operator: { ...image("operator"), upgradeCRD: false, cleanupCRD: false },
    validator: image("validator"),
    // The stack of device plugin and ClusterPolicy: the DRA driver is a release of its own, with settings of its own.
    clusterPolicy: { deployCR: true },
    gpuCluster: { deployCR: false },
    driver: {
      enabled: operated,
      ...driver,
      // The operator appends each node's operating system, with which the catalog's tag ends.
      version: driver.version.replace(/-.*/, ""),
      manager: image("manager"),
    },
    toolkit: { enabled: operated, ...image("toolkit") },
    devicePlugin: { enabled: pools.some((pool) => needsDevicePlugin(pool, region)), ...image("devicePlugin") },
    gfd: { enabled: true, ...image("gfd") },
    // MIG slices are the DRA driver's to make. Two that cut up the same GPU undo each other's work.
    migManager: { enabled: false },
    mig: { strategy: "none" },
    // Metrics come from one exporter on all nodes, a release of its own.
    dcgm: { enabled: false },
    dcgmExporter: { enabled: false },
    daemonsets: { tolerations: gpuDaemonTolerations },
    "node-feature-discovery": {
      image: { repository: discovery.repository, tag: discovery.tag },
      postDeleteCleanup: false,
      worker: { tolerations: gpuDaemonTolerations },
    },
  };
}
