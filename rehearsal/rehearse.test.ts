import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { rehearse } from "./rehearse";
import { silentProgress } from "./testing";
import { root } from "./workspace";

describe("bad input to a rehearsal", () => {
  const base = mkdtempSync(path.join(tmpdir(), "bad-input-"));
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  const pool = (fields: object) => ({ pools: [{ name: "gpu", ...fields }] });
  const cases: [string, object, RegExp][] = [
    ["an unknown key", pool({ acelerator: "h100-80gb" }), /pools\[\d\]\.acelerator: unknown key.*"accelerator"/s],
    ["a wrong type", { budget: { monthlyUsd: "much" } }, /budget\.monthlyUsd: .*"much".*number/s],
    ["an impossible combination", pool({ max: 3 }), /pools\[\d\]\.max: .*equal to min/s],
    ["an unknown GPU", pool({ accelerator: "h100" }), /pools\[\d\]\.accelerator: .*"h100".*h100-80gb/s],
    ["a base that is missing", { extends: "lokal" }, /no stack "lokal".*"local"/s],
  ];

  it.each(cases)("%s: one clear error before anything is made", async (_, change, message) => {
    const error = await rehearse("local", { progress: silentProgress(), base, change: { ...change } }).catch(
      (caught) => caught,
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toMatch(message);
    expect(existsSync(path.join(base, "local"))).toBe(false);
  });

  it("a stack that there is not: says which there are", async () => {
    await expect(rehearse("lokal", { progress: silentProgress(), base })).rejects.toThrow(/no stack "lokal".*local/s);
    expect(existsSync(path.join(base, "lokal"))).toBe(false);
    expect(existsSync(path.join(root, "stacks", "Pulumi.lokal.yaml"))).toBe(false);
  });
});
