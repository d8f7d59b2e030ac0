import { describe, expect, it } from "vitest";
import { trace } from "./trace";

const options = { seed: 1, applications: 5, conversations: 80, seconds: 10 };

describe("a trace of conversations", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(trace(options)).toEqual(trace(options));
    const systems = (seed: number) => new Set(trace({ ...options, seed }).map(({ system }) => system));
    expect([...systems(1)].some((system) => systems(2).has(system))).toBe(false);
  });

  it("shares system prompts unevenly, and has several turns that begin in time", () => {
    const conversations = trace(options);
    const count = new Map<string, number>();
    for (const { system } of conversations) count.set(system, (count.get(system) ?? 0) + 1);
    const [most, ...rest] = [...count.values()].sort((a, b) => b - a);
    expect(count.size).toBe(5);
    expect(most).toBeGreaterThan(2 * rest.at(-1)!);
    for (const { system, turns } of conversations) {
      expect(system.length).toBeGreaterThanOrEqual(8000);
      expect(turns.length).toBeGreaterThanOrEqual(2);
      expect(turns.length).toBeLessThanOrEqual(6);
      expect(turns[0]!.after).toBeLessThan(10);
    }
  });
});
