import { tools } from "../../catalog/tools";
import { type EndpointPickerConfig, kvBlockTokens, type PickerPlugin } from "../../components/serving/picker-config";

/** The configuration as llm-d's scheduler v0.4.0 reads it. (Gateway API inference extension v1.2.0, apix/config/v1alpha1) */
export interface SchedulerConfig {
  readonly apiVersion: "inference.networking.x-k8s.io/v1alpha1";
  readonly kind: "EndpointPickerConfig";
  readonly plugins: readonly { readonly type: string; readonly name?: string; readonly parameters?: object }[];
  readonly schedulingProfiles: EndpointPickerConfig["schedulingProfiles"];
  readonly saturationDetector?: object;
}

/** What both take for a token's length where nothing has tokenized. (Of v1.2.0: averageCharactersPerToken of its prefix plugin.) */
export const charactersPerToken = 4;

const { version } = tools["endpoint-picker"];

type Parameters<Type extends PickerPlugin["type"]> = Extract<PickerPlugin, { type: Type }>["parameters"];

/** Plugins that have the same name and parameters in both. */
const same = new Set<PickerPlugin["type"]>([
  "queue-scorer",
  "kv-cache-utilization-scorer",
  "load-aware-scorer",
  "prefill-filter",
  "decode-filter",
  "max-score-picker",
  "single-profile-handler",
]);

/**
 * The product's configuration, which is llm-d-router v0.10.0's, in the terms of the picker that a rehearsal can run:
 *
 * - The scorer of prefixes holds its own index: what the approximate producer is told goes to it, in blocks of characters.
 * - The handler of prefill and decode decides by itself, at a threshold in characters; a plugin of its own writes the header.
 *   It counts one block less than is cached (pd_profile_handler.go: "the first hit is always the model name", which it no
 *   longer is), so the threshold is a block higher. A cold prompt that is longer than production's threshold by less
 *   than a block therefore stays in one place here.
 * - The detector of saturation is a setting and no plugin.
 *
 * @throws Error for a plugin or a parameter that has no counterpart: the precise cache among them.
 */
export function asSchedulerV04(config: EndpointPickerConfig): SchedulerConfig {
  const find = <Type extends PickerPlugin["type"]>(type: Type) =>
    config.plugins.find((plugin) => plugin.type === type)?.parameters as Parameters<Type>;
  const prefix = find("approx-prefix-cache-producer");
  const detector = find("utilization-detector");
  const handler = find("disagg-profile-handler");
  const blockTokens = prefix?.blockSizeTokens ?? kvBlockTokens;

  const plugins = config.plugins.flatMap((plugin): SchedulerConfig["plugins"] => {
    if (same.has(plugin.type)) return [plugin];
    switch (plugin.type) {
      case "approx-prefix-cache-producer":
        known(plugin.type, plugin.parameters, [
          "autoTune",
          "blockSizeTokens",
          "maxPrefixTokensToMatch",
          "maxPrefixBlocksToMatch",
          "lruCapacityPerServer",
        ]);
        return [];
      case "prefix-cache-scorer":
        known(plugin.type, plugin.parameters, []);
        return [{ ...plugin, parameters: indexOf(prefix, blockTokens) }];
      case "prefix-based-pd-decider":
        known(plugin.type, plugin.parameters, ["nonCachedTokens"]);
        return [];
      case "disagg-profile-handler":
        known(plugin.type, plugin.parameters, ["deciders", "profiles"]);
        return disaggregation(handler, find("prefix-based-pd-decider"), blockTokens);
      case "utilization-detector":
        known(plugin.type, plugin.parameters, [
          "queueDepthThreshold",
          "kvCacheUtilThreshold",
          "metricsStalenessThreshold",
        ]);
        return [];
      default:
        throw new Error(
          `the endpoint picker of a rehearsal, llm-d's scheduler ${version} without KV-cache events, has no ${plugin.type}`,
        );
    }
  });
  for (const { name, plugins: references } of config.schedulingProfiles) {
    const fraction = references.find(({ weight = 1 }) => !Number.isInteger(weight));
    if (fraction)
      throw new Error(
        `profile ${name}: the weight of ${fraction.pluginRef} is ${fraction.weight}; ${version} takes whole ones`,
      );
  }
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins,
    schedulingProfiles: config.schedulingProfiles,
    ...(detector && { saturationDetector: detector }),
  };
}

function indexOf(prefix: Parameters<"approx-prefix-cache-producer">, blockTokens: number) {
  const { autoTune, maxPrefixTokensToMatch, maxPrefixBlocksToMatch, lruCapacityPerServer } = prefix ?? {};
  const blocks = maxPrefixTokensToMatch ? Math.floor(maxPrefixTokensToMatch / blockTokens) : maxPrefixBlocksToMatch;
  return {
    ...(autoTune !== undefined && { autoTune }),
    blockSize: blockTokens * charactersPerToken,
    ...(blocks !== undefined && { maxPrefixBlocksToMatch: blocks }),
    ...(lruCapacityPerServer !== undefined && { lruCapacityPerServer }),
  };
}

function disaggregation(
  handler: Parameters<"disagg-profile-handler">,
  decider: Parameters<"prefix-based-pd-decider">,
  blockTokens: number,
) {
  const { prefill, decode } = handler?.profiles ?? {};
  return [
    { type: "prefill-header-handler", ...(prefill && { parameters: { prefillProfile: prefill } }) },
    {
      type: "pd-profile-handler",
      parameters: {
        threshold: ((decider?.nonCachedTokens ?? 0) + blockTokens) * charactersPerToken,
        hashBlockSize: blockTokens * charactersPerToken,
        ...(prefill && { prefillProfile: prefill }),
        ...(decode && { decodeProfile: decode }),
      },
    },
  ];
}

function known(type: string, parameters: object | undefined, names: readonly string[]): void {
  const unknown = Object.keys(parameters ?? {}).find((name) => !names.includes(name));
  if (unknown) throw new Error(`the endpoint picker of a rehearsal knows no parameter ${unknown} of ${type}`);
}
