import { describe, expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import { type Context, evaluateStack, type Resource, describe as text, unknown } from "../rule";
import { modelBudget } from "./model-budget";
import { tenantBudget } from "./tenant-budget";
import { contextOfStack, servers } from "./testing";

const change = (tenant?: number, model?: number) => ({
  ...(tenant && { tenants: [{ name: "search", budget: { monthlyUsd: tenant } }] }),
  ...(model && { models: [{ name: "qwen3-32b", budget: { monthlyUsd: model } }] }),
});

const ofTenant = (usd: number) => contextOfStack("local", change(usd));
const ofModel = (usd: number) => contextOfStack("local", change(undefined, usd));

const tenants = (context: Context, ...resources: readonly Resource[]) =>
  evaluateStack(tenantBudget, resources, context);
const models = (context: Context, ...resources: readonly Resource[]) => evaluateStack(modelBudget, resources, context);

/** Two prefill servers of one GPU and one decode server of two. */
const ofFour = (context: Context) => {
  const price = context.prices["aws/eu-north-1/p5.48xlarge"]!.usdPerHour / 8;
  return 4 * price * 730;
};

test("say what they are", () => {
  expect(tenantBudget).toMatchObject({ id: "cost-tenant-budget", concern: "cost", frameworks: [] });
  expect(modelBudget).toMatchObject({ id: "cost-model-budget", concern: "cost", frameworks: [] });
});

describe("what the blueprint makes", () => {
  test("costs what its GPUs cost, up to the last dollar", async () => {
    const exact = ofFour(ofTenant(1));
    const context = contextOfStack("local", change(exact, exact));
    const resources = await planOf(context.environment);
    expect(tenants(context, ...resources)).toEqual([]);
    expect(models(context, ...resources)).toEqual([]);
  });

  test("and is refused above that, with budget, cost and excess", () => {
    const exact = Math.ceil(ofFour(ofTenant(1))).toLocaleString("en-US");
    const [finding] = tenants(ofTenant(1000));
    expect(text(finding!)).toContain(
      `[cost-tenant-budget] stack local: tenants.search.budget.monthlyUsd is "USD 1,000", and the GPUs of tenant search cost USD ${exact} a month at their most`,
    );
    expect(text(models(ofModel(1000))[0]!)).toContain('models.qwen3-32b.budget.monthlyUsd is "USD 1,000"');
  });

  test("is of a team as well, beside the platform's models of its tenant", () => {
    const budget = (monthlyUsd: number) =>
      contextOfStack("prod-aws-team-search", { tenants: [{ name: "search", budget: { monthlyUsd } }] });
    const price = (budget(1).prices["aws/eu-north-1/p5.48xlarge"]!.usdPerHour / 8) * 730;
    // Four GPUs of the platform's model, three of the team's.
    expect(tenants(budget(7 * price + 1))).toEqual([]);
    expect(tenants(budget(7 * price - 1))).toMatchObject([{ kind: "violation" }]);
  });

  test("of slices costs the part of a GPU that each is", () => {
    const context = (monthlyUsd: number) =>
      contextOfStack("onprem-team-assistants", { tenants: [{ name: "assistants", budget: { monthlyUsd } }] });
    const gpu = (context(1).prices["aws/eu-north-1/p5.48xlarge"]!.usdPerHour / 8) * 730;
    const [finding] = tenants(context(1));
    expect(finding).toMatchObject({ kind: "violation" });
    // Forty servers on eight GPUs: less than those cost, and more than half of it.
    expect(tenants(context(8 * gpu))).toEqual([]);
    expect(tenants(context(2 * gpu))).toMatchObject([{ kind: "violation" }]);
  });
});

describe("what a program makes beside it", () => {
  test("counts for the tenant, and for the model that it names", () => {
    const four = ofFour(ofTenant(1));
    expect(tenants(ofTenant(four), servers())).toMatchObject([{ kind: "violation" }]);
    expect(models(ofModel(four), servers())).toMatchObject([{ kind: "violation" }]);
    expect(tenants(ofTenant(3 * four), servers())).toEqual([]);
    const others = servers({ metadata: { namespace: "tenant-platform" } });
    expect(tenants(ofTenant(four), others)).toEqual([]);
    const without = servers({ pod: { containers: [{}] } });
    expect(tenants(ofTenant(four), without)).toEqual([]);
  });

  test("replaces what is stated of the same servers where it is more", () => {
    const four = ofFour(ofTenant(1));
    const prefill = (replicas: number) => servers({ metadata: { name: "qwen3-32b-prefill" }, spec: { replicas } });
    expect(tenants(ofTenant(four), prefill(2))).toEqual([]);
    expect(tenants(ofTenant(four), prefill(1))).toEqual([]);
    expect(tenants(ofTenant(four), prefill(3))).toMatchObject([{ kind: "violation" }]);
  });

  test("has replicas that somebody bounds", () => {
    const scaled = (maxReplicaCount?: number) =>
      resourceWith("kubernetes:keda.sh/v1alpha1:ScaledObject", {
        metadata: { name: "more", namespace: "tenant-search" },
        spec: { scaleTargetRef: { name: "more" }, ...(maxReplicaCount && { maxReplicaCount }) },
      });
    const one = servers({ spec: { replicas: 1 } });
    const context = ofTenant(2 * ofFour(ofTenant(1)));
    expect(tenants(context, one, scaled(4))).toEqual([]);
    expect(tenants(context, one, scaled(5))).toMatchObject([
      { kind: "violation", field: "tenants.search.budget.monthlyUsd" },
    ]);
    const [endless] = tenants(context, one, scaled());
    expect(text(endless!)).toContain("spec.replicas has replicas that nothing bounds, so that no budget can hold.");
  });
});

test("without a price nobody can tell, and without a budget nobody asks", () => {
  const context = contextOfStack("local", { ...change(10), pools: [{ name: "gpu", price: null }] });
  const [finding] = tenants(context);
  expect(finding).toMatchObject({ kind: "violation" });
  expect(text(finding!)).toContain(
    "cost at least USD 0 a month; not counted, for want of a price: gpu (no price is stated)",
  );
  expect(tenants(contextOfStack("local"), servers())).toEqual([]);
  expect(models(contextOfStack("local"), servers())).toEqual([]);
});

test.each([
  ["replicas", servers({ spec: { replicas: unknown } })],
  ["GPUs", servers({ pod: { containers: [{ resources: { limits: { "nvidia.com/gpu": unknown } } }] } })],
  ["a namespace", servers({ metadata: { namespace: unknown } })],
])("%s not known yet is deferred to up, and refused there", (_name, resource) => {
  const context = ofTenant(1_000_000);
  expect(tenants(context, resource)).toMatchObject([{ kind: "deferred" }]);
  expect(tenants({ ...context, preview: false }, resource)).toMatchObject([{ kind: "violation" }]);
});
