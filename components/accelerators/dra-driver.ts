import { accelerators } from "../../catalog/accelerators";
import type { GpuPool, Mirror } from "../../stacks/environment";
import { releaseImage } from "../release";
import { gpuDaemonTolerations } from "../scheduling/placement";

/** Where the GPU Operator mounts the driver that it installs. Source: gpu-operator v26.7.0 values.yaml (hostPaths). */
const operatorDriverRoot = "/run/nvidia/driver";

/** Where the driver lives on the nodes of these pools. @param nodes where it does if the GPU Operator installs none */
export const driverRootOf = (pools: readonly GpuPool[], nodes: string): string =>
  pools.some(({ driver }) => driver === "operator") ? operatorDriverRoot : nodes;

const isCut = ({ devices }: GpuPool) => devices.sharing?.how === "mig";

/**
 * The pools whose GPUs are cut by MIG, and those that the driver's chart serves. It has one setting for all of its nodes,
 * and one that lets it cut GPUs has it publish those of every node as partitions, which KAI hands out to nobody. So where
 * both kinds are in one cluster, the first have a plugin of their own (mig-plugin.ts).
 */
export function splitByMig(pools: readonly GpuPool[]): {
  readonly chart: readonly GpuPool[];
  readonly own: readonly GpuPool[];
} {
  return pools.every(isCut)
    ? { chart: pools, own: [] }
    : { chart: pools.filter((pool) => !isCut(pool)), own: pools.filter(isCut) };
}

/**
 * What the driver must be allowed to do for these pools; all of it alpha. Health checks find broken GPUs and taint them,
 * which excludes dynamic MIG; upstream has come to exclude MPS too.
 * Source: dra-driver-nvidia-gpu v0.4.1 pkg/featuregates/featuregates.go; site/content/docs/guides/mps.md, 2026-08.
 */
function featureGates(pools: readonly GpuPool[]): Readonly<Record<string, boolean>> {
  const shares = (how: string) => pools.some(({ devices }) => devices.sharing?.how === how);
  return {
    DynamicMIG: shares("mig"),
    MPSSupport: shares("mps"),
    TimeSlicingSettings: shares("time-slicing"),
    NVMLDeviceHealthCheck: !shares("mig") && !shares("mps"),
  };
}

/** The nodes of these pools by their labels; undefined where some have none that are known. */
export function nodeAffinity(pools: readonly GpuPool[]) {
  if (pools.some(({ labels }) => Object.keys(labels).length === 0)) {
    return undefined;
  }
  const nodeSelectorTerms = pools.map(({ labels }) => ({
    matchExpressions: Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [value] })),
  }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

/** Whether the replicas of some pool's models join an NVLink domain that spans nodes. */
const spansNvlink = (pools: readonly GpuPool[]) =>
  pools.some(({ multiNode, accelerator }) => multiNode && accelerators[accelerator].multiNodeNvlink);

/** @param driverRoot where the driver lives on the nodes */
export function draDriverValues(pools: readonly GpuPool[], driverRoot: string, mirror: Mirror) {
  const image = releaseImage("dra-driver-nvidia-gpu", "dra-driver-nvidia/dra-driver-nvidia-gpu", mirror);
  const affinity = nodeAffinity(pools);
  return {
    image: { repository: image.repository, tag: image.tag },
    nvidiaDriverRoot: driverRoot,
    // The chart asks for this word, because driver and device plugin must not both hand out the same GPUs. Each pool has
    // one owner, and the plugin runs on the nodes of its own pools.
    gpuResourcesEnabledOverride: true,
    // Said, not detected: what the chart renders must not depend on what the cluster answers while it is asked. From this
    // version on its class for whole GPUs also answers to the extended resource nvidia.com/gpu.
    resourceApiVersion: "resource.k8s.io/v1",
    featureGates: featureGates(pools),
    resources: { gpus: { enabled: true }, computeDomains: { enabled: spansNvlink(pools) } },
    kubeletPlugin: {
      tolerations: gpuDaemonTolerations,
      // Where nothing is known of its nodes' labels, the chart looks for GPUs by those of Node Feature Discovery.
      ...(affinity === undefined ? {} : { affinity }),
    },
  };
}
