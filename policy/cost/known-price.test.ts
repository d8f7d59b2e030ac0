import { expect, test } from "vitest";
import type { Price } from "../../catalog/prices";
import { contextWith, resourceWith } from "../fixtures";
import { type Context, evaluate, describe as text, unknown, type Value } from "../rule";
import { knownPrice } from "./known-price";

const pool = {
  name: "gpu",
  accelerator: "h100-80gb",
  perNode: 8,
  min: 1,
  max: 1,
  machine: { cpus: 192, memoryGib: 2048 },
};
const own = { usdPerGpuHour: 2, source: "contract", date: "2026-01-01" };

const run = (props: { [key: string]: Value }, context: Context = contextWith()) =>
  evaluate(knownPrice, resourceWith("ai-platform:cluster:NodePool", props), context);

test("says what it is", () => {
  expect(knownPrice).toMatchObject({ id: "cost-known-price", concern: "cost", severity: "high", frameworks: [] });
  expect(knownPrice.title).toBe("Every node pool has a known price");
});

test("a pool with its owner's price, and whatever is no pool, is let through", () => {
  expect(run({ region: "local", pool: { ...pool, price: own } })).toEqual([]);
  expect(evaluate(knownPrice, resourceWith("kubernetes:core/v1:Pod", {}), contextWith())).toEqual([]);
});

test("a pool without price is refused, with the remedy", () => {
  expect(text(run({ pool })[0]!)).toBe(
    "[cost-known-price] thing (ai-platform:cluster:NodePool): pool.price is unknown: no price is stated. " +
      "Remedy: state price.usdPerGpuHour or price.eurPerGpuHour with its source and date, or price.like with a key of catalog/prices.json.",
  );
});

test("a list price of another machine is refused by its key", () => {
  const prices = { machine: { usdPerHour: 9, gpus: 4, cpus: 192 } as Price };
  expect(text(run({ pool: { ...pool, price: { like: "machine" } } }, contextWith({ prices }))[0]!)).toContain(
    'pool.price.like is "machine", which gives no price: machine has 4 GPUs and a node of the pool has 8.',
  );
});

test("no pool at all is refused", () => {
  expect(run({ region: "local" })).toMatchObject([{ kind: "violation", field: "pool" }]);
});

test.each<[string, { [key: string]: Value }]>([
  ["the pool", { pool: unknown }],
  ["the price", { pool: { ...pool, price: unknown } }],
  ["a part of the price", { pool: { ...pool, price: { ...own, usdPerGpuHour: unknown } } }],
])("%s not known yet is deferred to up, and refused there", (_name, props) => {
  expect(run(props)).toMatchObject([{ kind: "deferred", field: "pool" }]);
  expect(run(props, contextWith({ preview: false }))).toMatchObject([{ kind: "violation", field: "pool" }]);
});

test("secrets are not printed", () => {
  const resource = resourceWith(
    "ai-platform:cluster:NodePool",
    { pool: { ...pool, price: { like: "hunter2" } } },
    { secrets: [["pool"]] },
  );
  expect(text(evaluate(knownPrice, resource, contextWith())[0]!)).not.toContain("hunter2");
});
