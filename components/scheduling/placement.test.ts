import { describe, expect, it } from "vitest";
import { gpuPool } from "../accelerators/testing";
import { areApart, placementOf, schedulerOf } from "./placement";

const slices = gpuPool("slices", { devices: { sharing: { how: "mig", profiles: ["1g.10gb"] } } });
const whole = gpuPool("whole");

describe("schedulerOf", () => {
  it("is KAI for whole GPUs, and for GPUs whose holders share one claim", () => {
    for (const how of ["time-slicing", "mps"]) {
      const pool = gpuPool("shared", { devices: { sharing: { how } } });
      expect(schedulerOf(pool)).toBe("kai-scheduler");
    }
    const plugin = gpuPool("plugin", { devices: { owner: "device-plugin" } });
    expect([whole, plugin].map(schedulerOf)).toEqual(["kai-scheduler", "kai-scheduler"]);
  });

  it("is not KAI for devices that it leaves alone", () => {
    expect(schedulerOf(slices)).toBe("default-scheduler");
    const shares = gpuPool("shares", { devices: { sharing: { how: "consumable" } } });
    expect(schedulerOf(shares)).toBe("default-scheduler");
  });

  it("is HAMi's own where HAMi owns the GPUs", () => {
    const hami = gpuPool("hami", { devices: { owner: "hami" } });
    expect(schedulerOf(hami)).toBe("hami-scheduler");
  });
});

describe("placementOf", () => {
  it("binds pods to the pool's nodes", () => {
    expect(placementOf(whole, false)).toEqual({
      scheduler: "kai-scheduler",
      nodeSelector: { pool: "whole" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    });
  });

  it("tolerates nodes that may go only for a model that allows it", () => {
    expect(placementOf(whole, true).tolerations).toContainEqual({
      key: "ai-platform/spot",
      operator: "Exists",
      effect: "NoSchedule",
    });
  });
});

describe("areApart", () => {
  it("holds where one label has two values, and not where two labels may meet on one node", () => {
    const pool = (labels: Record<string, string>) => gpuPool("pool", { labels });
    expect(areApart(pool({ kind: "a" }), pool({ kind: "b" }))).toBe(true);
    expect(areApart(pool({ kind: "a" }), pool({ size: "b" }))).toBe(false);
    expect(areApart(pool({}), pool({ kind: "a" }))).toBe(false);
  });
});
