/** What a provider's list says of something: the price of one unit, and from when on it holds. */
export interface Quote {
  readonly usd: number;
  /** Where exactly it stands, for whoever checks it. */
  readonly source: string;
  /** ISO day. */
  readonly date: string;
}

/** A price, or why the list has none that may be used. */
export type Answer = Quote | { readonly problem: string };

/** A whole list that could not be read. Nothing is known of any price in it. */
export class PriceListError extends Error {}

/** Fetches with what a person needs to know when it fails. Headers are never part of a message. */
export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  let response: Response;
  try {
    // The largest list has some gigabytes.
    response = await fetch(url, { headers, signal: AbortSignal.timeout(30 * 60_000) });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
    throw new PriceListError(`${url} cannot be reached: ${cause?.code ?? cause?.message ?? message}`);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new PriceListError(`${url} answers ${response.status}${response.statusText && ` ${response.statusText}`}`);
  }
  return response;
}

/** The JSON behind an address. */
export async function getJson(url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await get(url, headers);
  try {
    return await response.json();
  } catch {
    throw new PriceListError(`${url} answers something that is no JSON`);
  }
}
