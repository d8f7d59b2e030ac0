import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../rehearsal/control-plane/testing";
import { processesOf } from "../rehearsal/testing";
import { root } from "../rehearsal/workspace";
import type { GateReport } from "./report";

/** The command in a repository of its own, which holds this checkout as it is, committed. */
describe("npm run gate", () => {
  let folder: string;
  const at = (...names: string[]) => path.join(folder, "checkout", ...names);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], {
      cwd: at(),
      encoding: "utf8",
    });

  beforeAll(async () => {
    folder = await temporaryFolder("gate");
    mkdirSync(at(), { recursive: true });
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
    });
    for (const file of files.split("\0").filter((name) => name !== "" && existsSync(path.join(root, name)))) {
      cpSync(path.join(root, file), at(file));
    }
    symlinkSync(path.join(root, "node_modules"), at("node_modules"), "dir");
    git("init", "--quiet");
    writeFileSync(at(".git", "info", "exclude"), "node_modules\n");
    git("add", "--all");
    git("commit", "--quiet", "--message=base");
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  function gate(...args: string[]): { code: number | null; report: GateReport; markdown: string; error: string } {
    const file = path.join(folder, "gate.md");
    const ran = spawnSync(
      process.execPath,
      ["rehearsal/bootstrap.cjs", "gate/cli.ts", ...args, "--json", "--markdown", file],
      { cwd: at(), encoding: "utf8", env: { ...process.env, REHEARSAL_DIR: path.join(folder, "rehearsals") } },
    );
    // On standard output there is JSON and nothing else.
    return {
      code: ran.status,
      report: JSON.parse(ran.stdout),
      markdown: readFileSync(file, "utf8"),
      error: ran.stderr,
    };
  }

  const edit = (file: string, change: (text: string) => string) => {
    const text = readFileSync(at(file), "utf8");
    expect(change(text)).not.toBe(text);
    writeFileSync(at(file), change(text));
  };

  it("finds nothing to say of a change that is none, and leaves nothing behind", () => {
    const { code, report, markdown, error } = gate("local", "--base", "HEAD");
    expect(report.errors).toEqual([]);
    expect(report.findings.violations).toEqual([]);
    expect(code).toBe(0);
    expect(report.base).not.toHaveProperty("missing");
    expect(report.resources).toMatchObject({ added: [], removed: [], changed: [] });
    expect(report.resources?.total).toBeGreaterThan(60);
    expect(report.cost).toMatchObject({ changeUsd: 0, movers: [] });
    expect(report.cost?.afterUsd).toBeGreaterThan(0);
    expect(report.judged.rules).toBeGreaterThan(10);
    expect(markdown).toMatch(/^<!-- ai-platform-gate:local -->\n## Gate: `local` passes\n/);
    expect(error).toMatch(/pulumi preview: local/);
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(path.join(folder, "rehearsals", ".gate"))).toEqual([]);
    expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
    expect(git("status", "--porcelain")).toBe("");
  });

  it("refuses a change that costs too much and leaves the jurisdiction, by rule, resource and remedy", () => {
    edit("stacks/Pulumi.local.yaml", (text) =>
      text.replace("regions: [local]", "regions: [eu-north-1]").replace(/min: 1\n(\s+)max: 1\n/, "min: 4\n$1max: 4\n"),
    );
    const { code, report, markdown } = gate("local", "--base", "HEAD");
    expect(report.errors).toEqual([]);
    expect(code).toBe(1);
    const refusing = new Set(report.findings.violations.map(({ rule }) => rule));
    expect(refusing).toContain("sovereignty-region");
    expect(refusing).toContain("cost-monthly-budget");
    expect(report.cost?.movers[0]).toMatchObject({ name: "gpu", type: "ai-platform:cluster:NodePool" });
    const { beforeUsd = 0, afterUsd = 0 } = report.cost!.movers[0]!;
    expect(afterUsd).toBeCloseTo(4 * beforeUsd, 2);
    expect(report.resources?.changed.map(({ name }) => name)).toContain("gpu");
    expect(markdown).toMatch(/`sovereignty-region`[\s\S]*`gpu`[\s\S]*`region` is `local`, which is outside eu/);
    expect(markdown).toMatch(/\*\*Remedy:\*\* use a region of jurisdiction\.regions/);
    expect(markdown).toMatch(/\| \*\*change\*\* \(\+\d/);
  });

  it("fails for a stack that is broken, in a moment, and says so in the Markdown", () => {
    edit("stacks/Pulumi.local.yaml", (text) => text.replace("tier: development", "tier: somewhere"));
    const { code, report, markdown } = gate("local", "--base", "HEAD");
    expect(code).toBe(2);
    expect(report).toMatchObject({ verdict: "failed", errors: [expect.stringMatching(/tier.*"somewhere"/)] });
    expect(markdown).toMatch(/`local` could not be judged[\s\S]*somewhere/);
  });

  it("lists the environments that changed", () => {
    const ran = spawnSync(process.execPath, ["rehearsal/bootstrap.cjs", "gate/cli.ts", "--changed", "--base", "HEAD"], {
      cwd: at(),
      encoding: "utf8",
    });
    expect(ran.stdout.split("\n")).toContain("local");
    expect(ran.stderr).toMatch(/^local: stacks\/Pulumi\.local\.yaml$/m);
  });
});
