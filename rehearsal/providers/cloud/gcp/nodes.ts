import { accelerators } from "../../../../catalog/accelerators";
import type { Taint } from "../../../control-plane/nodes";
import { gpuTaint } from "../../../control-plane/nodes";
import type { CloudObject, Machine, Operation, Plain } from "../kind";
import { acceleratorOf, machineOf } from "./machines";
import { regionOf } from "./names";
import type { GcpSettings } from "./settings";

/** A pool of nodes as GKE keeps it, whether a resource of its own or the cluster's default. */
export interface NodesOf {
  readonly cluster: CloudObject;
  readonly name: string;
  readonly zones: readonly string[];
  /** Nodes in each of the zones. */
  readonly counts: readonly number[];
  readonly version: string;
  readonly nodeConfig: Plain;
  /** Whether the nodes stand next to each other. */
  readonly compact?: boolean;
}

export const perZone = (zones: readonly string[], count: number): number[] => zones.map(() => count);

/** As many as evenly as it goes, the first zones having one more. */
export const inTotal = (zones: readonly string[], count: number): number[] =>
  zones.map((_, index) => Math.floor(count / zones.length) + (index < count % zones.length ? 1 : 0));

/** The machines of a pool with the names, labels and taints that GKE gives them. */
export function nodesOfPool(pool: NodesOf, operation: Operation<GcpSettings>): Machine[] {
  return pool.zones.flatMap((zone, index) => {
    const machine = machineOf(pool.nodeConfig, zone);
    const { architecture, cpus, memoryGib, accelerator, gpus } = machine;
    const first = Number.parseInt(operation.hex(4, `nodes in ${zone}`), 16);
    return Array.from({ length: pool.counts[index] ?? 0 }, (_, at) => {
      const ending = ((first + at) % 0x10000).toString(16).padStart(4, "0");
      const name = `${groupName(pool, zone, operation)}-${ending}`;
      return {
        name,
        labels: { ...labelsOf(pool, machine.type, acceleratorOf(machine)), ...topologyOf(pool, zone, name, operation) },
        taints: taintsOf(pool, gpus > 0),
        region: regionOf(zone),
        zone,
        architecture: accelerator && accelerators[accelerator].multiNodeNvlink ? "arm64" : architecture,
        cpus,
        memoryGib,
        accelerator,
        gpus,
        kubernetesVersion: pool.version,
      };
    });
  });
}

/** The part that a pool's nodes in one zone have in common: those of one instance group. A name has 63 characters at most. */
export function groupName({ cluster, name }: NodesOf, zone: string, { hex }: Operation<GcpSettings>): string {
  const base = `gke-${cluster.state.name}-${name}`.slice(0, 63 - "-12345678-1234".length).replace(/-+$/, "");
  return `${base}-${hex(8, `group in ${zone}`)}`;
}

/**
 * Labels that GKE sets, over which go those of the program.
 * Sources: cloud.google.com/kubernetes-engine/docs/concepts/spot-vms (provisioning), .../about-custom-compute-classes (family,
 * accelerator, driver, reservation); node labels in GoogleCloudPlatform/container-engine-accelerators, 2026-11.
 */
function labelsOf(
  { name, nodeConfig }: NodesOf,
  type: string,
  accelerator: string | undefined,
): Record<string, string> {
  const { spot, preemptible, reservationAffinity, guestAccelerators = [], labels = {} } = nodeConfig;
  const [reservation] = reservationAffinity?.values ?? [];
  const driver = guestAccelerators[0]?.gpuDriverInstallationConfig?.gpuDriverVersion;
  return {
    "cloud.google.com/gke-nodepool": name,
    "cloud.google.com/machine-family": type.split("-")[0]!,
    "node.kubernetes.io/instance-type": type,
    "cloud.google.com/gke-provisioning": spot ? "spot" : preemptible ? "preemptible" : "standard",
    ...(spot ? { "cloud.google.com/gke-spot": "true" } : {}),
    ...(accelerator ? { "cloud.google.com/gke-accelerator": accelerator } : {}),
    ...(accelerator ? { "cloud.google.com/gke-gpu-driver-version": driverLabel(driver) } : {}),
    ...(reservation ? { "cloud.google.com/reservation-name": reservation.split("/").at(-1) } : {}),
    ...labels,
  };
}

const driverLabel = (version: string | undefined): string =>
  ({ LATEST: "latest", INSTALLATION_DISABLED: "disabled" })[version ?? ""] ?? "default";

/**
 * Where a compactly placed node stands: block, sub-block and host.
 * Source: cloud.google.com/ai-hypercomputer/docs/workloads/schedule-gke-workloads-tas, 2026-11.
 */
function topologyOf(
  { compact }: NodesOf,
  zone: string,
  node: string,
  { hex }: Operation<GcpSettings>,
): Record<string, string> {
  if (!compact) return {};
  return {
    "cloud.google.com/gce-topology-block": hex(32, `block in ${zone}`),
    "cloud.google.com/gce-topology-subblock": hex(32, `subblock in ${zone}`),
    "cloud.google.com/gce-topology-host": hex(32, `host of ${node}`),
  };
}

const effects: Readonly<Record<string, Taint["effect"]>> = {
  NO_SCHEDULE: "NoSchedule",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
  NO_EXECUTE: "NoExecute",
};

/** GKE taints GPU nodes by itself where the cluster has other nodes as well, as it always has here. */
function taintsOf({ nodeConfig }: NodesOf, gpu: boolean): Taint[] {
  const own = (nodeConfig.taints ?? []).map(({ key, value, effect }: Plain) => ({
    key,
    value,
    effect: effects[effect],
  }));
  const tainted = own.some(({ key, effect }: Taint) => key === gpuTaint.key && effect === gpuTaint.effect);
  return gpu && !tainted ? [gpuTaint, ...own] : own;
}
