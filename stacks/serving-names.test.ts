import { describe, expect, it } from "vitest";
import { model as built, role } from "../components/serving/testing";
import { wideEnvironment } from "../components/testing";
import type { Model, Version } from "./model";
import { checkServingNames } from "./serving-names";

const [first] = built().versions;
const version = (name: string | undefined, change: Partial<Version> = {}): Version => ({ ...first!, name, ...change });
const apart = { mode: "disaggregated", prefill: role(), decode: role() } as const;
const model = (name: string, change: Partial<Model> = {}): Model => built({ name, ...change });

function problemsOf(...models: readonly Model[]): string[] {
  const problems: string[] = [];
  const located = models.map((each, index) => ({ model: each, at: ["models", index] }));
  checkServingNames(located, (path, expected) => problems.push(`${path.join(".")}: ${expected}`));
  return problems;
}

describe("names of what serves models", () => {
  it("are each one model's", () => {
    expect(problemsOf(model("a"), model("b"), model("a-c"))).toEqual([]);
    // Reported for what it is, elsewhere.
    expect(problemsOf(model("a"), model("a"))).toEqual([]);
    expect(problemsOf(model("a", { versions: [version("b")] }), model("a-b"))).toEqual([
      'models.1.name: another name: "a-b" would be a part of it and of a',
    ]);
    expect(problemsOf(model("a-picker"), model("a"))).toEqual([
      'models.1.name: another name: "a-picker" would be a part of it and of a-picker',
    ]);
    expect(problemsOf(model("a", { variants: [{ pool: "b" }] }), model("a-b"))).toHaveLength(1);
  });

  it("may be the same in another tenant's namespace", () => {
    expect(problemsOf(model("a", { versions: [version("b")] }), model("a-b", { tenant: "other" }))).toEqual([]);
  });

  it("are each one version's", () => {
    const versions = [version("v1", { serving: apart }), version("v1-prefill")];
    expect(problemsOf(model("a", { versions }))).toEqual([
      "models.0.name: versions of other names: two of them make the same",
    ]);
  });

  it("are none that a tenant's namespace has itself, and begin with a letter", () => {
    expect(problemsOf(model("metrics"))[0]).toMatch(/^models\.0\.name: another name: each tenant's namespace has /);
    expect(problemsOf(model("3b"))).toEqual([
      "models.0.name: a name that begins with a letter: Services are named after it",
    ]);
  });

  it("are as long as Services, labels and the pods' own names let them be", () => {
    const long = "m".repeat(42);
    const scaled = { mode: "aggregated", servers: role({ nodes: 2 }) } as const;
    expect(problemsOf(model(long))).toEqual([]);
    expect(problemsOf(model(long, { versions: [version("v".repeat(13))] }))).toEqual([]);
    expect(problemsOf(model(long, { versions: [version("v".repeat(14))] }))[0]).toContain(
      '-picker" has 64 characters of at most 63',
    );
    expect(problemsOf(model(long, { versions: [version("v1", { serving: scaled })] }))).toEqual([]);
    expect(
      problemsOf(model(long, { versions: [version("v1", { serving: { ...apart, prefill: role({ nodes: 2 }) } })] }))[0],
    ).toMatch(/-v1-prefill" has 53 characters of at most 46$/);
  });

  it("are checked where environments are", () => {
    const small = (name: string, more: object = {}) => ({
      ...{ name, model: "qwen3-0.6b" as const, tenant: "search", pool: "h100", ...more },
      serving: { mode: "aggregated" as const, servers: { replicas: 1 } },
    });
    const source = { huggingFace: "Qwen/Qwen3-0.6B", revision: "1".repeat(40) };
    const models = [small("a", { versions: [{ name: "b", weight: 100, source }] }), small("a-b")];
    expect(() => wideEnvironment({ models })).toThrow('"a-b\\" would be a part of it');
    expect(() => wideEnvironment({ models: [small("a", { variants: [{ pool: "h100" }] })] })).toThrow(
      "a pool of its own: it is served on h100 already",
    );
  });
});
