import { describe, expect, it } from "vitest";
import { cooldownSeconds, type Load, loadSeconds } from "./load-time";

const load = (change: Partial<Load> = {}): Load => ({
  weightsGib: 61,
  source: "huggingFace",
  nodes: 1,
  cached: false,
  ...change,
});

describe("load time", () => {
  it("comes out as in the measurement that it is from", () => {
    // 61 s to fetch, 33 s to read, 200 s to start, for 16 GB.
    expect(loadSeconds(load({ weightsGib: 16e9 / 2 ** 30 }))).toBeCloseTo(294, -1);
  });

  it("follows the weights, and where they come from", () => {
    expect(loadSeconds(load({ weightsGib: 625 }))).toBeGreaterThan(5 * loadSeconds(load()));
    expect(loadSeconds(load({ source: "s3" }))).toBeLessThan(loadSeconds(load()));
    expect(loadSeconds(load({ source: "pvc" }))).toBe(loadSeconds(load({ cached: true })));
    expect(loadSeconds(load({ nodes: 2 }))).toBeLessThan(loadSeconds(load()));
  });

  it("is the cooldown, which is five minutes at least and what is stated if it is", () => {
    expect(cooldownSeconds(load(), undefined)).toBe(loadSeconds(load()));
    expect(cooldownSeconds(load({ weightsGib: 1 }), undefined)).toBe(300);
    expect(cooldownSeconds(load(), 60)).toBe(60);
  });
});
