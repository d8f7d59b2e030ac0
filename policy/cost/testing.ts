import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import type { Context, Properties, Resource, Value } from "../rule";

/** What tests of the cost rules share: contexts of the repository's stacks, and resources that make nodes or run pods. */

/** The context of a stack, with changes of its file; lists merge by name. */
export const contextOfStack = (stack: string, change?: Record<string, unknown>): Context =>
  contextOf(loadEnvironment(stack, change && { config: { extends: stack, ...change } }));

/** The same context with more in its budget. */
export const limited = (context: Context, budget: object): Context => ({
  ...context,
  environment: { ...context.environment, budget: { ...context.environment.budget, ...budget } },
});

/** The same context where tenants have no quota to give away. */
export const withoutQuota = (context: Context): Context => ({
  ...context,
  environment: {
    ...context.environment,
    tenants: context.environment.tenants.map((tenant) => ({ ...tenant, gpus: { ...tenant.gpus, quota: 0 } })),
  },
});

/** A pool of an environment as its component registers it, and what stands below it. */
export function poolWith(context: Context, name: string, ...children: readonly Resource[]): readonly Resource[] {
  const pool = context.environment.pools.find((candidate) => candidate.name === name)!;
  const urn = `urn:pulumi:test::ai-platform::ai-platform:cluster:NodePool::${name}`;
  const { region } = context.environment.cluster;
  const props = { pool: pool as unknown as Value, region };
  return [
    resourceWith("ai-platform:cluster:NodePool", props, { urn, name }),
    ...children.map((child) => ({ ...child, options: { ...child.options, parent: urn } })),
  ];
}

export const nodeGroup = (props: Properties = {}): Resource =>
  resourceWith("aws:eks/nodeGroup:NodeGroup", {
    instanceTypes: ["p5.48xlarge"],
    capacityType: "ON_DEMAND",
    scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 },
    ...props,
  });

export const karpenterPool = (spec: Properties, type = "kubernetes:karpenter.sh/v1:NodePool"): Resource =>
  resourceWith(type, { metadata: { name: "burst" }, spec });

/** The part of Karpenter's pool that holds its requirements. */
export const requirements = (...list: readonly Properties[]): Properties => ({
  template: { spec: { requirements: list } },
});
export const oneOf = (key: string, ...values: readonly Value[]): Properties => ({ key, operator: "In", values });
export const instanceType = "node.kubernetes.io/instance-type";
export const capacityType = "karpenter.sh/capacity-type";

export const gkePool = (props: Properties): Resource =>
  resourceWith("gcp:container/nodePool:NodePool", {
    location: "europe-west4",
    nodeLocations: ["europe-west4-b"],
    nodeConfig: { machineType: "a3-highgpu-8g" },
    ...props,
  });

interface Pods {
  readonly kind?: string;
  readonly metadata?: Properties;
  readonly spec?: Properties;
  readonly pod?: Properties;
}

/** Eight pods of the search team's model that hold a GPU each. */
export const servers = ({ kind = "apps/v1:Deployment", metadata, spec, pod }: Pods = {}): Resource =>
  resourceWith(`kubernetes:${kind}`, {
    metadata: { name: "more", namespace: "tenant-search", labels: { "llm-d.ai/model": "qwen3-32b" }, ...metadata },
    spec: {
      replicas: 8,
      template: {
        metadata: { labels: { "llm-d.ai/model": "qwen3-32b" } },
        spec: { containers: [{ resources: { limits: { "nvidia.com/gpu": "1" } } }], ...pod },
      },
      ...spec,
    },
  });
