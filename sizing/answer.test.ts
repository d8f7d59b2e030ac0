import { describe, expect, it } from "vitest";
import { models } from "../catalog/models";
import { outcomesOf } from "./answer";
import { hardwareOf, hasRegion, nodesOf } from "./hardware";
import type { NamedModel } from "./model";
import { report } from "./report";

const objective = { ttftMs: 1500, tpotMs: 40, requestsPerSecond: 20, inputTokens: 5000, outputTokens: 500 };
const model: NamedModel = { name: "qwen3-32b", architecture: models["qwen3-32b"], source: "the catalog" };
const quiet = () => undefined;

describe("hardware", () => {
  it("is, of each size, the machine that costs least", () => {
    const sizes = hardwareOf("h100-80gb").map(({ perNode }) => perNode);
    expect(new Set(sizes).size).toBe(sizes.length);
    expect(hardwareOf("h100-80gb")).toContainEqual({
      accelerator: "h100-80gb",
      perNode: 8,
      machine: "p5.48xlarge in us-east-1",
      usdPerHour: 55.04,
    });
  });

  it("of one region is all of its machines, and none where it has none", () => {
    expect(hardwareOf("h100-80gb", "europe-west4").map(({ machine }) => machine)).toContain(
      "a3-highgpu-8g in europe-west4",
    );
    expect(hardwareOf("h100-80gb", "eu-south-2")).toEqual([]);
    expect(hasRegion("europe-west4")).toBe(true);
    expect(hasRegion("mars-1")).toBe(false);
  });

  it("that no machine of the catalog has is nodes of one's own, whose price is unknown", () => {
    expect(hardwareOf("gb200-186gb")).toEqual([{ accelerator: "gb200-186gb", perNode: 8 }]);
  });

  it("is whole nodes: those that replicas of several nodes take, and those that the rest fills up", () => {
    const role = (replicas: number, gpus: number, nodes = 1) => ({
      ...{ replicas, gpus, nodes, tensorParallel: gpus * nodes },
      expertParallel: false,
    });
    expect(nodesOf({ prefill: role(13, 1), decode: role(3, 4) }, 8)).toBe(4);
    expect(nodesOf({ prefill: role(1, 1), decode: role(2, 8, 2) }, 8)).toBe(5);
  });
});

describe("an answer", () => {
  it("has the cheapest first, then what has no price, then what cannot do it", async () => {
    const names = ["l4-24gb", "gb200-186gb", "l40s-48gb", "h100-80gb"] as const;
    const outcomes = await outcomesOf(model, names, objective, undefined, undefined, quiet);
    const kinds = outcomes.map(({ why, totalUsdPerHour }) =>
      why ? "no" : totalUsdPerHour === undefined ? "unknown" : "priced",
    );
    expect(
      [...kinds].sort((one, other) => "priced unknown no".indexOf(one) - "priced unknown no".indexOf(other)),
    ).toEqual(kinds);
    expect(new Set(kinds)).toEqual(new Set(["priced", "unknown", "no"]));
    const costs = outcomes.flatMap(({ totalUsdPerHour }) => totalUsdPerHour ?? []);
    expect(costs).toEqual([...costs].sort((one, other) => one - other));
    expect(outcomes.every(({ by, plan }) => plan === undefined || by === "roofline")).toBe(true);
  });

  it("costs what its nodes cost, for each million of tokens", async () => {
    const [best] = await outcomesOf(model, ["h100-80gb"], objective, undefined, undefined, quiet);
    expect(best).toMatchObject({ nodes: 4, plan: { gpus: 25 } });
    expect(best?.totalUsdPerHour).toBeCloseTo(4 * 55.04, 6);
    // 20 requests/s x 5,500 tokens x 3,600 s are 396 million an hour.
    expect(best?.usdPerMillionTokens).toBeCloseTo((4 * 55.04) / 396, 6);
  });

  it("without an objective is what fits", async () => {
    const outcomes = await outcomesOf(model, ["h100-80gb", "l4-24gb"], undefined, undefined, undefined, quiet);
    expect(
      outcomes.find(({ perNode, accelerator }) => perNode === 8 && accelerator === "h100-80gb")?.fitting,
    ).toMatchObject([{ gpus: 2 }, { gpus: 4 }, { gpus: 8 }]);
    expect(outcomes.find(({ perNode, accelerator }) => perNode === 1 && accelerator === "l4-24gb")?.why).toBe(
      "no number of these GPUs holds it",
    );
  });

  it("says where measurements could not decide", async () => {
    const installed = { command: "/nowhere/aiconfigurator", version: "9.8.7" };
    const outcomes = await outcomesOf(model, ["h100-80gb"], objective, undefined, installed, quiet);
    expect(outcomes[0]).toMatchObject({ by: "roofline", unmeasured: expect.stringContaining("ENOENT") });
    expect(report(model, objective, outcomes)).toContain("no measured kernels: spawn /nowhere/aiconfigurator ENOENT");
  });
});

describe("a report", () => {
  it("tells the model, each hardware, and what the figures rest on", async () => {
    const outcomes = await outcomesOf(
      model,
      ["h100-80gb", "gb200-186gb", "l4-24gb"],
      objective,
      undefined,
      undefined,
      quiet,
    );
    const text = report(model, objective, outcomes);
    expect(text).toContain(
      "qwen3-32b: 32.8 billion parameters in bf16, 61.0 GiB of weights, 256.0 KiB of KV cache per token",
    );
    expect(text).toMatch(/h100-80gb, p5.48xlarge in us-east-1 .* 13 x 1 \(tp 1\) .* 220\.16 +0\.56 +roofline/);
    expect(text).toMatch(/gb200-186gb, 8 per node .* unknown +unknown +roofline/);
    expect(text).toMatch(/not with\n {2}l4-24gb, /);
    expect(text).toContain("roofline: estimated from peak rates");
    expect(text).toContain("aiconfigurator is not installed");
  });

  it("names the tool whose kernels decided", () => {
    const by = "aiconfigurator 9.8.7, vllm 1.2.3";
    const [plan, role] = [
      { gpus: 2, ttftMs: 1, tpotMs: 1, batch: 1 },
      { replicas: 1, gpus: 1, nodes: 1 },
    ];
    const roles = { ...role, tensorParallel: 1, expertParallel: false };
    const outcome = {
      accelerator: "h100-80gb" as const,
      perNode: 8,
      fitting: [],
      by,
      plan: { ...plan, prefill: roles, decode: roles },
    };
    const text = report(model, objective, [outcome]);
    expect(text).toContain(`measured kernels of ${by} decided the sizes`);
    expect(text).not.toContain("roofline:");
  });
});
