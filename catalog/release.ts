import type { Image } from "./images";

/** A custom resource kind that a release brings. `storage` is the version etcd holds, `versions` are those served. */
export interface CustomResourceKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly versions: readonly string[];
  readonly storage: string;
}

export type ReleaseName =
  | "gateway-api"
  | "inference-extension"
  | "llm-d-router-crds"
  | "agentgateway-crds"
  | "agentgateway"
  | "kai-scheduler"
  | "dra-driver-nvidia-gpu"
  | "lws"
  | "spire-crds"
  | "spire"
  | "openfga"
  | NodeReleaseName
  | ServingReleaseName
  | AutoscalingReleaseName
  | GatewayReleaseName;

/** Another backend for models than llm-d: serving-releases.ts. */
export type ServingReleaseName = "grove-charts" | "dynamo-platform";

/** What scales model servers: autoscaling-releases.ts. */
export type AutoscalingReleaseName = "prometheus-operator-crds" | "keda" | "workload-variant-autoscaler";

/** Gateways beside the default one: gateway-releases.ts. */
export type GatewayReleaseName =
  | "istio-base"
  | "istiod"
  | "envoy-gateway-crds"
  | "envoy-gateway"
  | "envoy-ai-gateway-crds"
  | "envoy-ai-gateway";

/** Those that make nodes, or run what nodes need for their GPUs: node-releases.ts. */
export type NodeReleaseName = "karpenter-crd" | "karpenter" | "gpu-operator" | "hami" | "dcgm-exporter";

/** One upstream release: what is installed, how, after what, and where the facts were read. */
export interface Release {
  /** Its key in `releases`. */
  readonly name: string;
  /** Upstream's tag. */
  readonly version: string;
  readonly source:
    | {
        readonly kind: "chart";
        readonly chart: string;
        /** As the registry spells it, which may or may not carry the tag's `v`. */
        readonly version: string;
        /** `oci://host/path` without the chart's name, or the `https://` address of a chart repository. */
        readonly registry: string;
      }
    | { readonly kind: "manifest"; readonly url: string };
  /** Where its namespaced objects go; empty for a release of cluster-scoped objects only. */
  readonly namespace: string;
  /** What its pods run with the values this platform sets, not everything that the chart can be made to run. */
  readonly images: readonly Image[];
  readonly crds: readonly CustomResourceKind[];
  /** Releases that must be there first. */
  readonly after: readonly ReleaseName[];
  /**
   * Go module that carries the definitions of `crds` as this release has them, in YAML under `folders`. Nothing else
   * that lies there belongs to the release.
   */
  readonly crdModule?: { readonly module: string; readonly version: string; readonly folders: readonly string[] };
  /** Oldest Kubernetes minor that upstream states, such as `1.32`; `unknown` where no statement was found. */
  readonly minimumKubernetes: string;
  readonly install: {
    readonly how: "helm.v4.Chart" | "yaml.v2.ConfigFile" | "helm.v3.Release";
    /** Why it works although a v4 chart runs no hooks, or why it cannot. */
    readonly hooks: string;
    /** The chart's own definitions are left out, because a release that comes first brings them. */
    readonly skipCrds?: true;
  };
  readonly origin: { readonly source: string; readonly date: string };
}

type Kind = readonly [kind: string, plural: string, ...versions: string[]];

/** Kinds of one group. The first version named is the stored one; all of them are served. */
export const kinds = (
  group: string,
  scope: CustomResourceKind["scope"],
  ...list: readonly Kind[]
): CustomResourceKind[] =>
  list.map(([kind, plural, ...versions]) => ({ group, kind, plural, scope, versions, storage: versions[0]! }));
