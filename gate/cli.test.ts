import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../rehearsal/command";
import { argumentsOf, run } from "./cli";
import { markdownOf } from "./markdown";
import type { GateReport } from "./report";
import { finding, report } from "./testing";

describe("the gate's arguments", () => {
  it("are a stack and what to do with the report", () => {
    const args = ["local", "--base", "main", "--json", "--markdown", "gate.md", "--evidence-url", "https://ci.test/1"];
    expect(argumentsOf(args)).toEqual({
      stack: "local",
      base: "main",
      json: true,
      markdown: "gate.md",
      evidenceUrl: "https://ci.test/1",
      changed: false,
    });
  });

  it.each<[string[], RegExp]>([
    [[], /which stack/],
    [["a", "b"], /one stack/],
    [["local", "--bas", "main"], /--bas/],
    [["local", "--base", ""], /--base: expected a value/],
    [["local", "--evidence-url", "javascript:alert(1)"], /no address/],
    [["--changed"], /needs --base/],
    [["local", "--changed", "--base", "main"], /takes no stack/],
  ])("%j is refused with what is wrong", (args, why) => {
    expect(() => argumentsOf(args)).toThrow(UsageError);
    expect(() => argumentsOf(args)).toThrow(why);
  });
});

describe("the gate's command", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function ran(args: string[], made: GateReport) {
    const written = { out: "", error: "" };
    const streams = {
      out: (text: string) => {
        written.out += text;
      },
      error: (text: string) => {
        written.error += text;
      },
    };
    return { code: await run(argumentsOf(args), streams, async () => made), ...written };
  }
  const violations = { ...report().findings, violations: [finding()] };

  it.each<[number, GateReport]>([
    [0, report()],
    [1, report({ verdict: "refused", findings: violations })],
    [2, report({ verdict: "failed", errors: ["boom"] })],
  ])("ends with %i", async (code, made) => {
    expect((await ran(["local"], made)).code).toBe(code);
    expect((await ran(["local", "--json"], made)).code).toBe(code);
  });

  it("prints the Markdown, or writes it to the file, also where it failed", async () => {
    const failed = report({ verdict: "failed", errors: ["boom"] });
    expect(await ran(["local"], failed)).toMatchObject({ out: markdownOf(failed) });
    const file = path.join(folder, "gate.md");
    expect(await ran(["local", "--markdown", file], failed)).toMatchObject({ code: 2, out: "local: failed\n" });
    expect(readFileSync(file, "utf8")).toBe(markdownOf(failed));
  });

  it("prints JSON and nothing else on standard output", async () => {
    const { out } = await ran(["local", "--json", "--markdown", path.join(folder, "gate.md")], report());
    expect(JSON.parse(out)).toEqual(report());
    expect(out).toMatch(/^[^\n]+\n$/);
  });
});
