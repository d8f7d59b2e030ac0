import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** For tests: price lists in the providers' own formats, served on this machine. */

/** Columns of an offer of AWS, of which the real one has some ninety. */
const columns = [
  "SKU",
  "OfferTermCode",
  "RateCode",
  "TermType",
  "PriceDescription",
  "EffectiveDate",
  "StartingRange",
  "EndingRange",
  "Unit",
  "PricePerUnit",
  "Currency",
  "RelatedTo",
  "LeaseContractLength",
  "PurchaseOption",
  "OfferingClass",
  "Product Family",
  "serviceCode",
  "Location",
  "Location Type",
  "Instance Type",
  "Pre Installed S/W",
  "Tenancy",
  "Operating System",
  "License Model",
  "usageType",
  "operation",
  "CapacityStatus",
  "Region Code",
] as const;

type Row = Partial<Record<(typeof columns)[number], string>>;

const quoted = (cells: readonly string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");

/** An offer as AWS writes it: five rows of metadata, the names of the columns, and one row for each price. */
export function offerCsv(rows: readonly Row[], version = "20261120101112"): string {
  return `${[
    ["FormatVersion", "v1.0"],
    ["Disclaimer", 'This pricing list is for "informational purposes" only.'],
    ["Publication Date", "2026-11-20T10:11:12Z"],
    ["Version", version],
    ["OfferCode", "AmazonEC2"],
    columns,
    ...rows.map((row) => columns.map((name) => row[name] ?? "")),
  ]
    .map(quoted)
    .join("\n")}\n`;
}

/** The row of a machine with Linux, on demand; `more` makes it another. */
export const machineRow = (type: string, price: string, more: Row = {}): Row => ({
  SKU: "ABCDEFGHJKMNPQRS",
  TermType: "OnDemand",
  StartingRange: "0",
  EndingRange: "Inf",
  Unit: "Hrs",
  PricePerUnit: price,
  Currency: "USD",
  "Product Family": "Compute Instance",
  "Instance Type": type,
  "Pre Installed S/W": "NA",
  Tenancy: "Shared",
  "Operating System": "Linux",
  "License Model": "No License required",
  usageType: `EUN1-BoxUsage:${type}`,
  CapacityStatus: "Used",
  ...more,
});

export const serviceRow = (usageType: string, price: string, unit: string, more: Row = {}): Row => ({
  TermType: "OnDemand",
  StartingRange: "0",
  Unit: unit,
  PricePerUnit: price,
  Currency: "USD",
  usageType,
  ...more,
});

/** A SKU as Google writes it. */
export const googleSku = (
  description: string,
  unit: string,
  price: { units?: string; nanos?: number; currencyCode?: string },
  more: { usageType?: string; regions?: readonly string[]; skuId?: string } = {},
): object => ({
  name: "services/6F81-5844-456A/skus/0000-0000-0001",
  skuId: more.skuId ?? "0000-0000-0001",
  description,
  category: {
    serviceDisplayName: "Compute Engine",
    resourceFamily: "Compute",
    resourceGroup: "CPU",
    usageType: more.usageType ?? "OnDemand",
  },
  serviceRegions: more.regions ?? ["europe-west4"],
  pricingInfo: [
    {
      summary: "",
      effectiveTime: "2026-11-20T21:37:33.000000Z",
      pricingExpression: {
        usageUnit: unit,
        displayQuantity: 1,
        tieredRates: [{ startUsageAmount: 0, unitPrice: { currencyCode: "USD", units: "0", nanos: 0, ...price } }],
        baseUnit: "s",
        baseUnitConversionFactor: 3600,
      },
      currencyConversionRate: 1,
    },
  ],
  serviceProviderName: "Google",
});

export type Answers = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;

export const answer =
  (body: string | object, status = 200) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** The index and the list of one offer in one region. */
export const offer = (name: string, region: string, csv: string): Answers => ({
  [`/offers/v1.0/aws/${name}/current/region_index.json`]: answer({
    formatVersion: "v1.0",
    regions: {
      [region]: {
        regionCode: region,
        currentVersionUrl: `/offers/v1.0/aws/${name}/20261120101112/${region}/index.json`,
      },
    },
  }),
  [`/offers/v1.0/aws/${name}/20261120101112/${region}/index.csv`]: answer(csv),
});

/** Serves answers by path until `close`. Whatever was asked is in `asked`. */
export async function serve(answers: Answers): Promise<{ url: string; asked: string[]; close: () => Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const found = answers[request.url!.split("?")[0]!];
    if (found === undefined) response.writeHead(404).end();
    else found(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
