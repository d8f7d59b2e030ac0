import { type AcceleratorName, accelerators } from "../../catalog/accelerators";
import type { MigProfile } from "../../catalog/mig";
import { type GpuPool, type Role, scales } from "../../stacks/environment";

/**
 * How the pods of a role come to their GPUs.
 * - `whole`: a claim each, for so many whole GPUs of one node
 * - `mig`: a claim each, for one MIG slice
 * - `memory`: a claim each, for so much of one GPU's memory
 * - `turns`: one claim for one GPU, which all of them hold together
 * - `resources`: no claim of theirs, but extended resources by which a device plugin, HAMi or an autoscaler knows them
 */
export type ClaimShape =
  | { readonly how: "whole"; readonly accelerator: AcceleratorName; readonly count: number }
  | { readonly how: "mig"; readonly accelerator: AcceleratorName; readonly profile: string }
  | { readonly how: "memory"; readonly accelerator: AcceleratorName; readonly memoryMib: number }
  | { readonly how: "turns"; readonly accelerator: AcceleratorName; readonly sharing: GpuSharing }
  | { readonly how: "resources"; readonly resources: Readonly<Record<string, string>> };

/**
 * `sharing` of the driver's GpuConfig. `timeSlicingConfig.interval` must be stated, for the driver validates it unasked.
 * Source: dra-driver-nvidia-gpu v0.4.1 api/nvidia.com/resource/v1beta1/sharing.go, validate.go.
 */
export type GpuSharing =
  | { readonly strategy: "TimeSlicing"; readonly timeSlicingConfig: { readonly interval: "Default" } }
  | {
      readonly strategy: "MPS";
      readonly mpsConfig: {
        /** Percent of the GPU's threads that one client gets. */
        readonly defaultActiveThreadPercentage?: number;
        /** What one client may pin of the GPU's memory, in whole MiB. */
        readonly defaultPinnedDeviceMemoryLimit: string;
      };
    };

export interface Grant {
  readonly shape: ClaimShape;
  /** GPUs of one node that a pod has, or the part of one. */
  readonly share: number;
  /**
   * Part of the memory that a pod sees which it may take, where others see the same: what it does not know it cannot
   * leave to them. None where what it sees is its own.
   */
  readonly memoryShare?: number;
}

/** What a role asks of its pool. */
export type GpuRequest = Pick<Role, "replicas" | "gpus" | "slice">;

/** NVIDIA's device plugin and HAMi both know GPUs by this name; so do the autoscalers of the clouds. */
const gpuResource = "nvidia.com/gpu";
/** HAMi's: MiB of a GPU's memory, and percent of memory and cores. Source: HAMi v2.10.0 charts/hami/values.yaml. */
const hamiMemory = "nvidia.com/gpumem";
const hamiMemoryPercentage = "nvidia.com/gpumem-percentage";
const hamiCores = "nvidia.com/gpucores";

/** A GPU that knows MIG has so many slices of compute and of memory. Source: catalog/mig.ts. */
const wholeGpu = { computeSlices: 7, memorySlices: 8 } as const;

/** Whole percent, and never 0, by which HAMi and MPS would mean all. */
const percent = (fraction: number) => Math.max(1, Math.floor(fraction * 100 + 1e-9));

const gib = (mib: number) => `${Math.floor((mib / 1024) * 10) / 10} GiB`;

/**
 * What a pool gives to a role that asks for GPUs or for a part of one.
 *
 * @param where the role's path in the environment, with which an error begins
 * @throws when the pool cannot give it; the message says what it offers
 */
export function grant(request: GpuRequest, pool: GpuPool, where: string): Grant {
  return request.slice === undefined
    ? { shape: wholeGpus(request.gpus, pool), share: request.gpus }
    : part({ ...request, slice: request.slice }, pool, where);
}

function wholeGpus(count: number, pool: GpuPool): ClaimShape {
  const whole = { [gpuResource]: `${count}` };
  if (pool.devices.owner === "hami") {
    // Without these two HAMi would let others onto the same GPUs.
    return { how: "resources", resources: { ...whole, [hamiMemoryPercentage]: "100", [hamiCores]: "100" } };
  }
  // Autoscalers size no claims. The DRA driver's own class answers to this name (deviceclass-gpu.yaml of its chart,
  // v0.4.1), for GPUs of any type: the pool's label decides which.
  return pool.devices.owner === "device-plugin" || scales(pool)
    ? { how: "resources", resources: whole }
    : { how: "whole", accelerator: pool.accelerator, count };
}

type SliceRequest = GpuRequest & { readonly slice: NonNullable<GpuRequest["slice"]> };

function part(request: SliceRequest, pool: GpuPool, where: string): Grant {
  const { slice } = request;
  const { sharing, owner } = pool.devices;
  const asked = "fraction" in slice ? `fraction: ${slice.fraction}` : `memoryGib: ${slice.memoryGib}`;
  const refuse = (why: string) => new Error(`${where}.slice { ${asked} }: pool ${pool.name} ${why}`);
  if (scales(pool)) {
    throw refuse(
      "gets its nodes from an autoscaler, which knows whole GPUs only: ask for gpus, or use a pool whose min equals its max",
    );
  }
  if (sharing === undefined) {
    throw refuse("hands out whole GPUs only: ask for gpus, or state devices.sharing of the pool");
  }
  const { memoryMib: total } = accelerators[pool.accelerator];
  const memoryMib = "fraction" in slice ? Math.floor(total * slice.fraction) : Math.ceil(slice.memoryGib * 1024);
  if (memoryMib > total) {
    throw refuse(`has GPUs of ${gib(total)}: ask for gpus, of which one replica can have ${pool.perNode}`);
  }
  const share = memoryMib / total;
  const accelerator = pool.accelerator;
  if (owner === "hami") {
    const cores: Record<string, string> = "fraction" in slice ? { [hamiCores]: `${percent(slice.fraction)}` } : {};
    return {
      shape: { how: "resources", resources: { [gpuResource]: "1", [hamiMemory]: `${memoryMib}`, ...cores } },
      share,
    };
  }
  switch (sharing.how) {
    case "mig": {
      const { profile, memorySlices } = smallestProfile(slice, pool, sharing.profiles, refuse);
      return { shape: { how: "mig", accelerator, profile }, share: memorySlices / wholeGpu.memorySlices };
    }
    case "consumable":
      return { shape: { how: "memory", accelerator, memoryMib }, share, memoryShare: share };
    default: {
      const room = Math.floor(total / memoryMib);
      if (request.replicas > room) {
        throw refuse(
          `has GPUs of ${gib(total)}, of which ${room} such replicas share one, and all replicas of a role share the same: ask for at most ${room} replicas, or for less`,
        );
      }
      return {
        shape: { how: "turns", accelerator, sharing: gpuSharing(sharing.how, slice, memoryMib) },
        share,
        memoryShare: share,
      };
    }
  }
}

function gpuSharing(how: "time-slicing" | "mps", slice: SliceRequest["slice"], memoryMib: number): GpuSharing {
  if (how === "time-slicing") {
    return { strategy: "TimeSlicing", timeSlicingConfig: { interval: "Default" } };
  }
  return {
    strategy: "MPS",
    mpsConfig: {
      ...("fraction" in slice ? { defaultActiveThreadPercentage: percent(slice.fraction) } : {}),
      defaultPinnedDeviceMemoryLimit: `${memoryMib}Mi`,
    },
  };
}

/**
 * The smallest of the offered profiles that has the memory, and for a fraction also the compute. A fraction counts
 * slices, for a profile's MiB leave out what the GPU keeps for itself: a quarter of a GPU is two of its eight.
 */
function smallestProfile(
  slice: SliceRequest["slice"],
  pool: GpuPool,
  offered: readonly string[],
  refuse: (why: string) => Error,
): MigProfile {
  const profiles = (accelerators[pool.accelerator].migProfiles ?? [])
    .filter(({ profile }) => offered.includes(profile))
    .sort((a, b) => a.memorySlices - b.memorySlices || a.computeSlices - b.computeSlices);
  const fits = (profile: MigProfile) =>
    "fraction" in slice
      ? profile.memorySlices / wholeGpu.memorySlices >= slice.fraction &&
        profile.computeSlices / wholeGpu.computeSlices >= slice.fraction
      : (profile.memoryMib ?? 0) >= slice.memoryGib * 1024;
  const smallest = profiles.find(fits);
  if (smallest === undefined) {
    const said = profiles.map(({ profile, memoryMib, computeSlices }) => {
      const memory = memoryMib === undefined ? "memory unknown" : gib(memoryMib);
      return `${profile} (${memory}, ${computeSlices}/${wholeGpu.computeSlices} of the compute)`;
    });
    throw refuse(
      `offers ${said.join(", ")}: ask for less, for gpus, or add a larger profile to devices.sharing.profiles`,
    );
  }
  return smallest;
}
