import { describe, expect, it } from "vitest";
import { converted, exchangeRate } from "./exchange-rate";
import { parsePriceData, priceData } from "./price-data";
import { prices } from "./prices";
import { type Sku, servicePrice, servicePrices } from "./service-prices";

describe("prices.json", () => {
  it("names the source of each figure, and no source that nothing comes from", () => {
    const { sources, machines, services } = priceData;
    const used = new Set([
      ...Object.values(machines).flatMap(({ from, spotFrom, committed }) => [from, spotFrom, committed?.from]),
      ...Object.values(services).map(({ from }) => from),
    ]);
    expect(Object.keys(sources).filter((name) => !used.has(name))).toEqual([]);
    for (const [name, { date, note }] of Object.entries(sources)) {
      expect(date === "unknown" ? note : date, name).toMatch(date === "unknown" ? /dates?\b/ : /^20\d\d-/);
    }
  });

  it.each<[string, (data: ReturnType<typeof copy>) => void, RegExp]>([
    ["a price of nothing", (data) => (data.services["aws/*/kms-key"]!.amount = 0), /kms-key\.amount/],
    ["a key of no form", (data) => (data.services["aws/kms"] = data.services["aws/*/kms-key"]!), /services/],
    ["an unknown source", (data) => (data.services["aws/*/kms-key"]!.from = "hearsay"), /is from hearsay, which is no/],
    ["an unknown source of spot figures", (data) => (machine(data).spotFrom = "hearsay"), /hearsay/],
    ["an unknown currency", (data) => (data.sources["eks-price-list"].currency = "CHF"), /currency/],
    ["an unknown key", (data) => (machine(data).usd = 1), /Unrecognized key/],
  ])("is refused with %s", (_name, change, message) => {
    const data = copy();
    change(data);
    expect(() => parsePriceData(data)).toThrow(message);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: tests break what the types hold together.
const copy = (): any => structuredClone(priceData);
const machine = (data: ReturnType<typeof copy>) => data.machines["aws/eu-north-1/m7i.large"];

describe("a price of a service", () => {
  it("is the region's own, else that of all regions, else one of another region that is named", () => {
    expect(servicePrice("aws", "eu-north-1", "nat-gateway")).toMatchObject({ price: { usd: 0.046 } });
    expect(servicePrice("aws", "eu-north-1", "kms-key")).toMatchObject({ price: { usd: 1 } });
    expect(servicePrice("aws", "eu-north-1", "load-balancer")).toBeUndefined();
    expect(servicePrice("aws", "eu-north-1", "load-balancer", "eu-central-1")).toMatchObject({
      price: { usd: 0.027 },
      as: "eu-central-1",
    });
  });

  it("of all regions is not that of a partition of its own", () => {
    for (const [provider, region, sku] of [
      ["aws", "eusc-de-east-1", "kms-key"],
      ["aws", "cn-north-1", "kms-key"],
      ["gcp", "u-france-east1", "kms-key-version"],
      ["aws", "nowhere-1", "kms-key"],
    ] as const) {
      expect(servicePrice(provider, region, sku), region).toBeUndefined();
    }
  });

  it("in EUR is converted by the dated rate, and says so", () => {
    const { price } = servicePrice("aws", "eusc-de-east-1", "ebs-gp3")!;
    expect(price).toMatchObject({ currency: "EUR", note: expect.stringContaining(converted()) });
    expect(price.usd).toBeCloseTo(0.09394 * exchangeRate.usdPerEur);
    expect(exchangeRate).toMatchObject({
      date: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      source: expect.any(String),
    });
  });

  it("is of a known kind, in a unit that fits it", () => {
    const units: Readonly<Partial<Record<Sku, string>>> = { "ebs-gp3": "gib-month", "kms-key": "month" };
    for (const [key, { unit, usd }] of Object.entries(servicePrices)) {
      const sku = key.split("/").at(-1) as Sku;
      expect(usd, key).toBeGreaterThan(0);
      expect(unit, key).toBe(units[sku] ?? unit);
    }
  });
});

describe("a price of a machine", () => {
  it("for those who commit is below the one on demand, and dated by itself", () => {
    const { committed, usdPerHour } = prices["gcp/europe-west4/a3-highgpu-8g"];
    expect(committed).toMatchObject({ date: "2026-07-22", note: expect.stringContaining("local SSD") });
    expect(committed!.threeYearsUsdPerHour).toBeLessThan(committed!.oneYearUsdPerHour);
    expect(committed!.oneYearUsdPerHour).toBeLessThan(usdPerHour);
  });
});
