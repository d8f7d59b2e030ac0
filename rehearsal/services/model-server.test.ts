import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePorts } from "../control-plane/ports";
import { complete, ModelServer } from "./model-server";
import { PrefixCache } from "./prefix-cache";

const tokens = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe("a cache of prompt blocks", () => {
  it("holds full blocks of a prefix, and nothing behind a difference", () => {
    const cache = new PrefixCache(4, 100);
    expect(cache.use(tokens("a", 10))).toBe(0);
    expect(cache.use(tokens("a", 10))).toBe(8);
    expect(cache.use([...tokens("a", 4), "other", ...tokens("a", 12).slice(5)])).toBe(4);
    expect(cache.use(["other", ...tokens("a", 12).slice(1)])).toBe(0);
  });

  it("makes room by what was used least recently, the end of a prompt before its beginning", () => {
    const cache = new PrefixCache(1, 4);
    cache.use(tokens("a", 2));
    cache.use(tokens("b", 2));
    cache.use(tokens("a", 2));
    cache.use(tokens("c", 1));
    expect(cache.use(tokens("a", 2))).toBe(2);
    expect(cache.use(tokens("b", 2))).toBe(1);
  });
});

describe("a simulated model server", () => {
  let server: ModelServer;

  beforeEach(async () => {
    const [port] = (await freePorts(1)) as [number];
    server = new ModelServer({
      model: "m",
      address: "127.0.0.1",
      port,
      blockTokens: 16,
      blocks: 100,
      prefillTokensPerSecond: 1000,
      secondsPerOutputToken: 0.001,
    });
    await server.listen();
  });
  afterEach(() => server.close());

  const metric = async (name: string) => {
    const text = await (await fetch(`http://${server.endpoint}/metrics`)).text();
    const line = text.split("\n").find((one) => one.startsWith(`${name}{`));
    return { line, value: Number(line?.split(" ").at(-1)) };
  };

  it("takes time for what it does not hold, one prompt after the other", async () => {
    const prompt = "x".repeat(400);
    const [first, second] = await Promise.all([
      complete(server.endpoint, { prompt, max_tokens: 4 }),
      complete(server.endpoint, { prompt: `y${prompt}`, max_tokens: 4 }),
    ]);
    expect([first, second].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0]);
    const [sooner, later] = [first.ttftSeconds, second.ttftSeconds].sort() as [number, number];
    expect(sooner).toBeCloseTo(0.1, 1);
    // Behind the other one, whatever head start that had.
    expect(later).toBeGreaterThan(0.11);
    const again = await complete(server.endpoint, { prompt, max_tokens: 4 });
    // Six full blocks of a hundred tokens.
    expect(again).toMatchObject({ promptTokens: 100, cachedTokens: 96, text: first.text });
    expect(again.ttftSeconds).toBeCloseTo(0.004, 2);
    expect(server.prefixCache).toEqual({ queried: 301, hit: 96 });
    server.empty();
    expect((await complete(server.endpoint, { prompt, max_tokens: 4 })).cachedTokens).toBe(0);
  });

  it("holds what it answered, and always computes a prompt's last block", async () => {
    const prompt = "z".repeat(64);
    const { text } = await complete(server.endpoint, { prompt, max_tokens: 16 });
    expect((await complete(server.endpoint, { prompt, max_tokens: 1 })).cachedTokens).toBe(0);
    expect((await complete(server.endpoint, { prompt: `${prompt}${text}and`, max_tokens: 1 })).cachedTokens).toBe(32);
  });

  it("states its load under vLLM's names", async () => {
    expect((await metric("vllm:num_requests_waiting")).line).toBe(
      'vllm:num_requests_waiting{engine="0",model_name="m"} 0',
    );
    const all = Promise.all(["a", "b", "c"].map((start) => complete(server.endpoint, { prompt: start.repeat(2000) })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await metric("vllm:num_requests_running")).value).toBe(1);
    expect((await metric("vllm:num_requests_waiting")).value).toBe(2);
    // 500 tokens and 16 of the answer, in blocks of 16.
    expect((await metric("vllm:kv_cache_usage_perc")).value).toBeCloseTo(0.33);
    await all;
    expect((await metric("vllm:num_requests_running")).value).toBe(0);
    expect((await metric("vllm:kv_cache_usage_perc")).value).toBe(0);
    expect((await metric("vllm:prefix_cache_queries_total")).value).toBe(1500);
    expect((await metric("vllm:cache_config_info")).line).toContain('block_size="16"');
    server.state({ waiting: 7, kvCacheUsage: 0.9 });
    expect((await metric("vllm:num_requests_waiting")).value).toBe(7);
    expect((await metric("vllm:kv_cache_usage_perc")).value).toBe(0.9);
  });
});
