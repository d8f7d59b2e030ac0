import { expect, test } from "vitest";
import { contextWith, environmentWith } from "../fixtures";
import { evaluateStack, describe as text } from "../rule";
import { expiry } from "./expiry";

/** On 2026-11-21. */
const run = (tier: string, expires?: string) => {
  const environment = { ...environmentWith(), tier, expires } as ReturnType<typeof environmentWith>;
  return evaluateStack(expiry, [], contextWith({ environment }));
};

test("says what it is", () => {
  expect(expiry).toMatchObject({ id: "cost-expiry", concern: "cost", severity: "medium", frameworks: [] });
});

test.each([
  ["development", undefined],
  ["production", undefined],
  ["development", "2026-11-21"],
  ["production", "2030-01-01"],
  ["ephemeral", "2026-11-21"],
  ["ephemeral", "2026-12-21"],
])("of %s, until %s, all is well", (tier, expires) => {
  expect(run(tier, expires)).toEqual([]);
});

test("a day that is past is refused, of whatever tier", () => {
  expect(run("production", "2026-11-20").map(text)).toEqual([
    '[cost-expiry] stack test: expires is "2026-11-20", which is past: today is 2026-11-21. Remedy: take the environment ' +
      "down, or have its owner state a later day in expires.",
  ]);
  expect(run("ephemeral", "2025-12-31")).toHaveLength(1);
});

test("an ephemeral environment states a day, and a near one", () => {
  expect(text(run("ephemeral")[0]!)).toContain("expires is not stated, and the environment is ephemeral.");
  expect(text(run("ephemeral", "2026-12-22")[0]!)).toContain(
    "which is 31 days ahead, and an ephemeral environment lives at most 30",
  );
  expect(run("ephemeral", "soon")).toMatchObject([{ kind: "violation" }]);
});
