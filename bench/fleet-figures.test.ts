import { describe, expect, it } from "vitest";
import { comparisonOf, type FleetFigures, ownSlices } from "./fleet-figures";

const label = "model";

const claim = (name: string, ...devices: string[]) => ({
  apiVersion: "resource.k8s.io/v1",
  kind: "ResourceClaim",
  metadata: { namespace: "team", name },
  status: { allocation: { devices: { results: devices.map((device) => ({ pool: "node-0", device })) } } },
});

const pod = (model: string, phase: string, ...claims: string[]) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "team", name: model, labels: { [label]: model } },
  status: { phase, resourceClaimStatuses: claims.map((resourceClaimName) => ({ name: "gpus", resourceClaimName })) },
});

const slice = (start: number) => `gpu-0-mig-1g10gb-19-${start}`;

describe("models on slices of their own", () => {
  const claims = [claim("a", slice(0)), claim("b", slice(1)), claim("whole", "gpu-1"), claim("none")];

  it("are those with a running pod that was given one", () => {
    expect(ownSlices(["a", "b"], label, [pod("a", "Running", "a"), pod("b", "Running", "b")], claims)).toBe(2);
  });

  it.each([
    ["a pod that waits", pod("b", "Pending", "b")],
    ["a whole GPU", pod("b", "Running", "whole")],
    ["a claim that was given nothing", pod("b", "Running", "none")],
    ["no claim", pod("b", "Running")],
    [
      "a claim of another namespace",
      { ...pod("b", "Running", "b"), metadata: { ...pod("b", "").metadata, namespace: "x" } },
    ],
  ])("not %s", (_, other) => {
    expect(ownSlices(["a", "b"], label, [pod("a", "Running", "a"), other], claims)).toBe(1);
  });

  it("neither of two whose pods hold the same slice", () => {
    expect(ownSlices(["a", "b"], label, [pod("a", "Running", "a"), pod("b", "Running", "a")], claims)).toBe(0);
  });

  it("one model with two pods counts once, and one that nobody asked about not at all", () => {
    const pods = [pod("a", "Running", "a"), pod("a", "Running", "b")];
    expect(ownSlices(["a"], label, pods, claims)).toBe(1);
    expect(ownSlices(["c"], label, pods, claims)).toBe(0);
  });
});

describe("the comparison of fleets", () => {
  const fleet = (models: number, seconds: number, program: number): FleetFigures => ({
    models,
    resources: models * 7,
    seconds: { update: seconds },
    peak: { mib: 2000, parts: [{ name: "run/index.js", mib: program }] },
  });

  it("divides by the models, and by what a model of the smallest fleet takes", () => {
    const { figures, rows } = comparisonOf([[fleet(100, 50, 400), fleet(1000, 600, 2000)]]);
    expect(figures).toContainEqual({ what: "update", models: 1000, unit: "s", total: 600, perModel: 0.6, ratio: 1.2 });
    expect(figures).toContainEqual(
      expect.objectContaining({ what: "of it, the program", models: 1000, perModel: 2, ratio: 0.5 }),
    );
    expect(rows).toContainEqual(["update", "100", "50.0", "s", "500", "ms", "1.00"]);
    expect(rows).toContainEqual(["", "1000", "600", "s", "600", "ms", "1.20"]);
  });

  it("takes the median of several rounds", () => {
    const rounds = [40, 90, 50].map((seconds) => [fleet(100, seconds, 400)]);
    expect(comparisonOf(rounds).figures).toContainEqual(
      expect.objectContaining({ what: "update", models: 100, total: 50 }),
    );
  });
});
