import { describe, expect, it } from "vitest";
import { accelerators } from "../catalog/accelerators";
import { models } from "../catalog/models";
import { choices, layouts, whyNot } from "./layouts";
import type { Layout } from "./memory";

const h100 = accelerators["h100-80gb"];
const l40s = accelerators["l40s-48gb"];
const on = (gpus: number, rest: Partial<Layout> = {}): Layout => ({
  gpus,
  nodes: 1,
  tensorParallel: gpus,
  expertParallel: false,
  ...rest,
});
const place = (accelerator: string, perNode = 8) => ({ path: "models.m.serving.decode", accelerator, perNode });
const inShort = ({ gpus, nodes, tensorParallel, expertParallel }: Layout) =>
  `${nodes}x${gpus} ${expertParallel ? "ep" : `tp${tensorParallel}`}`;

describe("choices", () => {
  it("hold weights and one longest request, smallest first", () => {
    expect(choices(models["qwen3-32b"], h100, 8).map(inShort)).toEqual(["1x2 tp2", "1x4 tp4", "1x8 tp8"]);
    expect(choices(models["qwen3-32b"], h100, 8, { maxContext: 8192 })[0]).toMatchObject({ gpus: 1 });
    expect(choices(models["qwen3-32b"], l40s, 1)).toEqual([]);
  });

  it("span nodes only where one does not do", () => {
    expect(choices(models["deepseek-r1"], h100, 8).map(inShort)).toEqual(["2x8 tp16"]);
    expect(choices(models["deepseek-r1"], h100, 2)).toEqual([]);
    expect(choices(models["deepseek-r1"], accelerators["h200-141gb"], 8).every(({ nodes }) => nodes === 1)).toBe(true);
  });

  it("do not cut the blocks of FP8 experts", () => {
    // 1,536 values of an expert are 12 blocks: by 8, each GPU would have one and a half.
    const widths = layouts(models["qwen3-235b-a22b-fp8"], 8).filter(({ expertParallel }) => !expertParallel);
    expect(Math.max(...widths.map(({ tensorParallel }) => tensorParallel))).toBe(4);
    expect(layouts(models["qwen3-235b-a22b"], 8).map(inShort)).toContain("1x8 tp8");
  });

  it("spread experts only of what has some", () => {
    expect(layouts(models["qwen3-32b"], 8).some(({ expertParallel }) => expertParallel)).toBe(false);
  });
});

describe("why a model cannot be served", () => {
  it("is nothing where it can", () => {
    expect(whyNot(models["qwen3-32b"], h100, on(2), place("h100-80gb"))).toBeUndefined();
    expect(whyNot(models["qwen3-32b"], h100, on(1), place("h100-80gb"), { maxContext: 8192 })).toBeUndefined();
  });

  it("says what it needs, what there is, and what would fit", () => {
    expect(whyNot(models["qwen3-32b"], h100, on(1), place("h100-80gb"))).toBe(
      "models.m.serving.decode: the model needs 76.8 GiB on each GPU, for its weights (61 GiB), the cache of one request of 40,960 tokens (10 GiB) and working memory (5.7 GiB), and 1 x h100-80gb (tensorParallel 1) has 71.3 GiB for them; what would fit: 2 x h100-80gb (tensorParallel 2), 4 x h100-80gb (tensorParallel 4), 8 x h100-80gb (tensorParallel 8), or a maxContext of at most 18,459.",
    );
  });

  it("says how long one request may be, not how much all GPUs cache together", () => {
    const spread = on(8, { nodes: 2, tensorParallel: 1, expertParallel: true });
    const sentence = whyNot(models["deepseek-r1"], h100, spread, place("h100-80gb"))!;
    const most = Number(/a maxContext of at most ([\d,]+)/.exec(sentence)![1]!.replaceAll(",", ""));
    expect(most).toBeLessThan(models["deepseek-r1"].maxContext);
    expect(whyNot(models["deepseek-r1"], h100, spread, place("h100-80gb"), { maxContext: most - 1 })).toBeUndefined();
  });
  it("says so where nothing of the kind would", () => {
    const sentence = whyNot(models["llama-3.1-405b"], accelerators["l4-24gb"], on(1), place("l4-24gb", 1));
    expect(sentence).toContain("no number of l4-24gb would fit it.");
    expect(sentence).not.toContain("maxContext of");
  });

  it("speaks of a part of a GPU as such", () => {
    const sentence = whyNot(models["qwen3-8b"], l40s, on(1), place("l40s-48gb", 4), { share: 0.25 });
    expect(sentence).toContain("and 25 % of one l40s-48gb has 10 GiB for them; what would fit: 1 x l40s-48gb");
  });

  it("names a division that vLLM refuses, before memory", () => {
    expect(whyNot(models["qwen3-14b"], h100, on(3), place("h100-80gb"))).toContain(
      "tensorParallel is 3, and its 40 attention heads cannot be divided by 3; what would fit: 1 x h100-80gb",
    );
    expect(whyNot(models["qwen3-32b"], h100, on(4, { tensorParallel: 8 }), place("h100-80gb"))).toContain(
      "tensorParallel 8 does not divide its 4 GPUs",
    );
    expect(
      whyNot(models["qwen3-32b"], h100, on(4, { tensorParallel: 1, expertParallel: true }), place("h100-80gb")),
    ).toContain("expertParallel spreads experts, and the model has none");
  });
});
