import { fromKubernetes, toKubernetes } from "./objects";
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
} from "./values";

/**
 * What a stack's state holds of one object: the live object, and beside it the inputs that led to it, the first
 * apiVersion and the field manager. It is the official provider's format, so a stack can move between the two.
 */
export interface State {
  /** As the API server returned it, secrets open. Empty when there is no state. */
  readonly live: Json;
  /** As the program gave them, secrets open. */
  readonly inputs: Json;
  readonly fieldManager?: string;
  readonly initialApiVersion?: string;
}

const INPUTS = "__inputs";
const FIELD_MANAGER = "__fieldManager";
const INITIAL_API_VERSION = "__initialApiVersion";

/** Outputs of a resource, for the state and for the program. `inputs` carry the secrets. */
export function toOutputs(inputs: Properties, live: Json, fieldManager: string, initialApiVersion: string): Properties {
  const object = { ...live };
  if (isMap(object.metadata)) {
    object.metadata = { ...object.metadata };
    // Half of a typical object's size, of no use to programs, and rewritten on each touch.
    delete object.metadata.managedFields;
  }
  const outputs = markSecrets(fromKubernetes(object), inputs) as Properties;
  outputs[INPUTS] = markSecrets(inputs, inputs);
  outputs[INITIAL_API_VERSION] = initialApiVersion;
  outputs[FIELD_MANAGER] = fieldManager;
  return outputs;
}

export function fromOutputs(outputs: Properties): State {
  const { [INPUTS]: inputs, [FIELD_MANAGER]: fieldManager, [INITIAL_API_VERSION]: version, ...live } = outputs;
  return {
    live: toKubernetes(reveal(live)),
    inputs: toKubernetes(reveal(inputs ?? {})),
    fieldManager: fieldManager === undefined ? undefined : reveal(fieldManager),
    initialApiVersion: version === undefined ? undefined : reveal(version),
  };
}

/** What is secret in the inputs is secret in the result, and so is the content of every Secret object. */
export function markSecrets(object: Value, inputs: Value): Value {
  const marked = copySecrecy(object, inputs);
  if (!isProperties(marked) || reveal(marked.kind ?? null) !== "Secret") return marked;
  for (const key of ["data", "stringData"]) {
    const value = marked[key];
    if (value !== undefined && !(value instanceof Secret)) marked[key] = new Secret(value);
  }
  return marked;
}

/**
 * The inputs that would describe the live object as it is now. A field keeps its input as long as the live value is
 * what it was when the state was written: that way neither defaults nor another spelling of a quantity count as drift.
 * Fields that the inputs do not mention are left out.
 */
export function inputsFromLive(inputs: Json, before: Json, now: Json): Json {
  const { status, ...managed } = inputs;
  const drifted = drift(managed, before, now) ?? {};
  // Manifests of definitions carry a status; it is the server's to change, and does so after the update.
  if (status !== undefined) drifted.status = status;
  if (inputs.kind === "Secret" && isMap(inputs.stringData)) {
    // stringData is write-only: what became of it is found in data, in base64.
    drifted.stringData = {};
    for (const [key, value] of Object.entries(inputs.stringData)) {
      const [was, is] = [before.data?.[key], now.data?.[key]];
      if (equal(was, is)) drifted.stringData[key] = value;
      else if (is !== undefined) drifted.stringData[key] = Buffer.from(is, "base64").toString("utf8");
    }
  }
  return drifted;
}

/** Undefined when the field is gone. */
function drift(input: Json, before: Json, now: Json): Json {
  if (equal(before, now)) return input;
  if (now === undefined) return undefined;
  if (isMap(input) && isMap(now)) {
    const map: Json = {};
    for (const key of Object.keys(input)) {
      const value = drift(input[key], isMap(before) ? before[key] : undefined, now[key]);
      if (value !== undefined) map[key] = value;
    }
    return map;
  }
  if (Array.isArray(input) && Array.isArray(now)) {
    const was = Array.isArray(before) ? before : [];
    return input.map((part, i) => drift(part, was[i], now[i])).filter((part) => part !== undefined);
  }
  return now;
}
