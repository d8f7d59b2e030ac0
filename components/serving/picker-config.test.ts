import { describe, expect, it } from "vitest";
import { kvEvents, kvEventsPort, type PickerPlugin, type PickerSettings, pickerConfig } from "./picker-config";

/**
 * The parameters of each plugin as upstream's decoders name them, dotted; a plugin whose factory reads none has none.
 * Read in llm-d-router v0.10.0 (71f4f0999, 2026-08-17): below pkg/epp/framework/plugins the `json` tags of what each
 * factory decodes, named behind each; below pkg/kvcache and pkg/kvevents those of the precise producer's nested ones.
 */
const upstream: Readonly<Record<PickerPlugin["type"], readonly string[]>> = {
  // requestcontrol/dataproducer/approximateprefix/types.go
  "approx-prefix-cache-producer": [
    "autoTune",
    "blockSizeTokens",
    "blockSize",
    "maxPrefixBlocksToMatch",
    "maxPrefixTokensToMatch",
    "lruCapacityPerServer",
  ],
  // requestcontrol/dataproducer/preciseprefixcache/producer.go, pkg/kvcache/indexer.go, kvblock/index.go,
  // kvblock/token_processor.go, pkg/kvevents/pool.go
  "precise-prefix-cache-producer": [
    "tokenProcessorConfig.blockSize",
    "tokenProcessorConfig.blockSizeTokens",
    "tokenProcessorConfig.hashSeed",
    "indexerConfig.kvBlockIndexConfig.enableMetrics",
    "kvEventsConfig.zmqEndpoint",
    "kvEventsConfig.topicFilter",
    "kvEventsConfig.concurrency",
    "kvEventsConfig.engineType",
    "kvEventsConfig.discoverPods",
    "kvEventsConfig.podDiscoveryConfig.podLabelSelector",
    "kvEventsConfig.podDiscoveryConfig.podNamespace",
    "kvEventsConfig.podDiscoveryConfig.socketPort",
    "kvEventsConfig.podDiscoveryConfig.replaySocketPort",
    "speculativeIndexing",
    "speculativeTTL",
  ],
  // requestcontrol/dataproducer/burstprefix/plugin.go
  "burst-prefix-cache-producer": ["windowDurationMs", "maxPerReplica", "minColocateBlocks"],
  // requestcontrol/dataproducer/tokenizer/tokenizer.go, vllm_http.go
  "token-producer": ["modelName", "vllm.url", "vllm.timeout", "vllm.mmTimeout"],
  "endpoint-notification-source": [],
  "metrics-data-source": [],
  "core-metrics-extractor": [],
  // scheduling/filter/bylabel/roles.go
  "prefill-filter": [],
  "decode-filter": [],
  // scheduling/scorer/prefix/plugin.go
  "prefix-cache-scorer": ["prefixMatchInfoProducerName", "matchLengthWeight", "matchLengthScaleTokens"],
  // scheduling/scorer/queuedepth/queue.go, kvcacheutilization/kvcache_utilization.go, loadaware/load_aware.go
  "queue-scorer": [],
  "kv-cache-utilization-scorer": [],
  "load-aware-scorer": ["threshold"],
  // scheduling/picker/common.go
  "max-score-picker": ["maxNumOfEndpoints"],
  // scheduling/profilehandler/single, disagg/disagg_profile_handler.go, disagg/prefix_based_pd_decider.go
  "single-profile-handler": [],
  "disagg-profile-handler": [
    "stageOrder",
    "profiles.decode",
    "profiles.prefill",
    "profiles.encode",
    "deciders.prefill",
    "deciders.encode",
  ],
  "prefix-based-pd-decider": ["nonCachedTokens", "promptTokens"],
  // flowcontrol/saturationdetector/utilization/config.go
  "utilization-detector": ["queueDepthThreshold", "kvCacheUtilThreshold", "metricsStalenessThreshold", "headroom"],
};

const sources = { servedModel: "qwen3-32b", renderUrl: "http://qwen3-32b-render:8000" };
const all: PickerSettings[] = (["disaggregated", "aggregated"] as const).flatMap((mode) => [
  { mode, cache: "approximate" },
  { mode, cache: "precise", ...sources },
]);

const leaves = (value: unknown, path = ""): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`))
    : [path];

const named = (settings: PickerSettings, type: PickerPlugin["type"]) =>
  pickerConfig(settings).plugins.find((plugin) => plugin.type === type);

describe.each(all)("the picker's configuration, $mode and $cache", (settings) => {
  const config = pickerConfig(settings);
  const names = config.plugins.map(({ type, name }) => name ?? type);

  it("uses upstream's names only", () => {
    expect(config.apiVersion).toBe("llm-d.ai/v1alpha1");
    for (const plugin of config.plugins) {
      const parameters = "parameters" in plugin ? leaves(plugin.parameters ?? {}) : [];
      expect(upstream[plugin.type], plugin.type).toEqual(expect.arrayContaining(parameters));
    }
  });

  it("refers to plugins that it has, each named once, a decider before who asks it", () => {
    expect(new Set(names).size).toBe(names.length);
    const references = [
      ...config.schedulingProfiles.flatMap(({ plugins }) => plugins.map(({ pluginRef }) => pluginRef)),
      ...(config.dataLayer?.sources ?? []).flatMap((source) => [
        source.pluginRef,
        ...source.extractors.map(({ pluginRef }) => pluginRef),
      ]),
      config.flowControl!.saturationDetector.pluginRef,
    ];
    expect(names).toEqual(expect.arrayContaining(references));
    if (settings.mode === "disaggregated") {
      expect(names.indexOf("prefix-based-pd-decider")).toBeLessThan(names.indexOf("disagg-profile-handler"));
    }
  });

  it("weighs prefix, queue, KV cache and load, in every profile", () => {
    for (const { plugins } of config.schedulingProfiles) {
      expect(
        Object.fromEntries(plugins.filter(({ weight }) => weight).map((one) => [one.pluginRef, one.weight])),
      ).toEqual({
        "prefix-cache-scorer": 2,
        "kv-cache-utilization-scorer": 1,
        "queue-scorer": 1,
        "load-aware-scorer": 1,
      });
    }
  });

  it("has one picker and one handler", () => {
    expect(names.filter((name) => name.endsWith("-handler"))).toHaveLength(1);
    expect(config.schedulingProfiles.map(({ name }) => name)).toEqual(
      settings.mode === "disaggregated" ? ["prefill", "decode"] : ["default"],
    );
    for (const { name, plugins } of config.schedulingProfiles) {
      expect(plugins[0]!.pluginRef).toBe(name === "prefill" ? "prefill-filter" : "decode-filter");
    }
  });
});

describe("the precise cache", () => {
  it("takes tokens from the servers and events from each of them", () => {
    for (const mode of ["disaggregated", "aggregated"] as const) {
      const settings = { mode, cache: "precise", ...sources } as const;
      expect(named(settings, "token-producer")).toEqual({
        type: "token-producer",
        parameters: { modelName: "qwen3-32b", vllm: { url: "http://qwen3-32b-render:8000" } },
      });
      expect(named(settings, "precise-prefix-cache-producer")).toMatchObject({
        parameters: {
          tokenProcessorConfig: { blockSizeTokens: 128 },
          kvEventsConfig: { discoverPods: true, podDiscoveryConfig: { socketPort: kvEventsPort } },
        },
      });
      expect(named(settings, "prefix-cache-scorer")).toMatchObject({
        parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer" },
      });
    }
  });

  it("keeps the approximate one only for the decider, which reads no other", () => {
    const has = (settings: PickerSettings) => named(settings, "approx-prefix-cache-producer") !== undefined;
    expect(has({ mode: "disaggregated", cache: "precise", ...sources })).toBe(true);
    expect(has({ mode: "aggregated", cache: "precise", ...sources })).toBe(false);
  });

  it("has servers publish on the port that the picker dials, under the topic that it reads", () => {
    const { args, env } = kvEvents("qwen3-32b", 8000);
    expect(args).toHaveLength(1);
    const [flag, value] = args[0]!.split(/=(.*)/s);
    expect(flag).toBe("--kv-events-config");
    expect(JSON.parse(value!)).toEqual({
      enable_kv_cache_events: true,
      publisher: "zmq",
      endpoint: "tcp://*:5556",
      topic: "kv@$(POD_IP):8000@qwen3-32b",
    });
    expect(env).toEqual([{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }]);
    const filter = named({ mode: "aggregated", cache: "precise", ...sources }, "precise-prefix-cache-producer");
    expect(JSON.stringify(filter)).toContain('"topicFilter":"kv@"');
  });
});
