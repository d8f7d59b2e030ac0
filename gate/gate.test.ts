import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ownCheckout } from "../rehearsal/checkout";
import type { PreviewOptions } from "../rehearsal/preview";
import { silentProgress } from "../rehearsal/testing";
import { gate, type Tools } from "./gate";
import { bill, finding, resource, result } from "./testing";

describe("the gate", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, "stacks"));
  writeFileSync(path.join(folder, "stacks", "Pulumi.local.yaml"), "");

  const commit = "0123456789abcdef0123456789abcdef01234567";
  const baseCheckout = { ...ownCheckout, root: folder };

  /** Tools whose previews are made up; `seen` collects what each preview was asked. */
  function toolsWith(over: Partial<Tools> = {}, seen: PreviewOptions[] = []): Tools {
    return {
      checkout: ownCheckout,
      preview: async (_, options) => {
        seen.push(options);
        return result({ resources: options.checkout === baseCheckout ? [] : [resource("new")] });
      },
      price: ({ resources }) => bill(resources.length === 0 ? 100 : 175),
      baseCommit: async (ref) => ({ ref, commit }),
      atCommit: (_, __, act) => act(folder),
      checkoutIn: async () => baseCheckout,
      ...over,
    };
  }
  const options = { progress: silentProgress() };
  const withBase = { ...options, base: "main" };
  const violating: Tools["preview"] = async (_, { variables }) => {
    const { title: _title, severity: _severity, ...found } = finding();
    if (variables?.AI_PLATFORM_POLICY_RECORD !== undefined) {
      const line = { rule: found.rule, resources: [found], findings: [found] };
      appendFileSync(variables.AI_PLATFORM_POLICY_RECORD, `${JSON.stringify(line)}\n`);
    }
    return result({ ok: false });
  };

  it("passes what nothing refuses", async () => {
    const report = await gate("local", options, toolsWith());
    expect(report).toMatchObject({ stack: "local", verdict: "passed", errors: [], cost: { afterUsd: 175 } });
    expect(report).not.toHaveProperty("base");
  });

  it("refuses for a violation, and counts what was judged", async () => {
    const report = await gate("local", options, toolsWith({ preview: violating }));
    expect(report).toMatchObject({
      verdict: "refused",
      judged: { rules: 1, resources: 1 },
      findings: { violations: [{ rule: "sovereignty-region", name: "gpu" }] },
    });
  });

  it("fails, rather than refuses, where the engine did not get through, and prices no half of a stack", async () => {
    const broken: Tools["preview"] = async (stack, given) => ({
      ...(await violating(stack, given)),
      errors: ["program failed"],
    });
    const report = await gate("local", options, toolsWith({ preview: broken }));
    expect(report).toMatchObject({ verdict: "failed", errors: ["program failed"] });
    expect(report.findings.violations).toHaveLength(1);
    expect(report).not.toHaveProperty("cost");
  });

  it("previews the base first and tells the rules what it costs", async () => {
    const seen: PreviewOptions[] = [];
    const report = await gate("local", withBase, toolsWith({}, seen));
    expect(report).toMatchObject({
      verdict: "passed",
      base: { ref: "main", commit },
      cost: { beforeUsd: 100, afterUsd: 175, changeUsd: 75 },
      resources: { added: [{ name: "new" }], removed: [] },
    });
    expect(report.base).not.toHaveProperty("missing");
    expect(seen.map(({ checkout }) => checkout)).toEqual([baseCheckout, undefined]);
    expect(seen[0]).not.toHaveProperty("variables");
    expect(seen[1]?.variables).toMatchObject({ AI_PLATFORM_MONTHLY_USD_BEFORE: "100" });
  });

  const nothing = mkdtempSync(path.join(folder, "nothing-"));
  it.each<[string, Partial<Tools>, RegExp]>([
    ["has no such stack", { atCommit: (_, __, act) => act(nothing) }, /0123456789 has no stack local/],
    [
      "has a stack that is not valid",
      { checkoutIn: async () => ({ ...baseCheckout, environment: () => Promise.reject(new Error("pools: none")) }) },
      /not valid at 0123456789: pools: none/,
    ],
    [
      "has a program that fails",
      {
        preview: async (_, { checkout }) =>
          checkout === baseCheckout ? result({ ok: false, errors: ["boom"] }) : result(),
      },
      /cannot be previewed at 0123456789: boom/,
    ],
    [
      "cannot be priced any more",
      {
        preview: async (_, { checkout }) => result({ stack: checkout === baseCheckout ? "base" : "head" }),
        price: ({ stack }) => {
          if (stack === "base") throw new Error("sites is not iterable");
          return bill(1);
        },
      },
      /cannot be priced by today's code: sites/,
    ],
  ])("counts everything as new where the base %s, and says so", async (_, over, why) => {
    const report = await gate("local", withBase, toolsWith(over));
    expect(report).toMatchObject({ verdict: "passed", base: { missing: expect.stringMatching(why) } });
    expect(report.cost).not.toHaveProperty("beforeUsd");
    expect(report.resources?.removed).toEqual([]);
  });

  it.each<[string, string, Partial<Tools>, RegExp]>([
    ["a stack that there is not", "lokal", {}, /no stack "lokal"/],
    ["a base that there is not", "local", { baseCommit: () => Promise.reject(new Error("no such commit")) }, /no such/],
    ["packages that cannot be had", "local", { atCommit: () => Promise.reject(new Error("npm ci failed")) }, /npm ci/],
    ["an engine that cannot be started", "local", { preview: () => Promise.reject(new Error("no etcd")) }, /no etcd/],
  ])("fails for %s, with one error", async (_, stack, over, why) => {
    const report = await gate(stack, withBase, toolsWith(over));
    expect(report).toMatchObject({ stack, verdict: "failed", errors: [expect.stringMatching(why)] });
  });
});
