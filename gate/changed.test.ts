import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { changedStacks } from "./changed";

describe("the environments that a change touches", () => {
  const root = mkdtempSync(path.join(tmpdir(), "gate-changed-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(path.join(root, "stacks"));
  const stack = (name: string, environment: object) =>
    writeFileSync(
      path.join(root, "stacks", `Pulumi.${name}.yaml`),
      stringify({ config: { "ai-platform:environment": environment } }),
    );
  stack("base", { tier: "development", fleets: [{ name: "shops", table: "shops/north.csv" }] });
  stack("variant", { extends: "base", tier: "production" });
  stack("other", { tier: "development" });
  stack("team", { extends: "other", team: { platform: "variant", fleets: [{ name: "own", table: "own.csv" }] } });
  const all = ["base", "other", "team", "variant"];

  const names = (...files: string[]) => changedStacks(files, root).map((changed) => changed.stack);

  it.each<[string, string[], string[]]>([
    [
      "a stack's file: it, what extends it, and teams on those",
      ["stacks/Pulumi.base.yaml"],
      ["base", "team", "variant"],
    ],
    ["a variant's file: not its base", ["stacks/Pulumi.variant.yaml"], ["team", "variant"]],
    ["what a team's stack extends", ["stacks/Pulumi.other.yaml"], ["other", "team"]],
    ["a team's file: not its platform", ["stacks/Pulumi.team.yaml"], ["team"]],
    ["a table: those that name it, by inheritance too", ["stacks/shops/north.csv"], ["base", "team", "variant"]],
    ["a table of a team", ["stacks/own.csv"], ["team"]],
    ["a table that nobody names", ["stacks/nobody.csv"], []],
    ["a stack that is gone", ["stacks/Pulumi.gone.yaml"], []],
    ["a component", ["components/gateway/gateway.ts"], all],
    ["the catalog", ["catalog/prices.json"], all],
    ["a policy", ["policy/cost/known-price.ts"], all],
    ["the program", ["index.ts"], all],
    ["the schema", ["stacks/environment.ts"], all],
    ["packages", ["package-lock.json"], all],
    ["a file that nobody has thought of", ["something.new"], all],
    [
      "words, tests and workflows",
      ["README.md", "docs/gate.md", "docs/a.png", "policy/rule.test.ts", ".github/workflows/gate.yml"],
      [],
    ],
    ["nothing", [], []],
  ])("%s", (_, files, expected) => {
    expect(names(...files)).toEqual(expected);
  });

  it("says by which files", () => {
    expect(changedStacks(["docs/x.md", "stacks/Pulumi.team.yaml", "stacks/own.csv"], root)).toEqual([
      { stack: "team", files: ["stacks/Pulumi.team.yaml", "stacks/own.csv"] },
    ]);
  });

  it("holds a stack that cannot be read for changed, so that the gate says why", () => {
    stack("orphan", { extends: "nobody" });
    expect(names("stacks/Pulumi.other.yaml")).toEqual(["orphan", "other", "team"]);
    expect(names("README.md")).toEqual([]);
  });
});
