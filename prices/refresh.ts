import type { PriceData } from "../catalog/price-data";
import {
  type AwsSelector,
  awsMachine,
  awsReserved,
  awsServices,
  googleMachine,
  googleServices,
  priceLists,
} from "../catalog/price-lists";
import { regions } from "../catalog/regions";
import type { Sku } from "../catalog/service-prices";
import { awsPrices } from "./aws";
import { googlePrice, googleSkus } from "./google";
import { type Answer, PriceListError, type Quote } from "./list";

/** A figure of catalog/prices.json: which entry, and which figure of it. */
export interface Figure {
  readonly table: "machines" | "services";
  readonly key: string;
  readonly name: "usdPerHour" | "spotUsdPerHour" | "oneYearUsdPerHour" | "threeYearsUsdPerHour" | "amount";
}

/** What a list says of a figure. `before` is absent where the catalog had none. */
export interface Reading extends Figure, Quote {
  readonly before?: number;
}

export interface Refreshed {
  readonly readings: readonly Reading[];
  /** Figures that stay as they are, and why. */
  readonly kept: readonly (Figure & { readonly why: string })[];
  /** Lists that could not be read. What they would say is neither in `readings` nor in `kept`. */
  readonly failed: readonly string[];
}

export interface RefreshOptions {
  readonly providers: readonly ("aws" | "gcp")[];
  /** Where the lists are, instead of with their publishers: for tests and mirrors. */
  readonly from?: string;
  /** A key of Google's API. Without one, Google's list is not read. */
  readonly googleKey?: string;
  readonly progress?: (message: string) => void;
}

interface Entry {
  readonly figure: Figure;
  readonly region: string;
  readonly before?: number;
}

function place(key: string): { provider: "aws" | "gcp"; region: string; sku: string } {
  const [provider, region, sku] = key.split("/") as ["aws" | "gcp", string, string];
  return { provider, region: region === "*" ? priceLists[provider].everywhere : region, sku };
}

/** Whether a region's prices are in its provider's public list: those of another partition are not. */
const isListed = (provider: "aws" | "gcp", region: string): boolean =>
  regions[region as keyof typeof regions]?.partition === priceLists[provider].partition;

/** Collects what is asked of the lists, and what they answer. */
class Refresh {
  readonly #readings: Reading[] = [];
  readonly #kept: (Figure & { why: string })[] = [];
  readonly #failed: string[] = [];

  constructor(private readonly data: PriceData) {}

  keep({ figure }: Entry, why: string): void {
    this.#kept.push({ ...figure, why });
  }

  answer({ figure, before }: Entry, answer: Answer): void {
    if ("problem" in answer) this.#kept.push({ ...figure, why: answer.problem });
    else this.#readings.push({ ...figure, ...answer, ...(before === undefined ? {} : { before }) });
  }

  /** Notes that a list could not be read; what is no fault of a list goes on to the caller. */
  fail(error: unknown): void {
    if (!(error instanceof PriceListError)) throw error;
    // An offer's index is asked for each of its regions.
    if (!this.#failed.includes(error.message)) this.#failed.push(error.message);
  }

  entries(provider: "aws" | "gcp"): readonly Entry[] {
    const of = (table: Figure["table"], key: string, name: Figure["name"], before?: number): Entry => ({
      figure: { table, key, name },
      region: place(key).region,
      ...(before === undefined ? {} : { before }),
    });
    return [
      ...Object.entries(this.data.machines)
        .filter(([key]) => place(key).provider === provider)
        .flatMap(([key, entry]) => [
          of("machines", key, "usdPerHour", entry.usdPerHour),
          ...(provider === "gcp" && entry.spotUsdPerHour !== undefined
            ? [of("machines", key, "spotUsdPerHour", entry.spotUsdPerHour)]
            : []),
          // Google's commitments are for resources, not for machines.
          ...(provider === "aws"
            ? [
                of("machines", key, "oneYearUsdPerHour", entry.committed?.oneYearUsdPerHour),
                of("machines", key, "threeYearsUsdPerHour", entry.committed?.threeYearsUsdPerHour),
              ]
            : []),
        ]),
      ...Object.entries(this.data.services)
        .filter(([key]) => place(key).provider === provider)
        .map(([key, entry]) => of("services", key, "amount", entry.amount)),
    ];
  }

  done(): Refreshed {
    return { readings: this.#readings, kept: this.#kept, failed: this.#failed };
  }
}

function awsSelector({ table, key, name }: Figure): AwsSelector | undefined {
  const { sku } = place(key);
  if (table === "services") return awsServices[sku as Sku];
  if (name === "usdPerHour") return awsMachine(sku);
  return awsReserved(sku, name === "oneYearUsdPerHour" ? 1 : 3);
}

async function refreshAws(refresh: Refresh, { from, progress }: RefreshOptions): Promise<void> {
  const lists = new Map<string, Map<Entry, AwsSelector>>();
  for (const entry of refresh.entries("aws")) {
    const selector = awsSelector(entry.figure);
    if (!isListed("aws", entry.region)) {
      refresh.keep(entry, `${entry.region} is of another partition than the public list`);
    } else if (selector === undefined) {
      refresh.keep(entry, "what the list calls it is not in catalog/price-lists.ts");
    } else {
      const list = `${selector.offer}/${entry.region}`;
      lists.set(list, (lists.get(list) ?? new Map<Entry, AwsSelector>()).set(entry, selector));
    }
  }
  for (const [list, wanted] of lists) {
    const [offer, region] = list.split("/") as [AwsSelector["offer"], string];
    progress?.(`reading ${offer} of ${region}`);
    const byName = new Map([...wanted].map(([entry, selector], index) => [`${index}`, { entry, selector }]));
    try {
      const selectors = new Map([...byName].map(([name, { selector }]) => [name, selector]));
      const answers = await awsPrices(from ?? priceLists.aws.url, offer, region, selectors);
      for (const [name, { entry }] of byName) {
        const answer = answers.get(name)!;
        // That a machine is not sold for a term is no news, unless it was.
        if ("problem" in answer && entry.before === undefined) continue;
        refresh.answer(entry, answer);
      }
    } catch (error) {
      refresh.fail(error);
    }
  }
}

async function refreshGoogle(data: PriceData, refresh: Refresh, options: RefreshOptions): Promise<void> {
  const { from, googleKey, progress } = options;
  const entries = refresh.entries("gcp");
  if (googleKey === undefined || googleKey === "") {
    for (const entry of entries) refresh.keep(entry, "Google's list takes a key, and there is none");
    return;
  }
  try {
    progress?.("reading Google's list of SKUs");
    const { url, service } = priceLists.gcp;
    const skus = await googleSkus(from ?? url, service, googleKey);
    for (const entry of entries) {
      const { table, key, name } = entry.figure;
      const { sku } = place(key);
      const service = googleServices[sku as Sku];
      const selectors =
        table === "machines"
          ? googleMachine(sku, data.machines[key]!, name === "spotUsdPerHour")
          : service && [service];
      if (!isListed("gcp", entry.region)) {
        refresh.keep(entry, `${entry.region} is of another universe than the public list`);
      } else if (selectors === undefined) {
        refresh.keep(entry, "what the list calls it is not in catalog/price-lists.ts");
      } else {
        refresh.answer(entry, googlePrice(skus, entry.region, selectors));
      }
    }
  } catch (error) {
    refresh.fail(error);
  }
}

/** What the providers' public lists say of every figure of the catalog. */
export async function refreshed(data: PriceData, options: RefreshOptions): Promise<Refreshed> {
  const refresh = new Refresh(data);
  if (options.providers.includes("aws")) await refreshAws(refresh, options);
  if (options.providers.includes("gcp")) await refreshGoogle(data, refresh, options);
  return refresh.done();
}
