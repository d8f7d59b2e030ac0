import {
  capacityType,
  contextOfStack,
  gkePool,
  instanceType,
  karpenterPool,
  nodeGroup,
  oneOf,
  poolWith,
  requirements,
} from "../cost/testing";
import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { unknown } from "../rule";

/** Ways to more nodes and pods than somebody stated, and to dearer or less certain ones. */

const dev = contextOfStack("dev-aws");
const prod = contextOfStack("prod-aws");
const google = contextOfStack("prod-gcp");

export const boundEvasions: readonly Evasion[] = [
  {
    rule: "cost-scale-bounds",
    attempt: "a limit of Karpenter's on what costs nothing",
    resources: poolWith(prod, "burst", karpenterPool({ limits: { "ephemeral-storage": "1Ti" } })),
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "a limit of a thousand nodes, written 1k",
    resources: poolWith(prod, "burst", karpenterPool({ limits: { nodes: "1k" } })),
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "a patch of Karpenter's pool, which lifts its limits",
    resources: poolWith(
      prod,
      "burst",
      karpenterPool({ limits: { nodes: "500" } }, "kubernetes:karpenter.sh/v1:NodePoolPatch"),
    ),
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "a second Karpenter pool that stands in no pool of the environment",
    resources: [...poolWith(prod, "burst"), karpenterPool({ limits: { nodes: "2" } })],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "nodes of each zone, where the pool counts all of them",
    resources: poolWith(
      google,
      "h100",
      gkePool({ nodeCount: 2, nodeLocations: ["europe-west4-a", "europe-west4-b", "europe-west4-c"] }),
    ),
    context: google,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "a cluster that keeps the pool which GKE makes with it",
    resources: [resourceWith("gcp:container/cluster:Cluster", { location: "europe-west4", initialNodeCount: 50 })],
    context: google,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "auto-provisioning with limits of CPUs alone",
    resources: [
      resourceWith("gcp:container/cluster:Cluster", {
        removeDefaultNodePool: true,
        clusterAutoscaling: { enabled: true, resourceLimits: [{ resourceType: "cpu", maximum: 1 }] },
      }),
    ],
    context: google,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "EKS Auto Mode, switched on beside the pools",
    resources: [
      resourceWith("aws:eks/cluster:Cluster", { computeConfig: { enabled: true, nodePools: ["general-purpose"] } }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "auto-provisioning that another resource switches on",
    resources: [
      resourceWith("gcp:container/cluster:Cluster", { removeDefaultNodePool: true, clusterAutoscaling: unknown }),
    ],
    context: google,
    caught: "deferred",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "an autoscaler inside a list of objects",
    resources: [
      resourceWith("kubernetes:autoscaling/v2:HorizontalPodAutoscalerList", {
        items: [{ metadata: { name: "a", namespace: "tenant-search" }, spec: { scaleTargetRef: { name: "a" } } }],
      }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-scale-bounds",
    attempt: "KEDA with a maximum above that of the role that it scales",
    resources: [
      resourceWith("kubernetes:keda.sh/v1alpha1:ScaledObject", {
        metadata: { name: "qwen3-32b-decode", namespace: "tenant-search" },
        spec: { scaleTargetRef: { name: "qwen3-32b-decode" }, maxReplicaCount: 4 },
      }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-spot",
    attempt: "Karpenter that may fall back to on-demand machines in development",
    resources: poolWith(dev, "gpu", karpenterPool(requirements(oneOf(capacityType, "spot", "on-demand")))),
    context: dev,
    caught: "violation",
  },
  {
    rule: "cost-spot",
    attempt: "Karpenter that says nothing of capacity in development, and so buys on demand",
    resources: poolWith(dev, "gpu", karpenterPool(requirements(oneOf(instanceType, "g6.48xlarge")))),
    context: dev,
    caught: "violation",
  },
  {
    rule: "cost-spot",
    attempt: "preemptible nodes in production, which are spot by an older name",
    resources: poolWith(
      google,
      "h100",
      gkePool({ nodeCount: 2, nodeConfig: { machineType: "a3-highgpu-8g", preemptible: true } }),
    ),
    context: google,
    caught: "violation",
  },
  {
    rule: "cost-spot",
    attempt: "a toleration of everything on a model that must always answer",
    resources: [
      resourceWith("kubernetes:apps/v1:Deployment", {
        metadata: { name: "qwen3-32b-decode", namespace: "tenant-search", labels: { "llm-d.ai/model": "qwen3-32b" } },
        spec: {
          template: {
            spec: {
              tolerations: [{ operator: "Exists" }],
              containers: [{ resources: { limits: { "nvidia.com/gpu": "1" } } }],
            },
          },
        },
      }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-spot",
    attempt: "a capacity type that is known only at up",
    resources: poolWith(dev, "gpu", nodeGroup({ capacityType: unknown })),
    context: dev,
    caught: "deferred",
  },
];
