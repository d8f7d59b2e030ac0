import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { z } from "zod";
import type { AwsSelector } from "../catalog/price-lists";
import { type Answer, get, getJson, PriceListError } from "./list";

/** Reading of the price lists of AWS: an offer of one region is a table of some hundred thousand rows. */

const regionIndex = z.object({
  regions: z.record(z.string(), z.object({ currentVersionUrl: z.string().regex(/^\/.+\/index\.json$/) })),
});

/** Rows of metadata that stand before the names of the columns. */
const metadataRows = 5;

const amountsOf = (rows: readonly Row[]) => [...new Set(rows.map((row) => row.amount))];

interface Row {
  readonly amount: string;
  readonly currency: string;
  readonly unit: string;
  readonly start: string;
}

function answerOf(rows: readonly Row[], { unit }: AwsSelector, source: string, date: string): Answer {
  const inUnit = rows.filter((row) => row.unit === unit);
  if (rows.length === 0) return { problem: "the list has no such SKU" };
  if (inUnit.length === 0) return { problem: `the list has it by ${rows[0]!.unit}, not by ${unit}` };
  const foreign = inUnit.find(({ currency }) => currency !== "USD");
  if (foreign !== undefined) return { problem: `the list has it in ${foreign.currency || "no currency"}, not in USD` };
  // Of several tiers, the first is what one pays from the first unit on.
  const first = inUnit.filter(({ start }) => start === "" || Number(start) === 0);
  const amounts = amountsOf(first);
  if (amounts.length !== 1) return { problem: `the list has ${amounts.length} prices of it: ${amounts.join(", ")}` };
  const usd = Number(amounts[0]);
  return Number.isFinite(usd) && usd > 0
    ? { usd, source, date }
    : { problem: `the list has ${amounts[0]} as its price` };
}

/** Usage types carry the prefix of their region, as in EUC1-NatGateway-Hours; those of us-east-1 may carry none. */
const usageTypes = ({ usageType }: AwsSelector): RegExp =>
  new RegExp(`^([A-Z]{2,4}\\d?-)?${usageType.replace(/[.+]/g, "\\$&")}$`);

/**
 * What an offer of a region costs, by selectors. Reads the list once, row by row, whatever its size. Throws PriceListError
 * where the list cannot be had or is no price list.
 */
export async function awsPrices<K extends string>(
  base: string,
  offer: AwsSelector["offer"],
  region: string,
  wanted: ReadonlyMap<K, AwsSelector>,
): Promise<ReadonlyMap<K, Answer>> {
  const indexUrl = `${base}/offers/v1.0/aws/${offer}/current/region_index.json`;
  const index = regionIndex.safeParse(await getJson(indexUrl));
  if (!index.success) throw new PriceListError(`${indexUrl} is no index of regions: ${index.error.issues[0]!.message}`);
  const path = index.data.regions[region]?.currentVersionUrl;
  if (path === undefined) throw new PriceListError(`${indexUrl} has no list of ${region}`);
  const url = `${base}${path.replace(/json$/, "csv")}`;
  const { body } = await get(url);
  if (body === null) throw new PriceListError(`${url} is empty`);
  // Metadata rows have fewer columns than the others.
  const records = parse({ relax_column_count: true });
  // Errors on the way end the reading below; leaving that ends the download.
  pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), records, () => undefined);
  const selectors = [...wanted].map(([key, selector]) => ({
    key,
    pattern: usageTypes(selector),
    cells: Object.entries(selector.columns),
  }));
  const metadata = new Map<string, string>();
  const found = new Map<K, Row[]>([...wanted.keys()].map((key) => [key, []]));
  let columns: ReadonlyMap<string, number> | undefined;
  try {
    for await (const record of records as AsyncIterable<readonly string[]>) {
      if (columns === undefined) {
        if (record[0] === "SKU") {
          columns = new Map(record.map((name, position) => [name, position]));
          for (const name of ["PricePerUnit", "Currency", "Unit", "TermType", "usageType"]) {
            if (!columns.has(name)) throw new PriceListError(`${url} is no price list: it has no column ${name}`);
          }
        } else if (metadata.size >= metadataRows) {
          throw new PriceListError(`${url} is no price list: its sixth row does not name columns`);
        } else {
          metadata.set(record[0] ?? "", record[1] ?? "");
        }
        continue;
      }
      const cell = (name: string) => record[columns!.get(name) ?? -1] ?? "";
      const usageType = cell("usageType");
      for (const { key, pattern, cells } of selectors) {
        if (!pattern.test(usageType) || !cells.every(([name, value]) => cell(name) === value)) continue;
        found.get(key)!.push({
          amount: cell("PricePerUnit"),
          currency: cell("Currency"),
          unit: cell("Unit"),
          start: cell("StartingRange"),
        });
      }
    }
  } catch (error) {
    if (error instanceof PriceListError) throw error;
    throw new PriceListError(`${url} cannot be read to its end: ${(error as Error).message}`);
  }
  const date = /^\d{4}-\d{2}-\d{2}/.exec(metadata.get("Publication Date") ?? "")?.[0];
  const version = metadata.get("Version");
  if (columns === undefined || date === undefined || version === undefined) {
    throw new PriceListError(`${url} is no price list: it does not state its version and day`);
  }
  const source = `AWS price list ${offer}, ${region}, at ${version}`;
  return new Map([...found].map(([key, rows]) => [key, answerOf(rows, wanted.get(key)!, source, date)]));
}
