import { kubernetes } from "../../catalog/kubernetes";
import type { GpuPool, Mirror } from "../../stacks/environment";
import type { Capabilities } from "../cluster/cluster";
import { releaseImage } from "../release";
import { gpuDaemonTolerations, hamiScheduler } from "../scheduling/placement";
import { commonLabels } from "./owners";

/**
 * Tag of the kube-scheduler that HAMi extends. It must not be newer than the cluster, of which nothing is known where it
 * was there before: then the oldest of the catalog.
 */
function schedulerTag(minor: string | undefined): string {
  const patches: Readonly<Record<string, string>> = kubernetes.patches;
  const oldest = Object.keys(patches).sort((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]))[0]!;
  return patches[minor ?? oldest] ?? patches[oldest]!;
}

/**
 * HAMi for the nodes of its pools and no others. Its webhook is off: what it would write into pods, the platform's own
 * state themselves, and so nothing stands in the way of anybody else's pod. Without it the chart needs no hook either.
 * Source of the values: HAMi v2.10.0 charts/hami/values.yaml and templates/scheduler.
 */
export function hamiValues(
  pools: readonly GpuPool[],
  { nvidiaDriverRoot, kubernetes: minor }: Pick<Capabilities, "nvidiaDriverRoot" | "kubernetes">,
  { mirror, highlyAvailable }: { readonly mirror: Mirror; readonly highlyAvailable: boolean },
) {
  const own = releaseImage("hami", "projecthami/hami", mirror);
  const scheduler = releaseImage("hami", "kube-scheduler", mirror);
  const image = { registry: own.registry, repository: own.path, tag: own.tag };
  return {
    global: { imageTag: own.tag },
    schedulerName: hamiScheduler,
    scheduler: {
      // Its extender listens in plain HTTP then, for the scheduler in the same pod.
      admissionWebhook: { enabled: false },
      patch: { enabled: false },
      forceOverwriteDefaultScheduler: false,
      leaderElect: true,
      replicas: highlyAvailable ? 2 : 1,
      kubeScheduler: {
        image: { registry: scheduler.registry, repository: scheduler.path, tag: schedulerTag(minor) },
      },
      extender: { image },
      service: { type: "ClusterIP", httpTargetPort: 80 },
    },
    devicePlugin: {
      image,
      monitor: { image },
      ...(nvidiaDriverRoot === "/" ? {} : { nvidiaDriverRoot }),
      // null takes the chart's own label out, which these nodes do not carry.
      nvidiaNodeSelector: { gpu: null, ...commonLabels(pools) },
      tolerations: gpuDaemonTolerations,
      service: { type: "ClusterIP" },
    },
    // Other makers' devices.
    devices: Object.fromEntries(
      ["kunlun", "enflame", "mthreads", "vastai", "biren"].map((maker) => [maker, { enabled: false }]),
    ),
  };
}
