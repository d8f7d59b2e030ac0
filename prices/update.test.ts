import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PriceData } from "../catalog/price-data";
import { type Answers, answer, googleSku, machineRow, offer, offerCsv, serve, serviceRow } from "./fixtures";
import { describeReport, type Report } from "./report";
import { parseArguments, type UpdateOptions, update } from "./update";

const source = { source: "a list", date: "2026-01-01", currency: "USD", quality: "listed" } as const;
const aws: PriceData = {
  sources: { old: { ...source, quality: "consistent" }, spot: source },
  machines: {
    "aws/eu-north-1/m7i.large": {
      from: "old",
      cpus: 2,
      memoryGib: 8,
      gpus: 0,
      usdPerHour: 0.1,
      spotUsdPerHour: 0.03,
    },
  },
  services: { "aws/eu-north-1/nat-gateway": { from: "old", amount: 0.046, unit: "hour", note: "As read in spring." } },
};
const google: PriceData = {
  sources: { old: source },
  machines: {
    "gcp/europe-west4/g2-standard-12": {
      from: "old",
      cpus: 12,
      memoryGib: 48,
      gpus: 1,
      accelerator: "l4-24gb",
      usdPerHour: 1,
      spotUsdPerHour: 0.4,
    },
  },
  services: { "gcp/europe-west4/pd-balanced": { from: "old", amount: 0.11, unit: "gib-month" } },
};

let folder: string;
let file: string;
let close: (() => Promise<void>) | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prices-"));
  file = join(folder, "prices.json");
});
afterEach(async () => {
  await close?.();
  close = undefined;
  rmSync(folder, { recursive: true });
});

const read = (): PriceData => JSON.parse(readFileSync(file, "utf8"));

async function run(
  data: PriceData,
  answers: Answers,
  options: Partial<UpdateOptions> = {},
): Promise<{ report: Report; asked: string[] }> {
  writeFileSync(file, `${JSON.stringify(data, null, 2)}\n`);
  const server = await serve(answers);
  close = server.close;
  const report = await update({ file, write: false, providers: ["aws"], from: server.url, ...options });
  return { report, asked: server.asked };
}

const ec2 = (...rows: Parameters<typeof offerCsv>[0]) => offer("AmazonEC2", "eu-north-1", offerCsv(rows));
const nat = serviceRow("EUN1-NatGateway-Hours", "0.0460000000", "Hrs");

describe("the price list of AWS", () => {
  test("is read to the row, and the difference shown, without writing", async () => {
    const { report } = await run(
      aws,
      ec2(
        machineRow("m7i.large", "0.2520000000", { "Operating System": "Windows" }),
        machineRow("m7i.large", "0.1200000000", { Tenancy: "Dedicated" }),
        machineRow("m7i.large", "0.0000000000", { CapacityStatus: "AllocatedCapacityReservation" }),
        machineRow("m7i.xlarge", "0.2140000000"),
        machineRow("m7i.large", "0.1070000000"),
        nat,
        serviceRow("EUN1-NatGateway-Bytes", "0.0450000000", "GB"),
      ),
    );
    expect(report).toEqual({
      changes: [
        {
          price: "aws/eu-north-1/m7i.large",
          before: 0.1,
          after: 0.107,
          percent: 7,
          source: "AWS price list AmazonEC2, eu-north-1, at 20261120101112",
          date: "2026-11-20",
        },
      ],
      confirmed: 1,
      kept: [],
      failed: [],
      written: false,
    });
    expect(read()).toEqual(aws);
    expect(describeReport(report).split("\n")).toEqual([
      "aws/eu-north-1/m7i.large  0.1 -> 0.107  +7 %  2026-11-20  AWS price list AmazonEC2, eu-north-1, at 20261120101112",
      "1 price changed, 1 confirmed, 0 kept; nothing is written.",
    ]);
  });

  test("becomes the source of what it states when that is written; the spot figure stays whose it was", async () => {
    const reserved = (years: string, price: string) =>
      machineRow("m7i.large", price, {
        TermType: "Reserved",
        LeaseContractLength: years,
        PurchaseOption: "No Upfront",
        OfferingClass: "standard",
      });
    const { report } = await run(
      aws,
      ec2(machineRow("m7i.large", "0.107"), reserved("1yr", "0.0708"), reserved("3yr", "0.0486"), nat),
      { write: true },
    );
    expect(report.written).toBe(true);
    const from = "AWS price list AmazonEC2, eu-north-1, at 20261120101112";
    const origin = { source: from, date: "2026-11-20", currency: "USD" };
    expect(read()).toEqual({
      sources: {
        old: aws.sources.old,
        [from]: { ...origin, quality: "listed" },
        [`${from}, confirmed`]: { ...origin, quality: "confirmed" },
      },
      machines: {
        "aws/eu-north-1/m7i.large": {
          ...aws.machines["aws/eu-north-1/m7i.large"],
          from,
          usdPerHour: 0.107,
          spotFrom: "old",
          committed: { from, oneYearUsdPerHour: 0.0708, threeYearsUsdPerHour: 0.0486 },
        },
      },
      services: { "aws/eu-north-1/nat-gateway": { from: `${from}, confirmed`, amount: 0.046, unit: "hour" } },
    });
    expect(readFileSync(file, "utf8")).toMatch(/^\{\n {2}"sources"[\s\S]*\n\}\n$/);
  });

  test.each<[string, Parameters<typeof offerCsv>[0], string]>([
    ["a SKU that is not there", [nat], "the list has no such SKU"],
    [
      "another currency",
      [machineRow("m7i.large", "0.75", { Currency: "CNY" }), nat],
      "the list has it in CNY, not in USD",
    ],
    ["another unit", [machineRow("m7i.large", "0.107", { Unit: "Quantity" }), nat], "by Quantity, not by Hrs"],
    [
      "two prices",
      [machineRow("m7i.large", "0.107"), machineRow("m7i.large", "0.11"), nat],
      "the list has 2 prices of it: 0.107, 0.11",
    ],
    ["a price of nothing", [machineRow("m7i.large", "0.0000000000"), nat], "the list has 0.0000000000 as its price"],
    ["what is no number", [machineRow("m7i.large", "ask us"), nat], "the list has ask us as its price"],
  ])("with %s leaves the figure as it is, and says so", async (_name, rows, why) => {
    const { report } = await run(aws, ec2(...rows), { write: true });
    expect(report.kept).toEqual([{ price: "aws/eu-north-1/m7i.large", why: expect.stringContaining(why) }]);
    expect(report.changes).toEqual([]);
    expect(read().machines).toEqual(aws.machines);
    expect(describeReport(report)).toContain(`${why}: aws/eu-north-1/m7i.large`);
  });

  const index = "/offers/v1.0/aws/AmazonEC2/current/region_index.json";
  const list = "/offers/v1.0/aws/AmazonEC2/20261120101112/eu-north-1/index.csv";
  const whole = ec2(machineRow("m7i.large", "0.107"), nat);
  test.each<[string, Answers, RegExp]>([
    ["that is refused", { ...whole, [list]: answer("no", 403) }, /index\.csv answers 403 Forbidden$/],
    ["whose index is refused", { ...whole, [index]: answer("no", 403) }, /region_index\.json answers 403/],
    ["whose index is no JSON", { ...whole, [index]: answer("<html>") }, /answers something that is no JSON$/],
    ["whose index is something else", { ...whole, [index]: answer({ regions: [] }) }, /is no index of regions/],
    ["without the region", { ...whole, [index]: answer({ regions: {} }) }, /has no list of eu-north-1$/],
    ["that is a page", { ...whole, [list]: answer("<html>\n".repeat(9)) }, /is no price list/],
    ["without a needed column", { ...whole, [list]: answer('"SKU","Unit"\n') }, /it has no column PricePerUnit$/],
    [
      "without its day",
      { ...whole, [list]: answer(offerCsv([]).replace("Publication Date", "Day")) },
      /version and day$/,
    ],
    ["that breaks a quote", { ...whole, [list]: answer(`${offerCsv([])}"never closed`) }, /cannot be read to its end/],
    [
      "that ends in the middle",
      {
        ...whole,
        [list]: (_request, response) => {
          response.writeHead(200, { "content-length": "99999" });
          response.write(offerCsv([]).slice(0, 100), () => response.destroy());
        },
      },
      /cannot be read to its end/,
    ],
  ])("%s changes nothing, even with --write", async (_name, answers, message) => {
    const { report } = await run(aws, answers, { write: true });
    expect(report).toMatchObject({ changes: [], written: false, failed: [expect.stringMatching(message)] });
    expect(describeReport(report)).toContain("not read: http");
    expect(read()).toEqual(aws);
  });

  test("that cannot be reached changes nothing, and says where it was looked for", async () => {
    const { url, close: stop } = await serve({});
    await stop();
    const { report } = await run(aws, {}, { from: url, write: true });
    expect(report.failed).toEqual([`${url}${index} cannot be reached: ECONNREFUSED`]);
    expect(read()).toEqual(aws);
  });

  test("of one region that fails keeps what others say from being written", async () => {
    const data = {
      ...aws,
      services: { ...aws.services, "aws/eu-central-1/vpc-endpoint": { from: "old", amount: 0.012, unit: "hour" } },
    } as const satisfies PriceData;
    const { report } = await run(data, whole, { write: true });
    expect(report).toMatchObject({ changes: [{ after: 0.107 }], failed: [/AmazonVPC/], written: false });
    expect(read()).toEqual(data);
  });

  test("is not asked about what it does not have: other partitions, and what has no name in it", async () => {
    const data: PriceData = {
      sources: { old: source },
      machines: {},
      services: {
        "aws/eusc-de-east-1/ebs-gp3": { from: "old", amount: 0.1, unit: "gib-month" },
        "aws/*/kms-key": { from: "old", amount: 1, unit: "month" },
      },
    };
    const { report, asked } = await run(data, {});
    expect(report.kept.map(({ why }) => why)).toEqual([
      "eusc-de-east-1 is of another partition than the public list",
      "what the list calls it is not in catalog/price-lists.ts",
    ]);
    expect(asked).toEqual([]);
  });
});

describe("Google's list", () => {
  const skus = "/v1/services/6F81-5844-456A/skus";
  const key = "AIza-not-a-real-key";
  const all = [
    googleSku("G2 Instance Core running in Netherlands", "h", { nanos: 27_500_000 }, { skuId: "AAAA-0000-0001" }),
    googleSku("G2 Instance Ram running in Netherlands", "GiBy.h", { nanos: 3_220_000 }, { skuId: "AAAA-0000-0002" }),
    googleSku("Nvidia L4 GPU running in Netherlands", "h", { nanos: 616_000_000 }, { skuId: "AAAA-0000-0003" }),
    googleSku("G2 Instance Core running in Belgium", "h", { nanos: 1 }, { regions: ["europe-west1"] }),
    googleSku("Commitment v1: G2 Cpu in Netherlands for 1 Year", "h", { nanos: 1 }, { usageType: "Commit1Yr" }),
    ...["G2 Instance Core", "G2 Instance Ram"].map((name, index) =>
      googleSku(
        `Spot Preemptible ${name} running in Netherlands`,
        index === 0 ? "h" : "GiBy.h",
        { nanos: 1_000_000 },
        {
          usageType: "Preemptible",
        },
      ),
    ),
    googleSku(
      "Nvidia L4 GPU attached to Spot Preemptible VMs running in Netherlands",
      "h",
      { nanos: 250_000_000 },
      {
        usageType: "Preemptible",
      },
    ),
    googleSku("Balanced PD Capacity in Netherlands", "GiBy.mo", { nanos: 110_000_000 }),
    googleSku("Regional Balanced PD Capacity in Netherlands", "GiBy.mo", { nanos: 220_000_000 }),
  ];
  const gcp = { providers: ["gcp"], googleKey: key } as const;

  test("is read page by page, by a key in a header, and a machine is the sum of its parts", async () => {
    let given: unknown;
    const { report, asked } = await run(
      google,
      {
        [skus]: (request, response) => {
          given = request.headers["x-goog-api-key"];
          const second = request.url!.includes("pageToken=two");
          answer({ skus: second ? all.slice(4) : all.slice(0, 4), nextPageToken: second ? "" : "two" })(
            request,
            response,
          );
        },
      },
      { ...gcp, write: true },
    );
    expect(given).toBe(key);
    expect(asked).toHaveLength(2);
    expect(asked.join()).not.toContain(key);
    expect(asked[0]).toContain("currencyCode=USD");
    expect(report.changes.map(({ price, after }) => [price, after])).toEqual([
      ["gcp/europe-west4/g2-standard-12", 1.10056],
      ["gcp/europe-west4/g2-standard-12 spot", 0.31],
    ]);
    expect(report).toMatchObject({ confirmed: 1, kept: [], failed: [], written: true });
    const [name] = Object.keys(read().sources);
    expect(name).toBe(
      "Google's list of SKUs, europe-west4, SKU AAAA-0000-0001 + SKU AAAA-0000-0002 + SKU AAAA-0000-0003, at 20261120000000",
    );
    expect(read().machines["gcp/europe-west4/g2-standard-12"]).toMatchObject({ usdPerHour: 1.10056, from: name });
  });

  test("is not asked for without a key", async () => {
    const { report, asked } = await run(google, {}, { providers: ["gcp"] });
    expect(asked).toEqual([]);
    expect(report).toMatchObject({ failed: [], changes: [] });
    expect(describeReport(report)).toContain("kept: Google's list takes a key, and there is none: gcp/europe-west4/");
  });

  const without = (description: string) =>
    all.filter((sku) => !("description" in sku && sku.description === description));
  const balanced = "Balanced PD Capacity in Netherlands";
  test.each<[string, object[], string]>([
    ["a SKU that is not there", without(balanced), "no such SKU: Balanced PD Capacity"],
    ["two SKUs of one thing", [...all, all[8]!], "2 SKUs of it: Balanced PD Capacity"],
    [
      "another currency",
      [...without(balanced), googleSku(balanced, "GiBy.mo", { nanos: 1, currencyCode: "EUR" })],
      "in EUR, not in USD",
    ],
    ["another unit", [...without(balanced), googleSku(balanced, "h", { nanos: 1 })], "by h, not by GiBy.mo"],
    ["a price of nothing", [...without(balanced), googleSku(balanced, "GiBy.mo", {})], "has 0 as the price of"],
  ])("with %s leaves the figure as it is, and says so", async (_name, list, why) => {
    const { report } = await run(google, { [skus]: answer({ skus: list }) }, gcp);
    expect(report.kept).toEqual([{ price: "gcp/europe-west4/pd-balanced", why: expect.stringContaining(why) }]);
    expect(report.changes).toHaveLength(2);
  });

  test.each<[string, Answers, RegExp]>([
    ["that refuses the key", { [skus]: answer({ error: { code: 403 } }, 403) }, /answers 403/],
    ["that is something else", { [skus]: answer({ items: [] }) }, /is no list of SKUs: skus/],
    ["that leads in a circle", { [skus]: answer({ skus: [], nextPageToken: "again" }) }, /leads back to a page/],
  ])("%s changes nothing, and no message has the key", async (_name, answers, message) => {
    const { report } = await run(google, answers, { ...gcp, write: true });
    expect(report).toMatchObject({ written: false, failed: [expect.stringMatching(message)] });
    expect(JSON.stringify(report)).not.toContain(key);
    expect(read()).toEqual(google);
  });
});

test("arguments are understood, or refused", () => {
  expect(parseArguments([])).toEqual({ providers: ["aws", "gcp"], write: false, json: false, help: false });
  expect(parseArguments(["--from", "http://127.0.0.1:8080/", "--provider", "aws", "--write", "--json"])).toEqual({
    providers: ["aws"],
    from: "http://127.0.0.1:8080",
    write: true,
    json: true,
    help: false,
  });
  for (const args of [["--provider", "azure"], ["--from", "ftp://x"], ["--frm", "x"], ["all"]]) {
    expect(() => parseArguments(args), args.join(" ")).toThrow();
  }
});
