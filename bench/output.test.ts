import { describe, expect, it } from "vitest";
import type { Machine } from "./machine";
import { formatOutcomes, jsonOutcomes, type Outcome } from "./output";

const machine: Machine = {
  system: "Linux 6.1 x64",
  cores: 2,
  memoryGib: 23.54,
  node: "v20.20.2",
  loadBefore: 0.42,
  disturbed: false,
  tools: [
    { name: "pulumi", version: "v3.1.0", from: "PATH: /bin/pulumi" },
    { name: "pulumi-language-nodejs", version: "", from: "stand-in of ours" },
  ],
};

const outcome: Outcome = {
  name: "rehearsal",
  measurements: [
    {
      name: "control plane ready",
      unit: "s",
      ours: [6.04, 5.51, 9],
      bare: { is: "etcd and kube-apiserver", values: [3, 4, 3.02] },
    },
    { name: "peak memory", unit: "MiB", ours: [2048.4], bare: { is: "bare ones", values: [1024] } },
  ],
  notes: ["a note"],
};

describe("what is printed", () => {
  it("is an aligned table with medians, spreads and ratios", () => {
    expect(formatOutcomes(machine, [outcome])).toBe(
      [
        "machine  2 cores, 23.5 GiB, Linux 6.1 x64, node v20.20.2",
        "load     0.42 before the run",
        "tools    pulumi                  v3.1.0  PATH: /bin/pulumi",
        "         pulumi-language-nodejs          stand-in of ours",
        "",
        "rehearsal            ours    spread  bare    spread       ratio  bare is",
        "control plane ready   6.0  5.5..9.0   3.0  3.0..4.0  s     2.00  etcd and kube-apiserver",
        "peak memory          2048            1024            MiB   2.00  bare ones",
        "",
        "a note",
        "",
      ].join("\n"),
    );
  });

  it("has no columns that would be empty", () => {
    const alone: Outcome = { name: "toolchain", measurements: [{ name: "helm", unit: "s", ours: [61.25] }], notes: [] };
    expect(
      formatOutcomes({ ...machine, tools: [] }, [alone])
        .split("\n")
        .slice(3),
    ).toEqual(["toolchain  ours", "helm       61.3  s", ""]);
  });

  it("says when the machine was busy before", () => {
    const text = formatOutcomes({ ...machine, loadBefore: 3.5, disturbed: true }, [outcome]);
    expect(text).toContain("3.50 before the run: above 1, something else was running and the figures are disturbed");
  });

  it("as JSON has every value", () => {
    expect(JSON.parse(JSON.stringify(jsonOutcomes(machine, [outcome])))).toEqual({
      machine,
      cases: [
        {
          name: "rehearsal",
          measurements: [
            {
              name: "control plane ready",
              unit: "s",
              ours: { median: 6.04, min: 5.51, max: 9, values: [6.04, 5.51, 9] },
              bare: { is: "etcd and kube-apiserver", median: 3.02, min: 3, max: 4, values: [3, 4, 3.02] },
              ratio: 2,
            },
            {
              name: "peak memory",
              unit: "MiB",
              ours: { median: 2048.4, min: 2048.4, max: 2048.4, values: [2048.4] },
              bare: { is: "bare ones", median: 1024, min: 1024, max: 1024, values: [1024] },
              ratio: 2048.4 / 1024,
            },
          ],
          notes: ["a note"],
        },
      ],
    });
  });
});
