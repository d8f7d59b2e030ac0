import { autoscalingReleases } from "./autoscaling-releases";
import { gatewayReleases } from "./gateway-releases";
import { nodeReleases } from "./node-releases";
import { kinds, type Release, type ReleaseName } from "./release";
import { servingReleases } from "./serving-releases";

export type { CustomResourceKind, Release, ReleaseName } from "./release";

/**
 * The releases that the platform installs. Charts and definitions were read from upstream's repositories at the tag; the
 * registries are those that upstream documents. No digest is known: nothing here was pulled.
 */
export const releases: Readonly<Record<ReleaseName, Release>> = {
  "gateway-api": {
    name: "gateway-api",
    version: "v1.5.0",
    source: {
      kind: "manifest",
      url: "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.0/standard-install.yaml",
    },
    namespace: "",
    images: [],
    crds: kinds(
      "gateway.networking.k8s.io",
      "Namespaced",
      ["BackendTLSPolicy", "backendtlspolicies", "v1"],
      ["Gateway", "gateways", "v1", "v1beta1"],
      ["GRPCRoute", "grpcroutes", "v1"],
      ["HTTPRoute", "httproutes", "v1", "v1beta1"],
      ["ListenerSet", "listenersets", "v1"],
      ["ReferenceGrant", "referencegrants", "v1beta1", "v1"],
      ["TLSRoute", "tlsroutes", "v1"],
    ).concat(kinds("gateway.networking.k8s.io", "Cluster", ["GatewayClass", "gatewayclasses", "v1", "v1beta1"])),
    after: [],
    crdModule: { module: "sigs.k8s.io/gateway-api", version: "v1.5.0", folders: ["config/crd/standard"] },
    minimumKubernetes: "unknown",
    install: {
      how: "yaml.v2.ConfigFile",
      hooks: "A plain manifest: definitions and the admission policy that guards their upgrade. Nothing to hook.",
    },
    origin: { source: "kubernetes-sigs/gateway-api config/crd at v1.5.0", date: "2026-02-27" },
  },
  "inference-extension": {
    name: "inference-extension",
    version: "v1.6.0",
    source: {
      kind: "manifest",
      url: "https://github.com/kubernetes-sigs/gateway-api-inference-extension/releases/download/v1.6.0/manifests.yaml",
    },
    namespace: "",
    images: [],
    crds: [
      ...kinds("inference.networking.k8s.io", "Namespaced", ["InferencePool", "inferencepools", "v1"]),
      ...kinds("inference.networking.x-k8s.io", "Namespaced", [
        "InferencePoolImport",
        "inferencepoolimports",
        "v1alpha1",
      ]),
    ],
    after: ["gateway-api"],
    crdModule: {
      module: "sigs.k8s.io/gateway-api-inference-extension",
      version: "v1.6.0",
      folders: ["config/crd/bases"],
    },
    minimumKubernetes: "1.29",
    install: {
      how: "yaml.v2.ConfigFile",
      hooks: "A plain manifest of definitions. Its endpoint picker moved to llm-d, so there is no chart any more.",
    },
    origin: {
      source:
        "kubernetes-sigs/gateway-api-inference-extension at v1.6.0: Makefile (asset), config/crd/bases, site-src/_includes/prereqs.md",
      date: "2026-08-10",
    },
  },
  "llm-d-router-crds": {
    name: "llm-d-router-crds",
    version: "v0.10.0",
    source: {
      kind: "manifest",
      url: "https://github.com/llm-d/llm-d-router/releases/download/v0.10.0/manifests.yaml",
    },
    namespace: "",
    images: [],
    crds: kinds(
      "llm-d.ai",
      "Namespaced",
      ["InferenceModelRewrite", "inferencemodelrewrites", "v1alpha2"],
      ["InferenceObjective", "inferenceobjectives", "v1alpha2"],
    ),
    after: ["inference-extension"],
    minimumKubernetes: "unknown",
    install: {
      how: "yaml.v2.ConfigFile",
      hooks:
        "A plain manifest of definitions. Upstream's release job attaches it: the charts carry no crds folder, and config/crd as a kustomization would install InferencePool a second time.",
    },
    origin: {
      source:
        "llm-d/llm-d-router: Makefile (artifacts), .github/workflows/ci-release.yaml, config/crd/bases at v0.10.0",
      date: "2026-08-17",
    },
  },
  "agentgateway-crds": {
    name: "agentgateway-crds",
    version: "v1.4.1",
    source: {
      kind: "chart",
      chart: "agentgateway-crds",
      version: "v1.4.1",
      registry: "oci://cr.agentgateway.dev/charts",
    },
    namespace: "",
    images: [],
    crds: kinds(
      "agentgateway.dev",
      "Namespaced",
      ["AgentgatewayBackend", "agentgatewaybackends", "v1alpha1"],
      ["AgentgatewayModel", "agentgatewaymodels", "v1alpha1"],
      ["AgentgatewayParameters", "agentgatewayparameters", "v1alpha1"],
      ["AgentgatewayPolicy", "agentgatewaypolicies", "v1alpha1"],
    ),
    after: ["gateway-api"],
    crdModule: {
      module: "github.com/agentgateway/agentgateway",
      version: "v1.4.1",
      folders: ["controller/install/helm/agentgateway-crds/templates"],
    },
    minimumKubernetes: "unknown",
    install: { how: "helm.v4.Chart", hooks: "Definitions as ordinary templates; the chart has no hook." },
    origin: {
      source: "agentgateway/agentgateway controller/install/helm/agentgateway-crds at v1.4.1",
      date: "2026-07-29",
    },
  },
  agentgateway: {
    name: "agentgateway",
    version: "v1.4.1",
    source: { kind: "chart", chart: "agentgateway", version: "v1.4.1", registry: "oci://cr.agentgateway.dev/charts" },
    namespace: "agentgateway-system",
    images: [
      { repository: "cr.agentgateway.dev/controller", tag: "v1.4.1" },
      { repository: "cr.agentgateway.dev/agentgateway", tag: "v1.4.1" },
    ],
    crds: [],
    after: ["gateway-api", "inference-extension", "agentgateway-crds"],
    minimumKubernetes: "unknown",
    install: { how: "helm.v4.Chart", hooks: "The chart has no hook; its definitions are a chart of their own." },
    origin: { source: "agentgateway/agentgateway controller/install/helm/agentgateway at v1.4.1", date: "2026-07-29" },
  },
  "kai-scheduler": {
    name: "kai-scheduler",
    version: "v0.17.0",
    source: {
      kind: "chart",
      chart: "kai-scheduler",
      version: "v0.17.0",
      registry: "oci://ghcr.io/kai-scheduler/kai-scheduler",
    },
    namespace: "kai-scheduler",
    images: [
      "operator",
      "podgrouper",
      "podgroupcontroller",
      "binder",
      "resourcereservation",
      "scheduler",
      "queuecontroller",
      "admission",
    ].map((name) => ({ repository: `ghcr.io/kai-scheduler/kai-scheduler/${name}`, tag: "v0.17.0" })),
    crds: [
      ...kinds(
        "kai.scheduler",
        "Cluster",
        ["Config", "configs", "v1"],
        ["SchedulingShard", "schedulingshards", "v1"],
        ["Topology", "topologies", "v1alpha1"],
      ),
      ...kinds(
        "scheduling.run.ai",
        "Namespaced",
        ["BindRequest", "bindrequests", "v1alpha2"],
        ["PodGroup", "podgroups", "v2alpha2"],
      ),
      ...kinds("scheduling.run.ai", "Cluster", ["Queue", "queues", "v2"]),
    ],
    after: ["dra-driver-nvidia-gpu"],
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its hooks upgrade definitions, migrate Kueue topologies, apply the Config and clean up. Without them: definitions come from the chart's crds folder, kaiConfig.render=true with kaiConfigDeployer, topologyMigration and postCleanup off, which upstream documents for GitOps.",
    },
    origin: {
      source:
        "kai-scheduler/KAI-Scheduler at v0.17.0: deployments/kai-scheduler, docs/gitops/README.md, .github/workflows/on-release.yaml",
      date: "2026-08-03",
    },
  },
  "dra-driver-nvidia-gpu": {
    name: "dra-driver-nvidia-gpu",
    version: "v0.4.1",
    source: {
      kind: "chart",
      chart: "dra-driver-nvidia-gpu",
      version: "0.4.1",
      registry: "oci://registry.k8s.io/dra-driver-nvidia/charts",
    },
    namespace: "dra-driver-nvidia-gpu",
    images: [{ repository: "registry.k8s.io/dra-driver-nvidia/dra-driver-nvidia-gpu", tag: "v0.4.1" }],
    crds: kinds(
      "resource.nvidia.com",
      "Namespaced",
      ["ComputeDomain", "computedomains", "v1beta1"],
      ["ComputeDomainClique", "computedomaincliques", "v1beta1"],
    ),
    after: [],
    crdModule: {
      module: "sigs.k8s.io/dra-driver-nvidia-gpu",
      version: "v0.4.1",
      folders: ["deployments/helm/dra-driver-nvidia-gpu/crds"],
    },
    minimumKubernetes: "1.34.2",
    install: {
      how: "helm.v4.Chart",
      hooks: "The chart has no hook; its webhook, which would need certificates, is off by default.",
    },
    origin: {
      source: "kubernetes-sigs/dra-driver-nvidia-gpu at v0.4.1: deployments/helm, docs/prerequisites.md",
      date: "2026-06-30",
    },
  },
  lws: {
    name: "lws",
    version: "v0.10.0",
    source: { kind: "chart", chart: "lws", version: "v0.10.0", registry: "oci://registry.k8s.io/lws/charts" },
    namespace: "lws-system",
    images: [{ repository: "registry.k8s.io/lws/lws", tag: "v0.10.0" }],
    crds: [
      ...kinds(
        "disaggregatedset.x-k8s.io",
        "Namespaced",
        ["DisaggregatedSet", "disaggregatedsets", "v1"],
        ["DisaggregatedSetRoleScaler", "disaggregatedsetrolescalers", "v1"],
      ),
      ...kinds("leaderworkerset.x-k8s.io", "Namespaced", ["LeaderWorkerSet", "leaderworkersets", "v1"]),
    ],
    after: [],
    crdModule: { module: "sigs.k8s.io/lws", version: "v0.10.0", folders: ["config/crd/bases"] },
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook; with enableCertManager off the controller issues its webhook's certificate itself.",
    },
    origin: { source: "kubernetes-sigs/lws charts/lws at v0.10.0", date: "2026-08-11" },
  },
  "spire-crds": {
    name: "spire-crds",
    version: "0.6.0",
    source: { kind: "chart", chart: "spire-crds", version: "0.6.0", registry: "oci://ghcr.io/spiffe/helm-charts" },
    namespace: "",
    images: [],
    crds: kinds(
      "spire.spiffe.io",
      "Cluster",
      ["ClusterFederatedTrustDomain", "clusterfederatedtrustdomains", "v1alpha1"],
      ["ClusterSPIFFEID", "clusterspiffeids", "v1alpha1"],
      ["ClusterStaticEntry", "clusterstaticentries", "v1alpha1"],
    ),
    after: [],
    // The controller that the spire release runs; its definitions differ from the chart's in descriptions only.
    crdModule: {
      module: "github.com/spiffe/spire-controller-manager",
      version: "v0.7.0",
      folders: ["config/crd/bases"],
    },
    minimumKubernetes: "unknown",
    install: { how: "helm.v4.Chart", hooks: "Definitions as ordinary templates; the chart has no hook." },
    origin: { source: "spiffe/helm-charts-hardened charts/spire-crds at spire-0.30.0", date: "2026-08-02" },
  },
  spire: {
    name: "spire",
    version: "0.30.0",
    source: { kind: "chart", chart: "spire", version: "0.30.0", registry: "oci://ghcr.io/spiffe/helm-charts" },
    namespace: "spire-system",
    images: [
      // Of the subcharts' own app versions: the umbrella chart states an older one that no image takes.
      { repository: "ghcr.io/spiffe/spire-server", tag: "1.15.2" },
      { repository: "ghcr.io/spiffe/spire-agent", tag: "1.15.2" },
      { repository: "ghcr.io/spiffe/spire-controller-manager", tag: "0.7.0" },
      { repository: "ghcr.io/spiffe/spiffe-csi-driver", tag: "0.2.7" },
      { repository: "registry.k8s.io/sig-storage/csi-node-driver-registrar", tag: "v2.15.0" },
    ],
    crds: [],
    after: ["spire-crds"],
    minimumKubernetes: "1.21",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its hooks only move the webhook's failure policy around installs, upgrades and deletions; global.installAndUpgradeHooks and global.deleteHooks switch them off, as upstream advises for rendered charts.",
    },
    origin: { source: "spiffe/helm-charts-hardened charts/spire at spire-0.30.0", date: "2026-08-02" },
  },
  openfga: {
    name: "openfga",
    version: "v1.18.3",
    source: { kind: "chart", chart: "openfga", version: "0.3.12", registry: "oci://ghcr.io/openfga/helm-charts" },
    namespace: "openfga",
    images: [{ repository: "docker.io/openfga/openfga", tag: "v1.18.3" }],
    crds: [],
    after: [],
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its migration Job is a post-install hook that the server waits for, which deadlocks; with datastore.migrationType=initContainer, and the bundled databases off, nothing is a hook.",
    },
    origin: { source: "openfga/helm-charts charts/openfga at openfga-0.3.12", date: "2026-08-06" },
  },
  ...nodeReleases,
  ...servingReleases,
  ...autoscalingReleases,
  ...gatewayReleases,
};

/**
 * What `helm.v4.Chart` takes for a release. A mirror is an `oci://` prefix under which the charts lie by name, or a
 * folder of `<chart>-<version>.tgz` archives. Throws for a release that is not a chart.
 */
export function chartReference(
  release: Release,
  mirror: { readonly charts?: string },
): { chart: string; version?: string; repository?: string } {
  const { source } = release;
  if (source.kind !== "chart") {
    throw new Error(`catalog: ${release.name} is a manifest, not a chart`);
  }
  const place = mirror.charts?.replace(/\/+$/, "");
  if (place !== undefined && !place.startsWith("oci://")) {
    return { chart: `${place}/${source.chart}-${source.version}.tgz` };
  }
  const registry = place ?? source.registry;
  return registry.startsWith("oci://")
    ? { chart: `${registry}/${source.chart}`, version: source.version }
    : { chart: source.chart, version: source.version, repository: registry };
}

/**
 * Where a manifest is read from: its address, or `<folder>/<name>-<version>.yaml` in a mirror that is a folder. An
 * `oci://` mirror holds charts only, so it does not stand in for a manifest. Throws for a release that is a chart.
 */
export function manifestReference(release: Release, mirror: { readonly charts?: string }): string {
  const { source } = release;
  if (source.kind !== "manifest") {
    throw new Error(`catalog: ${release.name} is a chart, not a manifest`);
  }
  const place = mirror.charts?.replace(/\/+$/, "");
  return place === undefined || place.startsWith("oci://")
    ? source.url
    : `${place}/${release.name}-${release.version}.yaml`;
}
