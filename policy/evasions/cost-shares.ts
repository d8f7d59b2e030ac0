import { contextOfStack, nodeGroup, poolWith, servers, withoutQuota } from "../cost/testing";
import type { Evasion } from "../evasion";
import { environmentWith, resourceWith } from "../fixtures";
import { type Context, unknown, type Value } from "../rule";

/** Ways to spend what belongs to somebody else, for longer, or for nobody, and to hide what it costs. */

const prod = contextOfStack("prod-aws");

const nodePool = (pool: Value) => resourceWith("ai-platform:cluster:NodePool", { pool, region: "eu-north-1" });

const local = contextOfStack("local", {
  tenants: [{ name: "search", budget: { monthlyUsd: 25_000 } }],
  models: [{ name: "qwen3-32b", budget: { monthlyUsd: 25_000 } }],
});

const named = (name: string) => ({ name, namespace: "tenant-search" });
const claimed = { containers: [{}], resourceClaims: [{ name: "gpus", resourceClaimTemplateName: "own" }] };
const claim = (devices: Value) =>
  resourceWith("kubernetes:resource.k8s.io/v1:ResourceClaimTemplate", {
    metadata: named("own"),
    spec: { spec: { devices } },
  });

const withExpiry = (tier: string, expires: string | undefined, today = "2026-11-21"): Context => {
  const environment = environmentWith({ tier: "development" });
  return { ...local, today, environment: { ...environment, tier, expires } as Context["environment"] };
};

export const shareEvasions: readonly Evasion[] = [
  {
    rule: "cost-known-price",
    attempt: "a price of nothing",
    resources: [
      nodePool({
        name: "gpu",
        perNode: 8,
        max: 1,
        accelerator: "h100-80gb",
        machine: { cpus: 192, memoryGib: 2048 },
        price: { usdPerGpuHour: 0, source: "a gift", date: "2026-01-01" },
      }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-known-price",
    attempt: "the list price of a smaller machine",
    resources: [
      nodePool({
        name: "gpu",
        perNode: 8,
        max: 1,
        accelerator: "h100-80gb",
        machine: { cpus: 192, memoryGib: 2048 },
        price: { like: "aws/eu-north-1/m7i.4xlarge" },
      }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-known-price",
    attempt: "a price that is worked out later",
    resources: [
      nodePool({ name: "gpu", max: 1, machine: { cpus: 1, memoryGib: 1 }, price: { usdPerGpuHour: unknown } }),
    ],
    context: prod,
    caught: "deferred",
  },
  {
    rule: "cost-monthly-budget",
    attempt: "nodes that are known only once they are there",
    resources: [nodePool({ name: "gpu", max: unknown, machine: { cpus: 1, memoryGib: 1 } })],
    context: prod,
    caught: "deferred",
  },
  {
    rule: "cost-monthly-budget",
    attempt: "a component of a pool that keeps its pool to itself",
    resources: [resourceWith("ai-platform:cluster:NodePool", { region: "eu-north-1" })],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-monthly-budget",
    attempt: "machines beside all pools, by a node group of the program's own",
    resources: [
      ...poolWith(prod, "slices"),
      nodeGroup({ scalingConfig: { minSize: 0, desiredSize: 0, maxSize: 200 } }),
    ],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-monthly-increase",
    attempt: "a figure of the month before that is none",
    resources: [],
    context: {
      ...local,
      monthlyUsdBefore: Number("50.000,00"),
      environment: { ...local.environment, budget: { ...local.environment.budget, monthlyIncreaseUsd: 1000 } },
    },
    caught: "violation",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "servers of a model that no stack file states",
    resources: [servers({})],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "GPUs by a Job, whose pods are counted as parallelism",
    resources: [servers({ kind: "batch/v1:Job", metadata: { labels: {} }, spec: { replicas: 0, parallelism: 8 } })],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "eight devices by one claim of one pod",
    resources: [
      claim({ requests: [{ name: "gpus", exactly: { deviceClassName: "gpu-h100-80gb", count: 8 } }] }),
      servers({ spec: { replicas: 1, template: { spec: claimed } } }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "a claim of all devices of a node, however many",
    resources: [
      claim({ requests: [{ name: "gpus", exactly: { deviceClassName: "gpu-h100-80gb", allocationMode: "All" } }] }),
      servers({ spec: { replicas: 1, template: { spec: claimed } } }),
    ],
    context: local,
    caught: "deferred",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "one server at first, and an autoscaler beside it",
    resources: [
      servers({ spec: { replicas: 1 } }),
      resourceWith("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", {
        metadata: named("more"),
        spec: { scaleTargetRef: { name: "more" }, maxReplicas: 8 },
      }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "an autoscaler without a maximum",
    resources: [
      servers({ spec: { replicas: 1 } }),
      resourceWith("kubernetes:keda.sh/v1alpha1:ScaledObject", {
        metadata: named("more"),
        spec: { scaleTargetRef: { name: "more" } },
      }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-tenant-budget",
    attempt: "a namespace that is known only at up",
    resources: [servers({ metadata: { namespace: unknown } })],
    context: local,
    caught: "deferred",
  },
  {
    rule: "cost-model-budget",
    attempt: "more replicas in the program than in the stack file",
    resources: [servers({ metadata: { name: "qwen3-32b-prefill" }, spec: { replicas: 16 } })],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-model-budget",
    attempt: "workers of a group, of which the number of groups says nothing",
    resources: [
      servers({
        kind: "leaderworkerset.x-k8s.io/v1:LeaderWorkerSet",
        spec: {
          replicas: 1,
          leaderWorkerTemplate: {
            size: 9,
            workerTemplate: { spec: { containers: [{ resources: { limits: { "nvidia.com/gpu": 1 } } }] } },
          },
        },
      }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-model-budget",
    attempt: "GPUs in a second container of the pod",
    resources: [
      servers({
        metadata: { name: "qwen3-32b-decode" },
        spec: { replicas: 1 },
        pod: { containers: [{}, { resources: { limits: { "nvidia.com/gpu": "8" } } }] },
      }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-idle-pool",
    attempt: "a pool of the program's own, in no stack file, when all quota is used",
    resources: [
      resourceWith("ai-platform:cluster:NodePool", {
        region: "local",
        pool: {
          name: "secret",
          accelerator: "h100-80gb",
          perNode: 8,
          min: 1,
          max: 1,
          machine: { cpus: 8, memoryGib: 8 },
        },
      }),
    ],
    context: withoutQuota(local),
    caught: "violation",
  },
  {
    rule: "cost-idle-pool",
    attempt: "a pool that states a min of 0 above a node group that keeps nodes",
    resources: [
      resourceWith(
        "ai-platform:cluster:NodePool",
        {
          region: "local",
          pool: {
            name: "kept",
            accelerator: "h100-80gb",
            perNode: 8,
            min: 0,
            max: 1,
            machine: { cpus: 8, memoryGib: 8 },
          },
        },
        { urn: "urn:kept" },
      ),
      resourceWith(
        "aws:eks/nodeGroup:NodeGroup",
        { scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 } },
        { options: { protect: false, ignoreChanges: [], parent: "urn:kept" } },
      ),
    ],
    context: withoutQuota(local),
    caught: "violation",
  },
  {
    rule: "cost-expiry",
    attempt: "an ephemeral environment that states no day at all",
    resources: [],
    context: withExpiry("ephemeral", undefined),
    caught: "violation",
  },
  {
    rule: "cost-expiry",
    attempt: "a day that no calendar has",
    resources: [],
    context: withExpiry("ephemeral", "2026-13-40"),
    caught: "violation",
  },
  {
    rule: "cost-expiry",
    attempt: "an environment of production whose day was yesterday",
    resources: [],
    context: withExpiry("production", "2026-11-20"),
    caught: "violation",
  },
];
