import { expect, test } from "vitest";
import type { Price } from "../../catalog/prices";
import type { Pool } from "../../stacks/environment";
import { monthlyUsd } from "./price";

const entry = (over: Partial<Price>): Price => ({
  usdPerHour: 10,
  accelerator: "h100-80gb",
  gpus: 8,
  cpus: 192,
  memoryGib: 2048,
  currency: "USD",
  quality: "listed",
  source: "a price list",
  date: "2026-01-02",
  ...over,
});

const pool = (over: Partial<Pool> = {}): Pool => ({
  name: "gpu",
  accelerator: "h100-80gb",
  perNode: 8,
  min: 0,
  max: 2,
  machine: { cpus: 192, memoryGib: 2048 },
  capacity: "on-demand",
  nodes: "group",
  multiNode: false,
  labels: {},
  devices: { owner: "dra" },
  ...over,
});

const own = { usdPerGpuHour: 2, source: "contract 7", date: "2026-03-04" };
const like = (key: string) => ({ like: key }) as Pool["price"];
const list = { machine: entry({}) };

test("an owner's price is per GPU and hour, of all nodes that may run, for 730 h", () => {
  expect(monthlyUsd(pool({ price: own }))).toEqual({ usd: 2 * 8 * 2 * 730, source: "contract 7", date: "2026-03-04" });
});

test("spot nodes cost the spot price, and nothing is known where there is none", () => {
  const spot = pool({ price: like("machine"), capacity: "spot" });
  expect(monthlyUsd(spot, { machine: entry({ spotUsdPerHour: 3 }) })).toEqual({
    usd: 2 * 3 * 730,
    source: "a price list (spot, one snapshot)",
    date: "2026-01-02",
  });
  expect(monthlyUsd(spot, list)).toEqual({ unknown: "the catalog has no spot price for machine" });
});

test("a list price is per machine and hour", () => {
  const cost = monthlyUsd(pool({ price: like("machine") }), list);
  expect(cost).toEqual({ usd: 2 * 10 * 730, source: "a price list", date: "2026-01-02" });
});

test("a CPU pool has a list price", () => {
  const cpu = entry({ gpus: 0, accelerator: undefined, cpus: 16, usdPerHour: 1 });
  const cost = monthlyUsd(
    pool({
      accelerator: undefined,
      perNode: undefined,
      max: 1,
      machine: { cpus: 16, memoryGib: 64 },
      price: like("cpu"),
    }),
    { cpu },
  );
  expect(cost).toMatchObject({ usd: 730 });
});

test("a pool that cannot run costs nothing, which is known", () => {
  expect(monthlyUsd(pool({ max: 0, price: own }))).toMatchObject({ usd: 0 });
});

test.each<[string, Pool, Record<string, Price>, string]>([
  ["no price", pool(), {}, "no price is stated"],
  ["a price that is not listed", pool({ price: like("gone") }), {}, "gone is not in the catalog"],
  [
    "a list price of zero",
    pool({ price: like("machine") }),
    { machine: entry({ usdPerHour: 0 }) },
    "the catalog has no usable price for machine",
  ],
  ["an owner's price of zero", pool({ price: { ...own, usdPerGpuHour: 0 } }), {}, "0 USD per GPU and hour is no price"],
  [
    "another number of GPUs",
    pool({ price: like("machine") }),
    { machine: entry({ gpus: 4 }) },
    "machine has 4 GPUs and a node of the pool has 8",
  ],
  [
    "another GPU",
    pool({ price: like("machine") }),
    { machine: entry({ accelerator: "l4-24gb" }) },
    "machine has l4-24gb and the pool has h100-80gb",
  ],
  [
    "a smaller machine",
    pool({ price: like("machine") }),
    { machine: entry({ cpus: 4 }) },
    "machine has 4 CPUs and a node of the pool has 192",
  ],
  [
    "a price per GPU without GPUs",
    pool({ accelerator: undefined, perNode: undefined, price: own }),
    {},
    "the price is per GPU and the pool has no GPUs",
  ],
])("%s makes the cost unknown", (_name, given, prices, reason) => {
  expect(monthlyUsd(given, prices)).toEqual({ unknown: reason });
});
