import { describe, expect, it } from "vitest";
import { type GpuNode, resourceSlices } from "./resource-slices";

const node: GpuNode = {
  name: "n",
  region: "local",
  accelerator: "h100-80gb",
  gpus: 2,
  devices: { owner: "dra" },
};
const mig = { owner: "dra", sharing: { how: "mig", profiles: ["1g.10gb"] } } as const satisfies GpuNode["devices"];

// biome-ignore lint/suspicious/noExplicitAny: the shape is the API server's
const devicesOf = (wanted: GpuNode): any[] => resourceSlices(wanted).flatMap(({ spec }) => spec.devices ?? []);

describe("what the DRA driver publishes of a node", () => {
  it("is its whole GPUs", () => {
    const [slice, ...others] = resourceSlices(node);
    expect(others).toEqual([]);
    expect(slice!.spec).toMatchObject({
      driver: "gpu.nvidia.com",
      nodeName: "n",
      pool: { name: "n", generation: 1, resourceSliceCount: 1 },
    });
    expect(devicesOf(node)).toMatchObject([
      { name: "gpu-0", attributes: { type: { string: "gpu" } }, capacity: { memory: { value: "81559Mi" } } },
      { name: "gpu-1" },
    ]);
    expect(devicesOf(node)[0]).not.toHaveProperty("allowMultipleAllocations");
    expect(devicesOf({ ...node, devices: { owner: "dra", sharing: { how: "time-slicing" } } })).toEqual(
      devicesOf(node),
    );
  });

  it("is nothing where the node has no GPU, or a device plugin owns them", () => {
    expect(resourceSlices({ ...node, accelerator: undefined, gpus: 0 })).toEqual([]);
    expect(resourceSlices({ ...node, devices: { owner: "device-plugin" } })).toEqual([]);
    expect(resourceSlices({ ...node, devices: { owner: "hami" } })).toEqual([]);
  });

  it("is whole GPUs and every slice of them, counted apart, with MIG", () => {
    const slices = resourceSlices({ ...node, devices: mig });
    expect(slices.map(({ metadata }) => metadata.name)).toEqual([
      "n-gpu.nvidia.com-counters",
      "n-gpu.nvidia.com-gpu-0",
      "n-gpu.nvidia.com-gpu-1",
    ]);
    // The API server takes counters and devices in separate slices only, and at most 64 devices with counters.
    for (const { spec } of slices) {
      expect(spec.pool.resourceSliceCount).toBe(3);
      expect([spec.sharedCounters, spec.devices].filter(Boolean)).toHaveLength(1);
      expect((spec.devices ?? []).length).toBeLessThanOrEqual(64);
    }
    expect(slices[0]!.spec.sharedCounters).toMatchObject([
      { name: "gpu-0-counter-set", counters: { "memory-slice-0": { value: "1" }, "memory-slice-7": { value: "1" } } },
      { name: "gpu-1-counter-set" },
    ]);

    const devices = devicesOf({ ...node, devices: mig });
    const named = (name: string) => devices.find((device) => device.name === name);
    expect(devices).toHaveLength(2 * (1 + 7 + 4 + 3 + 2 + 1 + 1));
    expect(named("gpu-0").consumesCounters).toEqual([
      { counterSet: "gpu-0-counter-set", counters: slices[0]!.spec.sharedCounters[0].counters },
    ]);
    expect(named("gpu-1-mig-3g40gb-9-4")).toMatchObject({
      attributes: {
        type: { string: "mig" },
        profile: { string: "3g.40gb" },
        parentUUID: named("gpu-1").attributes.uuid,
        productName: { string: "NVIDIA H100 80GB HBM3" },
      },
      capacity: { memory: { value: "40448Mi" } },
    });
    const [consumed] = named("gpu-1-mig-3g40gb-9-4").consumesCounters;
    expect(Object.keys(consumed.counters)).toEqual([4, 5, 6, 7].map((slice) => `memory-slice-${slice}`));
    expect(consumed.counterSet).toBe("gpu-1-counter-set");
  });

  it("is slices alone on Ampere, whose MIG mode only a reset changes", () => {
    const types = devicesOf({ ...node, accelerator: "a100-80gb", devices: mig }).map(
      ({ attributes }) => attributes.type.string,
    );
    expect(new Set(types)).toEqual(new Set(["mig"]));
  });
});
