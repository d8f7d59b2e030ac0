import { describe, expect, it } from "vitest";
import { memoryMeasurements } from "../catalog/memory-measurements";
import type { Machine } from "./machine";
import { formatOutcomes, jsonOutcomes } from "./output";
import { gpuComparison, memoryComparison } from "./sizing";

const machine: Machine = {
  ...{ system: "Linux", cores: 2, memoryGib: 8, node: "v20" },
  ...{ loadBefore: 0.1, disturbed: false, tools: [] },
};
const asked = {
  model: "qwen3-32b",
  accelerator: "h100-80gb",
  objective: { ttftMs: 1500, tpotMs: 40, requestsPerSecond: 20, inputTokens: 5000, outputTokens: 500 },
} as const;

describe("the comparison of memory", () => {
  it("has ours, what was measured, the ratio and the source of each", () => {
    const { columns, rows, figures } = memoryComparison();
    expect(rows).toHaveLength(memoryMeasurements.length);
    const titles = columns.map(({ title }) => title);
    for (const row of rows) {
      const cell = (title: string) => row[titles.indexOf(title)];
      expect(cell("fits")).toBe(cell("measured"));
      expect(cell("source")).toMatch(/\S/);
      expect(row).toHaveLength(titles.length);
    }
    const ratios = figures.flatMap((figure) => (figure as { cacheGib: { ratio?: number } }).cacheGib.ratio ?? []);
    expect(ratios.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...ratios)).toBeLessThan(1.3);
    expect(Math.min(...ratios)).toBeGreaterThan(0.95);
  });
});

describe("the comparison of GPUs", () => {
  it("gives a ratio to each figure of the other tool, and none where there is none", () => {
    const { rows } = gpuComparison([
      { ...asked, ours: 25, theirs: 28, ratio: 25 / 28, byKernels: 25, ratioByKernels: 1, by: "a tool" },
      { ...asked, ours: 25 },
    ]);
    expect(rows[0]).toEqual([
      "qwen3-32b on h100-80gb",
      "20",
      "5000 + 500",
      "1500",
      "40",
      "25",
      "28",
      "0.89",
      "25",
      "1.00",
      "a tool",
      "",
    ]);
    expect(rows[1]?.slice(5)).toEqual(["25", "", "", "", "", "", ""]);
  });
});

describe("comparisons", () => {
  const outcome = {
    name: "sizing",
    measurements: [],
    comparisons: [gpuComparison([{ ...asked, ours: 25 }])],
    notes: ["a note"],
  };

  it("are printed as tables, without one of measurements that there are none of", () => {
    const lines = formatOutcomes(machine, [outcome]).split("\n");
    expect(lines.slice(2)).toEqual([
      "",
      "GPUs for an objective   req/s      tokens  TTFT ms  TPOT ms  ours",
      "qwen3-32b on h100-80gb     20  5000 + 500     1500       40    25",
      "",
      "a note",
      "",
    ]);
  });

  it("are figures as JSON", () => {
    expect(jsonOutcomes(machine, [outcome]).cases[0]).toMatchObject({
      comparisons: [[{ ours: 25 }]],
      notes: ["a note"],
    });
  });
});
