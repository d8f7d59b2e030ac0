import type { WaitingRoom } from "./autoscaling/from-zero";

/**
 * The endpoint picker's configuration file, and the one that a pool gets.
 * Names of plugins and parameters: llm-d-router v0.10.0 pkg/epp/framework/plugins, whose decoder refuses any other.
 */

/** How the servers of a pool share the work on a request. */
export type ServingMode = "disaggregated" | "aggregated";

/**
 * From what the picker knows which server holds which prefix: from where it sent requests before, or from the events with
 * which each server tells of its cache.
 */
export type CacheKnowledge = "approximate" | "precise";

/** A plugin of one type. Without a name it is referred to by its type. */
interface Plugin<Type extends string, Parameters = undefined> {
  readonly type: Type;
  readonly name?: string;
  readonly parameters?: Parameters;
}

interface ApproximatePrefixCache {
  /** Take block size and capacity from the servers' own metrics, as far as they state them. Default true. */
  readonly autoTune?: boolean;
  readonly blockSizeTokens?: number;
  readonly maxPrefixTokensToMatch?: number;
  readonly maxPrefixBlocksToMatch?: number;
  /** In blocks. */
  readonly lruCapacityPerServer?: number;
}

interface PrecisePrefixCache {
  readonly tokenProcessorConfig?: { readonly blockSizeTokens?: number; readonly hashSeed?: string };
  readonly indexerConfig?: { readonly kvBlockIndexConfig?: { readonly enableMetrics?: boolean } };
  readonly kvEventsConfig?: {
    readonly topicFilter?: string;
    readonly concurrency?: number;
    readonly engineType?: "vllm" | "sglang";
    readonly zmqEndpoint?: string;
    readonly discoverPods?: boolean;
    readonly podDiscoveryConfig?: { readonly socketPort?: number; readonly replaySocketPort?: number };
  };
  /** Count a request's blocks as held by the server that it was just sent to, before that server says so. */
  readonly speculativeIndexing?: boolean;
  /** A Go duration. */
  readonly speculativeTTL?: string;
}

export type PickerPlugin =
  // Producers of what others judge by.
  | Plugin<"approx-prefix-cache-producer", ApproximatePrefixCache>
  | Plugin<"precise-prefix-cache-producer", PrecisePrefixCache>
  | Plugin<
      "burst-prefix-cache-producer",
      { readonly windowDurationMs?: number; readonly maxPerReplica?: number; readonly minColocateBlocks?: number }
    >
  | Plugin<
      "token-producer",
      {
        readonly modelName: string;
        readonly vllm: { readonly url: string; readonly timeout?: string; readonly mmTimeout?: string };
      }
    >
  | Plugin<"endpoint-notification-source">
  | Plugin<"metrics-data-source">
  | Plugin<"core-metrics-extractor">
  // Filters.
  | Plugin<"prefill-filter">
  | Plugin<"decode-filter">
  // Scorers.
  | Plugin<
      "prefix-cache-scorer",
      {
        readonly prefixMatchInfoProducerName?: string;
        readonly matchLengthWeight?: number;
        readonly matchLengthScaleTokens?: number;
      }
    >
  | Plugin<"queue-scorer">
  | Plugin<"kv-cache-utilization-scorer">
  | Plugin<"load-aware-scorer", { readonly threshold?: number }>
  // Pickers, and who runs which profile.
  | Plugin<"max-score-picker", { readonly maxNumOfEndpoints?: number }>
  | Plugin<"single-profile-handler">
  | Plugin<
      "disagg-profile-handler",
      {
        readonly profiles?: { readonly prefill?: string; readonly decode?: string };
        readonly deciders: { readonly prefill: string };
      }
    >
  | Plugin<"prefix-based-pd-decider", { readonly nonCachedTokens: number; readonly promptTokens?: number }>
  // When the whole pool is too busy for requests that may be refused.
  | Plugin<
      "utilization-detector",
      {
        readonly queueDepthThreshold?: number;
        readonly kvCacheUtilThreshold?: number;
        readonly metricsStalenessThreshold?: string;
        readonly headroom?: number;
      }
    >;

/** Source: llm-d-router v0.10.0 apix/config/v1alpha1, in the parts that are used here. */
export interface EndpointPickerConfig {
  readonly apiVersion: "llm-d.ai/v1alpha1";
  readonly kind: "EndpointPickerConfig";
  readonly plugins: readonly PickerPlugin[];
  readonly schedulingProfiles: readonly {
    readonly name: string;
    readonly plugins: readonly { readonly pluginRef: string; readonly weight?: number }[];
  }[];
  readonly dataLayer?: {
    readonly sources: readonly {
      readonly pluginRef: string;
      readonly extractors: readonly { readonly pluginRef: string }[];
    }[];
  };
  readonly featureGates?: readonly string[];
  readonly flowControl?: {
    readonly saturationDetector: { readonly pluginRef: string };
    /** A Go duration: how long a request waits for a server before it is refused. */
    readonly defaultRequestTTL?: string;
  };
}

/** Tokens of a block of the servers' caches on the GPU: their `--block-size`, as llm-d's guide for separate roles has it. */
export const kvBlockTokens = 128;

/** How the picker learns of servers' caches as they change. */
export interface PreciseSources {
  /** Name under which the servers serve the model: they turn prompts into tokens for it. */
  readonly servedModel: string;
  /** Base address of the servers' own API, of any of them. */
  readonly renderUrl: string;
}

export type PickerSettings = {
  readonly mode: ServingMode;
  /** Where servers may come to none: how requests wait for the first. */
  readonly waitingRoom?: WaitingRoom;
} & ({ readonly cache: "approximate" } | ({ readonly cache: "precise" } & PreciseSources));

/**
 * How much each scorer counts. The first three as upstream's example of the precise cache weighs them, the last as that of
 * bursts does (llm-d-router v0.10.0 deploy/config). The other three together outweigh the first: a server with a full cache
 * and a long queue is avoided even by a request whose whole prompt it holds.
 */
const scorers = [
  { pluginRef: "prefix-cache-scorer", weight: 2 },
  { pluginRef: "kv-cache-utilization-scorer", weight: 1 },
  { pluginRef: "queue-scorer", weight: 1 },
  { pluginRef: "load-aware-scorer", weight: 1 },
] as const;

const precise = "precise-prefix-cache-producer";
const events = "endpoint-notification-source";
const decider = "prefix-based-pd-decider";
const detector = "utilization-detector";

/**
 * The configuration of a pool's picker. Where prefill and decode are servers of their own, decode is picked first, by what
 * its cache holds and how much waits; then a prefill server, when enough of the prompt is new.
 */
export function pickerConfig(settings: PickerSettings): EndpointPickerConfig {
  const { mode, cache, waitingRoom } = settings;
  const split = mode === "disaggregated";
  const roles = split ? ["prefill", "decode"] : ["decode"];
  return {
    apiVersion: "llm-d.ai/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [
      ...producers(settings),
      {
        type: "prefix-cache-scorer",
        ...(cache === "precise" && { parameters: { prefixMatchInfoProducerName: precise } }),
      },
      { type: "kv-cache-utilization-scorer" },
      { type: "queue-scorer" },
      { type: "load-aware-scorer" },
      ...(split ? [{ type: "prefill-filter" } as const] : []),
      // Without prefill servers, too: it takes those of no role and of both.
      { type: "decode-filter" },
      { type: "max-score-picker" },
      { type: detector, parameters: { queueDepthThreshold: 5, kvCacheUtilThreshold: 0.8 } },
      ...(split ? disaggregation : [{ type: "single-profile-handler" } as const]),
    ],
    schedulingProfiles: roles.map((role) => ({
      name: split ? role : "default",
      plugins: [{ pluginRef: `${role}-filter` }, { pluginRef: "max-score-picker" }, ...scorers],
    })),
    // Sources that are stated here come besides the metrics, which upstream adds.
    ...(cache === "precise" && {
      dataLayer: { sources: [{ pluginRef: events, extractors: [{ pluginRef: precise }] }] },
    }),
    // Upstream's own figures. A request whose objective has a negative priority is refused while all servers are past them.
    flowControl: { saturationDetector: { pluginRef: detector }, ...waitingRoom?.flowControl },
    ...(waitingRoom && { featureGates: waitingRoom.featureGates }),
  };
}

/**
 * Only full blocks are cached, so a whole prompt that is known still has up to a block of tokens that count as new. Less than
 * that is computed where the answer comes from; upstream's example, for smaller blocks, draws the line at 16.
 */
const disaggregation: readonly PickerPlugin[] = [
  { type: decider, parameters: { nonCachedTokens: kvBlockTokens } },
  { type: "disagg-profile-handler", parameters: { deciders: { prefill: decider } } },
];

/** Figures are those of llm-d-router v0.10.0 deploy/config/pd-epp-config.yaml and llm-d's guide for precise routing. */
function producers(settings: PickerSettings): PickerPlugin[] {
  const approximate: PickerPlugin = {
    type: "approx-prefix-cache-producer",
    parameters: { maxPrefixTokensToMatch: 16_384, lruCapacityPerServer: 31_250 },
  };
  if (settings.cache === "approximate") return [approximate];
  return [
    { type: "token-producer", parameters: { modelName: settings.servedModel, vllm: { url: settings.renderUrl } } },
    { type: events },
    {
      type: precise,
      parameters: {
        tokenProcessorConfig: { blockSizeTokens: kvBlockTokens },
        speculativeIndexing: true,
        indexerConfig: { kvBlockIndexConfig: { enableMetrics: true } },
        kvEventsConfig: {
          topicFilter: "kv@",
          concurrency: 8,
          discoverPods: true,
          podDiscoveryConfig: { socketPort: kvEventsPort },
        },
      },
    },
    // The decider looks at this one only (prefix_based_pd_decider.go); its tokens are the same real ones.
    ...(settings.mode === "disaggregated" ? [approximate] : []),
  ];
}

/** Where each server tells of its cache. Source: llm-d guides/precise-prefix-cache-routing, 2026-08. */
export const kvEventsPort = 5556;

/** What a vLLM server is told so that a picker with the precise cache knows what it holds: its arguments and environment. */
export interface KvEvents {
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
}

/**
 * Events of a server that requests reach at `requestPort` and that serves `servedModel`. The topic is what the picker reads
 * the model from. Its own block hashes are made from the events' tokens, so no PYTHONHASHSEED has to agree
 * (llm-d-router v0.10.0 dataproducer/preciseprefixcache/README.md, "Engine compatibility").
 */
export function kvEvents(servedModel: string, requestPort: number): KvEvents {
  const config = {
    enable_kv_cache_events: true,
    publisher: "zmq",
    endpoint: `tcp://*:${kvEventsPort}`,
    topic: `kv@$(POD_IP):${requestPort}@${servedModel}`,
  };
  return {
    args: [`--kv-events-config=${JSON.stringify(config)}`],
    env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
  };
}
