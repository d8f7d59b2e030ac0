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

const owners: readonly [string, (object: KubeObject) => number][] = [
  ["/apis/apps/v1/deployments", (object) => object.spec.replicas ?? 1],
  ["/apis/apps/v1/statefulsets", (object) => object.spec.replicas ?? 1],
  ["/apis/batch/v1/jobs", (object) => object.spec.parallelism ?? 1],
];

/** Waits until every workload has its pods and the scheduler has decided about each, at most `withinMs`. */
export async function settle(client: ControlPlaneClient, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  let calm = 0;
  while (Date.now() < deadline && calm < 3) {
    const [pods, ...workloads] = await Promise.all([
      client.list("/api/v1/pods"),
      ...owners.map(([path]) => client.list(path)),
    ]);
    const wanted = workloads.reduce(
      (sum, list, index) => sum + list.reduce((all, object) => all + owners[index]![1](object), 0),
      0,
    );
    // Three looks in a row, because a pod that just appeared may be the first of several.
    calm = pods!.length >= wanted && pods!.every(decided) ? calm + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
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

/** GPUs that the driver's ResourceSlices offer, and those of them that a ResourceClaim has been allocated. */
export async function gpuSummary(client: ControlPlaneClient): Promise<GpuSummary> {
  const [slices, claims] = await Promise.all([
    client.list("/apis/resource.k8s.io/v1/resourceslices"),
    client.list("/apis/resource.k8s.io/v1/resourceclaims"),
  ]);
  const offered = slices
    .filter((slice) => slice.spec.driver === driver)
    .flatMap((slice) =>
      (slice.spec.devices ?? []).map((device: { name: string }) => `${slice.spec.pool.name}/${device.name}`),
    );
  const claimed = claims.flatMap((claim) =>
    (claim.status?.allocation?.devices?.results ?? [])
      .filter((result: { driver: string }) => result.driver === driver)
      .map((result: { pool: string; device: string }) => `${result.pool}/${result.device}`),
  );
  return { claimed: new Set(claimed).size, total: new Set(offered).size };
}
