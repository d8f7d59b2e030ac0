import { describe, expect, it } from "vitest";
import { grant } from "./request";
import { gpuPool } from "./testing";

const where = "models.m.serving.decode";
const whole = (gpus: number) => ({ replicas: 1, gpus });
const slice = (asked: { memoryGib: number } | { fraction: number }, replicas = 1) => ({
  replicas,
  gpus: 1,
  slice: asked,
});
const mig = (...profiles: string[]) => gpuPool("slices", { devices: { sharing: { how: "mig", profiles } } });
const all = ["1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"];

describe("whole GPUs", () => {
  it("are claimed where the DRA driver owns them", () => {
    expect(grant(whole(4), gpuPool("h100"), where)).toEqual({
      shape: { how: "whole", accelerator: "h100-80gb", count: 4 },
      share: 4,
    });
  });

  it("are an extended resource where nodes come and go with what waits for them", () => {
    const { shape } = grant(whole(4), gpuPool("burst", { min: 0, max: 3 }), where);
    expect(shape).toEqual({ how: "resources", resources: { "nvidia.com/gpu": "4" } });
  });

  it("are an extended resource where a device plugin owns them", () => {
    const { shape } = grant(whole(2), gpuPool("plugin", { devices: { owner: "device-plugin" } }), where);
    expect(shape).toEqual({ how: "resources", resources: { "nvidia.com/gpu": "2" } });
  });

  it("are shared with nobody where HAMi owns them", () => {
    const { shape } = grant(whole(2), gpuPool("hami", { devices: { owner: "hami" } }), where);
    expect(shape).toEqual({
      how: "resources",
      resources: { "nvidia.com/gpu": "2", "nvidia.com/gpumem-percentage": "100", "nvidia.com/gpucores": "100" },
    });
  });
});

describe("a slice by MIG", () => {
  it.each([
    [{ memoryGib: 9 }, "1g.10gb"],
    // 9.75 GiB are not ten.
    [{ memoryGib: 10 }, "1g.20gb"],
    [{ memoryGib: 30 }, "3g.40gb"],
    [{ memoryGib: 40 }, "7g.80gb"],
    [{ fraction: 0.1 }, "1g.10gb"],
    // A quarter of the memory is not enough where it comes with a seventh of the compute.
    [{ fraction: 0.25 }, "2g.20gb"],
    [{ fraction: 0.4 }, "3g.40gb"],
    [{ fraction: 0.5 }, "4g.40gb"],
    [{ fraction: 0.75 }, "7g.80gb"],
  ])("is the smallest profile with room for %o", (asked, profile) => {
    expect(grant(slice(asked), mig(...all), where).shape).toEqual({ how: "mig", accelerator: "h100-80gb", profile });
  });

  it("comes only from what the pool offers, in whatever order", () => {
    expect(grant(slice({ memoryGib: 9 }), mig("7g.80gb", "3g.40gb"), where)).toEqual({
      shape: { how: "mig", accelerator: "h100-80gb", profile: "3g.40gb" },
      share: 0.5,
    });
  });

  it("is refused with what there is", () => {
    expect(() => grant(slice({ memoryGib: 40 }), mig("1g.10gb", "3g.40gb"), where)).toThrow(
      "models.m.serving.decode.slice { memoryGib: 40 }: pool slices offers 1g.10gb (9.7 GiB, 1/7 of the compute), 3g.40gb (39.5 GiB, 3/7 of the compute): ask for less, for gpus, or add a larger profile to devices.sharing.profiles",
    );
    expect(() => grant(slice({ fraction: 0.5 }), mig("3g.40gb"), where)).toThrow("3g.40gb (39.5 GiB, 3/7");
  });

  it("promises no memory that nobody has listed", () => {
    const pool = gpuPool("b300", {
      accelerator: "b300-288gb",
      devices: { sharing: { how: "mig", profiles: ["1g.34gb"] } },
    });
    expect(() => grant(slice({ memoryGib: 10 }), pool, where)).toThrow("1g.34gb (memory unknown, 1/7 of the compute)");
    expect(grant(slice({ fraction: 0.1 }), pool, where).shape).toMatchObject({ profile: "1g.34gb" });
  });
});

describe("a slice of a GPU that replicas hold together", () => {
  const turns = (how: string) => gpuPool("shared", { devices: { sharing: { how } } });

  it("takes turns", () => {
    const { shape, share, memoryShare } = grant(slice({ fraction: 0.25 }, 4), turns("time-slicing"), where);
    expect(shape).toEqual({
      how: "turns",
      accelerator: "h100-80gb",
      sharing: { strategy: "TimeSlicing", timeSlicingConfig: { interval: "Default" } },
    });
    expect(share).toBeCloseTo(0.25, 3);
    // Nothing else keeps its neighbours' memory from it.
    expect(memoryShare).toBe(share);
  });

  it("runs beside others within limits by MPS", () => {
    expect(grant(slice({ fraction: 0.25 }), turns("mps"), where).shape).toMatchObject({
      sharing: {
        strategy: "MPS",
        mpsConfig: { defaultActiveThreadPercentage: 25, defaultPinnedDeviceMemoryLimit: "20389Mi" },
      },
    });
    expect(grant(slice({ memoryGib: 20 }), turns("mps"), where).shape).toMatchObject({
      sharing: { strategy: "MPS", mpsConfig: { defaultPinnedDeviceMemoryLimit: "20480Mi" } },
    });
  });

  it("is refused to more replicas than one GPU has room for", () => {
    expect(() => grant(slice({ memoryGib: 30 }, 3), turns("mps"), where)).toThrow(
      "models.m.serving.decode.slice { memoryGib: 30 }: pool shared has GPUs of 79.6 GiB, of which 2 such replicas share one, and all replicas of a role share the same: ask for at most 2 replicas, or for less",
    );
  });
});

describe("a slice of memory", () => {
  it("is claimed by its size", () => {
    const pool = gpuPool("shares", { devices: { sharing: { how: "consumable" } } });
    expect(grant(slice({ memoryGib: 20 }), pool, where).shape).toEqual({
      how: "memory",
      accelerator: "h100-80gb",
      memoryMib: 20480,
    });
  });

  it("is asked of HAMi in its own resources", () => {
    const pool = gpuPool("hami", { devices: { owner: "hami", sharing: { how: "consumable" } } });
    const resources = (asked: { memoryGib: number } | { fraction: number }) => grant(slice(asked), pool, where);
    expect(resources({ memoryGib: 20 }).shape).toEqual({
      how: "resources",
      resources: { "nvidia.com/gpu": "1", "nvidia.com/gpumem": "20480" },
    });
    expect(resources({ fraction: 0.5 }).shape).toMatchObject({
      resources: { "nvidia.com/gpumem": "40779", "nvidia.com/gpucores": "50" },
    });
    // HAMi shows a pod its own part alone.
    expect(resources({ fraction: 0.5 }).memoryShare).toBeUndefined();
  });
});

describe("what a pool cannot give", () => {
  it("is a slice, where it hands out whole GPUs", () => {
    expect(() => grant(slice({ fraction: 0.5 }), gpuPool("h100"), where)).toThrow(
      "models.m.serving.decode.slice { fraction: 0.5 }: pool h100 hands out whole GPUs only: ask for gpus, or state devices.sharing of the pool",
    );
  });

  it("is a slice, where its nodes come from an autoscaler", () => {
    const pool = gpuPool("burst", { min: 0, devices: { sharing: { how: "mig", profiles: ["1g.10gb"] } } });
    expect(() => grant(slice({ memoryGib: 5 }), pool, where)).toThrow(
      "pool burst gets its nodes from an autoscaler, which knows whole GPUs only",
    );
  });

  it("is more than a GPU has", () => {
    expect(() => grant(slice({ memoryGib: 90 }), mig(...all), where)).toThrow(
      "pool slices has GPUs of 79.6 GiB: ask for gpus, of which one replica can have 8",
    );
  });
});
