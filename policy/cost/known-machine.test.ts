import { expect, test } from "vitest";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
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

test("a machine that the catalog does not know is refused, wherever it is asked for", () => {
  expect(text(run(pool({ type: "p99.48xlarge" }))[0]!)).toContain(
    'pool.machine.type is "p99.48xlarge", and the catalog does not know that eusc-de-east-1 has it.',
  );
  const environment = environmentWith();
  const cluster = { ...environment.cluster, kind: "eks", region: "eu-north-1" } as typeof environment.cluster;
  const context = contextWith({ environment: { ...environment, cluster } });
  const group = (type: Value) => resourceWith("aws:eks/nodeGroup:NodeGroup", { instanceTypes: [type] });
  expect(evaluate(knownMachine, group("p5.48xlarge"), context)).toEqual([]);
  expect(evaluate(knownMachine, group("p99.48xlarge"), context)).toMatchObject([{ field: "instanceTypes[0]" }]);
  // There is one, elsewhere.
  expect(evaluate(knownMachine, group("p4de.24xlarge"), context)).toMatchObject([{ kind: "violation" }]);
  expect(evaluate(knownMachine, group(unknown), context)).toMatchObject([{ kind: "deferred" }]);
});

test("a pool of a cloud states its machine, one of one's own does not", () => {
  const own = { region: "local", pool: { name: "gpu", max: 1, machine: { cpus: 8, memoryGib: 32 } } };
  expect(run(own)).toEqual([]);
  const environment = environmentWith();
  const cluster = { ...environment.cluster, kind: "eks" } as typeof environment.cluster;
  const context = contextWith({ environment: { ...environment, cluster } });
  const resource = resourceWith("ai-platform:cluster:NodePool", own);
  expect(evaluate(knownMachine, resource, context)).toMatchObject([{ field: "pool.machine.type" }]);
});

test("a pool that is not known yet is checked at up", () => {
  expect(run({ pool: unknown })).toMatchObject([{ kind: "deferred" }]);
});
