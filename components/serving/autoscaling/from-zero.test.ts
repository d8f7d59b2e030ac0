import { describe, expect, it } from "vitest";
import { waitingRoom } from "./from-zero";
import { loadSeconds } from "./load-time";

describe("a picker's waiting room", () => {
  it("is open for longer than the model takes to load", () => {
    const load = { weightsGib: 15, source: "s3", nodes: 1, cached: false } as const;
    const { featureGates, flowControl } = waitingRoom(load);
    expect(featureGates).toEqual(["flowControl"]);
    expect(flowControl.defaultRequestTTL).toMatch(/^\d+s$/);
    expect(Number.parseInt(flowControl.defaultRequestTTL, 10)).toBeGreaterThan(loadSeconds(load) + 60);
  });
});
