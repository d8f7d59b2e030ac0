import { createRequire } from "node:module";
import { Secret } from "@pulumi/policy";
import { type Path, type Properties, unknown, type Value } from "./rule";

/**
 * What the policy SDK hands to a callback, as plain values. The SDK unwraps secrets without a trace and lets unknown
 * values throw when they are touched; a rule needs the opposite, to see both.
 */

const load = createRequire(__filename);

/** How the engine writes a value that is not known yet, one per type: @pulumi/policy 1.21.0, proxy.js. */
const unknowns: ReadonlySet<unknown> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * Makes the SDK mark secrets in what it hands to validations, as it already does for remediations. The SDK has no
 * public switch for it, hence this reach into a module of it; throws when that module is not as it was.
 */
export function markSecrets(): void {
  const sdk = load("@pulumi/policy/deserialize") as Record<string, unknown>;
  const deserialize = sdk.deserializeProperties;
  if (typeof deserialize !== "function") {
    throw new Error("policy: @pulumi/policy no longer has deserializeProperties, so secrets cannot be told apart");
  }
  sdk.deserializeProperties = (properties: unknown) => deserialize(properties, true);
}

/** Properties without proxies, and the paths under `prefix` of those that are secret. */
export function plain(properties: unknown, prefix: Path = []): { props: Properties; secrets: Path[] } {
  const secrets: Path[] = [];
  const copy = (wrapped: unknown, path: Path): Value => {
    const value = bare(wrapped);
    if (value instanceof Secret) {
      secrets.push(path);
      return copy(value.value, path);
    }
    // An asset keeps its path, text or address in a promise, which no rule can wait for.
    if (unknowns.has(value) || value instanceof Promise) {
      return unknown;
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => copy(item, [...path, index]));
    }
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, [...path, key])]));
    }
    return typeof value === "function" ? undefined : (value as Value);
  };
  return { props: copy(properties, prefix) as Properties, secrets };
}

/** What is behind the SDK's proxies, which throw when an unknown value is read. */
function bare(value: unknown): unknown {
  let inner = value as { __isSpecialProxy?: boolean; __getSpecialProxyTarget?: unknown };
  while (typeof inner === "object" && inner !== null && inner.__isSpecialProxy === true) {
    inner = inner.__getSpecialProxyTarget as typeof inner;
  }
  return inner;
}
