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
 * Makes the SDK mark secrets in what it hands to validations, as it already does for remediations, and hand it over as it
 * is: without the proxies that it lays around every value, and once for all policies that judge the same resource. The
 * SDK has no public switch for it, hence this reach into modules of it; throws when one is not as it was.
 */
export function markSecrets(): void {
  const sdk = {
    deserialize: load("@pulumi/policy/deserialize") as Record<string, unknown>,
    secret: load("@pulumi/policy/secret") as Record<string, unknown>,
    proxy: load("@pulumi/policy/proxy") as Record<string, unknown>,
  };
  const replace = (module: keyof typeof sdk, name: string, by: (was: (...args: unknown[]) => unknown) => unknown) => {
    const was = sdk[module][name];
    if (typeof was !== "function") {
      throw new Error(`policy: @pulumi/policy no longer has ${name}, so secrets cannot be told apart`);
    }
    Object.defineProperty(sdk[module], name, { value: by(was as never), writable: true, configurable: true });
  };
  const once = new WeakMap<object, unknown>();
  replace("deserialize", "deserializeProperties", (was) => (properties: object) => {
    if (!once.has(properties)) once.set(properties, was(properties, true));
    return once.get(properties);
  });
  replace("secret", "secretsPreservingProxy", () => (value: unknown) => value);
  replace("proxy", "unknownCheckingProxy", () => (value: unknown) => value);
}

interface Plain {
  readonly props: Properties;
  readonly secrets: Path[];
}

/** What was made plain before: rules read, and change nothing, so that all of one resource can share it. */
const made = new WeakMap<object, Plain>();

/** Properties without proxies, and the paths of those that are secret. */
export function plain(properties: unknown): Plain {
  const origin = bare(properties);
  const known = typeof origin === "object" && origin !== null ? made.get(origin) : undefined;
  if (known !== undefined) {
    return known;
  }
  const secrets: Path[] = [];
  const path: (string | number)[] = [];
  const copy = (wrapped: unknown): Value => {
    const value = bare(wrapped);
    if (value instanceof Secret) {
      secrets.push([...path]);
      return copy(value.value);
    }
    // An asset keeps its path, text or address in a promise, which no rule can wait for.
    if (unknowns.has(value) || value instanceof Promise) {
      return unknown;
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => at(index, item));
    }
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, at(key, item)]));
    }
    return typeof value === "function" ? undefined : (value as Value);
  };
  const at = (step: string | number, item: unknown): Value => {
    path.push(step);
    const copied = copy(item);
    path.pop();
    return copied;
  };
  const result = { props: copy(properties) as Properties, secrets };
  if (typeof origin === "object" && origin !== null) {
    made.set(origin, result);
  }
  return result;
}

/** What is behind the SDK's proxies, which throw when an unknown value is read. */
function bare(value: unknown): unknown {
  let inner = value as { __isSpecialProxy?: boolean; __getSpecialProxyTarget?: unknown };
  while (typeof inner === "object" && inner !== null && inner.__isSpecialProxy === true) {
    inner = inner.__getSpecialProxyTarget as typeof inner;
  }
  return inner;
}
