import {
  copySecrecy,
  equal,
  isMap,
  isProperties,
  type Json,
  type Properties,
  reveal,
  Secret,
  type Value,
} from "../kubernetes/values";
import type { Fields } from "./declarations";
import type { Plain } from "./kind";

/**
 * Outputs as the engine gets them: what came of secret inputs is secret, under the input's own name, and anywhere else
 * where the same text turns up.
 */
export function toOutputs(state: Plain, inputs: Properties): Properties {
  const secrets = new Set<string>();
  collect(inputs, false, secrets);
  return close(copySecrecy(state, inputs), secrets) as Properties;
}

function collect(value: Value, inSecret: boolean, secrets: Set<string>): void {
  if (value instanceof Secret) collect(value.value, true, secrets);
  else if (Array.isArray(value)) for (const part of value) collect(part, inSecret, secrets);
  else if (isProperties(value)) for (const part of Object.values(value)) collect(part, inSecret, secrets);
  else if (inSecret && typeof value === "string" && value !== "") secrets.add(value);
}

function close(value: Value, secrets: ReadonlySet<string>): Value {
  if (typeof value === "string") return secrets.has(value) ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((part) => close(part, secrets));
  if (!isProperties(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, close(part, secrets)]));
}

/**
 * The inputs that would make an object what it is now: those of before with the values of now, and what somebody added
 * since, which is in `state` otherwise than it was in `outputs`. What the cloud fills by itself is left out.
 */
export function refreshInputs(inputs: Plain, outputs: Plain, state: Plain, fields: Fields): Plain {
  const declared = (plain: Plain) =>
    Object.fromEntries(Object.entries(plain).filter(([name]) => fields.has(name) || name.startsWith("__")));
  return project(declared(inputs), declared(outputs), declared(state));
}

function project(inputs: Plain, outputs: Plain, state: Plain): Plain {
  const now: Plain = {};
  for (const key of new Set([...Object.keys(inputs), ...Object.keys(state)])) {
    const [given, before, after] = [inputs[key], outputs[key], state[key]];
    // The provider's own notes, which no cloud knows.
    if (key.startsWith("__")) now[key] = given;
    else if (given === undefined) {
      if (after !== null && !equal(before, after)) now[key] = after;
    } else if (after !== undefined && after !== null) now[key] = projectValue(given, before, after);
  }
  return now;
}

function projectValue(given: Json, before: Json, after: Json): Json {
  if (isMap(given) && isMap(after)) return project(given, isMap(before) ? before : {}, after);
  if (Array.isArray(given) && Array.isArray(after) && given.length === after.length) {
    return after.map((part, index) =>
      projectValue(given[index], Array.isArray(before) ? before[index] : undefined, part),
    );
  }
  return after;
}

/** The plain text of properties. */
export const plainOf = (properties: Properties): Plain => reveal(properties);
