import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { EnvironmentError, loadEnvironment } from "./load";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fleets-"));
  mkdirSync(join(root, "stacks"));
  copyFileSync(join(__dirname, "Pulumi.local.yaml"), join(root, "stacks/Pulumi.local.yaml"));
});
afterEach(() => rmSync(root, { recursive: true }));

const template = {
  model: "qwen3-0.6b",
  tenant: "search",
  serving: { mode: "aggregated", servers: { replicas: 1 } },
};

function load(change: object, table?: string) {
  writeFileSync(
    join(root, "stacks/Pulumi.changed.yaml"),
    stringify({ config: { "ai-platform:environment": { extends: "local", ...change } } }),
  );
  if (table !== undefined) {
    writeFileSync(join(root, "stacks/shops.csv"), table);
  }
  return loadEnvironment("changed", { root });
}

function problems(change: object, table?: string): readonly string[] {
  try {
    load(change, table);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    return (error as EnvironmentError).problems;
  }
}

const fleets = (fleet: object) => ({ fleets: [{ name: "shops", template, ...fleet }] });

describe("a fleet", () => {
  it("is a model for each row, which differs from the template by its cells", () => {
    const table = "name,priority,maxContext\nberlin,5,\nparis,,8192\n";
    const { models } = load(fleets({ table: "shops.csv" }), table);
    expect(models.map(({ name, priority, maxContext, model }) => ({ name, priority, maxContext, model }))).toEqual([
      expect.objectContaining({ name: "qwen3-32b" }),
      { name: "berlin", priority: 5, maxContext: undefined, model: "qwen3-0.6b" },
      { name: "paris", priority: 0, maxContext: 8192, model: "qwen3-0.6b" },
    ]);
  });

  it("may state its rows in the stack file", () => {
    const { models } = load(fleets({ rows: [{ name: "berlin", model: "qwen3-4b" }] }));
    expect(models.at(-1)).toMatchObject({ name: "berlin", model: "qwen3-4b", pool: "gpu" });
  });

  it("of a team is the team's", () => {
    const team = { platform: "local", tenant: "search", fleets: fleets({ table: "shops.csv" }).fleets };
    const { team: resolved } = load({ team }, "name\nberlin\nparis\n");
    expect(resolved!.models.map(({ name, tenant }) => [name, tenant])).toEqual([
      ["berlin", "search"],
      ["paris", "search"],
    ]);
  });
});

describe("a fleet is refused", () => {
  it.each<[what: string, fleet: object, table: string | undefined, problem: string]>([
    [
      "for a row that makes no model, where the row is",
      { table: "shops.csv" },
      "name,priority\nberlin,5\nparis,500\n",
      "stacks/shops.csv: line 3.priority: 500. Expected at most 100.",
    ],
    [
      "for a column that no model has",
      { table: "shops.csv" },
      "name,prioritty\nberlin,5\n",
      'stacks/shops.csv: line 2.prioritty: unknown key. Did you mean "priority"?',
    ],
    [
      "for a name that is taken",
      { table: "shops.csv" },
      "name\nberlin\nberlin\n",
      'stacks/shops.csv: line 3.name: "berlin". Expected a name of its own: "berlin" is taken.',
    ],
    [
      "for what only the models that come of it can tell",
      { template: { ...template, tenant: "nobody" }, table: "shops.csv" },
      "name\nberlin\n",
      "stacks/shops.csv: line 2.tenant: missing. Expected one of the tenants: platform, search.",
    ],
    [
      "for a table that is not there",
      { table: "shop.csv" },
      undefined,
      'stacks/Pulumi.changed.yaml: fleets[0].table: "shop.csv": no such file. Expected stacks/shop.csv.',
    ],
    [
      "for a table that is none",
      { table: "shops.csv" },
      "name,priority\nberlin\n",
      "stacks/shops.csv: not a table: Invalid Record Length: columns length is 2, got 1 on line 2",
    ],
    [
      "for rows beside its table",
      { table: "shops.csv", rows: [{ name: "a" }] },
      "name\nberlin\n",
      "stacks/Pulumi.changed.yaml: fleets[0].table: rows are stated beside it. Expected one or the other.",
    ],
    [
      "for a table outside the folder",
      { table: "../shops.csv" },
      undefined,
      'stacks/Pulumi.changed.yaml: fleets[0].table: "../shops.csv"',
    ],
  ])("%s", (_what, fleet, table, problem) => {
    expect(problems(fleets(fleet), table)).toEqual([expect.stringContaining(problem)]);
  });
});
