/** What a euro costs, by which figures in EUR become figures in USD. */
export interface ExchangeRate {
  readonly usdPerEur: number;
  /** ISO day of the rate. */
  readonly date: string;
  readonly source: string;
}

/**
 * The newest reference rate of the European Central Bank that several independent sources quote with its day. A newer
 * one, 1.1186 of 2026-10-08, was found in one repository alone.
 */
export const exchangeRate: ExchangeRate = {
  usdPerEur: 1.1225,
  date: "2026-10-02",
  source:
    "euro foreign exchange reference rate of the European Central Bank, as quoted with its day by at least five public repositories of October 2026",
};

/** How a converted figure says that it was one. */
export const converted = ({ usdPerEur, date }: ExchangeRate = exchangeRate): string =>
  `EUR at ${usdPerEur} USD, ECB reference rate of ${date}`;
