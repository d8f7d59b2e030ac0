import { kinds, type Release, type ServingReleaseName } from "./release";

/** What serves models beside llm-d: Dynamo's operator, and Grove, in whose objects it writes what it makes of a graph. */
export const servingReleases: Readonly<Record<ServingReleaseName, Release>> = {
  "grove-charts": {
    name: "grove-charts",
    version: "v0.1.0-alpha.11",
    source: {
      kind: "chart",
      chart: "grove-charts",
      version: "v0.1.0-alpha.11",
      registry: "oci://ghcr.io/ai-dynamo/grove",
    },
    namespace: "grove-system",
    images: ["grove-operator", "grove-initc"].map((name) => ({
      repository: `ghcr.io/ai-dynamo/grove/${name}`,
      tag: "v0.1.0-alpha.11",
    })),
    crds: [
      ...kinds(
        "grove.io",
        "Namespaced",
        ["PodClique", "podcliques", "v1alpha1"],
        ["PodCliqueScalingGroup", "podcliquescalinggroups", "v1alpha1"],
        ["PodCliqueSet", "podcliquesets", "v1alpha1"],
      ),
      ...kinds("grove.io", "Cluster", ["ClusterTopologyBinding", "clustertopologybindings", "v1alpha1"]),
      ...kinds("scheduler.grove.io", "Namespaced", ["PodGang", "podgangs", "v1alpha1"]),
    ],
    after: ["kai-scheduler"],
    minimumKubernetes: "unknown",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "The chart has no hook. Definitions come from its crds folder, crdInstaller.enabled off; the operator makes its webhooks' certificate itself, into a Secret that the chart would write over with an empty one at each update: webhookServerSecret.enabled off, which upstream documents for GitOps.",
    },
    origin: {
      source:
        "ai-dynamo/grove at v0.1.0-alpha.11 (8fa3ece93434): operator/charts, docs/installation.md, .github/workflows/push-artifacts.yaml",
      date: "2026-07-03",
    },
  },
  "dynamo-platform": {
    name: "dynamo-platform",
    version: "v1.3.0",
    source: {
      kind: "chart",
      chart: "dynamo-platform",
      version: "1.3.0",
      registry: "https://helm.ngc.nvidia.com/nvidia/ai-dynamo",
    },
    namespace: "dynamo-system",
    images: [
      { repository: "nvcr.io/nvidia/ai-dynamo/kubernetes-operator", tag: "1.3.0" },
      // Of the operator chart's values as of 05da1f972b22, before 1.3.0: what that release runs was not to be read.
      { repository: "gcr.io/kubebuilder/kube-rbac-proxy", tag: "v0.15.0" },
    ],
    crds: kinds(
      "nvidia.com",
      "Namespaced",
      ["DynamoCheckpoint", "dynamocheckpoints", "v1alpha1"],
      ["DynamoComponentDeployment", "dynamocomponentdeployments", "v1beta1", "v1alpha1"],
      ["DynamoGraphDeployment", "dynamographdeployments", "v1beta1", "v1alpha1"],
      ["DynamoGraphDeploymentRequest", "dynamographdeploymentrequests", "v1beta1"],
      ["DynamoGraphDeploymentScalingAdapter", "dynamographdeploymentscalingadapters", "v1beta1", "v1alpha1"],
      ["DynamoModel", "dynamomodels", "v1alpha1", "v1beta1"],
      ["DynamoWorkerMetadata", "dynamoworkermetadatas", "v1alpha1"],
    ),
    // It looks for Grove and for KAI when it starts.
    after: ["grove-charts", "kai-scheduler"],
    minimumKubernetes: "1.30",
    install: {
      how: "helm.v4.Chart",
      hooks:
        "Its hooks apply the definitions (dynamo-operator.upgradeCRD, off) and make a key for multi-node TensorRT-LLM, which is not used. Without them: definitions come from the operator chart's crds folder, and the operator makes its webhooks' certificate itself.",
    },
    origin: {
      source:
        "ai-dynamo/dynamo deploy/helm/charts/platform at 03a5d4b6e2 (1.3.0), its operator chart's templates; docs.nvidia.com/dynamo/v1.3.0 installation guide and release artifacts. The chart brings Grove v0.1.0-alpha.8, and 1.3.x reads that release's ClusterTopology, which v0.1.0-alpha.11 has renamed (platform README, Upgrading, v1.4.0): no graph may state a topologyConstraint",
      date: "2026-11-21",
    },
  },
};
