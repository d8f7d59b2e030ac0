import { describe, expect, it } from "vitest";
import { silentProgress } from "../rehearsal/testing";
import { play, scenarios } from "./run";

describe("scenarios", () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s holds", async (_, scenario) => {
    const result = await play(scenario, silentProgress());
    expect(result.checks.filter((check) => !check.holds)).toEqual([]);
    expect(result.holds).toBe(true);
  });
});
