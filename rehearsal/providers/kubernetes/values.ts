import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { plainOf, structOf } from "./struct";

/** A value whose plain text must not be shown or stored in the clear. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A value that is only known once the update has run. There is one instance: {@link unknown}. */
export class Unknown {
  toJSON(): string {
    return UNKNOWN_STRING;
  }
}

/** Text that lives in the program, in a file or behind a URL. `text`, `path` or `uri` is set, never two. */
export class Asset {
  constructor(readonly source: { text?: string; path?: string; uri?: string }) {}
}

/** A reference to another resource of the stack, as the engine passes it around. */
export class ResourceReference {
  constructor(
    readonly urn: string,
    readonly id: Value,
    readonly packageVersion: string,
  ) {}
}

export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | { [key: string]: Value }
  | Secret
  | Unknown
  | Asset
  | ResourceReference;

export type Properties = { [key: string]: Value };

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects have no common shape beyond their metadata.
export type Json = any;

const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has one placeholder per kind of unknown value. */
const UNKNOWN_PLACEHOLDERS = new Set([
  UNKNOWN_STRING,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

export const unknown = new Unknown();

/** Reads a property bag off the wire. Output values lose their dependencies and keep whether they are secret or known. */
export function decode(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : (decodeValue(plainOf(struct)) as Properties);
}

export function decodeValue(raw: Json): Value {
  if (typeof raw === "string") return UNKNOWN_PLACEHOLDERS.has(raw) ? unknown : raw;
  if (raw === null || raw === undefined || typeof raw !== "object") return raw ?? null;
  if (Array.isArray(raw)) return raw.map(decodeValue);
  switch (raw[SIGNATURE]) {
    case undefined: {
      const map: Properties = {};
      for (const key of Object.keys(raw)) map[key] = decodeValue(raw[key]);
      return map;
    }
    case SECRET:
      return new Secret(decodeValue(raw.value));
    case OUTPUT: {
      const value = "value" in raw ? decodeValue(raw.value) : unknown;
      return raw.secret === true ? new Secret(value) : value;
    }
    case ASSET:
      return new Asset({ text: raw.text, path: raw.path, uri: raw.uri });
    case RESOURCE:
      return new ResourceReference(raw.urn, decodeValue(raw.id ?? ""), raw.packageVersion ?? "");
    case ARCHIVE:
      throw new Error("archives are not accepted in Kubernetes resources or chart values");
    default:
      throw new Error(`a property carries an unrecognised type signature ${JSON.stringify(raw[SIGNATURE])}`);
  }
}

/** Puts a property bag on the wire. Keys whose value is `undefined` are left out. */
export function encode(properties: Properties): Struct {
  return structOf(encodeValue(properties));
}

export function encodeValue(value: Value): Json {
  if (value === null || value === undefined || typeof value !== "object") return value ?? null;
  if (Array.isArray(value)) return value.map(encodeValue);
  if (value instanceof Unknown) return UNKNOWN_STRING;
  if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: encodeValue(value.value) };
  if (value instanceof Asset) return { [SIGNATURE]: ASSET, ...value.source };
  if (value instanceof ResourceReference) {
    const { urn, packageVersion } = value;
    return { [SIGNATURE]: RESOURCE, urn, id: encodeValue(value.id), packageVersion };
  }
  if (!isProperties(value)) throw new Error(`a ${typeof value} cannot be put on the wire`);
  const map: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) if (value[key] !== undefined) map[key] = encodeValue(value[key] as Value);
  return map;
}

/** The same value with secrets opened. Unknowns stay where they are. */
export function reveal(value: Value): Json {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isProperties(value)) return value;
  const map: Json = {};
  for (const key of Object.keys(value)) map[key] = reveal(value[key] as Value);
  return map;
}

/** Whether the value is a plain map: not a secret, an unknown, an asset or a reference. */
export function isMap(value: unknown): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** {@link isMap} for property values. */
export function isProperties(value: Value | undefined): value is Properties {
  return isMap(value);
}

export function hasUnknown(value: Value): boolean {
  return some(value, (part) => part instanceof Unknown);
}

export function hasSecret(value: Value): boolean {
  return some(value, (part) => part instanceof Secret);
}

function some(value: Value, test: (part: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (Array.isArray(value)) return value.some((part) => some(part, test));
  return isProperties(value) && Object.values(value).some((part) => some(part, test));
}

/**
 * Copies secrecy from one value to another of a similar shape. Maps are followed key by key; anywhere else a secret
 * inside `from` makes all of `to` secret, since lists may come back in another order.
 */
export function copySecrecy(to: Value, from: Value): Value {
  if (to instanceof Secret) return to;
  if (isProperties(to) && isProperties(from)) {
    const map: Properties = {};
    for (const key of Object.keys(to)) {
      map[key] = key in from ? copySecrecy(to[key] as Value, from[key] as Value) : (to[key] as Value);
    }
    return map;
  }
  return hasSecret(from) ? new Secret(to) : to;
}

/** Deep equality of plain values; `undefined` and a missing key are the same, unknowns equal only each other. */
export function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => equal(x, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) if (!equal(a[key], b[key])) return false;
  return true;
}
