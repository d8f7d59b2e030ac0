import { type GatewayReleaseName, kinds, type Release } from "./release";

const istio = {
  version: "1.30.3",
  registry: "oci://registry.istio.io/release/charts",
  origin: {
    source:
      "istio/istio at 1.30.3 (56df41f63e51): manifests/charts/{base,istio-control/istio-discovery}, manifests/charts/README.md (registry), releasenotes/notes/use-registry-istio-io.yaml (images)",
    date: "2026-07-13",
  },
} as const;

const envoyGateway = {
  version: "v1.9.0",
  registry: "oci://docker.io/envoyproxy",
} as const;

const envoyAiGateway = {
  version: "v1.1.0",
  registry: "oci://docker.io/envoyproxy",
} as const;

/** Gateways that an environment may choose instead of agentgateway. The GKE gateway is the cluster's own. */
export const gatewayReleases: Readonly<Record<GatewayReleaseName, Release>> = {
  "istio-base": {
    name: "istio-base",
    version: istio.version,
    source: { kind: "chart", chart: "base", version: istio.version, registry: istio.registry },
    namespace: "",
    images: [],
    crds: [
      ...kinds(
        "extensions.istio.io",
        "Namespaced",
        ["TrafficExtension", "trafficextensions", "v1alpha1"],
        ["WasmPlugin", "wasmplugins", "v1alpha1"],
      ),
      ...kinds(
        "networking.istio.io",
        "Namespaced",
        ["DestinationRule", "destinationrules", "v1", "v1alpha3", "v1beta1"],
        ["EnvoyFilter", "envoyfilters", "v1alpha3"],
        ["Gateway", "gateways", "v1", "v1alpha3", "v1beta1"],
        ["ProxyConfig", "proxyconfigs", "v1beta1"],
        ["ServiceEntry", "serviceentries", "v1", "v1alpha3", "v1beta1"],
        ["Sidecar", "sidecars", "v1", "v1alpha3", "v1beta1"],
        ["VirtualService", "virtualservices", "v1", "v1alpha3", "v1beta1"],
        ["WorkloadEntry", "workloadentries", "v1", "v1alpha3", "v1beta1"],
        ["WorkloadGroup", "workloadgroups", "v1", "v1alpha3", "v1beta1"],
      ),
      ...kinds(
        "security.istio.io",
        "Namespaced",
        ["AuthorizationPolicy", "authorizationpolicies", "v1", "v1beta1"],
        ["PeerAuthentication", "peerauthentications", "v1", "v1beta1"],
        ["RequestAuthentication", "requestauthentications", "v1", "v1beta1"],
      ),
      ...kinds("telemetry.istio.io", "Namespaced", ["Telemetry", "telemetries", "v1alpha1", "v1"]),
    ],
    after: ["gateway-api"],
    // Where the chart's come from.
    crdModule: { module: "istio.io/api", version: `v${istio.version}`, folders: ["kubernetes"] },
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. Definitions are ordinary templates. Its validation webhook is istiod's, which fills in the certificate and the failure policy: defaultRevision empty leaves it out, because istiod's own chart has one.",
    },
    origin: istio.origin,
  },
  istiod: {
    name: "istiod",
    version: istio.version,
    source: { kind: "chart", chart: "istiod", version: istio.version, registry: istio.registry },
    namespace: "istio-system",
    images: [
      { repository: "registry.istio.io/release/pilot", tag: istio.version },
      { repository: "registry.istio.io/release/proxyv2", tag: istio.version },
    ],
    crds: [],
    after: ["gateway-api", "inference-extension", "istio-base"],
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks: "The chart has no hook; istiod issues its own certificates and writes them into its webhooks.",
    },
    origin: istio.origin,
  },
  "envoy-gateway-crds": {
    name: "envoy-gateway-crds",
    version: envoyGateway.version,
    source: {
      kind: "chart",
      chart: "gateway-crds-helm",
      version: envoyGateway.version,
      registry: envoyGateway.registry,
    },
    namespace: "",
    images: [],
    crds: kinds(
      "gateway.envoyproxy.io",
      "Namespaced",
      ["Backend", "backends", "v1alpha1"],
      ["BackendTrafficPolicy", "backendtrafficpolicies", "v1alpha1"],
      ["ClientTrafficPolicy", "clienttrafficpolicies", "v1alpha1"],
      ["EnvoyExtensionPolicy", "envoyextensionpolicies", "v1alpha1"],
      ["EnvoyPatchPolicy", "envoypatchpolicies", "v1alpha1"],
      ["EnvoyProxy", "envoyproxies", "v1alpha1"],
      ["HTTPRouteFilter", "httproutefilters", "v1alpha1"],
      ["SecurityPolicy", "securitypolicies", "v1alpha1"],
    ),
    after: ["gateway-api"],
    crdModule: {
      module: "github.com/envoyproxy/gateway",
      version: envoyGateway.version,
      folders: ["charts/gateway-helm/charts/crds/crds/generated"],
    },
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Definitions as ordinary templates, off by default: crds.envoyGateway.enabled. Those of Gateway API stay off (crds.gatewayAPI.enabled), because their own release comes first.",
    },
    origin: {
      source: "envoyproxy/gateway charts/{gateway-crds-helm,gateway-helm} at v1.9.0 (39763b1c07)",
      date: "2026-08-15",
    },
  },
  "envoy-gateway": {
    name: "envoy-gateway",
    version: envoyGateway.version,
    source: { kind: "chart", chart: "gateway-helm", version: envoyGateway.version, registry: envoyGateway.registry },
    namespace: "envoy-gateway-system",
    images: [
      { repository: "docker.io/envoyproxy/gateway", tag: envoyGateway.version },
      { repository: "docker.io/envoyproxy/envoy", tag: "distroless-v1.39.0" },
    ],
    crds: [],
    after: ["gateway-api", "inference-extension", "envoy-gateway-crds", "envoy-ai-gateway"],
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its hooks are a Job that makes the certificates between controller and proxies (envoy-gateway certgen) and a webhook for pod topology. The platform runs that Job itself; topologyInjector.enabled is off. crds.enabled is off, because releases of their own bring the definitions.",
    },
    origin: {
      source:
        "envoyproxy/gateway at v1.9.0 (39763b1c07): charts/gateway-helm, api/v1alpha1/shared_types.go (proxy image)",
      date: "2026-08-15",
    },
  },
  "envoy-ai-gateway-crds": {
    name: "envoy-ai-gateway-crds",
    version: envoyAiGateway.version,
    source: {
      kind: "chart",
      chart: "ai-gateway-crds-helm",
      version: envoyAiGateway.version,
      registry: envoyAiGateway.registry,
    },
    namespace: "",
    images: [],
    crds: kinds(
      "aigateway.envoyproxy.io",
      "Namespaced",
      ["AIGatewayRoute", "aigatewayroutes", "v1beta1", "v1alpha1"],
      ["AIServiceBackend", "aiservicebackends", "v1beta1", "v1alpha1"],
      ["BackendSecurityPolicy", "backendsecuritypolicies", "v1beta1", "v1alpha1"],
      ["GatewayConfig", "gatewayconfigs", "v1beta1", "v1alpha1"],
      ["MCPRoute", "mcproutes", "v1beta1", "v1alpha1"],
      ["QuotaPolicy", "quotapolicies", "v1alpha1"],
    ),
    after: [],
    crdModule: {
      module: "github.com/envoyproxy/ai-gateway",
      version: envoyAiGateway.version,
      folders: ["manifests/charts/ai-gateway-crds-helm/templates"],
    },
    minimumKubernetes: "1.32",
    install: { how: "helm.v4.Chart", hooks: "Definitions as ordinary templates; the chart has no hook." },
    origin: {
      source:
        "envoyproxy/ai-gateway at v1.1.0 (c217da8a539570): manifests/charts/ai-gateway-crds-helm, site/docs/compatibility.md",
      date: "2026-08-21",
    },
  },
  "envoy-ai-gateway": {
    name: "envoy-ai-gateway",
    version: envoyAiGateway.version,
    source: {
      kind: "chart",
      chart: "ai-gateway-helm",
      version: envoyAiGateway.version,
      registry: envoyAiGateway.registry,
    },
    namespace: "envoy-ai-gateway-system",
    images: [
      { repository: "docker.io/envoyproxy/ai-gateway-controller", tag: envoyAiGateway.version },
      // Put into a proxy's pods only for routes of its own kind, which the platform writes none of.
      { repository: "docker.io/envoyproxy/ai-gateway-extproc", tag: envoyAiGateway.version },
    ],
    crds: [],
    after: ["gateway-api", "inference-extension", "envoy-ai-gateway-crds", "envoy-gateway-crds"],
    minimumKubernetes: "1.32",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. It issues its webhook's certificate when it is rendered, and first looks whether the cluster has one, so that later renderings keep it.",
    },
    origin: {
      source:
        "envoyproxy/ai-gateway at v1.1.0 (c217da8a539570): manifests/charts/ai-gateway-helm, manifests/envoy-gateway-values.yaml, examples/inference-pool",
      date: "2026-08-21",
    },
  },
};
