import { closest } from "fastest-levenshtein";
import {
  Asset,
  hasSecret,
  hasUnknown,
  isMap,
  isProperties,
  type Json,
  type Properties,
  ResourceReference,
  reveal,
  Secret,
  Unknown,
  unknown,
  type Value,
} from "../kubernetes/values";
import type { Fields, Type } from "./declarations";
import type { Failure } from "./kind";

/**
 * Judges inputs by the SDK's declarations: fields that it does not have, fields that it requires, values of another
 * type. What is not known yet passes.
 */
export function checkFields(inputs: Properties, fields: Fields, owner: string, at = ""): Failure[] {
  const failures: Failure[] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const property = at === "" ? name : `${at}.${name}`;
    const field = fields.get(name);
    if (!field) {
      const known = [...fields.keys()];
      const hint = known.length > 0 ? `; did you mean "${closest(name, known)}"?` : "";
      failures.push({ property, reason: `${owner} has no field "${name}"${hint}` });
    } else if (!isAbsent(value)) failures.push(...checkValue(value, field.type, property));
  }
  for (const [name, field] of fields) {
    if (!field.required || !isAbsent(inputs[name])) continue;
    const property = at === "" ? name : `${at}.${name}`;
    failures.push({ property, reason: `${owner} needs "${name}", ${describe(field.type)}, and it is missing` });
  }
  return failures;
}

const isAbsent = (value: Value | undefined): boolean =>
  value === undefined || value === null || (value instanceof Secret && isAbsent(value.value));

function checkValue(value: Value, type: Type, property: string): Failure[] {
  if (value instanceof Secret) return checkValue(value.value, type, property);
  if (value instanceof Unknown || type.kind === "any") return [];
  const wrong = (): Failure[] => [{ property, reason: `expected ${describe(type)}, not ${shown(value)}` }];
  switch (type.kind) {
    case "reference":
      return value instanceof ResourceReference || value instanceof Asset ? [] : wrong();
    case "list":
      return Array.isArray(value)
        ? value.flatMap((part, index) => (isAbsent(part) ? [] : checkValue(part, type.of, `${property}[${index}]`)))
        : wrong();
    case "map":
      return isProperties(value)
        ? Object.entries(value).flatMap(([key, part]) =>
            isAbsent(part) ? [] : checkValue(part, type.of, `${property}.${key}`),
          )
        : wrong();
    case "object":
      return isProperties(value) ? checkFields(value, type.fields(), type.name, property) : wrong();
    case "union": {
      const tried = type.of.map((part) => checkValue(value, part, property));
      if (tried.some((failures) => failures.length === 0)) return [];
      // What is wrong inside the one alternative that the value was meant as says more than all alternatives together.
      return tried.find((failures) => failures.some((failure) => failure.property !== property)) ?? wrong();
    }
    default:
      return typeof value === type.kind ? [] : wrong();
  }
}

function describe(type: Type): string {
  switch (type.kind) {
    case "string":
      return "text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "list":
      return type.of.kind === "any" ? "a list" : `a list, each element ${describe(type.of)}`;
    case "map":
      return type.of.kind === "any" ? "a map" : `a map, each value ${describe(type.of)}`;
    case "object":
      return `an object ${type.name}`;
    case "union":
      return type.of.map(describe).join(" or ");
    case "reference":
      return "a resource";
    case "any":
      return "any value";
  }
}

/** Kinds of values only: what a wrong value says may be anything, a secret among them. */
function shown(value: Value): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "nothing";
  if (typeof value === "object") return isProperties(value) ? "a map" : "a resource or file";
  return typeof value === "string" ? "text" : String(value);
}

/** Keys in order, as the official providers write JSON: the engine hands maps over in any order. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/**
 * Inputs as the cloud is to get them: resources become their ids, and documents (policies) that the program wrote as
 * objects where the SDK also takes text become JSON. Absent values are dropped.
 */
export function normalise(inputs: Properties, fields: Fields): Properties {
  const map: Properties = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (!isAbsent(value)) map[name] = normaliseValue(value, fields.get(name)?.type ?? { kind: "any" });
  }
  return map;
}

function normaliseValue(value: Value, type: Type): Value {
  if (value instanceof Secret) return new Secret(normaliseValue(value.value, type));
  if (value instanceof ResourceReference) return value.id;
  if (Array.isArray(value)) {
    return type.kind === "list" ? value.map((part) => normaliseValue(part, type.of)) : value;
  }
  if (!isProperties(value)) return value;
  if (type.kind === "object") return normalise(value, type.fields());
  if (type.kind === "map") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, normaliseValue(part, type.of)]));
  }
  if (type.kind === "union" && type.of.some(({ kind }) => kind === "string")) {
    if (hasUnknown(value)) return unknown;
    const text = JSON.stringify(sorted(reveal(value)));
    return hasSecret(value) ? new Secret(text) : text;
  }
  return value;
}
