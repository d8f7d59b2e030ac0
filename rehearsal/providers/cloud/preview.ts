import { isProperties, type Properties, Secret, unknown, type Value } from "../kubernetes/values";
import type { Fields, Type } from "./declarations";

/**
 * The outputs that a preview shows: what is known, and unknown values for what the cloud will fill. `before` has the
 * outputs of an object that is there already, which are taken to stay as they are.
 */
export function complete(known: Properties, fields: Fields, before: Properties = {}): Properties {
  const outputs: Properties = { ...known };
  for (const [name, field] of fields) {
    const [value, old] = [known[name], before[name]];
    if (value !== undefined && value !== null) outputs[name] = completeValue(value, field.type, old);
    else if (field.required) outputs[name] = old ?? unknown;
  }
  return outputs;
}

function completeValue(value: Value, type: Type, before: Value | undefined): Value {
  if (value instanceof Secret) return new Secret(completeValue(value.value, type, before));
  if (type.kind === "object" && isProperties(value)) {
    return complete(value, type.fields(), isProperties(before) ? before : {});
  }
  if (type.kind === "list" && Array.isArray(value)) {
    return value.map((part, index) => completeValue(part, type.of, Array.isArray(before) ? before[index] : undefined));
  }
  return value;
}
