import { releases } from "../catalog/releases";
import { tools as toolCatalog } from "../catalog/tools";
import type { StandIn } from "./plugins";

/** What stands in for parts of the platform in rehearsals. Plugins add theirs when they are missing. */
export const gpuNodes: StandIn = {
  for: "GPU nodes",
  is: "KWOK nodes with ResourceSlices of ours; pods are placed, and nothing runs in them",
  why: "a rehearsal has no GPUs",
};

export const webhooks = (lwsRuns: boolean): StandIn => ({
  for: "admission webhooks",
  is: lwsRuns
    ? "nothing, save for those of LeaderWorkerSet, whose controller runs: they are not called"
    : "nothing: they are not called",
  why: "no server runs in a simulated pod",
});

/** LeaderWorkerSet's controller is real, of another version than the release that the platform installs. */
export const lwsStandIn: StandIn = {
  for: `lws ${releases.lws.version}`,
  is: `its own controller and webhooks of ${toolCatalog.lws.version}, as a process`,
  why: "its pods run nothing",
};

/** What is made of Dynamo's and Grove's objects. */
export const graphStandIns: readonly StandIn[] = ["Dynamo", "Grove"].map((name) => ({
  for: `${name}'s operator`,
  is: "a watcher of ours: it makes of an object what upstream's would, and validates nothing",
  why: "upstream ships an image only",
}));

/** What binds the claims of model caches, and of whatever else asks for a volume. */
export const volumesStandIn: StandIn = {
  for: "volumes",
  is: "PersistentVolumes without a disk, which bind every claim",
  why: "no storage provisioner runs",
};

export const kaiStandIn = (missing: readonly string[]): StandIn => ({
  for: "KAI scheduler",
  is: "a kube-scheduler profile of that name: it places pods and has no queues, quotas or gangs",
  why: `not on PATH: ${missing.join(", ")}`,
});
