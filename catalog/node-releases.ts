import { kubernetes } from "./kubernetes";
import { kinds, type NodeReleaseName, type Release } from "./release";

/** What makes nodes, and what nodes with GPUs run beside the DRA driver. */
export const nodeReleases: Readonly<Record<NodeReleaseName, Release>> = {
  "karpenter-crd": {
    name: "karpenter-crd",
    version: "v1.14.1",
    source: { kind: "chart", chart: "karpenter-crd", version: "1.14.1", registry: "oci://public.ecr.aws/karpenter" },
    namespace: "",
    images: [],
    crds: [
      ...kinds("autoscaling.x-k8s.io", "Namespaced", ["CapacityBuffer", "capacitybuffers", "v1beta1"]),
      ...kinds("karpenter.k8s.aws", "Cluster", ["EC2NodeClass", "ec2nodeclasses", "v1"]),
      ...kinds(
        "karpenter.sh",
        "Cluster",
        ["NodeClaim", "nodeclaims", "v1"],
        ["NodeOverlay", "nodeoverlays", "v1alpha1"],
        ["NodePool", "nodepools", "v1"],
      ),
    ],
    after: [],
    crdModule: {
      module: "github.com/aws/karpenter-provider-aws",
      version: "v1.14.1",
      folders: ["pkg/apis/crds"],
    },
    minimumKubernetes: "1.30",
    install: { how: "helm.v4.Chart", hooks: "Definitions as ordinary templates; the chart has no hook." },
    origin: {
      source:
        "aws/karpenter-provider-aws charts/karpenter-crd, pkg/apis/crds, website/content/en/docs/upgrading/compatibility.md at v1.14.1",
      date: "2026-08-20",
    },
  },
  karpenter: {
    name: "karpenter",
    version: "v1.14.1",
    source: { kind: "chart", chart: "karpenter", version: "1.14.1", registry: "oci://public.ecr.aws/karpenter" },
    namespace: "karpenter",
    images: [
      {
        repository: "public.ecr.aws/karpenter/controller",
        tag: "1.14.1",
        digest: "sha256:723130949e4cab989461ff07d1be4cd781d63515432494641b33c235f300ae23",
      },
    ],
    crds: [],
    after: ["karpenter-crd"],
    minimumKubernetes: "1.30",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. Its crds folder repeats karpenter-crd, which can upgrade definitions where a crds folder cannot, and is left out.",
      skipCrds: true,
    },
    origin: {
      source:
        "aws/karpenter-provider-aws charts/karpenter at v1.14.1; tag and digest from its values.yaml at 1d927085dd81, the commit that follows the release",
      date: "2026-08-21",
    },
  },
  "gpu-operator": {
    name: "gpu-operator",
    version: "v26.7.0",
    source: {
      kind: "chart",
      chart: "gpu-operator",
      version: "v26.7.0",
      registry: "https://helm.ngc.nvidia.com/nvidia",
    },
    namespace: "gpu-operator",
    images: [
      { repository: "nvcr.io/nvidia/gpu-operator", tag: "v26.7.0" },
      { repository: "nvcr.io/nvidia/cloud-native/k8s-driver-manager", tag: "v0.12.0" },
      // The operator ends the driver's tag in the node's operating system: this is the one for Ubuntu 24.04.
      { repository: "nvcr.io/nvidia/driver", tag: "595.91.07-ubuntu24.04" },
      { repository: "nvcr.io/nvidia/k8s/container-toolkit", tag: "v1.20.0" },
      // The device plugin, where one is wanted, and GPU feature discovery.
      { repository: "nvcr.io/nvidia/k8s-device-plugin", tag: "v0.20.0" },
      { repository: "registry.k8s.io/nfd/node-feature-discovery", tag: "v0.19.0" },
    ],
    crds: [
      ...kinds(
        "nvidia.com",
        "Cluster",
        ["ClusterPolicy", "clusterpolicies", "v1"],
        ["GPUCluster", "gpuclusters", "v1alpha1"],
        ["NVIDIADriver", "nvidiadrivers", "v1alpha1"],
      ),
      ...kinds(
        "nfd.k8s-sigs.io",
        "Namespaced",
        ["NodeFeature", "nodefeatures", "v1alpha1"],
        ["NodeFeatureGroup", "nodefeaturegroups", "v1alpha1"],
      ),
      ...kinds("nfd.k8s-sigs.io", "Cluster", ["NodeFeatureRule", "nodefeaturerules", "v1alpha1"]),
    ],
    after: [],
    minimumKubernetes: "1.16",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its hooks upgrade definitions and remove them and the GPUCluster on deletion (operator.upgradeCRD, operator.cleanupCRD), and clean up after node feature discovery. Without them: definitions come from the crds folders, operator.upgradeCRD off; images of what is switched off (dcgmExporter, migManager, sandbox workloads) do not run. The crds folder also holds the DRA driver's two definitions, as of its 0.5.0, so that driver is then installed without its own.",
    },
    origin: {
      source:
        "NVIDIA/gpu-operator deployments/gpu-operator at v26.7.0, with its node-feature-discovery subchart 0.19.0",
      date: "2026-08-20",
    },
  },
  hami: {
    name: "hami",
    version: "v2.10.0",
    source: {
      kind: "chart",
      chart: "hami",
      version: "2.10.0",
      registry: "https://project-hami.github.io/HAMi",
    },
    namespace: "hami-system",
    images: [
      { repository: "docker.io/projecthami/hami", tag: "v2.10.0" },
      // Its scheduler is Kubernetes' own with an extender; it may not be newer than the cluster. One of them runs.
      ...Object.values(kubernetes.patches).map((tag) => ({ repository: "registry.k8s.io/kube-scheduler", tag })),
    ],
    crds: [],
    after: [],
    minimumKubernetes: "1.18",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its hooks make the webhook's certificate, and a RuntimeClass if one is asked for. With scheduler.admissionWebhook.enabled off there is no webhook: the extender listens in plain text inside the pod, and pods name the scheduler (hami-scheduler) themselves. scheduler.patch.enabled and devicePlugin.createRuntimeClass stay off.",
    },
    origin: { source: "Project-HAMi/HAMi charts/hami at v2.10.0", date: "2026-08-21" },
  },
  "dcgm-exporter": {
    name: "dcgm-exporter",
    version: "4.5.3-4.8.2",
    source: {
      kind: "chart",
      chart: "dcgm-exporter",
      version: "4.8.2",
      registry: "https://nvidia.github.io/dcgm-exporter/helm-charts",
    },
    namespace: "dcgm-exporter",
    images: [{ repository: "nvcr.io/nvidia/k8s/dcgm-exporter", tag: "4.5.3-4.8.2-distroless" }],
    crds: [],
    after: [],
    minimumKubernetes: "1.19",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. It asks for a ServiceMonitor by default, whose definition comes from elsewhere: serviceMonitor.enabled off where nothing brings it.",
    },
    origin: { source: "NVIDIA/dcgm-exporter deployment at 4.5.3-4.8.2", date: "2026-05-06" },
  },
};
