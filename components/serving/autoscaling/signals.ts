import type { RoleName } from "../../../stacks/model";
import type { Scale } from "../../../stacks/scale";
import {
  above0,
  atLeast,
  atMost,
  countPods,
  type Matcher,
  max,
  minus,
  or,
  per,
  plus,
  quantile,
  type Selector,
  select,
  sum,
  sumOfPodAverages,
  times,
  type Vector,
  where0,
  zeroOf,
} from "./promql";
import type { ScaleTarget } from "./types";

/**
 * What tells how many replicas a role wants. Each signal is a query whose value is that number, so that signals compare
 * with each other and with what cheaper hardware already gives. All but latencies are sums over what is there: a replica
 * that is still loading takes no load away and adds none, so the wait for it starts no further ones.
 */
export interface Signal {
  readonly name: "waiting" | "kv-cache" | "ttft" | "tpot" | "in-use" | "recommended";
  /** In PromQL, in replicas. Empty where the servers' metrics, or the picker's, are not there. */
  readonly query: Vector;
}

/** One of the workloads that have the same servers on different hardware. */
export interface Variant {
  readonly name: string;
  readonly kind: ScaleTarget["kind"];
  /** Replicas that it may come to. */
  readonly max: number;
}

export interface SignalArgs {
  readonly namespace: string;
  readonly role: RoleName;
  readonly scale: Scale;
  /** All workloads of the role, the cheapest first. */
  readonly variants: readonly [Variant, ...Variant[]];
  /** Which of them this is about. */
  readonly rank: number;
  /** Name of the InferencePool, where an endpoint picker stands before the servers. */
  readonly pool?: string;
  /**
   * Whether requests can come while no replica runs. They then wait in the picker, which must have flow control
   * (feature gate `flowControl`), and which says whether there are any endpoints.
   */
  readonly fromZero: boolean;
}

/**
 * Of each server. Source: vllm-project/vllm vllm/v1/metrics/loggers.py and docs/design/metrics.md, read 2026-11-21. The
 * time per output token is the newer of two names: `vllm:time_per_output_token_seconds` is deprecated.
 */
const server = {
  waiting: "vllm:num_requests_waiting",
  running: "vllm:num_requests_running",
  kvCache: "vllm:kv_cache_usage_perc",
  ttft: "vllm:time_to_first_token_seconds_bucket",
  tpot: "vllm:inter_token_latency_seconds_bucket",
} as const;

/** Of the endpoint picker. Source: llm-d-router v0.10.0 docs/metrics.md, pkg/epp/metrics/llm_d_router_metrics.go. */
const picker = {
  /** Requests that flow control holds. Exposed with the feature gate `flowControl` only. */
  queue: "llm_d_epp_flow_control_queue_size",
  /** Servers with fresh metrics; 0 too. */
  endpoints: "llm_d_epp_ready_endpoints",
} as const;

/** Of all observations, nine in ten are to be within a latency. */
const percentile = 0.9;
/** Long enough for a percentile of a few requests, short enough to follow a rush. */
const window = "5m";
/** A latency says that replicas are missing, not how many: at most as many again at a time. */
const latencyCap = 2;

/** Names of a workload's pods that answer requests. */
const podPattern = ({ name, kind }: Variant): string =>
  // A ReplicaSet's hash and a pod's; or a leader's index, for workers answer nothing.
  kind === "Deployment" ? `${name}-[a-z0-9]+-[a-z0-9]+` : `${name}-[0-9]+`;

/** The role's own signals: prefill by queue and first token, decode by cache and further tokens, one of both by all. */
export function signalsOf(args: SignalArgs): readonly Signal[] {
  const { role, scale, variants, rank } = args;
  const pods: Matcher[] = [
    { label: "namespace", by: "=", value: args.namespace },
    { label: "pod", by: "=~", value: variants.map(podPattern).join("|") },
  ];
  const of = (metric: string) => select(metric, pods);
  const servers = countPods(of(server.waiting));
  // Nothing to show is a failure, unless the picker says that nothing runs.
  const orIdle = (value: Vector) =>
    args.fromZero ? or(value, where0(max(ofPicker(args, picker.endpoints, "name")))) : value;
  const held = queueOfPicker(args);

  const waiting = orIdle(sum(of(server.waiting)));
  const latency = (buckets: Selector, targetMs: number) => {
    const ratio = atMost(per(quantile(percentile, buckets, window), targetMs / 1000), latencyCap);
    return orIdle(or(times(above0(ratio), servers), zeroOf(servers)));
  };
  const wanted: Signal[] = [
    { name: "waiting", query: per(held === undefined ? waiting : plus(waiting, held), scale.waiting) },
    ...(role === "prefill"
      ? []
      : [{ name: "kv-cache" as const, query: per(orIdle(sumOfPodAverages(of(server.kvCache))), scale.kvUtilization) }]),
    ...(scale.ttftMs === undefined || role === "decode"
      ? []
      : [{ name: "ttft" as const, query: latency(of(server.ttft), scale.ttftMs) }]),
    ...(scale.tpotMs === undefined || role === "prefill"
      ? []
      : [{ name: "tpot" as const, query: latency(of(server.tpot), scale.tpotMs) }]),
    // The last replica goes when nothing is asked, and not when little is.
    ...(held === undefined
      ? []
      : [{ name: "in-use" as const, query: atMost(plus(plus(orIdle(sum(of(server.running))), waiting), held), 1) }]),
  ];
  const cheaper = variants.slice(0, rank).reduce((replicas, variant) => replicas + variant.max, 0);
  return cheaper === 0
    ? wanted
    : // Dearer hardware is for what is left when all that is cheaper runs. That something is in use is no reason.
      wanted
        .filter(({ name }) => name !== "in-use")
        .map(({ name, query }) => ({ name, query: atLeast(minus(query, cheaper), 0) }));
}

const ofPicker = ({ namespace, pool }: SignalArgs, metric: string, label: string): Selector =>
  select(metric, [
    { label: "namespace", by: "=", value: namespace },
    { label, by: "=", value: pool! },
  ]);

/** What waits in the picker; 0 where it holds nothing, which it shows by no series at all. */
const queueOfPicker = (args: SignalArgs): Vector | undefined =>
  args.fromZero
    ? or(sum(ofPicker(args, picker.queue, "inference_pool")), zeroOf(max(ofPicker(args, picker.endpoints, "name"))))
    : undefined;
