import { describe, expect, it } from "vitest";
import { monthlyUsd } from "../policy/cost/price";
import { unknown } from "../policy/rule";
import { loadEnvironment } from "../stacks/load";
import { price, resourcesOf } from "./pricing";
import { resource, result } from "./testing";

const notKnown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("what a preview costs", () => {
  const environment = loadEnvironment("local");
  const pool = environment.pools.find(({ name }) => name === "gpu")!;
  const urn = (type: string, name: string) => `urn:pulumi:local::ai-platform::${type}::${name}`;
  const nodePool = resource("gpu", {
    urn: urn("ai-platform:cluster:NodePool", "gpu"),
    type: "ai-platform:cluster:NodePool",
    outputs: JSON.parse(JSON.stringify({ pool })),
  });

  it("is what its pools cost, each of them by name", () => {
    const bill = price(result({ resources: [nodePool] }), environment);
    const cost = monthlyUsd(pool) as { usd: number };
    expect(bill.usd).toBeCloseTo(cost.usd, 2);
    expect(bill.lines).toMatchObject([{ name: "gpu", pool: "gpu", usd: bill.usd, items: ["1 node"] }]);
    expect(bill.shares.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "tenant platform",
      "tenant search",
      "model qwen3-32b",
    ]);
  });

  it("tells a team of its own tenant alone", () => {
    const { shares } = price(result(), loadEnvironment("prod-aws-team-search"));
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.filter(({ kind }) => kind === "tenant").map(({ name }) => name)).toEqual(["search"]);
    expect(shares.map(({ name }) => name)).toContain("qwen3-32b-search");
  });

  it("counts what belongs to a pool as the pool's, and names what has no price", () => {
    const child = resource("odd", { type: "aws:odd/odd:Odd", parent: nodePool.urn });
    const [, line] = price(result({ resources: [nodePool, child] }), environment).lines;
    expect(line).toMatchObject({ name: "odd", pool: "gpu", uncounted: { kind: "unknown" } });
    expect(line).not.toHaveProperty("usd");
  });

  it("says so where a price is not known before the update", () => {
    const later = { ...nodePool, outputs: { pool: notKnown } };
    const [line] = price(result({ resources: [later] }), environment).lines;
    expect(line?.uncounted).toMatchObject({ kind: "deferred", why: expect.stringMatching(/^pool/) });
  });
});

it("shows resources to the prices as the rules of the stack see them", () => {
  const provider = resource("aws", {
    urn: "urn:provider",
    type: "pulumi:providers:aws",
    inputs: { region: "eu-north-1" },
  });
  const [, made] = resourcesOf([
    provider,
    resource("a", { inputs: { x: 1 }, outputs: { x: notKnown, y: 2 }, provider: provider.urn }),
  ]);
  expect(made).toMatchObject({
    props: { x: unknown, y: 2 },
    provider: { type: "aws", name: "aws", props: { region: "eu-north-1" } },
  });
});
