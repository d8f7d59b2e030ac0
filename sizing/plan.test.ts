import { describe, expect, it } from "vitest";
import { accelerators } from "../catalog/accelerators";
import { models } from "../catalog/models";
import type { Objective } from "./objective";
import { type Plan, plan } from "./plan";
import { decodeSeconds, prefillSeconds } from "./roofline";

const h100 = accelerators["h100-80gb"];
const objective: Objective = {
  ttftMs: 1500,
  tpotMs: 40,
  requestsPerSecond: 20,
  inputTokens: 5000,
  outputTokens: 500,
};
const model = models["qwen3-32b"];

const planned = (change: Partial<Objective> = {}, gpu = h100, perNode = 8): Plan => {
  const result = plan(model, gpu, perNode, { ...objective, ...change });
  if ("why" in result) throw new Error(result.why);
  return result.plan;
};

describe("a plan", () => {
  it("meets the objective with servers for prompts and servers for answers", () => {
    const { prefill, decode, gpus, ttftMs, tpotMs } = planned();
    expect(prefill.replicas * prefill.gpus + decode.replicas * decode.gpus).toBe(gpus);
    expect(ttftMs).toBeLessThanOrEqual(1500);
    expect(tpotMs).toBeLessThanOrEqual(40);
    expect(planned()).toEqual(planned());
  });

  it("takes more for more, and for faster", () => {
    expect(planned({ requestsPerSecond: 200 }).gpus).toBeGreaterThan(8 * planned().gpus);
    expect(planned({ tpotMs: 15 }).decode).not.toEqual(planned().decode);
    expect(planned({ tpotMs: 15 }).gpus).toBeGreaterThan(planned().gpus);
    expect(planned({ ttftMs: 400 }).prefill.tensorParallel).toBeGreaterThan(planned().prefill.tensorParallel);
    expect(planned({ inputTokens: 20_000 }).prefill.replicas).toBeGreaterThan(planned().prefill.replicas);
  });

  it("takes at least one server of each kind for next to nothing", () => {
    const { prefill, decode } = planned({ requestsPerSecond: 0.001 });
    expect([prefill.replicas, decode.replicas]).toEqual([1, 1]);
  });

  it("answers no more requests at once than the cache holds", () => {
    const { batch, decode } = planned({ tpotMs: 1000 });
    // 256 KiB of each token, less than all memory of the server's GPUs.
    expect(batch * 5500 * 256 * 1024).toBeLessThan(decode.gpus * h100.memoryMib * 2 ** 20);
  });

  it("keeps a server on the GPUs of one node", () => {
    expect(planned({}, h100, 2).decode).toMatchObject({ gpus: 2, nodes: 1 });
  });

  it("spreads experts only where dividing them does not do", () => {
    const mixture = models["qwen3-235b-a22b"];
    const result = plan(mixture, accelerators["h200-141gb"], 8, { ...objective, tpotMs: 50, ttftMs: 2000 });
    expect(result).toMatchObject({ plan: { prefill: { expertParallel: false }, decode: { expertParallel: false } } });
  });
});

describe("no plan", () => {
  it.each([
    [{ ttftMs: 50 }, /no layout computes a prompt in 50 ms: the fastest takes \d+ ms/],
    [{ tpotMs: 2 }, /no layout computes a token in 2 ms: the fastest takes \d+ ms/],
    [{ inputTokens: 41_000 }, /a request has 41500 tokens, and the model allows 40960/],
  ])("for %o: the reason is what is in the way", (change, reason) => {
    expect(plan(model, h100, 8, { ...objective, ...change })).toEqual({ why: expect.stringMatching(reason) });
  });

  it("where the model does not fit", () => {
    const result = plan(models["llama-3.1-405b"], accelerators["l4-24gb"], 1, objective);
    expect(result).toEqual({ why: "its weights and the cache of one request fit no number of these GPUs" });
  });
});

describe("the roofline", () => {
  const on = (gpus: number, expertParallel = false) => ({
    gpus,
    nodes: 1,
    tensorParallel: expertParallel ? 1 : gpus,
    expertParallel,
  });

  it("is what it was set by: measured kernels of Qwen3 32B and 30B-A3B on one H100", () => {
    // aiconfigurator 0.12.0, vllm 0.24.0: 0.548 s a prompt; 28.6 ms a token of 5 requests; 83.1 ms a prompt.
    expect(prefillSeconds(model, h100.throughput, on(1), 5000) / 0.548).toBeCloseTo(1, 1);
    expect(decodeSeconds(model, h100.throughput, on(1), 5, 5250) / 0.0286).toBeCloseTo(1, 1);
    expect(prefillSeconds(models["qwen3-30b-a3b"], h100.throughput, on(1), 4000) / 0.0831).toBeCloseTo(1, 1);
  });

  it("gains less than twice by twice the GPUs, least over PCIe", () => {
    const gain = (gpu: typeof h100) =>
      prefillSeconds(model, gpu.throughput, on(2), 5000) / prefillSeconds(model, gpu.throughput, on(4), 5000);
    expect(gain(h100)).toBeGreaterThan(1.5);
    expect(gain(h100)).toBeLessThan(2);
    expect(gain(accelerators["l40s-48gb"])).toBeLessThan(gain(h100));
  });

  it("reads more experts the more tokens there are", () => {
    const step = (batch: number) => decodeSeconds(models["qwen3-30b-a3b"], h100.throughput, on(1), batch, 1);
    expect(step(16) / step(1)).toBeGreaterThan(2);
    expect(
      decodeSeconds(model, h100.throughput, on(1), 16, 1) / decodeSeconds(model, h100.throughput, on(1), 1, 1),
    ).toBeLessThan(1.1);
  });

  it("computes FP8 weights in FP8 where the GPU can", () => {
    const prompt = (gpu: typeof h100) => prefillSeconds(models["qwen3-32b-fp8"], gpu.throughput, on(1), 5000);
    expect(prompt(h100)).toBeLessThan(0.7 * prefillSeconds(model, h100.throughput, on(1), 5000));
    const a100 = accelerators["a100-80gb"];
    expect(prompt(a100)).toBeCloseTo(prefillSeconds(model, a100.throughput, on(1), 5000), 1);
  });
});
