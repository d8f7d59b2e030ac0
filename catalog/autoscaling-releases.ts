import { type AutoscalingReleaseName, kinds, type Release } from "./release";

/** What scales model servers by their load, and the definitions by which a Prometheus is told what to scrape for that. */
export const autoscalingReleases: Readonly<Record<AutoscalingReleaseName, Release>> = {
  "prometheus-operator-crds": {
    name: "prometheus-operator-crds",
    version: "v0.93.1",
    source: {
      kind: "manifest",
      url: "https://github.com/prometheus-operator/prometheus-operator/releases/download/v0.93.1/stripped-down-crds.yaml",
    },
    namespace: "",
    images: [],
    crds: kinds(
      "monitoring.coreos.com",
      "Namespaced",
      ["AlertmanagerConfig", "alertmanagerconfigs", "v1alpha1"],
      ["Alertmanager", "alertmanagers", "v1"],
      ["PodMonitor", "podmonitors", "v1"],
      ["Probe", "probes", "v1"],
      ["PrometheusAgent", "prometheusagents", "v1alpha1"],
      ["Prometheus", "prometheuses", "v1"],
      ["PrometheusRule", "prometheusrules", "v1"],
      ["ScrapeConfig", "scrapeconfigs", "v1alpha1"],
      ["ServiceMonitor", "servicemonitors", "v1"],
      ["ThanosRuler", "thanosrulers", "v1"],
    ),
    after: [],
    crdModule: {
      module: "github.com/prometheus-operator/prometheus-operator",
      version: "v0.93.1",
      folders: ["example/prometheus-operator-crd"],
    },
    minimumKubernetes: "1.16",
    install: {
      how: "yaml.v2.ConfigFile",
      hooks: "A plain manifest of definitions. No operator: whoever runs the Prometheus runs that.",
    },
    origin: {
      source: "prometheus-operator/prometheus-operator example/prometheus-operator-crd at v0.93.1",
      date: "2026-11-21",
    },
  },
  keda: {
    name: "keda",
    version: "v2.20.2",
    source: { kind: "chart", chart: "keda", version: "2.20.2", registry: "https://kedacore.github.io/charts" },
    namespace: "keda",
    images: ["keda", "keda-metrics-apiserver", "keda-admission-webhooks"].map((name) => ({
      repository: `ghcr.io/kedacore/${name}`,
      tag: "2.20.2",
    })),
    crds: [
      ...kinds("eventing.keda.sh", "Namespaced", ["CloudEventSource", "cloudeventsources", "v1alpha1"]),
      ...kinds("eventing.keda.sh", "Cluster", ["ClusterCloudEventSource", "clustercloudeventsources", "v1alpha1"]),
      ...kinds(
        "keda.sh",
        "Namespaced",
        ["ScaledJob", "scaledjobs", "v1alpha1"],
        ["ScaledObject", "scaledobjects", "v1alpha1"],
        ["TriggerAuthentication", "triggerauthentications", "v1alpha1"],
      ),
      ...kinds("keda.sh", "Cluster", ["ClusterTriggerAuthentication", "clustertriggerauthentications", "v1alpha1"]),
    ],
    after: [],
    crdModule: { module: "github.com/kedacore/keda/v2", version: "v2.20.2", folders: ["config/crd/bases"] },
    minimumKubernetes: "1.23",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. Definitions are ordinary templates; the operator issues its certificates itself and writes them into its API service and webhook.",
    },
    origin: {
      source: "kedacore/charts keda at v2.20.2 (cbb9bb8); kedacore/keda config/crd/bases at v2.20.2 (68a5b5028)",
      date: "2026-07-31",
    },
  },
  "workload-variant-autoscaler": {
    name: "workload-variant-autoscaler",
    version: "v0.5.1",
    source: {
      kind: "chart",
      chart: "workload-variant-autoscaler",
      version: "0.5.1",
      registry: "oci://ghcr.io/llm-d/llm-d-workload-variant-autoscaler",
    },
    namespace: "workload-variant-autoscaler-system",
    images: [{ repository: "ghcr.io/llm-d/llm-d-workload-variant-autoscaler", tag: "v0.5.1" }],
    crds: kinds("llmd.ai", "Namespaced", ["VariantAutoscaling", "variantautoscalings", "v1alpha1"]),
    // It watches ServiceMonitors and InferencePools, and only recommends: KEDA does what it says.
    after: ["prometheus-operator-crds", "keda", "inference-extension"],
    crdModule: {
      module: "github.com/llm-d/llm-d-workload-variant-autoscaler",
      version: "v0.5.1",
      folders: ["config/crd/bases"],
    },
    minimumKubernetes: "1.32",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. Its definition comes from its crds folder, its controller not from it: controller.enabled off.",
    },
    origin: {
      source:
        "llm-d/llm-d-workload-variant-autoscaler at v0.5.1 (c760bb79e078): charts/workload-variant-autoscaler, .github/workflows/helm-release.yaml (image and chart), docs/user-guide/installation.md",
      date: "2026-02-12",
    },
  },
};
