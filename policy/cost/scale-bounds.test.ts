import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import {
  type Context,
  evaluateStack,
  type Properties,
  type Resource,
  describe as text,
  unknown,
  type Value,
} from "../rule";
import { scaleBounds } from "./scale-bounds";
import { contextOfStack, gkePool, karpenterPool, nodeGroup, poolWith, servers } from "./testing";

const dev = contextOfStack("dev-aws");
const prod = contextOfStack("prod-aws");
const google = contextOfStack("prod-gcp");

const run = (context: Context, ...resources: readonly Resource[]) => evaluateStack(scaleBounds, resources, context);

test("says what it is", () => {
  expect(scaleBounds).toMatchObject({ id: "cost-scale-bounds", concern: "cost", severity: "high", frameworks: [] });
});

test.each(["dev-aws", "prod-aws", "prod-gcp", "onprem"])(
  "what the blueprint makes of %s is let through",
  async (stack) => {
    const context = contextOfStack(stack);
    expect(run(context, ...(await planOf(context.environment)))).toEqual([]);
  },
);

test("a node group stays within its pool, and belongs to one", () => {
  expect(run(prod, ...poolWith(prod, "slices", nodeGroup()))).toEqual([]);
  const large = nodeGroup({ scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 20 } });
  expect(run(prod, ...poolWith(prod, "slices", large)).map(text)).toEqual([
    '[cost-scale-bounds] thing (aws:eks/nodeGroup:NodeGroup): scalingConfig.maxSize is "20 nodes", which is more than max ' +
      "of pool slices: 1. Remedy: state the maximum, no higher than the pool's max or the role's scale.max.",
  ]);
  const [beside] = run(prod, nodeGroup());
  expect(text(beside!)).toContain("scalingConfig.maxSize is that of a node group which belongs to no pool");
  expect(run(prod, ...poolWith(prod, "slices", nodeGroup(), nodeGroup()))).toMatchObject([
    { message: expect.stringContaining("with what else the pool has 2") },
  ]);
});

const ofBurst = (limits: Value) => poolWith(prod, "burst", karpenterPool({ limits }));

test.each<[string, Value, number]>([
  ["nodes", { nodes: "2" }, 0],
  ["GPUs", { "nvidia.com/gpu": "16" }, 0],
  ["CPUs", { cpu: 384 }, 0],
  ["one of several that is low enough", { nodes: "2", cpu: "1M" }, 0],
  ["too many nodes", { nodes: "3" }, 1],
  ["too many GPUs", { "nvidia.com/gpu": "24" }, 1],
  ["too many CPUs", { cpu: "1k" }, 1],
  ["nothing that is counted", { memory: "1Ti" }, 1],
  ["nothing", undefined, 1],
])("Karpenter with limits of %s", (_name, limits, count) => {
  expect(run(prod, ...ofBurst(limits))).toHaveLength(count);
});

test("GKE counts the nodes of all zones", () => {
  const ofH100 = (props: Properties) => run(google, ...poolWith(google, "h100", gkePool(props)));
  expect(ofH100({ nodeCount: 2 })).toEqual([]);
  expect(ofH100({ nodeCount: 1, nodeLocations: ["europe-west4-a", "europe-west4-b"] })).toEqual([]);
  expect(ofH100({ nodeCount: 2, nodeLocations: ["europe-west4-a", "europe-west4-b"] })).toHaveLength(1);
  expect(ofH100({ nodeCount: 1, nodeLocations: undefined })).toHaveLength(1);
  expect(ofH100({ autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 2 } })).toEqual([]);
  expect(ofH100({ autoscaling: { minNodeCount: 0, maxNodeCount: 3 } })).toHaveLength(1);
  expect(ofH100({ autoscaling: { locationPolicy: "ANY" } })).toHaveLength(1);
});

const cluster = (props: Properties) =>
  resourceWith("gcp:container/cluster:Cluster", { location: "europe-west4", removeDefaultNodePool: true, ...props });
const limits = (...resourceLimits: readonly Properties[]) =>
  cluster({ clusterAutoscaling: { enabled: true, resourceLimits } });

test.each<[string, Resource, number]>([
  ["auto-provisioning that is off", cluster({ clusterAutoscaling: { enabled: false } }), 0],
  ["auto-provisioning without limits", limits(), 1],
  ["with limits of memory alone", limits({ resourceType: "memory", maximum: 0 }), 1],
  [
    "with limits above the pools",
    limits({ resourceType: "cpu", maximum: 1 }, { resourceType: "memory", maximum: 1 }),
    2,
  ],
  ["with limits that state no maximum", limits({ resourceType: "cpu" }, { resourceType: "memory", maximum: 0 }), 1],
  ["the pool that GKE makes with a cluster", cluster({ removeDefaultNodePool: false, initialNodeCount: 3 }), 1],
  ["Autopilot", cluster({ enableAutopilot: true }), 1],
  ["EKS Auto Mode", resourceWith("aws:eks/cluster:Cluster", { computeConfig: { enabled: true } }), 1],
  ["Fargate", resourceWith("aws:eks/fargateProfile:FargateProfile", { selectors: [{ namespace: "default" }] }), 1],
  [
    "a compute class that makes pools",
    resourceWith("kubernetes:cloud.google.com/v1:ComputeClass", { spec: { nodePoolAutoCreation: { enabled: true } } }),
    1,
  ],
])("%s", (_name, resource, count) => {
  expect(run(google, resource)).toHaveLength(count);
});

const scaled = (name: string, maxReplicaCount: Value) =>
  resourceWith("kubernetes:keda.sh/v1alpha1:ScaledObject", {
    metadata: { name, namespace: "tenant-search" },
    spec: { scaleTargetRef: { name }, maxReplicaCount },
  });

test("what scales pods states a maximum that bounds them", () => {
  expect(run(prod, scaled("qwen3-32b-prefill", 2))).toEqual([]);
  expect(text(run(prod, scaled("qwen3-32b-prefill", 3))[0]!)).toContain(
    'spec.maxReplicaCount is "3", which is more than the replicas that model qwen3-32b may come to: 2.',
  );
  // 3 + 2 + 1 + 2 nodes of 110 pods each.
  expect(run(prod, scaled("router", 880))).toEqual([]);
  expect(run(prod, scaled("router", 881))).toMatchObject([{ kind: "violation" }]);
  expect(run(prod, scaled("router", undefined))).toMatchObject([{ field: "spec.maxReplicaCount" }]);
});

test("servers start with no more replicas than their role may come to", () => {
  const prefill = (replicas: Value) => servers({ metadata: { name: "qwen3-32b-prefill" }, spec: { replicas } });
  expect(run(prod, prefill(2))).toEqual([]);
  expect(run(prod, prefill(3))).toMatchObject([{ kind: "violation", field: "spec.replicas" }]);
});

test("outside production a GPU pool that scales starts from nothing", () => {
  const keeping = (context: Context) => {
    const pools = context.environment.pools.map((pool) => ({ ...pool, min: 1, max: 2 }));
    return { ...context, environment: { ...context.environment, pools } };
  };
  const [finding] = run(dev, ...poolWith(keeping(dev), "gpu"));
  expect(text(finding!)).toContain(
    'pool.min is "1", and the pool could scale to 0 while nothing runs: the environment is development.',
  );
  expect(run(dev, ...poolWith(keeping(dev), "system"))).toEqual([]);
  expect(run(prod, ...poolWith(keeping(prod), "burst"))).toEqual([]);
  const group = nodeGroup({ scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 2 } });
  expect(run(dev, ...poolWith(dev, "gpu", group))).toMatchObject([{ field: "scalingConfig.minSize" }]);
});

test.each<[string, readonly Resource[]]>([
  ["a maximum", poolWith(prod, "slices", nodeGroup({ scalingConfig: { maxSize: unknown } }))],
  ["limits", ofBurst(unknown)],
  ["auto-provisioning", [cluster({ clusterAutoscaling: { enabled: unknown } })]],
  ["its limits", [cluster({ clusterAutoscaling: { enabled: true, resourceLimits: unknown } })]],
  ["what scales pods", [scaled("qwen3-32b-prefill", unknown)]],
  ["a pool", [resourceWith("ai-platform:cluster:NodePool", { pool: unknown })]],
])("%s not known yet is deferred to up, and refused there", (_name, resources) => {
  expect(run(prod, ...resources)).toMatchObject([{ kind: "deferred" }]);
  expect(run({ ...prod, preview: false }, ...resources)).toMatchObject([{ kind: "violation" }]);
});
