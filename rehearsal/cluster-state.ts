import type { ControlPlaneClient, KubeObject } from "./control-plane";

export interface PodSummary {
  readonly running: number;
  readonly pending: number;
  readonly succeeded: number;
  /** Why each pending pod waits, in the scheduler's words. */
  readonly waiting: readonly { readonly pod: string; readonly reason: string }[];
}

export interface GpuSummary {
  readonly claimed: number;
  readonly total: number;
}

const driver = "gpu.nvidia.com";

const condition = (pod: KubeObject, type: string) =>
  (pod.status?.conditions ?? []).find((entry: { type: string }) => entry.type === type) as
    | { status: string; message?: string }
    | undefined;

/** Whether the scheduler has done with a pod: placed it, or said why not. */
const decided = (pod: KubeObject) =>
  pod.status?.phase === "Running" ||
  pod.status?.phase === "Succeeded" ||
  pod.status?.phase === "Failed" ||
  condition(pod, "PodScheduled")?.status === "False";

/** The label on everything that the controller of LeaderWorkerSet makes. */
const setLabel = "leaderworkerset.sigs.k8s.io/name";

/** Who has how many pods. Those of a LeaderWorkerSet count as its own, as its StatefulSets come only by and by. */
const owners: readonly [string, (object: KubeObject) => number][] = [
  ["/apis/apps/v1/deployments", (object) => object.spec.replicas ?? 1],
  [
    "/apis/apps/v1/statefulsets",
    (object) => (object.metadata.labels?.[setLabel] === undefined ? (object.spec.replicas ?? 1) : 0),
  ],
  [
    "/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets",
    ({ spec }) => (spec.replicas ?? 1) * (spec.leaderWorkerTemplate.size ?? 1),
  ],
  ["/apis/batch/v1/jobs", (object) => object.spec.parallelism ?? 1],
];

/** A pod that was placed, or is done. */
const placed = (pod: KubeObject) => decided(pod) && pod.status?.phase !== "Pending";

/**
 * Waits until every workload has its pods and the scheduler has decided about each, at most `withinMs` after it last
 * decided about one more. Where something `scales` the nodes, the scheduler's "no" is no decision yet: the node may be on
 * its way.
 */
export async function settle(
  client: ControlPlaneClient,
  { withinMs, scales }: { readonly withinMs: number; readonly scales: boolean },
): Promise<void> {
  const done = scales ? placed : decided;
  let deadline = Date.now() + withinMs;
  let most = 0;
  let calm = 0;
  while (Date.now() < deadline && calm < 3) {
    const looked = Date.now();
    const [pods, ...workloads] = await Promise.all([
      client.list("/api/v1/pods"),
      ...owners.map(([path]) => client.list(path)),
    ]);
    const wanted = workloads.reduce(
      (sum, list, index) => sum + list.reduce((all, object) => all + owners[index]![1](object), 0),
      0,
    );
    const settled = pods!.filter(done).length;
    if (settled > most) [most, deadline] = [settled, Date.now() + withinMs];
    // Three looks in a row, because a pod that just appeared may be the first of several.
    calm = pods!.length >= wanted && settled === pods!.length ? calm + 1 : 0;
    // Thousands of pods take their time to read, which the scheduler must not lack.
    const pause = Math.max(200, 3 * (Date.now() - looked));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export async function podSummary(client: ControlPlaneClient): Promise<PodSummary> {
  const pods = await client.list("/api/v1/pods");
  const phase = (name: string) => pods.filter((pod) => pod.status?.phase === name).length;
  const waiting = pods
    .filter((pod) => pod.status?.phase === "Pending")
    .map((pod) => ({
      pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
      reason: condition(pod, "PodScheduled")?.message ?? "the scheduler has not looked at it yet",
    }))
    .sort((a, b) => a.pod.localeCompare(b.pod));
  return { running: phase("Running"), pending: waiting.length, succeeded: phase("Succeeded"), waiting };
}

/** A whole GPU's name, of it or of a MIG slice of it: `gpu-0-mig-1g10gb-19-0` is part of `gpu-0`. */
const wholeGpu = (device: string) => device.replace(/-mig-.*$/, "");

const extendedResource = "nvidia.com/gpu";

/** GPUs that pods on a node have been given by its device plugin, of those that it offers. */
function pluginGpus(node: KubeObject, pods: readonly KubeObject[]): GpuSummary {
  const total = Number(node.status?.allocatable?.[extendedResource] ?? 0);
  const asked = pods
    .filter((pod) => pod.spec.nodeName === node.metadata.name && !/^(Succeeded|Failed)$/.test(pod.status?.phase))
    .flatMap((pod) => pod.spec.containers)
    .reduce((sum, container) => sum + Number(container.resources?.limits?.[extendedResource] ?? 0), 0);
  return { total, claimed: Math.min(asked, total) };
}

/**
 * GPUs that nodes offer, through the driver's ResourceSlices or a device plugin, and those of them of which anything was
 * handed out. A GPU counts once, however it is divided.
 */
export async function gpuSummary(client: ControlPlaneClient): Promise<GpuSummary> {
  const [slices, claims, nodes, pods] = await Promise.all([
    client.list("/apis/resource.k8s.io/v1/resourceslices"),
    client.list("/apis/resource.k8s.io/v1/resourceclaims"),
    client.list("/api/v1/nodes"),
    client.list("/api/v1/pods"),
  ]);
  const offered = slices
    .filter((slice) => slice.spec.driver === driver)
    .flatMap((slice) =>
      (slice.spec.devices ?? []).map((device: { name: string }) => `${slice.spec.pool.name}/${wholeGpu(device.name)}`),
    );
  const claimed = claims.flatMap((claim) =>
    (claim.status?.allocation?.devices?.results ?? [])
      .filter((result: { driver: string }) => result.driver === driver)
      .map((result: { pool: string; device: string }) => `${result.pool}/${wholeGpu(result.device)}`),
  );
  const byPlugin = nodes.map((node) => pluginGpus(node, pods));
  return {
    claimed: byPlugin.reduce((sum, node) => sum + node.claimed, new Set(claimed).size),
    total: byPlugin.reduce((sum, node) => sum + node.total, new Set(offered).size),
  };
}
