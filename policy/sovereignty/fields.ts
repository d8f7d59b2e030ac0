import { isObject, type Path, unknown, type Value } from "../rule";

/** A place in a resource's properties, and what stands there; undefined where nothing does. */
export interface Field {
  readonly field: Path;
  readonly value: Value;
}

/**
 * What stands at a path such as `blockDeviceMappings.ebs?.kmsKeyId`. A list on the way means each of its items, whether
 * the type has a list there or not; JSON in a text is read as what it says. A step that ends in `?` need not be there:
 * without it nothing is found. Any other that is missing is found as undefined, and one that is unknown as unknown.
 */
export function fieldsAt(root: Value, path: string): readonly Field[] {
  return step({ field: [], value: root }, path === "" ? [] : path.split("."));
}

function step({ field, value }: Field, [next, ...rest]: readonly string[]): readonly Field[] {
  const parsed = next === undefined ? value : parse(value);
  if (Array.isArray(parsed) && parsed.length > 0) {
    const items = parsed.map((item, index) => ({ field: [...field, index], value: item as Value }));
    return items.flatMap((item) => step(item, next === undefined ? [] : [next, ...rest]));
  }
  if (next === undefined) return [{ field, value: Array.isArray(value) ? undefined : value }];
  if (parsed === unknown) return [{ field, value: unknown }];
  const name = next.replace(/\?$/, "");
  const found = isObject(parsed) ? parsed[name] : undefined;
  const missing = found === undefined || found === null || (Array.isArray(found) && found.length === 0);
  if (!missing) return step({ field: [...field, name], value: found }, rest);
  return next.endsWith("?") ? [] : [{ field: [...field, ...[name, ...rest].map(bare)], value: undefined }];
}

const bare = (name: string) => name.replace(/\?$/, "");

/** The JSON object or list that a text holds, or the value itself. */
export function parse(value: Value): Value {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value;
  }
}

/** Whether a switch is on, as clouds and Kubernetes write it. */
export const isOn = (value: Value): boolean => value === true || (typeof value === "string" && /^true$/i.test(value));

/** A value as a finding shows it. */
export const shown = (value: Value): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
