import { expect, test } from "vitest";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { type Context, evaluateStack, describe as text, unknown, type Value } from "../rule";
import { monthlyIncrease } from "./monthly-increase";

/** A pool whose month costs 7,300 USD. */
const pool = (over: { [key: string]: Value } = {}) =>
  resourceWith("ai-platform:cluster:NodePool", {
    region: "local",
    pool: {
      name: "gpu",
      accelerator: "l4-24gb",
      perNode: 1,
      min: 1,
      max: 10,
      machine: { cpus: 4, memoryGib: 16 },
      price: { usdPerGpuHour: 1, source: "contract", date: "2026-01-01" },
      ...over,
    },
  });

const run = (before: number | undefined, limit: number | undefined, resource = pool(), over: Partial<Context> = {}) =>
  evaluateStack(
    monthlyIncrease,
    [resource],
    contextWith({
      environment: environmentWith({
        budget: { monthlyUsd: 10_000, ...(limit !== undefined && { monthlyIncreaseUsd: limit }) },
      }),
      ...(before !== undefined && { monthlyUsdBefore: before }),
      ...over,
    }),
  );

test("says what it is", () => {
  expect(monthlyIncrease).toMatchObject({ id: "cost-monthly-increase", concern: "cost", frameworks: [] });
});

test("nothing is judged without a limit, or without what the month cost before", () => {
  expect(run(undefined, 100)).toEqual([]);
  expect(run(0, undefined)).toEqual([]);
});

test("up to the last dollar, and for what becomes cheaper, all is well", () => {
  expect(run(7200, 100)).toEqual([]);
  expect(run(50_000, 0)).toEqual([]);
});

test("above it the message gives both months and the difference", () => {
  expect(run(7000, 100).map(text)).toEqual([
    '[cost-monthly-increase] stack test: budget.monthlyIncreaseUsd is "USD 100", and the month comes to USD 7,300 instead ' +
      "of USD 7,000, USD 300 more. Remedy: make the change smaller, or have the owner of budget.monthlyIncreaseUsd raise it.",
  ]);
});

test("a figure of before that is no amount is refused", () => {
  expect(run(Number.NaN, 100)).toMatchObject([{ kind: "violation" }]);
  expect(run(-1, 100)).toMatchObject([{ kind: "violation" }]);
});

test("what has no price is said, and what is not known yet is deferred to up", () => {
  expect(run(7000, 100, pool({ price: undefined }))).toMatchObject([{ kind: "unverified" }]);
  expect(run(7000, 100, pool({ max: unknown }))).toMatchObject([{ kind: "deferred" }]);
  expect(run(7000, 100, pool({ max: unknown }), { preview: false })).toMatchObject([{ kind: "violation" }]);
});
