import * as networking from "@pulumi/kubernetes/networking/v1";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { GpuPool, Model, Source } from "../../stacks/environment";
import { componentLabel, modelLabel } from "../labels";
import { anywhere, type EgressRule, googleMetadata, podIdentity } from "../traffic";
import { isFetched } from "./fetch";
import { workloadsOf } from "./workloads";

/** On pods that fill a model cache: which they are by Kubernetes' recommended label. */
export const modelCacheLabels = { [componentLabel]: "model-cache" } as const;

/**
 * Sources that a pod fetches from by itself: all but volumes, and images, which the node pulls. An image whose signature is
 * verified is asked for as well, and so are the keys of who signed it.
 */
const callsOut = (source: Source): boolean =>
  isFetched(source) || (source.kind === "oci" && source.signature !== undefined);

/** Where a pod is given what it may read at a cloud. */
function credentials(sources: readonly Source[]): readonly EgressRule[] {
  const kinds = new Set(sources.map(({ kind }) => kind));
  return [
    ...(kinds.has("s3") || kinds.has("oci") ? [podIdentity] : []),
    ...(kinds.has("gs") || kinds.has("oci") ? [googleMetadata] : []),
  ];
}

export interface FetchTrafficArgs {
  /** Prefix of its objects' names, where other stacks have theirs in the same namespace. */
  readonly prefix: string;
  readonly namespace: Input<string>;
  readonly models: readonly Model[];
  /** GPU pools by name. */
  readonly pools: ReadonlyMap<string, GpuPool>;
}

/**
 * Lets pods fetch weights by HTTPS, from wherever those lie: of the models whose servers do it themselves, and of what
 * fills a model cache. Models that read volumes, images or a cache reach nothing outside.
 */
export function admitFetching(
  name: string,
  { prefix, namespace, models, pools }: FetchTrafficArgs,
  opts: { readonly parent: ComponentResource },
): void {
  const cached: Source[] = [];
  const own = new Map<string, Source[]>();
  for (const model of models) {
    const there = workloadsOf(model, pools);
    for (const { source, versions } of sourcesOf(model)) {
      if (!callsOut(source)) continue;
      const homes = there.filter(({ version }) => versions.includes(version)).map(({ pool }) => pool);
      // Dynamo fetches by itself, whatever its pools keep; a signature is verified by each pod.
      const keeps = (pool: GpuPool) => model.backend === "llm-d" && isFetched(source) && pool.modelCache !== undefined;
      if (homes.some(keeps)) cached.push(source);
      if (!homes.every(keeps)) own.set(model.name, [...(own.get(model.name) ?? []), source]);
    }
  }
  const policy = (kind: string, podSelector: object, sources: readonly Source[]) =>
    new networking.NetworkPolicy(
      `${name}-${kind}`,
      {
        metadata: { name: `${prefix}${kind}`, namespace },
        spec: { podSelector, policyTypes: ["Egress"], egress: [anywhere(443), ...credentials(sources)] },
      },
      opts,
    );
  if (own.size > 0) {
    const values = [...own.keys()].sort();
    policy(
      "fetch-weights",
      { matchExpressions: [{ key: modelLabel, operator: "In", values }] },
      [...own.values()].flat(),
    );
  }
  if (cached.length > 0) {
    policy("fill-caches", { matchLabels: modelCacheLabels }, cached);
  }
}

/** What a model's servers read: each version its own weights, and all of them its adapters. */
const sourcesOf = ({ versions, adapters }: Model) => [
  ...versions.map((version) => ({ source: version.source, versions: [version] })),
  ...adapters.map(({ source }) => ({ source, versions })),
];
