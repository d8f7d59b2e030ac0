import { createHash } from "node:crypto";
import { isProperties, type Properties } from "../kubernetes/values";
import type { Kind } from "./kind";

/** Hexadecimal digits that the official providers append. */
const digits = 7;

/**
 * Names what the program left nameless as the official providers do, `<logical name>-<7 hex digits>`, and notes it in
 * `__defaults`. A name that was made up once is kept.
 */
export function autoname(
  kind: Kind,
  request: {
    readonly name: string;
    readonly news: Properties;
    readonly olds: Properties;
    readonly seed: Uint8Array;
    /** By the engine's own rules for names, where the user has set any. */
    readonly proposed?: string;
  },
): Properties {
  const { name, news, olds, seed, proposed } = request;
  if (!kind.autoname) return news;
  const { field, longest, prefix = "" } = kind.autoname;
  const given = news[field];
  if (given !== undefined && given !== null && given !== "") return news;
  if (typeof news[`${field}Prefix`] === "string") return news;
  const kept = Array.isArray(olds.__defaults) && olds.__defaults.includes(field) && isProperties(olds) && olds[field];
  const random = createHash("sha256").update(seed).update(name).digest("hex").slice(0, digits);
  const made = `${prefix}${name.slice(0, longest - prefix.length - digits - 1)}-${random}`;
  return { ...news, [field]: kept || proposed || made, __defaults: [field] };
}
