import { expect, test } from "vitest";
import { allocationLabels, allocationOf, allocationTags } from "./allocation";

const environment = { stack: "Prod.EU", tier: "production", budget: { monthlyUsd: 1, costCentre: "cc-4711" } } as const;

test("tags and labels say the same, each as its cloud spells it", () => {
  expect(allocationTags(allocationOf(environment))).toEqual({
    "ai-platform/stack": "Prod.EU",
    "ai-platform/tier": "production",
    "ai-platform/cost-centre": "cc-4711",
  });
  expect(allocationLabels(allocationOf(environment))).toEqual({
    "ai-platform-stack": "prod-eu",
    "ai-platform-tier": "production",
    "ai-platform-cost-centre": "cc-4711",
  });
});

test("who pays is left out where nobody is named", () => {
  const { costCentre: _costCentre, ...budget } = environment.budget;
  expect(Object.keys(allocationTags(allocationOf({ ...environment, budget })))).toEqual([
    "ai-platform/stack",
    "ai-platform/tier",
  ]);
});
