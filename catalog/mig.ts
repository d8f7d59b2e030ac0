/**
 * One way to cut a GPU instance out of a GPU: `3g.40gb` has 3 of its 7 compute slices and 4 of its 8 memory slices.
 * `placements` are those it may take, on the axis of memory slices; two instances that overlap there exclude each other.
 */
export interface MigProfile {
  readonly profile: string;
  /** NVML's number of the profile, which the DRA driver puts into a device's name: `gpu-0-mig-1g10gb-19-0`. */
  readonly profileId: number;
  readonly computeSlices: number;
  readonly memorySlices: number;
  /** Memory that the driver gives such an instance, in MiB; absent where no listing of it was read. */
  readonly memoryMib?: number;
  readonly placements: readonly { readonly start: number; readonly size: number }[];
  readonly source: string;
  readonly date: string;
}

/** The seven-slice GPUs, Ampere to Blackwell, share one geometry: compute slices, memory slices, where it may start. */
const geometry: readonly (readonly [
  profileId: number,
  computeSlices: number,
  memorySlices: number,
  starts: readonly number[],
])[] = [
  [19, 1, 1, [0, 1, 2, 3, 4, 5, 6]],
  [15, 1, 2, [0, 2, 4, 6]],
  [14, 2, 2, [0, 2, 4]],
  [9, 3, 4, [0, 4]],
  [5, 4, 4, [0]],
  [0, 7, 8, [0]],
];

/** Names, slices and counts; placements as `nvidia-smi mig -lgipp` prints them there. */
const guide =
  "https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html and getting-started-with-mig.html";
const configurations =
  "NVIDIA/mig-parted deployments/container/nvidia-mig-manager-example-hopper-blackwell.yaml at bd7160f43f16";

/**
 * The profiles of a GPU. `gigabytes` is what their names say for 1, 2, 4 and 8 memory slices, `mib` what the driver gives
 * for them: it depends on the memory slices alone. Variants with media engines or graphics are left out: they cut alike.
 */
function profiles(
  gigabytes: Readonly<Record<1 | 2 | 4 | 8, number>>,
  mib: Partial<Readonly<Record<1 | 2 | 4 | 8, number>>>,
  origin: Pick<MigProfile, "source" | "date">,
): readonly MigProfile[] {
  return geometry.map(([profileId, computeSlices, memorySlices, starts]) => {
    const slices = memorySlices as 1 | 2 | 4 | 8;
    const memoryMib = mib[slices];
    return {
      profile: `${computeSlices}g.${gigabytes[slices]}gb`,
      profileId,
      computeSlices,
      memorySlices,
      ...(memoryMib === undefined ? {} : { memoryMib }),
      placements: starts.map((start) => ({ start, size: memorySlices })),
      ...origin,
    };
  });
}

export const a100 = profiles(
  { 1: 10, 2: 20, 4: 40, 8: 80 },
  { 1: 9856, 2: 19968, 4: 40192, 8: 80384 },
  { source: `${guide}; NVIDIA/go-nvml pkg/nvml/mock/gpus/a100.go at 2f9e261fe40a (memory)`, date: "2026-07-01" },
);

export const h100 = profiles(
  { 1: 10, 2: 20, 4: 40, 8: 80 },
  { 1: 9984, 2: 20096, 4: 40448, 8: 81152 },
  { source: `${guide}; https://jbarrow.ai/field_notes/nvidia-mig/ (memory)`, date: "2026-06-11" },
);

export const h200 = profiles(
  { 1: 18, 2: 35, 4: 71, 8: 141 },
  { 1: 16384, 2: 33024, 4: 71168, 8: 143104 },
  { source: `${guide}; https://github.com/NVIDIA/mig-parted/issues/120 (memory)`, date: "2024-09-04" },
);

/** Of two listings, the newer gives the smallest instance 20.50 GiB, the older 22.00: the driver decides. */
export const b200 = profiles(
  { 1: 23, 2: 45, 4: 90, 8: 180 },
  { 1: 20992, 2: 45312 },
  { source: `${guide}; https://github.com/NVIDIA/mig-parted/pull/187 (memory)`, date: "2025-03-20" },
);

export const gb200 = profiles(
  { 1: 23, 2: 47, 4: 93, 8: 186 },
  { 1: 22528, 2: 46592 },
  { source: `${configurations}; https://github.com/NVIDIA/mig-parted/issues/227 (memory)`, date: "2026-08-21" },
);

export const b300 = profiles({ 1: 34, 2: 67, 4: 135, 8: 269 }, {}, { source: configurations, date: "2026-08-21" });
