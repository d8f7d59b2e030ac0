import { expect, test } from "vitest";
import { loadEnvironment } from "../stacks/load";
import { costOf, type StateResource } from "./cost";

const environment = loadEnvironment("dev-aws");
const pools = costOf(environment, []).monthlyCostUsd!;

const provider: StateResource = {
  urn: "urn:pulumi:dev-aws::ai-platform::pulumi:providers:aws::aws",
  type: "pulumi:providers:aws",
  inputs: { region: "us-east-1" },
};
const resource = (type: string, name: string, outputs: StateResource["outputs"]): StateResource => ({
  urn: `urn:pulumi:dev-aws::ai-platform::${type}::${name}`,
  type,
  inputs: {},
  outputs,
  provider: `${provider.urn}::some-id`,
});

test("pools cost what the environment says they may, whatever stands", () => {
  const { monthlyCostUsd, costNotes } = costOf(environment, []);
  expect(monthlyCostUsd).toBeGreaterThan(1000);
  expect(costNotes).toHaveLength(environment.pools.length);
  const pool = resource("ai-platform:cluster:NodePool", "gpu", { pool: environment.pools[0] as never });
  expect(costOf(environment, [pool]).monthlyCostUsd).toBe(pools);
});

test("the rest of the state costs what it is, in the region of its provider", () => {
  const state = [provider, resource("aws:ec2/natGateway:NatGateway", "nat-a", {})];
  const { monthlyCostUsd, costNotes } = costOf(environment, state);
  expect(monthlyCostUsd! - pools).toBeCloseTo(0.045 * 730);
  expect(costNotes.at(-1)).toBe("1 other resource: 33 USD; see docs/prices.md");
});

test("without a price of something there is no total", () => {
  const { monthlyCostUsd, costNotes } = costOf(environment, [resource("aws:rds/instance:Instance", "database", {})]);
  expect(monthlyCostUsd).toBeNull();
  expect(costNotes.at(-1)).toMatch(/^database \(what a resource of type aws:rds/);
});
