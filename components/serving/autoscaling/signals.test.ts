import { describe, expect, it } from "vitest";
import { type Scale, scale } from "../../../stacks/scale";
import { type SignalArgs, signalsOf } from "./signals";

const scaled = (stated: object = {}): Scale => scale.parse({ min: 1, max: 8, ...stated });

const args = (change: Partial<SignalArgs> = {}): SignalArgs => ({
  namespace: "tenant-search",
  role: "both",
  scale: scaled(),
  variants: [{ name: "qwen", kind: "Deployment", max: 8 }],
  rank: 0,
  pool: "qwen",
  fromZero: false,
  ...change,
});

const queries = (change: Partial<SignalArgs> = {}) =>
  Object.fromEntries(signalsOf(args(change)).map(({ name, query }) => [name, query as string]));

const servers = '{namespace="tenant-search",pod=~"qwen-[a-z0-9]+-[a-z0-9]+"}';

describe("signals", () => {
  it("of prefill are its queue and the time to the first token", () => {
    const latencies = scaled({ ttftMs: 500, tpotMs: 50 });
    expect(Object.keys(queries({ role: "prefill", scale: latencies }))).toEqual(["waiting", "ttft"]);
    expect(Object.keys(queries({ role: "prefill" }))).toEqual(["waiting"]);
  });

  it("of decode are its queue, its cache and the time per further token", () => {
    const latencies = scaled({ ttftMs: 500, tpotMs: 50 });
    expect(Object.keys(queries({ role: "decode", scale: latencies }))).toEqual(["waiting", "kv-cache", "tpot"]);
  });

  it("of servers that do both are all of them", () => {
    const latencies = scaled({ ttftMs: 500, tpotMs: 50 });
    expect(Object.keys(queries({ scale: latencies }))).toEqual(["waiting", "kv-cache", "ttft", "tpot"]);
  });

  it("are in replicas: what there is of a load, over what one replica takes of it", () => {
    expect(queries({ scale: scaled({ waiting: 3, kvUtilization: 0.7 }) })).toEqual({
      waiting: `(sum(vllm:num_requests_waiting${servers}) / 3)`,
      "kv-cache": `(sum(avg by (pod) (vllm:kv_cache_usage_perc${servers})) / 0.7)`,
    });
  });

  it("multiply latencies by the servers that showed them, and by two at most", () => {
    const count = `count(count by (pod) (vllm:num_requests_waiting${servers}))`;
    const ratio = (buckets: string, seconds: number) =>
      `clamp_max((histogram_quantile(0.9, sum by (le) (rate(${buckets}${servers}[5m]))) / ${seconds}), 2)`;
    expect(queries({ scale: scaled({ ttftMs: 500, tpotMs: 40 }) })).toMatchObject({
      ttft: `(((${ratio("vllm:time_to_first_token_seconds_bucket", 0.5)} > 0) * ${count}) or (0 * ${count}))`,
      tpot: `(((${ratio("vllm:inter_token_latency_seconds_bucket", 0.04)} > 0) * ${count}) or (0 * ${count}))`,
    });
  });

  it("are of leaders alone where a replica spans nodes", () => {
    const variants = [{ name: "qwen", kind: "LeaderWorkerSet", max: 8 }] as const;
    expect(queries({ variants: [...variants] }).waiting).toContain('pod=~"qwen-[0-9]+"');
  });

  it("count what waits in the picker, and that nothing runs, where a model comes from zero", () => {
    const { waiting, "in-use": inUse } = queries({ fromZero: true });
    const endpoints = 'max(llm_d_epp_ready_endpoints{namespace="tenant-search",name="qwen"})';
    const held = `(sum(llm_d_epp_flow_control_queue_size{namespace="tenant-search",inference_pool="qwen"}) or (0 * ${endpoints}))`;
    const queued = `(sum(vllm:num_requests_waiting${servers}) or (${endpoints} == 0))`;
    expect(waiting).toBe(`((${queued} + ${held}) / 4)`);
    expect(inUse).toBe(
      `clamp_max((((sum(vllm:num_requests_running${servers}) or (${endpoints} == 0)) + ${queued}) + ${held}), 1)`,
    );
  });
});

describe("signals of dearer hardware", () => {
  const variants = [
    { name: "qwen", kind: "Deployment", max: 3 },
    { name: "qwen-h100", kind: "Deployment", max: 2 },
    { name: "qwen-h200", kind: "Deployment", max: 8 },
  ] as const;
  const all = '"qwen-[a-z0-9]+-[a-z0-9]+|qwen-h100-[a-z0-9]+-[a-z0-9]+|qwen-h200-[a-z0-9]+-[a-z0-9]+"';

  it("are what is left of the whole load when all cheaper hardware is full", () => {
    const of = (rank: number) => queries({ variants: [...variants], rank }).waiting;
    const whole = `(sum(vllm:num_requests_waiting{namespace="tenant-search",pod=~${all}}) / 4)`;
    expect(of(0)).toBe(whole);
    expect(of(1)).toBe(`clamp_min((${whole} - 3), 0)`);
    expect(of(2)).toBe(`clamp_min((${whole} - 5), 0)`);
  });

  it("do not start it because something is in use", () => {
    const names = (rank: number) => Object.keys(queries({ variants: [...variants], rank, fromZero: true }));
    expect(names(0)).toContain("in-use");
    expect(names(1)).not.toContain("in-use");
  });

  it("tell a model's pods from those of one whose name goes on", () => {
    const pattern = new RegExp(`^(?:${/pod=~"([^"]+)"/.exec(queries().waiting!)![1]})$`);
    expect("qwen-7d9c6b5f4-x2x9z").toMatch(pattern);
    expect("qwen-h100-7d9c6b5f4-x2x9z").not.toMatch(pattern);
    expect("qwen-prefill-7d9c6b5f4-x2x9z").not.toMatch(pattern);
  });
});
