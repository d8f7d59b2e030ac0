import { expect, test } from "vitest";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { type Context, evaluateStack, describe as text, unknown, type Value } from "../rule";
import { monthlyBudget } from "./monthly-budget";

const budget = (monthlyUsd: number) => contextWith({ environment: environmentWith({ budget: { monthlyUsd } }) });

/** A pool whose month costs `usdPerHour` x 730 for each of its nodes. */
const pool = (name: string, max: number, usdPerHour: number | undefined) =>
  resourceWith("ai-platform:cluster:NodePool", {
    region: "local",
    pool: {
      name,
      accelerator: "l4-24gb",
      perNode: 1,
      min: max,
      max,
      machine: { cpus: 4, memoryGib: 16 },
      ...(usdPerHour && { price: { usdPerGpuHour: usdPerHour, source: "contract", date: "2026-01-01" } }),
    },
  });

const run = (context: Context, ...pools: ReturnType<typeof pool>[]) => evaluateStack(monthlyBudget, pools, context);

test("says what it is", () => {
  expect(monthlyBudget).toMatchObject({ id: "cost-monthly-budget", concern: "cost", severity: "high", frameworks: [] });
  expect(monthlyBudget.title).toBe("A month of everything at its maximum stays within the budget");
});

test("up to the last dollar of the budget, and without anything that costs, all is well", () => {
  expect(run(budget(1460), pool("a", 2, 1))).toEqual([]);
  expect(run(budget(1), resourceWith("kubernetes:core/v1:Pod", {}) as ReturnType<typeof pool>)).toEqual([]);
});

test("above it the message gives total, budget, excess and what costs most", () => {
  const findings = run(budget(10_000), pool("a", 1, 1), pool("b", 2, 10), pool("c", 1, 3), pool("d", 1, 2));
  expect(findings.map(text)).toEqual([
    '[cost-monthly-budget] stack test: budget.monthlyUsd is "USD 10,000", and everything costs USD 18,980 a month, ' +
      "USD 8,980 too much; most of it: b USD 14,600 (2 nodes), c USD 2,190 (1 node), d USD 1,460 (1 node). " +
      "Remedy: lower max of a pool, choose another machine, or have the owner of budget.monthlyUsd raise it.",
  ]);
});

test("what is no pool counts too", () => {
  const gateway = resourceWith("aws:ec2/natGateway:NatGateway", { region: "eu-central-1" }, { name: "nat-a" });
  expect(run(budget(38), gateway)).toEqual([]);
  expect(text(run(budget(37), gateway)[0]!)).toContain(
    "costs USD 38 a month, USD 1 too much; most of it: nat-a USD 38",
  );
});

test("what has no price is said, never counted as nothing; the rules of prices refuse it", () => {
  const [within] = run(budget(10_000), pool("a", 1, 1), pool("b", 1, undefined));
  expect(within).toMatchObject({ kind: "unverified" });
  expect(text(within!)).toContain("costs at least USD 730 a month; not counted, for want of a price: b (no price");
  const [above] = run(budget(1), pool("a", 1, 1), pool("b", 1, undefined));
  expect(above).toMatchObject({ kind: "violation" });
  expect(text(above!)).toContain("too much; most of it: a USD 730 (1 node); not counted, for want of a price: b (");
  const many = ["b", "c", "d", "e", "f"].map((name) => pool(name, 1, undefined));
  expect(text(run(budget(10_000), ...many)[0]!)).toMatch(/: b \(.*\), c \(.*\), d \(.*\), and 2 more\./);
});

test("a pool that registers no output is refused", () => {
  const bare = resourceWith("ai-platform:cluster:NodePool", {}) as ReturnType<typeof pool>;
  expect(run(budget(10_000), bare)).toMatchObject([{ kind: "violation", name: "thing", field: "pool" }]);
});

test("what is not known yet is deferred to up, and refused there", () => {
  const late = resourceWith("ai-platform:cluster:NodePool", { pool: { name: "a", max: unknown } as Value });
  expect(evaluateStack(monthlyBudget, [late], budget(1))).toMatchObject([{ kind: "deferred", field: "pool" }]);
  expect(evaluateStack(monthlyBudget, [late], { ...budget(1), preview: false })).toMatchObject([{ kind: "violation" }]);
  const disk = resourceWith("aws:ebs/volume:Volume", { region: "eu-central-1", type: "gp3", size: unknown });
  expect(evaluateStack(monthlyBudget, [disk], budget(1))).toMatchObject([{ kind: "deferred", field: "size" }]);
});
