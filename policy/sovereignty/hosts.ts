import ipaddr from "ipaddr.js";
import { type Context, isObject, type Path, type Value } from "../rule";

/** What the rules of the boundary share about host names and addresses: how they are compared, and which are outside. */

/** Address ranges that no network outside answers from. */
const inner = new Set([
  "private",
  "loopback",
  "linkLocal",
  "carrierGradeNat",
  "uniqueLocal",
  "unspecified",
  "multicast",
  "broadcast",
]);

/** Whether a literal IP address is one of a private network; undefined for what is no address. */
export function privateAddress(host: string): boolean | undefined {
  const bare = host.replace(/^\[|\]$/g, "");
  return ipaddr.isValid(bare) ? inner.has(ipaddr.process(bare).range()) : undefined;
}

/** Whether a range reaches addresses outside private networks; undefined for what is no range. */
export function publicRange(range: string): boolean | undefined {
  const cidr = range.includes("/") ? range : `${range}/${range.includes(":") ? 128 : 32}`;
  if (!ipaddr.isValidCIDR(cidr)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(cidr);
  const first =
    address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  // The widest private ranges are 10.0.0.0/8 and fc00::/7: anything wider has addresses beside them.
  const widest = address.kind() === "ipv4" ? 8 : 7;
  return bits < widest || !inner.has(ipaddr.process(first.toString()).range()) || !innerRange(first, bits);
}

/** Ranges that are private as a whole, by which one that starts in a private range is known to end there. */
const innerRanges = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "fe80::/10",
  "::1/128",
].map((range) => ipaddr.parseCIDR(range));

const innerRange = (first: ipaddr.IPv4 | ipaddr.IPv6, bits: number) =>
  innerRanges.some(
    ([address, length]) => address.kind() === first.kind() && bits >= length && first.match(address as never, length),
  );

/** A host as it is compared: lower case, no port, no final dot, addresses in their usual form; undefined for what is none. */
export function hostName(written: string): string | undefined {
  try {
    // The parser of addresses in browsers reads every form of an IP address, and names in other alphabets.
    const { hostname } = new URL(`http://${written.trim()}`);
    const host = hostname.replace(/\.+$/, "");
    return host === "" ? undefined : host;
  } catch {
    return undefined;
  }
}

/** A pattern of a host: the host, or `*.` and what names below it end in. One label after the `*.` would be half the world. */
function matches(pattern: string, host: string): boolean {
  const wanted = pattern.trim().toLowerCase().replace(/\.+$/, "");
  if (!wanted.startsWith("*.")) return hostName(wanted) === host;
  const below = wanted.slice(2);
  return below.includes(".") && host.endsWith(`.${below}`);
}

type Endpoint = Context["environment"]["jurisdiction"]["endpoints"][number];

/** What the environment says of a host outside. */
export const endpointOf = (host: string, { environment }: Context): Endpoint | undefined =>
  environment.jurisdiction.endpoints.find((endpoint) => matches(endpoint.host, host));

/** Why the platform may not call a host outside, continuing `<field> is "<value>", ...`; undefined when it may. */
export function objectionTo(host: string, context: Context): string | undefined {
  const { jurisdiction } = context.environment;
  const endpoint = endpointOf(host, context);
  if (endpoint === undefined) {
    return `which calls ${host}, a host outside that jurisdiction.endpoints does not name`;
  }
  return jurisdiction.sovereign && endpoint.jurisdiction !== jurisdiction.name
    ? `which calls ${host}, and its operator ${endpoint.operator} is under the law of ${endpoint.jurisdiction}, not of ${jurisdiction.name}`
    : undefined;
}

/** Names of keys, flags and variables whose values are hosts or addresses: `OTEL_EXPORTER_OTLP_ENDPOINT`, `externalName`. */
export const hostKey =
  /^ip$|(^|[_.\-/\s]|(?<=[a-z0-9]))(url|urls|uri|uris|host|hosts|hostname|hostnames|endpoint|endpoints|addr|addrs|address|addresses|server|servers|fqdn|fqdns|broker|brokers|proxy|peer|peers|upstream|upstreams|dsn|webhook|externalname|matchname|matchpattern)$/i;

/** A text without the credentials that an address in it may carry. */
export const withoutCredentials = (text: string): string => text.replace(/\/\/[^/@\s]*@/g, "//(credentials)@");

/** An address in a text, with what stands in it. */
export interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
}

const address =
  /(?<![\w+.-])([a-z][a-z0-9+.-]*):\/\/([^\s"'`<>\\/?#|,;)}\]]*\]?[^\s"'`<>\\/?#|,;)}\]]*)([^\s"'`<>\\|)]*)/gi;

/** Every `scheme://host` in a text, in order. A host that cannot be read, because something is put in later, is left out. */
export function addressesIn(text: string): readonly Address[] {
  return [...text.matchAll(address)].flatMap(([, scheme = "", authority = "", path = ""]) => {
    const host = hostName(authority.slice(authority.lastIndexOf("@") + 1));
    return host === undefined ? [] : [{ scheme: scheme.toLowerCase(), host, path }];
  });
}

/** The name that a value has where it stands: its key, or what stands as `name` beside its `value`; empty for none. */
export function nameAt(props: Value, path: Path): string {
  const key = [...path].reverse().find((part) => typeof part === "string");
  if (key !== "value" || path.at(-1) !== "value") return String(key ?? "");
  const parent = path.slice(0, -1).reduce<Value>((value, part) => (value as { [key: string]: Value })?.[part], props);
  return isObject(parent) && typeof parent.name === "string" ? parent.name : "value";
}
