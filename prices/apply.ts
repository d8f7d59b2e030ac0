import { type PriceData, parsePriceData } from "../catalog/price-data";
import type { Reading } from "./refresh";

type Sources = Record<string, PriceData["sources"][string]>;

/** The name of the source that a reading comes from. Figures that a list confirms are told from those that it changed. */
function sourceFor({ source, date, before, usd }: Reading, sources: Sources): string {
  const confirmed = before === usd;
  const name = `${source}${confirmed ? ", confirmed" : ""}`;
  sources[name] = { source, date, currency: "USD", quality: confirmed ? "confirmed" : "listed" };
  return name;
}

/** Sources that a figure still comes from. */
function used({ machines, services }: Pick<PriceData, "machines" | "services">): ReadonlySet<string> {
  return new Set([
    ...Object.values(machines).flatMap(({ from, spotFrom, committed }) => [
      from,
      ...(spotFrom === undefined ? [] : [spotFrom]),
      ...(committed === undefined ? [] : [committed.from]),
    ]),
    ...Object.values(services).map(({ from }) => from),
  ]);
}

/**
 * The catalog's prices with what lists say of them: each such figure has the list as its source from then on. Figures of
 * an entry that come from elsewhere keep their own source. Throws where the outcome would be no catalog.
 */
export function applied(data: PriceData, readings: readonly Reading[]): PriceData {
  const sources: Sources = { ...data.sources };
  const machines = { ...data.machines };
  const services = { ...data.services };
  for (const reading of readings) {
    const { table, key, name, usd } = reading;
    const from = sourceFor(reading, sources);
    if (table === "services") {
      const { note: _about, ...entry } = services[key]!;
      services[key] = { ...entry, from, amount: usd };
      continue;
    }
    const entry = machines[key]!;
    if (name === "usdPerHour") {
      // The spot figure stays what it was, and whose it was.
      const spotFrom = entry.spotUsdPerHour === undefined ? undefined : (entry.spotFrom ?? entry.from);
      machines[key] = { ...entry, from, usdPerHour: usd, ...(spotFrom === undefined ? {} : { spotFrom }) };
    } else if (name === "spotUsdPerHour") {
      machines[key] = { ...entry, spotUsdPerHour: usd, spotFrom: from };
    } else if (name !== "amount") {
      const terms = readings.filter((other) => other.key === key && /Years?UsdPerHour$/.test(other.name));
      const term = (wanted: typeof name) =>
        terms.find((other) => other.name === wanted)?.usd ?? entry.committed?.[wanted as "oneYearUsdPerHour"];
      const [oneYearUsdPerHour, threeYearsUsdPerHour] = [term("oneYearUsdPerHour"), term("threeYearsUsdPerHour")];
      // A term alone says less than it seems to: both are there, or neither is.
      if (oneYearUsdPerHour !== undefined && threeYearsUsdPerHour !== undefined) {
        machines[key] = { ...machines[key]!, committed: { from, oneYearUsdPerHour, threeYearsUsdPerHour } };
      }
    }
  }
  const names = used({ machines, services });
  const kept = Object.fromEntries(Object.entries(sources).filter(([name]) => names.has(name)));
  return parsePriceData({ sources: kept, machines, services });
}

/** As it is written, and as the formatter leaves it. */
export const written = (data: PriceData): string => `${JSON.stringify(data, null, 2)}\n`;
