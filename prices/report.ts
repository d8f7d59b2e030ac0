import type { Reading, Refreshed } from "./refresh";

/** Above this, a change is worth a second look. */
const large = 50;

/** A change of a figure. `percent` is absent where the catalog had none. */
export interface Change {
  readonly price: string;
  readonly before?: number;
  readonly after: number;
  readonly percent?: number;
  readonly source: string;
  readonly date: string;
}

export interface Report {
  readonly changes: readonly Change[];
  /** Figures that the lists confirm. */
  readonly confirmed: number;
  readonly kept: readonly { readonly price: string; readonly why: string }[];
  readonly failed: readonly string[];
  readonly written: boolean;
}

const nameOf = ({ table, key, name }: Pick<Reading, "table" | "key" | "name">): string =>
  table === "services" || name === "usdPerHour" ? key : `${key} ${name.replace("UsdPerHour", "")}`;

export function reportOf({ readings, kept, failed }: Refreshed, isWritten: boolean): Report {
  const changes = readings
    .filter(({ before, usd }) => before !== usd)
    .map((reading): Change => {
      const { before, usd, source, date } = reading;
      return {
        price: nameOf(reading),
        ...(before === undefined ? {} : { before, percent: Math.round(((usd - before) / before) * 1000) / 10 }),
        after: usd,
        source,
        date,
      };
    });
  return {
    changes,
    confirmed: readings.length - changes.length,
    kept: kept.map((figure) => ({ price: nameOf(figure), why: figure.why })),
    failed,
    written: isWritten,
  };
}

/** The report as a person reads it. */
export function describeReport({ changes, confirmed, kept, failed, written }: Report): string {
  const lines: string[] = [];
  const width = Math.max(0, ...changes.map(({ price }) => price.length));
  for (const { price, before, after, percent, date, source } of changes) {
    const change = percent === undefined ? "new" : `${percent > 0 ? "+" : ""}${percent} %`;
    const look = percent !== undefined && Math.abs(percent) > large ? " (look twice)" : "";
    lines.push(`${price.padEnd(width)}  ${before ?? "-"} -> ${after}  ${change}${look}  ${date}  ${source}`);
  }
  const reasons = new Map<string, string[]>();
  for (const { price, why } of kept) reasons.set(why, [...(reasons.get(why) ?? []), price]);
  for (const [why, names] of reasons) lines.push(`kept: ${why}: ${names.join(", ")}`);
  for (const why of failed) lines.push(`not read: ${why}`);
  const changed = `${changes.length} ${changes.length === 1 ? "price" : "prices"} changed`;
  const outcome = written ? "written to catalog/prices.json" : "nothing is written";
  lines.push(`${changed}, ${confirmed} confirmed, ${kept.length} kept; ${outcome}.`);
  return lines.join("\n");
}
