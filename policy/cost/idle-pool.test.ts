import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import { type Context, evaluateStack, type Resource, describe as text, unknown } from "../rule";
import { idlePool } from "./idle-pool";
import { contextOfStack, karpenterPool, nodeGroup, poolWith, withoutQuota } from "./testing";

const prod = contextOfStack("prod-aws");

const run = (context: Context, ...resources: readonly Resource[]) => evaluateStack(idlePool, resources, context);

/** The same environment with so much quota for each tenant. */
const quotas = (platform: number, search: number) =>
  contextOfStack("prod-aws", {
    tenants: [
      { name: "platform", gpus: { quota: platform } },
      { name: "search", gpus: { quota: search } },
    ],
  });

test("says what it is", () => {
  expect(idlePool).toMatchObject({ id: "cost-idle-pool", concern: "cost", severity: "medium", frameworks: [] });
});

test.each(["local", "prod-aws", "sovereign-aws-eu"])("what the blueprint makes of %s is let through", async (stack) => {
  const context = contextOfStack(stack);
  expect(run(context, ...(await planOf(context.environment)))).toEqual([]);
});

test("a pool that no model names is idle once the models hold all quota", () => {
  // The platform's batch model holds four GPUs, the search team's four.
  expect(run(quotas(4, 5), ...poolWith(prod, "slices"))).toEqual([]);
  expect(run(quotas(5, 4), ...poolWith(prod, "slices"))).toEqual([]);
  expect(run(quotas(4, 4), ...poolWith(prod, "slices")).map(text)).toEqual([
    '[cost-idle-pool] slices (ai-platform:cluster:NodePool): pool.min is "1 node", with 8 GPUs that always run; no model of ' +
      "the stack names the pool, and no tenant has quota left for a team's. Remedy: serve a model there, give a tenant quota " +
      "for it, let the pool scale from 0, or take it out.",
  ]);
});

test("a pool that a model names, that has no GPUs, or whose nodes come when they are needed, is not idle", () => {
  const full = withoutQuota(prod);
  expect(run(full, ...poolWith(prod, "h100"))).toEqual([]);
  expect(run(full, ...poolWith(prod, "system"))).toEqual([]);
  const unnamed = { ...full, environment: { ...full.environment, models: [] } };
  expect(run(unnamed, ...poolWith(prod, "burst"))).toEqual([]);
  expect(run(unnamed, ...poolWith(prod, "burst", karpenterPool({ limits: { nodes: "2" } })))).toEqual([]);
  expect(run(unnamed, ...poolWith(prod, "h100"))).toHaveLength(1);
});

test("a pool onto which a model may overflow is not idle", () => {
  const full = withoutQuota(prod);
  const models = full.environment.models.map((model) => ({ ...model, variants: [{ pool: "slices" }] }));
  expect(run({ ...full, environment: { ...full.environment, models } }, ...poolWith(prod, "slices"))).toEqual([]);
});

test("nodes that run below a pool count, whatever it says", () => {
  const full = withoutQuota(prod);
  const unnamed = { ...full, environment: { ...full.environment, models: [] } };
  expect(run(unnamed, ...poolWith(prod, "burst", nodeGroup()))).toMatchObject([{ value: "1 node" }]);
});

test("a pool that is not known yet is deferred to up, and refused there", () => {
  const late = resourceWith("ai-platform:cluster:NodePool", { pool: unknown });
  expect(run(prod, late)).toMatchObject([{ kind: "deferred", field: "pool" }]);
  expect(run({ ...prod, preview: false }, late)).toMatchObject([{ kind: "violation" }]);
});
