import type { GpuPool, Mirror } from "../../stacks/environment";
import { releaseImage } from "../release";
import { gpuDaemonTolerations } from "../scheduling/placement";
import { nodeAffinity } from "./dra-driver";
import { isOperated } from "./gpu-operator";

/**
 * NVIDIA's metrics of each GPU, on the nodes that have some. Source of the values: dcgm-exporter 4.8.2
 * deployment/values.yaml and templates.
 */
export function dcgmExporterValues(pools: readonly GpuPool[], mirror: Mirror) {
  const { repository, tag } = releaseImage("dcgm-exporter", "nvidia/k8s/dcgm-exporter", mirror);
  const affinity = nodeAffinity(pools);
  return {
    image: { repository, tag },
    // It asks for SYS_ADMIN, for profiling metrics alone. As root without any capability it still reads what the kubelet
    // says of pods and their devices.
    securityContext: {
      runAsNonRoot: false,
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { add: [], drop: ["ALL"] },
    },
    // A kind that no release of the platform brings.
    serviceMonitor: { enabled: false },
    // Whose pod a claim's GPU belongs to is in ResourceSlices and pods, which it then may read.
    kubernetesDRA: { enabled: pools.some(({ devices }) => devices.owner === "dra") },
    // The GPU Operator's container toolkit makes the GPUs visible to this class alone; elsewhere they are to all.
    runtimeClassName: pools.every(isOperated) ? "nvidia" : "",
    tolerations: gpuDaemonTolerations,
    ...(affinity === undefined ? {} : { affinity }),
  };
}
