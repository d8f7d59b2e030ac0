import { z } from "zod";
import { type AcceleratorName, accelerators } from "../catalog/accelerators";
import { machineFor } from "../catalog/machines";
import { prices } from "../catalog/prices";
import { regions } from "../catalog/regions";
import type { cluster } from "./cluster";
import { keysOf, name } from "./names";

/** Node pools: what is asked for, and what that comes to on the cluster at hand. */

/** The label that every node of a pool carries on a cluster that the platform makes. */
export const poolLabel = "ai-platform/pool";
/** On its GPU nodes: what hands the GPUs out, so that only that runs there; and how they are shared, if they are. */
export const devicesLabel = "ai-platform/devices";
export const sharingLabel = "ai-platform/sharing";

/** What an owned or leased node costs, when no public price list says so. */
const ownPrice = z.strictObject({
  usdPerGpuHour: z
    .number()
    .positive()
    .optional()
    .describe("Amortised USD per GPU and hour, power and hosting included."),
  eurPerGpuHour: z
    .number()
    .positive()
    .optional()
    .describe("The same in EUR, instead: it becomes USD by the rate in catalog/exchange-rate.ts."),
  source: z.string().min(1).describe("Where the figure comes from: a contract, an invoice, a calculation."),
  date: z.iso.date().describe("The day on which the figure was true, YYYY-MM-DD."),
});

/** A node's price as its owner states it. One of the two currencies is there. */
export type OwnPrice = z.output<typeof ownPrice>;

/** What the same machine costs at a provider whose price the catalog knows. */
const listPrice = z.strictObject({
  like: z.enum(keysOf(prices)).describe("A key of catalog/prices.json, such as aws/eu-north-1/p5.48xlarge."),
});

const machine = z.strictObject({
  cpus: z.int().positive().describe("Virtual CPUs of one node."),
  memoryGib: z.int().positive().describe("Memory of one node in GiB."),
});

const sharing = z
  .discriminatedUnion("how", [
    z.strictObject({
      how: z.literal("mig"),
      profiles: z
        .array(z.string().regex(/^\d+g\.\d+gb(\+[a-z.]+)?$/, "a MIG profile such as 1g.10gb"))
        .min(1)
        .describe("Profiles that models may be given, of those that the accelerator has."),
    }),
    z.strictObject({ how: z.literal("time-slicing").describe("Replicas of a role take turns on one GPU.") }),
    z.strictObject({ how: z.literal("mps").describe("Replicas of a role run side by side on one GPU, by CUDA MPS.") }),
    z.strictObject({
      how: z.literal("consumable").describe("Shares of a GPU's memory, where the driver publishes shareable devices."),
    }),
  ])
  .describe("How a GPU is divided among models that ask for a slice of one.");

export const pool = z
  .strictObject({
    name,
    accelerator: z
      .enum(keysOf(accelerators))
      .optional()
      .describe("GPU type from catalog/accelerators.ts; none: a CPU pool."),
    perNode: z.int().min(1).max(16).optional().describe("GPUs in one node."),
    min: z.int().min(0).max(10_000).describe("Nodes that always run."),
    max: z.int().min(0).max(10_000).describe("Nodes that may run."),
    capacity: z
      .enum(["on-demand", "spot", "reserved"])
      .default("on-demand")
      .describe("How the machines are bought. Spot nodes may go at any time; only models that allow it run there."),
    reservation: z
      .string()
      .min(1)
      .optional()
      .describe("The reservation that reserved machines come from: its id or name."),
    nodes: z
      .enum(["group", "karpenter", "auto-provisioned"])
      .default("group")
      .describe(
        "Who makes nodes: a node group of the cloud (or nobody, where they are there), Karpenter on EKS, or GKE.",
      ),
    multiNode: z
      .boolean()
      .default(false)
      .describe("Whether models span its nodes: placement and the fabric between them (EFA, GPUDirect) follow."),
    zones: z.array(z.string().min(1)).min(1).optional().describe("Zones over which the nodes are spread."),
    machine: machine
      .optional()
      .describe(
        "Size of a node. On a cloud the size that a CPU pool needs at least; a GPU pool's follows from its GPUs.",
      ),
    price: z.union([ownPrice, listPrice]).optional().describe("What the nodes cost, where no catalog entry says so."),
    labels: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        "Labels by which an existing cluster's nodes of this pool are known. Clouds label their nodes themselves.",
      ),
    modelCache: z
      .strictObject({
        storageClass: z
          .string()
          .min(1)
          .describe("StorageClass of the volume: one whose volumes many nodes mount at once, where the pool has many."),
        gib: z.int().positive().describe("GiB of the volume, which holds the weights of a tenant's models there."),
      })
      .optional()
      .describe("A volume of each tenant into which weights are fetched once, instead of by every server by itself."),
    driver: z
      .enum(["image", "operator", "host"])
      .optional()
      .describe(
        "Who installs the NVIDIA driver: the cloud's node image, the GPU Operator, or whoever runs the machine.",
      ),
    devices: z
      .strictObject({
        owner: z
          .enum(["dra", "device-plugin", "hami"])
          .default("dra")
          .describe("What hands the GPUs out: the DRA driver, NVIDIA's device plugin, or HAMi. One, and one alone."),
        sharing: sharing.optional(),
      })
      .prefault({}),
  })
  .superRefine((value, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if ((value.accelerator === undefined) !== (value.perNode === undefined)) {
      issue(
        [value.accelerator === undefined ? "accelerator" : "perNode"],
        "accelerator and perNode go together: a GPU pool states both, a CPU pool neither",
      );
    }
    if (value.max < value.min) {
      issue(["max"], `at least min, which is ${value.min}`);
    }
    if ((value.capacity === "reserved") !== (value.reservation !== undefined)) {
      issue(["reservation"], 'reservation and capacity: "reserved" go together');
    }
    if (value.accelerator === undefined && value.modelCache !== undefined) {
      issue(["modelCache"], "nothing: the pool has no GPUs, and serves no models");
    }
    if (value.accelerator === undefined && (value.driver !== undefined || value.devices.sharing !== undefined)) {
      issue([value.driver === undefined ? "devices" : "driver"], "nothing: the pool has no GPUs");
    }
    const { sharing: shared, owner } = value.devices;
    if (value.accelerator !== undefined && shared?.how === "mig") {
      const offered = accelerators[value.accelerator].migProfiles?.map(({ profile }) => profile) ?? [];
      for (const [index, profile] of shared.profiles.entries()) {
        if (!offered.includes(profile)) {
          issue(
            ["devices", "sharing", "profiles", index],
            offered.length === 0
              ? `no MIG: ${value.accelerator} cannot be partitioned`
              : `a MIG profile of ${value.accelerator}: ${offered.join(", ")}`,
          );
        }
      }
    }
    if (shared !== undefined && owner === "device-plugin") {
      issue(["devices", "sharing"], "nothing: the platform shares GPUs through the DRA driver or HAMi alone");
    }
    if (shared !== undefined && owner === "hami" && shared.how !== "consumable") {
      issue(["devices", "sharing", "how"], "consumable: HAMi divides a GPU by memory and cores");
    }
    checkPrice(value, issue);
  });

type StatedPool = z.output<typeof pool>;
type Issue = (path: (string | number)[], message: string) => void;

function checkPrice({ price, accelerator, perNode, machine: size }: StatedPool, issue: Issue): void {
  if (price === undefined) {
    return;
  }
  if (!("like" in price)) {
    if (accelerator === undefined) {
      issue(["price"], "a list price (like): a price per GPU prices GPUs, and this pool has none");
    } else if ((price.usdPerGpuHour === undefined) === (price.eurPerGpuHour === undefined)) {
      issue(["price"], "one of usdPerGpuHour and eurPerGpuHour");
    }
    return;
  }
  const listed = prices[price.like];
  const wanted = accelerator === undefined ? "no GPU" : `${perNode} x ${accelerator}`;
  const offered = listed.accelerator === undefined ? "no GPU" : `${listed.gpus} x ${listed.accelerator}`;
  if (wanted !== offered) {
    issue(["price", "like"], `the list price of a machine with ${wanted}; this one has ${offered}`);
  }
  if (size !== undefined && (listed.cpus < size.cpus || listed.memoryGib < size.memoryGib)) {
    issue(
      ["price", "like"],
      `the list price of a machine no smaller than the pool's; this one has ${listed.cpus} CPUs and ${listed.memoryGib} GiB`,
    );
  }
}

/** A pool as everything after the schema sees it: its machine is known, and so is how its nodes are found. */
export type Pool = Omit<StatedPool, "machine"> & {
  readonly machine: {
    readonly cpus: number;
    readonly memoryGib: number;
    /** The cloud's name of the machine, such as p5.48xlarge; none on a cluster that was there before. */
    readonly type?: string;
    /** Whether the catalog could confirm that the region has it. */
    readonly state?: "unverified";
  };
};
export type GpuPool = Pool & { accelerator: AcceleratorName; perNode: number };

/** Whether a pool carries GPUs. */
export const isGpuPool = (value: Pool): value is GpuPool => value.accelerator !== undefined;

/**
 * Whether the number of a pool's nodes follows from what waits for them. Autoscalers size no DRA claims, so such a pool
 * serves whole GPUs as an extended resource, and no slices.
 */
export const scales = ({ min, max }: Pick<Pool, "min" | "max">): boolean => min < max;

/** Zones are those of the cluster's region; what must stand side by side, or lies in one zone, names that one. */
function checkZones(
  stated: StatedPool,
  on: Exclude<z.output<typeof cluster>, { kind: "existing" }>,
  issue: Issue,
): void {
  const { zones = [], multiNode, capacity, accelerator, nodes } = stated;
  const known = on.kind === "eks" ? on.network.zones : undefined;
  for (const [index, zone] of zones.entries()) {
    if (known !== undefined && !known.includes(zone)) {
      issue(["zones", index], `one of the network's zones: ${known.join(", ")}`);
    } else if (known === undefined && !new RegExp(`^${on.region}-[a-z]$`).test(zone)) {
      issue(["zones", index], `a zone of ${on.region}, such as ${on.region}-a`);
    }
  }
  if (zones.length !== 1 && accelerator !== undefined && (multiNode || capacity === "reserved")) {
    const why = multiNode ? "nodes that models span stand side by side" : "a reservation lies in one zone";
    issue(["zones"], `exactly one: ${why}`);
  } else if (zones.length === 0 && accelerator !== undefined && on.kind === "gke" && nodes === "group") {
    issue(["zones"], "the zones to use: on Google Cloud not every zone of a region has the machine");
  }
}

/**
 * What a stated pool comes to on a cluster. Reports through `issue`, and returns undefined, what the cluster cannot give.
 */
export function resolve(stated: StatedPool, on: z.output<typeof cluster>, issue: Issue): Pool | undefined {
  const gpu = stated.accelerator !== undefined;
  if (on.kind === "existing") {
    if (stated.min !== stated.max) {
      issue(["max"], `equal to min (${stated.min}): the platform adds no nodes to an existing cluster`);
    }
    if (stated.nodes !== "group") {
      issue(["nodes"], "group: the platform adds no nodes to an existing cluster");
    }
    if (stated.driver === "image") {
      issue(["driver"], "host or operator: no cloud's node image is at work on an existing cluster");
    }
    if (stated.machine === undefined) {
      issue(["machine"], "the size of the nodes that are there: cpus and memoryGib");
      return undefined;
    }
    return { ...stated, machine: stated.machine, driver: gpu ? (stated.driver ?? "host") : undefined };
  }
  const { provider } = regions[on.region];
  checkZones(stated, on, issue);
  if (on.kind === "eks" && stated.driver === "operator") {
    issue(
      ["driver"],
      "image: nodes of EKS run Amazon Linux, whose image has the driver, and the GPU Operator's is for Ubuntu",
    );
  }
  const wanted = { eks: "karpenter", gke: "auto-provisioned" } as const;
  if (stated.nodes !== "group" && stated.nodes !== wanted[on.kind]) {
    issue(["nodes"], `group or ${wanted[on.kind]}: the cluster is of kind ${on.kind}`);
  }
  if (on.kind === "eks" && stated.nodes === "group" && scales(stated)) {
    issue(
      ["max"],
      `equal to min (${stated.min}): nothing scales a managed node group; nodes: karpenter makes a pool scale`,
    );
  }
  if (stated.nodes !== "group" && stated.min > 0) {
    issue(["min"], `0: ${stated.nodes === "karpenter" ? "Karpenter" : "GKE"} makes nodes only when pods wait for them`);
  }
  if (stated.driver === "host" || Object.keys(stated.labels).length > 0) {
    const path = stated.driver === "host" ? "driver" : "labels";
    issue(
      [path],
      `nothing: ${path === "driver" ? "image or operator, since " : ""}the platform makes these nodes itself`,
    );
  }
  if (gpu && stated.machine !== undefined) {
    issue(["machine"], "nothing: on a cloud the machine follows from accelerator and perNode");
    return undefined;
  }
  if (!gpu && stated.machine === undefined) {
    issue(["machine"], "the size that a node needs at least: cpus and memoryGib");
    return undefined;
  }
  const found = machineFor(
    provider as "aws" | "gcp",
    on.region,
    gpu ? { accelerator: stated.accelerator!, perNode: stated.perNode! } : stated.machine!,
  );
  if ("available" in found) {
    const what = gpu
      ? `${stated.perNode} x ${stated.accelerator}`
      : `${stated.machine!.cpus} CPUs and ${stated.machine!.memoryGib} GiB`;
    issue(
      [gpu ? "accelerator" : "machine"],
      `a machine that ${on.region} has; it has none with ${what}, but ${found.available.join(", ") || "none that the catalog knows"}`,
    );
    return undefined;
  }
  const { cpus, memoryGib, type, state, price } = found.ok;
  return {
    ...stated,
    machine: { cpus, memoryGib, type, ...(state === "unverified" ? { state } : {}) },
    price: stated.price ?? (price === undefined ? undefined : { like: price }),
    labels: {
      [poolLabel]: stated.name,
      ...(gpu ? { [devicesLabel]: stated.devices.owner } : {}),
      // Where the GPU Operator serves other pools, its device plugin stays away from this one.
      ...(gpu && stated.devices.owner !== "device-plugin" ? { "nvidia.com/gpu.deploy.device-plugin": "false" } : {}),
      ...(stated.devices.sharing === undefined ? {} : { [sharingLabel]: stated.devices.sharing.how }),
    },
    driver: gpu ? (stated.driver ?? "image") : undefined,
  };
}
