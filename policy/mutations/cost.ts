import { resourceWith } from "../fixtures";
import { adding, changing, type Mutation } from "../mutation";
import type { Properties } from "../rule";

const pool = "ai-platform:cluster:NodePool";
const karpenter = "kubernetes:karpenter.sh/v1:NodePool";
const nodeGroup = "aws:eks/nodeGroup:NodeGroup";

/** Properties with what is inside one of them laid over. */
const inside = (props: Properties, key: string, over: Properties): Properties => ({
  ...props,
  [key]: { ...(props[key] as Properties), ...over },
});

export const costMutations: readonly Mutation[] = [
  {
    rule: "cost-known-machine",
    stack: "dev-aws",
    when: "a pool has a machine that nobody has heard of",
    patch: changing(
      pool,
      (props) => inside(props, "pool", { machine: { cpus: 8, memoryGib: 32, type: "p99.48xlarge" } }),
      "gpu",
    ),
  },
  {
    rule: "cost-known-price",
    stack: "onprem",
    when: "the owner of a pool states no price",
    change: { pools: [{ name: "system", price: null }] },
  },
  {
    rule: "cost-monthly-budget",
    stack: "dev-aws",
    when: "the month may cost a hundred dollars",
    change: { budget: { monthlyUsd: 100 } },
  },
  {
    rule: "cost-monthly-increase",
    stack: "dev-gcp",
    when: "the month cost a hundred dollars before, and may cost fifty more",
    change: { budget: { monthlyIncreaseUsd: 50 } },
    context: { monthlyUsdBefore: 100 },
  },
  {
    rule: "cost-tenant-budget",
    stack: "local",
    when: "a tenant has a hundred dollars for four H100",
    change: { tenants: [{ name: "search", budget: { monthlyUsd: 100 } }] },
  },
  {
    rule: "cost-tenant-budget",
    stack: "prod-aws-team-search",
    when: "the tenant has the money for the platform's models, and the team deploys more",
    change: { tenants: [{ name: "search", budget: { monthlyUsd: 25_000 } }] },
  },
  {
    rule: "cost-model-budget",
    stack: "onprem",
    when: "a model over four nodes has the money for one",
    change: { models: [{ name: "deepseek-r1", budget: { monthlyUsd: 50_000 } }] },
  },
  {
    rule: "cost-gpu-hours",
    stack: "prod-gcp",
    when: "GPU-hours are those of one node",
    change: { budget: { gpuHours: 8 * 730 } },
  },
  {
    rule: "cost-allowed-hardware",
    stack: "prod-aws",
    when: "only H100 are allowed and a pool has L40S",
    change: { budget: { accelerators: ["h100-80gb"] } },
  },
  {
    rule: "cost-allowed-hardware",
    stack: "dev-aws",
    when: "Karpenter may make any machine that fits",
    change: { budget: { machines: ["m7i.4xlarge", "g6.48xlarge"] } },
    patch: changing(karpenter, ({ spec, ...rest }) => ({
      ...rest,
      spec: {
        ...(spec as Properties),
        template: { spec: { requirements: [{ key: "karpenter.sh/capacity-type", operator: "In", values: ["spot"] }] } },
      },
    })),
  },
  {
    rule: "cost-scale-bounds",
    stack: "dev-gcp",
    when: "a pool of development scales, and keeps a node",
    change: { pools: [{ name: "gpu", max: 2, devices: { owner: "device-plugin" } }] },
  },
  {
    rule: "cost-scale-bounds",
    stack: "local",
    when: "an autoscaler may add more pods than all nodes hold",
    patch: adding(
      resourceWith(
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        {
          metadata: { name: "router", namespace: "agentgateway-system" },
          spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "router" }, maxReplicas: 100_000 },
        },
        { name: "router" },
      ),
    ),
  },
  {
    rule: "cost-scale-bounds",
    stack: "prod-aws",
    when: "a node group may come to more nodes than its pool",
    patch: changing(nodeGroup, (props) => inside(props, "scalingConfig", { maxSize: 6 }), "system"),
  },
  {
    rule: "cost-spot",
    stack: "dev-aws",
    when: "GPUs of development are bought at the full price",
    change: { pools: [{ name: "gpu", capacity: "on-demand" }] },
  },
  {
    rule: "cost-spot",
    stack: "prod-aws",
    when: "what always answers is put on machines that may go at any time",
    patch: changing(nodeGroup, (props) => ({ ...props, capacityType: "SPOT" }), "h100"),
  },
  {
    rule: "cost-idle-pool",
    stack: "local",
    when: "no model is left, and no tenant has quota",
    change: {
      models: [{ name: "qwen3-32b", remove: true }],
      tenants: [
        { name: "platform", gpus: { quota: 0 } },
        { name: "search", gpus: { quota: 0 } },
      ],
    },
  },
  {
    rule: "cost-expiry",
    stack: "dev-aws",
    when: "an ephemeral environment is to live for half a year",
    change: { tier: "ephemeral", expires: "2027-06-01" },
  },
  {
    rule: "cost-expiry",
    stack: "local",
    when: "the environment was needed until last week",
    change: { expires: "2026-11-14" },
  },
  {
    rule: "cost-allocation",
    stack: "prod-aws",
    when: "the provider tags nothing",
    patch: (resources) =>
      resources.map((resource) => {
        if (resource.provider?.type !== "aws") return resource;
        const { defaultTags: _defaultTags, ...props } = resource.provider.props;
        return { ...resource, provider: { ...resource.provider, props } };
      }),
  },
  {
    rule: "cost-allocation",
    stack: "dev-aws",
    when: "what Karpenter launches carries no tags",
    patch: changing("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", (props) => inside(props, "spec", { tags: {} })),
  },
  {
    rule: "cost-allocation",
    stack: "prod-gcp",
    when: "the nodes of a pool carry no labels of the bill",
    patch: changing(
      "gcp:container/nodePool:NodePool",
      (props) => inside(props, "nodeConfig", { resourceLabels: { "ai-platform-pool": "h100" } }),
      "h100",
    ),
  },
  {
    rule: "cost-priced-resource",
    stack: "prod-aws",
    when: "no region is stated whose prices stand in for those that are not known",
    change: { budget: { pricesLike: null } },
  },
  {
    rule: "cost-priced-resource",
    stack: "dev-gcp",
    when: "keys are to lie in hardware, which the catalog has no price of",
    patch: changing("gcp:kms/cryptoKey:CryptoKey", (props) => ({
      ...props,
      versionTemplate: { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "HSM" },
    })),
  },
  {
    rule: "cost-known-price",
    stack: "prod-aws",
    when: "a pool costs what a machine costs that the catalog has no price of",
    patch: changing(pool, (props) => inside(props, "pool", { price: { like: "aws/eu-north-1/x1.metal" } }), "slices"),
  },
  {
    rule: "cost-monthly-budget",
    stack: "sovereign-gcp-eu",
    when: "what Google adds for data residency and support is more than what is left of the budget",
    change: { budget: { monthlyUsd: 170_000 } },
  },
];
