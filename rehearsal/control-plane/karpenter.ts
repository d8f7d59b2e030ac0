import { machinesOf, type OfferedMachine } from "../../catalog/machines";
import { prices } from "../../catalog/prices";
import type { Environment, Pool } from "../../stacks/environment";

/** One way to get an instance type: in a zone, bought in a way. In the shape that Karpenter's KWOK provider reads. */
interface Offering {
  readonly Price: number;
  readonly Available: true;
  /** Machines that a reservation holds; of reserved capacity only. */
  readonly ReservationCapacity?: number;
  readonly Requirements: readonly {
    readonly key: string;
    readonly operator: "In";
    readonly values: readonly string[];
  }[];
}

/** An instance type in the shape that Karpenter's KWOK provider reads (kwok/cloudprovider/helpers.go at v1.14.1). */
export interface InstanceType {
  readonly name: string;
  readonly architecture: string;
  readonly operatingSystems: readonly string[];
  readonly resources: Readonly<Record<string, string>>;
  readonly offerings: readonly Offering[];
}

/** What Karpenter can buy in a rehearsal, and what its nodes then are. */
export interface KarpenterMachines {
  readonly instanceTypes: readonly InstanceType[];
  /** Who hands out the GPUs of each pool's nodes, by the pool's name. */
  readonly devices: Readonly<Record<string, Pool["devices"]>>;
  readonly kubernetesVersion: string;
}

/** Karpenter as a rehearsal runs it: our build of it, and its world. */
export interface KarpenterOptions extends KarpenterMachines {
  readonly binary: string;
}

/** Instance-type labels of the AWS provider. (aws/karpenter-provider-aws v1.14.1, pkg/apis/v1/labels.go) */
const label = (name: string) => `karpenter.k8s.aws/${name}`;

/**
 * What the AWS provider holds back of a machine's memory, whose full size a virtual machine never sees.
 * (`vm-memory-overhead-percent`, aws/karpenter-provider-aws v1.14.1 pkg/operator/options/options.go)
 */
const memoryOverhead = 0.075;

/** USD per hour of a machine whose price nobody published: it is bought when nothing else will do, and never as free. */
const unknownPrice = 1_000_000;

/** What Karpenter finds on offer for an environment; undefined where none of its pools is Karpenter's. */
export function karpenterMachines(
  environment: Pick<Environment, "cluster" | "pools">,
  kubernetesVersion: string,
): KarpenterMachines | undefined {
  const pools = environment.pools.filter(({ nodes }) => nodes === "karpenter");
  if (pools.length === 0 || environment.cluster.kind !== "eks") return undefined;
  const { region, network } = environment.cluster;
  return {
    instanceTypes: machinesOf("aws", region).map((machine) => instanceType(machine, network.zones, pools)),
    devices: Object.fromEntries(pools.map((pool) => [pool.name, pool.devices])),
    kubernetesVersion,
  };
}

/** `zones` are the letters of the network's zones. */
function instanceType(machine: OfferedMachine, zones: readonly string[], pools: readonly Pool[]): InstanceType {
  const price = machine.price === undefined ? undefined : prices[machine.price];
  const onDemand = price?.usdPerHour ?? unknownPrice;
  const bought = { "on-demand": onDemand, spot: price?.spotUsdPerHour ?? onDemand };
  const reserved = pools.filter(({ capacity, machine: { type } }) => capacity === "reserved" && type === machine.type);
  const offering = (
    zone: string,
    capacityType: string,
    usd: number,
    labels: Record<string, string> = {},
  ): Offering => ({
    Price: usd,
    Available: true,
    Requirements: Object.entries({
      "topology.kubernetes.io/region": machine.region,
      "topology.kubernetes.io/zone": `${machine.region}${zone}`,
      "karpenter.sh/capacity-type": capacityType,
      ...typeLabels(machine),
      ...labels,
    }).map(([key, value]) => ({ key, operator: "In", values: [value] })),
  });
  return {
    name: machine.type,
    architecture: machine.architecture,
    operatingSystems: ["linux"],
    resources: {
      cpu: String(machine.cpus),
      memory: `${Math.floor(machine.memoryGib * 1024 * (1 - memoryOverhead))}Mi`,
      "ephemeral-storage": "1Ti",
      ...(machine.gpus > 0 && { "nvidia.com/gpu": String(machine.gpus) }),
    },
    offerings: [
      ...zones.flatMap((zone) => Object.entries(bought).map(([how, usd]) => offering(zone, how, usd))),
      // A reservation is of one zone, is paid for already, and is used up before anything is bought.
      ...reserved.map((pool) => ({
        ...offering(pool.zones?.[0] ?? zones[0]!, "reserved", 0, {
          [label("capacity-reservation-id")]: pool.reservation!,
        }),
        ReservationCapacity: pool.max,
      })),
    ],
  };
}

/** The labels that say what a type is: those that follow from its name, `p5en.48xlarge`, and from what it has. */
function typeLabels({ type, cpus, memoryGib, gpus }: OfferedMachine): Record<string, string> {
  const [family = "", size = ""] = type.split(".");
  const [, category = "", generation = ""] = /^([a-z]+)(\d+)/.exec(family) ?? [];
  return {
    [label("instance-category")]: category,
    [label("instance-generation")]: generation,
    [label("instance-family")]: family,
    [label("instance-size")]: size,
    [label("instance-cpu")]: String(cpus),
    [label("instance-memory")]: String(memoryGib * 1024),
    ...(gpus > 0 && { [label("instance-gpu-count")]: String(gpus), [label("instance-gpu-manufacturer")]: "nvidia" }),
  };
}
