import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import { type Context, evaluateStack, type Resource, describe as text, unknown, type Value } from "../rule";
import { spot } from "./spot";
import {
  capacityType,
  contextOfStack,
  gkePool,
  karpenterPool,
  nodeGroup,
  oneOf,
  poolWith,
  requirements,
  servers,
} from "./testing";

const dev = contextOfStack("dev-aws");
const prod = contextOfStack("prod-aws");
const google = contextOfStack("dev-gcp");

const run = (context: Context, ...resources: readonly Resource[]) => evaluateStack(spot, resources, context);

test("says what it is", () => {
  expect(spot).toMatchObject({ id: "cost-spot", concern: "cost", severity: "medium", frameworks: [] });
});

test.each(["dev-aws", "dev-gcp", "prod-aws", "prod-gcp", "local"])(
  "what the blueprint makes of %s is let through",
  async (stack) => {
    const context = contextOfStack(stack);
    expect(run(context, ...(await planOf(context.environment)))).toEqual([]);
  },
);

const bought = (capacity: string) => {
  const pools = dev.environment.pools.map((pool) => ({ ...pool, capacity }));
  return { ...dev, environment: { ...dev.environment, pools } } as Context;
};

test("outside production GPUs are spot or reserved", () => {
  const [finding] = run(dev, ...poolWith(bought("on-demand"), "gpu"));
  expect(text(finding!)).toContain(
    'pool.capacity is "on-demand", at the full price, and the environment is development: GPUs are spot or reserved there.',
  );
  expect(run(dev, ...poolWith(bought("reserved"), "gpu"))).toEqual([]);
  expect(run(dev, ...poolWith(bought("on-demand"), "system"))).toEqual([]);
  expect(run(prod, ...poolWith(bought("on-demand"), "gpu"))).toEqual([]);
  // Nobody here buys the nodes of a cluster that was there before.
  expect(run(contextOfStack("local"), ...poolWith(bought("on-demand"), "gpu"))).toEqual([]);
});

const karpenter = (...values: readonly Value[]) => karpenterPool(requirements(oneOf(capacityType, ...values)));

test("what makes nodes buys them as their pool says", () => {
  expect(run(dev, ...poolWith(dev, "gpu", karpenter("spot")))).toEqual([]);
  expect(run(dev, ...poolWith(dev, "gpu", karpenter("spot", "on-demand")))).toHaveLength(1);
  expect(run(dev, ...poolWith(dev, "gpu", karpenter("on-demand")))).toHaveLength(1);
  expect(run(dev, ...poolWith(dev, "gpu", nodeGroup()))).toHaveLength(1);
  expect(run(dev, ...poolWith(dev, "gpu", nodeGroup({ capacityType: "SPOT" })))).toEqual([]);
  expect(run(dev, nodeGroup())).toHaveLength(1);
  expect(run(dev, nodeGroup({ instanceTypes: ["m7i.4xlarge"] }))).toEqual([]);
  expect(run(google, ...poolWith(google, "gpu", gkePool({ nodeConfig: { spot: true } })))).toEqual([]);
  expect(run(google, ...poolWith(google, "gpu", gkePool({})))).toMatchObject([{ field: "nodeConfig.spot" }]);
});

test("in production only a pool that says so has spot machines", () => {
  expect(run(prod, ...poolWith(prod, "h100", nodeGroup()))).toEqual([]);
  expect(text(run(prod, ...poolWith(prod, "h100", nodeGroup({ capacityType: "SPOT" })))[0]!)).toContain(
    "capacityType makes the node group one of spot machines, and pool h100 is reserved, which says that",
  );
  expect(run(prod, ...poolWith(prod, "burst", karpenter("spot")))).toEqual([]);
  expect(run(prod, nodeGroup({ capacityType: "SPOT" }))).toHaveLength(1);
});

test("and only models that state it tolerate such nodes", () => {
  const tolerating = (...tolerations: readonly Value[]) => servers({ pod: { tolerations } });
  expect(run(prod, tolerating({ key: "nvidia.com/gpu", operator: "Exists" }))).toEqual([]);
  const [finding] = run(prod, tolerating({ key: "ai-platform/spot", operator: "Exists" }));
  expect(text(finding!)).toContain(
    'spec.tolerations is "ai-platform/spot", so that nodes which may go at any time serve model qwen3-32b',
  );
  expect(run(prod, tolerating({ operator: "Exists" }))).toHaveLength(1);
  expect(run(dev, tolerating({ operator: "Exists" }))).toEqual([]);
  const batch = { name: "batch", namespace: "tenant-platform", labels: { "llm-d.ai/model": "qwen3-32b-batch" } };
  expect(run(prod, servers({ metadata: batch, pod: { tolerations: [{ operator: "Exists" }] } }))).toEqual([]);
});

test.each<[string, Context, readonly Resource[]]>([
  ["a capacity type", dev, poolWith(dev, "gpu", nodeGroup({ capacityType: unknown }))],
  ["requirements", dev, poolWith(dev, "gpu", karpenter(unknown))],
  ["tolerations", prod, [servers({ pod: { tolerations: unknown } })]],
  ["a pool", dev, [resourceWith("ai-platform:cluster:NodePool", { pool: unknown })]],
  [
    "the namespace of a model that may",
    prod,
    [
      servers({
        metadata: { name: "batch", namespace: unknown, labels: { "llm-d.ai/model": "qwen3-32b-batch" } },
        pod: { tolerations: [{ operator: "Exists" }] },
      }),
    ],
  ],
])("%s not known yet is deferred to up, and refused there", (_name, context, resources) => {
  expect(run(context, ...resources)).toMatchObject([{ kind: "deferred" }]);
  expect(run({ ...context, preview: false }, ...resources)).toMatchObject([{ kind: "violation" }]);
});
