import { describe, expect, it } from "vitest";
import { accelerators } from "../catalog/accelerators";
import { memoryMeasurements } from "../catalog/memory-measurements";
import { type Architecture, models } from "../catalog/models";
import { cacheBytes, indivisible, type Layout, memoryFit } from "./memory";

const h100 = accelerators["h100-80gb"];
const on = (gpus: number, rest: Partial<Layout> = {}): Layout => ({
  gpus,
  nodes: 1,
  tensorParallel: gpus,
  expertParallel: false,
  ...rest,
});

describe("the cache of a token", () => {
  it("is keys and values of all layers, divided by heads", () => {
    // 64 layers x 2 x 8 heads x 128 x 2 bytes
    expect(cacheBytes(models["qwen3-32b"], 1, 1)).toBe(256 * 1024);
    expect(cacheBytes(models["qwen3-32b"], 1, 4)).toBe(64 * 1024);
    expect(cacheBytes(models["qwen3-32b"], 1, 1, "fp8")).toBe(128 * 1024);
  });

  it("is on each GPU once there are more of them than heads", () => {
    const { kvHeads } = models["qwen3-235b-a22b"];
    expect(cacheBytes(models["qwen3-235b-a22b"], 1, 2 * kvHeads)).toBe(
      cacheBytes(models["qwen3-235b-a22b"], 1, kvHeads),
    );
  });

  it("of latent attention is on each GPU whole", () => {
    // 61 layers x (512 + 64) x 2 bytes
    expect(cacheBytes(models["deepseek-r1"], 1, 8)).toBe(70_272);
    expect(cacheBytes(models["deepseek-r1"], 1, 1)).toBe(70_272);
  });

  it("of windowed layers does not grow beyond the window", () => {
    const model = models["gpt-oss-20b"];
    const perLayer = 2 * 8 * 64 * 2;
    expect(cacheBytes(model, 128, 1)).toBe(24 * 128 * perLayer);
    expect(cacheBytes(model, 1128, 1)).toBe((24 * 128 + 12 * 1000) * perLayer);
  });
});

describe("the memory of a server", () => {
  it.each(memoryMeasurements)("$model on $gpus x $accelerator is as measured", (measured) => {
    const { model, accelerator, gpus, utilization, maxContext } = measured;
    const ours = memoryFit(models[model], accelerators[accelerator], on(gpus), { utilization, maxContext });
    expect(ours.fits).toBe(measured.fits);
    // As far as 2 GiB of 80 where the server did other things beside.
    if (measured.cacheGib !== undefined) expect(Math.abs(ours.cacheGib - measured.cacheGib)).toBeLessThan(2);
    if (measured.kvTokens !== undefined) expect(ours.kvTokens / measured.kvTokens).toBeCloseTo(1, 0);
  });

  it("adds up", () => {
    const { weightsGib, overheadGib, cacheGib, usableGib } = memoryFit(models["qwen3-8b"], h100, on(1));
    expect(weightsGib + overheadGib + cacheGib).toBeCloseTo(usableGib, 6);
    expect(usableGib).toBeCloseTo(71.26, 1);
  });

  it("holds less in a part of a GPU", () => {
    const half = memoryFit(models["qwen3-8b"], h100, on(1), { share: 0.5 });
    expect(half.usableGib).toBeCloseTo(memoryFit(models["qwen3-8b"], h100, on(1)).usableGib / 2, 6);
    expect(memoryFit(models["qwen3-8b"], h100, on(1), { share: 0.2 }).fits).toBe(false);
  });

  it("does not fit where one longest request does not", () => {
    const fits = (maxContext: number) => memoryFit(models["qwen3-32b"], h100, on(1), { maxContext }).fits;
    expect(fits(16_384)).toBe(true);
    expect(fits(20_480)).toBe(false);
  });

  it("of what runs data-parallel is that of each group, and the cache that of all", () => {
    const model = models["qwen3-8b"];
    const one = memoryFit(model, h100, on(1), { maxContext: 4096 });
    const four = memoryFit(model, h100, on(4, { tensorParallel: 1 }), { maxContext: 4096 });
    expect(four.weightsGib).toBeCloseTo(one.weightsGib, 6);
    expect(four.kvTokens / one.kvTokens).toBeCloseTo(4, 1);
  });

  it("of spread experts holds the attention of each GPU whole", () => {
    const model = models["deepseek-r1"];
    const divided = memoryFit(model, accelerators["h200-141gb"], on(8));
    const spread = memoryFit(model, accelerators["h200-141gb"], on(8, { tensorParallel: 1, expertParallel: true }));
    expect(spread.weightsGib).toBeGreaterThan(divided.weightsGib + 5);
    expect(spread.kvTokens).toBeGreaterThan(4 * divided.kvTokens);
  });
});

describe("division by GPUs", () => {
  const model: Architecture = models["qwen3-14b"];
  it("is refused where heads or widths do not come out even", () => {
    expect(indivisible(model, 8)).toBeUndefined();
    expect(indivisible(model, 16)).toBe("its 40 attention heads cannot be divided by 16");
    expect(indivisible({ ...model, heads: 48, kvHeads: 6 }, 4)).toBe("its 6 KV heads cannot be divided by 4");
    expect(indivisible({ ...model, feedForward: 17_410 }, 4)).toBe(
      "its feed-forward width of 17410 cannot be divided by 4",
    );
  });
});
