import { type Accelerator, accelerators } from "../../catalog/accelerators";
import type { MigProfile } from "../../catalog/mig";
import { simulatedDriver } from "../../catalog/simulation";
import type { KubeObject } from "./client";
import { uuid } from "./node-object";
import type { SimulatedNode } from "./nodes";

const driver = "gpu.nvidia.com";

/** What of a node decides what the driver publishes of its GPUs. */
export type GpuNode = Pick<SimulatedNode, "name" | "region" | "accelerator" | "gpus" | "devices">;

/** One device of a ResourceSlice, as the driver fills it in. */
interface Device {
  readonly name: string;
  readonly attributes: Readonly<Record<string, { string: string } | { version: string }>>;
  readonly capacity: Readonly<Record<string, { value: string; requestPolicy?: object }>>;
  readonly allowMultipleAllocations?: boolean;
  readonly consumesCounters?: readonly { counterSet: string; counters: Counters }[];
}

type Counters = Readonly<Record<string, { value: string }>>;

/**
 * What the NVIDIA DRA driver v0.4.1 publishes of a node's GPUs (cmd/gpu-kubelet-plugin: deviceinfo.go, mig.go,
 * partitions.go, driver.go); nothing where it does not own them. Time-slicing and MPS leave no trace here: they are a
 * matter of a claim's configuration, and the device is a whole GPU.
 */
export function resourceSlices(node: GpuNode): KubeObject[] {
  if (node.accelerator === undefined || node.gpus === 0 || node.devices.owner !== "dra") return [];
  const accelerator: Accelerator = accelerators[node.accelerator];
  const whole = Array.from({ length: node.gpus }, (_, index) => wholeGpu(node, accelerator, index));
  switch (node.devices.sharing?.how) {
    case "mig":
      return partitions(node, accelerator, whole);
    case "consumable":
      return slices(node, [{ suffix: "", spec: { devices: whole.map(shareable) } }]);
    default:
      return slices(node, [{ suffix: "", spec: { devices: whole } }]);
  }
}

function slices(node: GpuNode, parts: readonly { suffix: string; spec: object }[]): KubeObject[] {
  return parts.map(({ suffix, spec }) => ({
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceSlice",
    metadata: { name: `${node.name}-${driver}${suffix}` },
    spec: {
      driver,
      nodeName: node.name,
      pool: { name: node.name, generation: 1, resourceSliceCount: parts.length },
      ...spec,
    },
  }));
}

function wholeGpu(node: GpuNode, accelerator: Accelerator, index: number): Device {
  return {
    name: `gpu-${index}`,
    attributes: {
      type: { string: "gpu" },
      uuid: { string: gpuUuid(node, index) },
      ...commonAttributes(accelerator, index),
    },
    capacity: { memory: { value: `${accelerator.memoryMib}Mi` } },
  };
}

const gpuUuid = (node: GpuNode, index: number) => `GPU-${uuid(`${node.region}/${node.name}/${index}`)}`;

const commonAttributes = (accelerator: Accelerator, index: number) => ({
  productName: { string: accelerator.productName },
  brand: { string: accelerator.brand },
  architecture: { string: accelerator.architecture },
  cudaComputeCapability: { version: accelerator.cudaComputeCapability },
  driverVersion: { version: simulatedDriver.driverVersion },
  cudaDriverVersion: { version: simulatedDriver.cudaDriverVersion },
  "resource.kubernetes.io/pciBusID": { string: `0000:${hex(0x10 + index)}:00.0` },
  // Two GPUs a root complex, as on the usual eight-GPU boards.
  "resource.kubernetes.io/pcieRoot": { string: `pci0000:${hex(0x10 * (1 + (index >> 1)))}` },
});

const hex = (value: number) => value.toString(16).padStart(2, "0");

/**
 * A GPU whose memory several claims share. NVIDIA's driver 0.4.1 does NOT publish this shape: it is what the branch after
 * it does behind a feature gate (ConsumableShares, option `memory`; cmd/gpu-kubelet-plugin/consumable_shares.go at
 * 95932046). Who asks for no amount gets all of it.
 */
function shareable(gpu: Device): Device {
  const all = gpu.capacity.memory!.value;
  const requestPolicy = { default: all, validRange: { min: "1Mi", max: all, step: "1Mi" } };
  return { ...gpu, allowMultipleAllocations: true, capacity: { memory: { value: all, requestPolicy } } };
}

/**
 * Whole GPUs and every MIG slice that could be cut from them, as the driver publishes them behind its feature gate
 * DynamicMIG on Kubernetes 1.35 and later: one slice with a set of counters for each GPU, then a slice with the devices
 * of each GPU. Whatever is allocated consumes memory slices of its GPU, so that nothing overlaps. The driver counts
 * memory, multiprocessors and engines as well; on these GPUs none of them runs out before the memory slices do.
 *
 * An Ampere GPU changes its MIG mode only by a reset, so that a node which offers slices offers no whole GPU (nvlib.go).
 */
function partitions(node: GpuNode, accelerator: Accelerator, whole: readonly Device[]): KubeObject[] {
  const profiles = accelerator.migProfiles ?? [];
  const full = profiles.reduce((a, b) => (b.memorySlices > a.memorySlices ? b : a));
  const fullCounters = counters(full, 0);
  const counterSet = (gpu: Device) => `${gpu.name}-counter-set`;
  const resettable = accelerator.architecture === "Ampere";
  return slices(node, [
    {
      suffix: "-counters",
      spec: { sharedCounters: whole.map((gpu) => ({ name: counterSet(gpu), counters: fullCounters })) },
    },
    ...whole.map((gpu, index) => ({
      suffix: `-${gpu.name}`,
      spec: {
        devices: [
          ...(resettable
            ? []
            : [{ device: { ...gpu, capacity: { ...gpu.capacity, ...memoryOf(full) } }, consumed: fullCounters }]),
          ...profiles.flatMap((profile) =>
            profile.placements.map(({ start }) => ({
              device: migDevice(node, accelerator, index, profile, start),
              consumed: counters(profile, start),
            })),
          ),
        ]
          .map(({ device, consumed }) => ({
            ...device,
            consumesCounters: [{ counterSet: counterSet(gpu), counters: consumed }],
          }))
          // The scheduler takes the first device that fits, in this order.
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      },
    })),
  ]);
}

function migDevice(node: GpuNode, accelerator: Accelerator, index: number, profile: MigProfile, start: number): Device {
  const inName = profile.profile.replace(".", "").replace(/[^a-z0-9]/g, "-");
  return {
    name: `gpu-${index}-mig-${inName}-${profile.profileId}-${start}`,
    attributes: {
      type: { string: "mig" },
      profile: { string: profile.profile },
      parentUUID: { string: gpuUuid(node, index) },
      ...commonAttributes(accelerator, index),
    },
    capacity: memoryOf(profile),
  };
}

const memoryOf = ({ memoryMib }: MigProfile): Device["capacity"] =>
  memoryMib === undefined ? {} : { memory: { value: `${memoryMib}Mi` } };

/** What an instance of a profile takes of its GPU when it begins at memory slice `start`. */
function counters({ memorySlices }: MigProfile, start: number): Counters {
  const taken = Array.from({ length: memorySlices }, (_, slice) => [`memory-slice-${start + slice}`, { value: "1" }]);
  return Object.fromEntries(taken);
}
