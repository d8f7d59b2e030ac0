import { expect, test } from "vitest";
import { contextWith, resourceWith } from "../fixtures";
import { evaluate, describe as text, unknown, type Value } from "../rule";
import { knownMachine } from "./known-machine";

const pool = (machine: { [key: string]: Value }) => ({
  region: "eusc-de-east-1",
  pool: { name: "gpu", max: 1, machine: { cpus: 192, memoryGib: 2048, type: "p5.48xlarge", ...machine } },
});

const run = (props: { [key: string]: Value }) =>
  evaluate(knownMachine, resourceWith("ai-platform:cluster:NodePool", props), contextWith());

test("says what it is", () => {
  expect(knownMachine).toMatchObject({ id: "cost-known-machine", concern: "cost", severity: "medium", frameworks: [] });
});

test("a machine that is known, and whatever is no pool, is let through", () => {
  expect(run(pool({}))).toEqual([]);
  expect(evaluate(knownMachine, resourceWith("kubernetes:core/v1:Pod", {}), contextWith())).toEqual([]);
});

test("a machine that could not be confirmed is let through with a word", () => {
  const [finding] = run(pool({ state: "unverified" }));
  expect(finding).toMatchObject({ kind: "unverified", field: "pool.machine.type" });
  expect(text(finding!)).toContain(
    'pool.machine.type is "p5.48xlarge", and the catalog could not confirm that eusc-de-east-1 has it.',
  );
});

test("a pool that is not known yet is checked at up", () => {
  expect(run({ pool: unknown })).toMatchObject([{ kind: "deferred" }]);
});
