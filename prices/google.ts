import { z } from "zod";
import type { GoogleSelector } from "../catalog/price-lists";
import { type Answer, getJson, PriceListError } from "./list";

/** Reading of Google's list of SKUs, which comes in pages. */

const sku = z.object({
  skuId: z.string(),
  description: z.string(),
  category: z.object({ usageType: z.string() }),
  serviceRegions: z.array(z.string()).default([]),
  pricingInfo: z
    .array(
      z.object({
        effectiveTime: z.string().default(""),
        pricingExpression: z.object({
          usageUnit: z.string(),
          tieredRates: z.array(
            z.object({
              startUsageAmount: z.number().default(0),
              /** `units` is a 64-bit number as text; `nanos` are billionths. Either may be left out. */
              unitPrice: z.object({
                currencyCode: z.string().default(""),
                units: z.string().default("0"),
                nanos: z.number().default(0),
              }),
            }),
          ),
        }),
      }),
    )
    .default([]),
});

const page = z.object({ skus: z.array(sku), nextPageToken: z.string().default("") });

export type GoogleSku = z.output<typeof sku>;

/** All SKUs of a service, in USD. The key goes into a header, so that no address and no message has it. */
export async function googleSkus(base: string, service: string, key: string): Promise<readonly GoogleSku[]> {
  const skus: GoogleSku[] = [];
  const tokens = new Set<string>();
  let token = "";
  do {
    const query = new URLSearchParams({
      pageSize: "5000",
      currencyCode: "USD",
      ...(token === "" ? {} : { pageToken: token }),
    });
    const url = `${base}/v1/services/${service}/skus?${query}`;
    const parsed = page.safeParse(await getJson(url, { "x-goog-api-key": key }));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new PriceListError(`${url} is no list of SKUs: ${issue!.path.join(".")}: ${issue!.message}`);
    }
    skus.push(...parsed.data.skus);
    token = parsed.data.nextPageToken;
    if (tokens.has(token)) throw new PriceListError(`${url} leads back to a page that was read`);
    tokens.add(token);
  } while (token !== "");
  return skus;
}

/** What one SKU costs per unit. */
function priceOf(skus: readonly GoogleSku[], region: string, wanted: GoogleSelector): Answer {
  const hits = skus.filter(
    ({ description, category, serviceRegions }) =>
      wanted.description.test(description) &&
      category.usageType === wanted.usageType &&
      serviceRegions.includes(region),
  );
  const what = wanted.description.source.replace(/[\^\\]|\( in \|\$\)/g, "").trim();
  if (hits.length === 0) return { problem: `the list has no such SKU: ${what}` };
  if (hits.length > 1) return { problem: `the list has ${hits.length} SKUs of it: ${what}` };
  const info = hits[0]!.pricingInfo.at(-1);
  const rates = info?.pricingExpression.tieredRates ?? [];
  const unit = info?.pricingExpression.usageUnit;
  if (info === undefined || rates.length === 0) return { problem: `the list has no price of ${what}` };
  if (unit !== wanted.unit) return { problem: `the list has ${what} by ${unit}, not by ${wanted.unit}` };
  // A first tier may be free of charge; at its maximum, a resource pays the next one.
  const { unitPrice } = rates.at(-1)!;
  if (unitPrice.currencyCode !== "USD") {
    return { problem: `the list has ${what} in ${unitPrice.currencyCode || "no currency"}, not in USD` };
  }
  const usd = Number(unitPrice.units) + unitPrice.nanos / 1e9;
  const date = /^\d{4}-\d{2}-\d{2}/.exec(info.effectiveTime)?.[0];
  if (!(Number.isFinite(usd) && usd > 0)) return { problem: `the list has ${usd} as the price of ${what}` };
  if (date === undefined) return { problem: `the list does not say since when ${what} has its price` };
  return { usd, source: `SKU ${hits[0]!.skuId}`, date };
}

/** What the sum of some SKUs costs, each as often as is said. Dated by the newest of them. */
export function googlePrice(skus: readonly GoogleSku[], region: string, wanted: readonly GoogleSelector[]): Answer {
  let usd = 0;
  let date = "";
  const sources: string[] = [];
  for (const selector of wanted) {
    const answer = priceOf(skus, region, selector);
    if ("problem" in answer) return answer;
    usd += answer.usd * selector.count;
    sources.push(answer.source);
    if (answer.date > date) date = answer.date;
  }
  const source = `Google's list of SKUs, ${region}, ${sources.join(" + ")}, at ${date.replace(/-/g, "")}000000`;
  // Sums of decimal fractions: what is behind the eighth place is the machine's, not the list's.
  return { usd: Math.round(usd * 1e8) / 1e8, source, date };
}
