import { describe, expect, it } from "vitest";
import { exchangeRate } from "../catalog/exchange-rate";
import { type Bill, type CostLine, compareBills } from "./cost";

const line = (name: string, usd: number | undefined, over: Partial<CostLine> = {}): CostLine => ({
  urn: `urn::${name}`,
  type: "aws:eks/nodeGroup:NodeGroup",
  name,
  items: [`${name} x 1`],
  ...(usd === undefined ? {} : { usd }),
  ...over,
});
const bill = (...lines: CostLine[]): Bill => ({
  usd: lines.reduce((sum, { usd = 0 }) => sum + usd, 0),
  lines,
  shares: [],
});

describe("two bills", () => {
  const before = bill(line("same", 10), line("gone", 300), line("grows", 100), line("rounds", 1 / 3));
  const after = bill(
    line("same", 10),
    line("grows", 250, { items: ["grows x 2"] }),
    line("comes", 20),
    line("rounds", 0.3333),
    line("free", undefined),
  );

  it("are compared by resource, the largest change first, whichever way it goes", () => {
    const { beforeUsd, afterUsd, changeUsd, movers } = compareBills(before, after, exchangeRate);
    expect(beforeUsd).toBeCloseTo(410.33, 2);
    expect(afterUsd).toBeCloseTo(280.33, 2);
    expect(changeUsd).toBeCloseTo(-130, 2);
    expect(movers.map(({ name, changeUsd }) => [name, changeUsd])).toEqual([
      ["gone", -300],
      ["grows", 150],
      ["comes", 20],
    ]);
    expect(movers[1]).toMatchObject({ before: ["grows x 1"], after: ["grows x 2"], beforeUsd: 100, afterUsd: 250 });
    expect(movers[0]).not.toHaveProperty("afterUsd");
    expect(movers[2]).not.toHaveProperty("beforeUsd");
  });

  it("have no change where there is nothing to compare with", () => {
    const report = compareBills(undefined, after, exchangeRate);
    expect(report).not.toHaveProperty("beforeUsd");
    expect(report).not.toHaveProperty("changeUsd");
    expect(report.movers).toEqual([]);
  });

  it("name what has no price, and why", () => {
    const uncounted = { kind: "usage" as const, why: "billed by the request" };
    expect(compareBills(before, bill(line("lb", undefined, { uncounted })), exchangeRate).uncounted).toEqual([
      { type: "aws:eks/nodeGroup:NodeGroup", name: "lb", ...uncounted },
    ]);
  });

  it("sum by pool, and list tenants and models, also those that went", () => {
    const was = { ...bill(line("a", 1, { pool: "gpu" })), shares: [{ kind: "model" as const, name: "old", usd: 1 }] };
    const is = {
      ...bill(line("a", 2, { pool: "gpu" }), line("disk", 3, { pool: "gpu" }), line("nat", 4)),
      shares: [{ kind: "tenant" as const, name: "search", usd: 2 }],
    };
    expect(compareBills(was, is, exchangeRate).parts).toEqual([
      { kind: "pool", name: "gpu", beforeUsd: 1, afterUsd: 5 },
      { kind: "tenant", name: "search", beforeUsd: 0, afterUsd: 2 },
      { kind: "model", name: "old", beforeUsd: 1, afterUsd: 0 },
    ]);
  });
});
