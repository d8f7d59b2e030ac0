import { describe, expect, test } from "vitest";
import { budget, share } from "./budget";

describe("a budget", () => {
  test("is an amount of money at least, and may bound hours, hardware and one change", () => {
    expect(budget.parse({ monthlyUsd: 1000 })).toEqual({ monthlyUsd: 1000 });
    const whole = {
      monthlyUsd: 1000,
      costCentre: "cc-4711",
      monthlyIncreaseUsd: 0,
      gpuHours: 5840,
      accelerators: ["h100-80gb"],
      machines: ["p5.48xlarge"],
    };
    expect(budget.parse(whole)).toEqual(whole);
  });

  test.each([
    ["no money", { monthlyUsd: 0 }],
    ["a negative increase", { monthlyUsd: 1, monthlyIncreaseUsd: -1 }],
    ["no hours", { monthlyUsd: 1, gpuHours: 0 }],
    ["an empty list, which would allow nothing", { monthlyUsd: 1, machines: [] }],
    ["a cost centre that Google takes for no label", { monthlyUsd: 1, costCentre: "CC 4711" }],
    ["an accelerator that the catalog does not know", { monthlyUsd: 1, accelerators: ["h100"] }],
    ["a misspelt key", { monthlyUsd: 1, gpuhours: 1 }],
  ])("refuses %s", (_name, value) => {
    expect(budget.safeParse(value).success).toBe(false);
  });
});

test("a share is an amount of money", () => {
  expect(share.parse({ monthlyUsd: 10 })).toEqual({ monthlyUsd: 10 });
  expect(share.safeParse({ monthlyUsd: -1 }).success).toBe(false);
  expect(share.safeParse({}).success).toBe(false);
});
