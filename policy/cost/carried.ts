import { deferred, isObject, type Observation, type Path, unknown, type Value } from "../rule";
import { at } from "./values";

/** Whether tags or labels, wherever they stand, say what bills are told apart by. */

type Required = Readonly<Record<string, string>>;

/** A list of keys and values as a map of them; other values as they are. */
export function mapOf(value: Value): Value {
  if (!Array.isArray(value)) return value;
  return Object.fromEntries(
    value.flatMap((item) => {
      const key = at(item, "key") ?? at(item, "Key");
      return typeof key === "string" ? [[key, at(item, "value") ?? at(item, "Value")] as const] : [];
    }),
  );
}

/**
 * What is missing or wrong in `own`, to which `defaults` add what it does not state itself.
 *
 * @param what what they are, such as "tags"
 */
export function missing(field: Path, own: Value, defaults: Value, required: Required, what: string): Observation[] {
  if (own === unknown) return [deferred(field)];
  const stated = isObject(own) ? own : {};
  const absent: string[] = [];
  const findings: Observation[] = [];
  for (const [key, wanted] of Object.entries(required)) {
    const value = Object.hasOwn(stated, key) ? stated[key] : defaults === unknown ? unknown : at(defaults, key);
    if (value === unknown) {
      findings.push(deferred(Object.hasOwn(stated, key) ? [...field, key] : ["provider", ...field]));
    } else if (value === undefined || value === null || value === "") {
      absent.push(key);
    } else if (value !== wanted) {
      findings.push({
        field: [...field, key],
        value: String(value),
        message: `which puts the cost to another account: it should be ${wanted}`,
      });
    }
  }
  return absent.length === 0
    ? findings
    : [
        ...findings,
        { field, message: `lack the ${what} ${absent.join(", ")}, without which nobody can tell what the cost is for` },
      ];
}

/** Ignored changes keep tags as they once were, whatever the program says. */
export const ignored = (changes: readonly string[], keys: RegExp): Observation[] =>
  changes
    .filter((change) => change === "*" || keys.test(change.split(/[.[]/)[0]!))
    .map((change) => ({
      field: ["options", "ignoreChanges"],
      value: change,
      message: "so that what bills are told apart by may be something else than what is stated",
      remedy: "take it out of ignoreChanges",
    }));
