import { unknown, type Value } from "../rule";

/** Ranges of addresses that are somebody's own network. Sources: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
const own: readonly (readonly [number, number])[] = [
  [ip(10, 0, 0, 0), 8],
  [ip(172, 16, 0, 0), 12],
  [ip(192, 168, 0, 0), 16],
  [ip(100, 64, 0, 0), 10],
  [ip(169, 254, 0, 0), 16],
  [ip(127, 0, 0, 0), 8],
];

function ip(...parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

const mask = (address: number, bits: number) => Math.floor(address / 2 ** (32 - bits));

/** Whether a range lies in networks of one's own; what is no range does not. */
export function isOwn(range: Value): boolean {
  if (typeof range !== "string") return false;
  const [address = "", length] = range.trim().toLowerCase().split("/");
  if (address.includes(":")) {
    const bits = length === undefined ? 128 : Number(length);
    return /^f[cd]/.test(address) ? bits >= 7 : /^fe[89ab]/.test(address) && bits >= 10;
  }
  const parts = address.split(".").map(Number);
  const bits = length === undefined ? 32 : Number(length);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return false;
  return own.some(([network, least]) => bits >= least && mask(ip(...parts), least) === mask(network, least));
}

/** Whether a range is so much of the internet that naming it says nothing: more than 2^24 addresses, or an IPv6 /16. */
export function isInternet(range: Value): boolean {
  if (typeof range !== "string" || isOwn(range)) return false;
  const [address = "", length] = range.trim().split("/");
  const bits = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
  return address.includes(":") ? bits <= 16 : bits <= 8;
}

/** As one writes it, to be compared. */
export const rangeOf = (range: Value): string | typeof unknown =>
  range === unknown ? unknown : String(range).trim().toLowerCase();
