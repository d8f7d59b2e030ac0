import { type Machine, machines } from "../../../catalog/machines";
import { isGpuPool, type Pool } from "../../../stacks/environment";
import { spotTaint } from "../../labels";
import type { EksSettings } from "./location";

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule";
}

/** One network interface of a machine, as EC2 places it. `efa-only` carries traffic between GPUs and has no address. */
export interface NetworkInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  readonly interfaceType: "interface" | "efa-only";
}

/** What nodes of a pool are, whoever makes them. */
export interface NodeShape {
  readonly pool: Pool;
  /** Instance type. */
  readonly type: string;
  /** Letters of the zones that they stand in. */
  readonly zones: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Interfaces to be stated; empty where one that EC2 adds by itself will do. */
  readonly interfaces: readonly NetworkInterface[];
  /** Whether they are to stand close together. */
  readonly together: boolean;
  /** Capacity reservation that they come from. */
  readonly reservation?: string;
  /** Size of the root volume, in GiB: room for images, among them those of model servers, and for weights. */
  readonly volumeGib: number;
}

/** On every GPU node: only what tolerates it runs there. */
export const gpuTaint: Taint = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" };

/**
 * By which NVIDIA's DRA driver and its kin find GPU nodes. EKS's image sets it by itself, but only from Kubernetes 1.35.
 * Source: awslabs/amazon-eks-ami nodeadm/doc/api-concepts.md at 81fec2e89585, 2026-07.
 */
const gpuPresent = { "nvidia.com/gpu.present": "true" };

/** Volumes of nodes without and with GPUs, in GiB. */
export const volumeGib = { cpu: 100, gpu: 500 } as const;

/**
 * What a pool's nodes are on a network.
 *
 * @throws when the catalog does not know its machine, its driver cannot be installed, a zone is none of the network's, the
 * reservation is no id of one, or nodes that must stand in one zone are given more.
 */
export function nodeShape(pool: Pool, { zones: offered }: EksSettings["network"]): NodeShape {
  const machine = machines[`aws/${pool.machine.type}`];
  if (machine === undefined) {
    throw new Error(`pool ${pool.name}: the catalog knows no machine ${pool.machine.type} of AWS: add it`);
  }
  if (pool.driver === "operator") {
    // Source: docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/amazon-eks.html, 2026-11.
    throw new Error(
      `pool ${pool.name}: driver: operator needs an operating system that NVIDIA builds its driver for, and EKS's nodes run Amazon Linux, which brings the driver itself: state driver: image`,
    );
  }
  const zones = pool.zones ?? offered;
  const stray = zones.find((zone) => !offered.includes(zone));
  if (stray !== undefined) {
    throw new Error(
      `pool ${pool.name}: zone "${stray}" is none of the network's: state letters of cluster.network.zones (${offered.join(", ")})`,
    );
  }
  if (pool.reservation !== undefined && !/^cr-[0-9a-z]+$/.test(pool.reservation)) {
    throw new Error(
      `pool ${pool.name}: "${pool.reservation}" is no id of a capacity reservation: state the one that EC2 shows, which starts with cr-`,
    );
  }
  // Where the reserved machines stand is for the reservation to say, and no placement group but its own takes them.
  const together = pool.multiNode && machine.placement && pool.reservation === undefined;
  if ((pool.multiNode || pool.reservation !== undefined) && zones.length !== 1) {
    const why = pool.reservation === undefined ? "its nodes stand close together" : "a reservation lies";
    throw new Error(`pool ${pool.name}: ${why} in one zone: state which in zones, one of ${offered.join(", ")}`);
  }
  const gpu = isGpuPool(pool);
  return {
    pool,
    type: machine.type,
    zones,
    labels: { ...pool.labels, ...(gpu && gpuPresent) },
    taints: [...(gpu ? [gpuTaint] : []), ...(pool.capacity === "spot" ? [spotTaint] : [])],
    interfaces: pool.multiNode ? interfacesOf(machine) : [],
    together,
    reservation: pool.reservation,
    volumeGib: gpu ? volumeGib.gpu : volumeGib.cpu,
  };
}

/**
 * One interface for all ordinary traffic, and each EFA by itself on the next card: without addresses of their own they
 * take none from the subnet. Card 0 has its first place taken.
 * Source: docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html, 2026-11.
 */
function interfacesOf({ fabric }: Machine): readonly NetworkInterface[] {
  if (fabric.kind !== "efa") {
    return [];
  }
  const { interfaces, firstCard } = fabric;
  return [
    { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
    ...Array.from({ length: interfaces }, (_, index) => ({
      networkCardIndex: firstCard + index,
      deviceIndex: firstCard + index === 0 ? 1 : 0,
      interfaceType: "efa-only" as const,
    })),
  ];
}
