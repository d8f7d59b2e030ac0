import { InitError } from "../rpc";
import { UnknownKindError } from "./api";
import { unreadiness } from "./await";
import type { Context } from "./context";
import type { Mapping } from "./discovery";
import { UnreachableError } from "./http";
import { fieldManagerFor } from "./naming";
import {
  describe,
  fromKubernetes,
  idOf,
  isPatch,
  kindOf,
  parseId,
  toKubernetes,
  typeOf,
  withoutServerMetadata,
} from "./objects";
import { checkedOnRead } from "./readiness";
import { fromOutputs, inputsFromLive, markSecrets, toOutputs } from "./state";
import { type Json, type Properties, reveal } from "./values";

export interface ReadRequest {
  readonly urn: string;
  /** "namespace/name", or "name". */
  readonly id: string;
  /** Both are empty on import and for resources that are only read. */
  readonly outputs: Properties;
  readonly inputs: Properties;
}

export interface ReadResult {
  /** Empty: the object is gone. */
  readonly id: string;
  readonly outputs?: Properties;
  readonly inputs?: Properties;
}

const GONE: ReadResult = { id: "" };

/** Reads the live object: on refresh trimmed to what the inputs manage, on import as it is. */
export async function read(context: Context, request: ReadRequest): Promise<ReadResult> {
  const { urn, id, inputs: oldInputs } = request;
  const { namespace, name } = parseId(id);
  if (!name) throw new Error(`"${id}" is not the id of a Kubernetes object; expected "namespace/name" or "name"`);
  const state = fromOutputs(request.outputs);
  const recorded = toKubernetes(reveal(oldInputs));
  const target = recorded.kind ? recorded : state.live.kind ? state.live : targetOf(urn);
  let live: Json | undefined;
  try {
    const mapping: Mapping = await context.api.mapping(target);
    live = await context.api.find(mapping, namespace, name);
  } catch (error) {
    if (error instanceof UnknownKindError) return GONE;
    if (error instanceof UnreachableError) return unreachable(context, request, error);
    throw error;
  }
  if (!live) return GONE;

  const fieldManager = state.fieldManager ?? fieldManagerFor(urn);
  const initialApiVersion = state.initialApiVersion ?? target.apiVersion;
  const adopting = recorded.kind === undefined;
  const inputsNow = adopting
    ? importable(live)
    : inputsFromLive(withoutServerMetadata(recorded), state.live.kind ? state.live : live, live);
  const inputs = markSecrets(fromKubernetes(inputsNow), oldInputs) as Properties;
  const outputs = toOutputs(inputs, live, fieldManager, initialApiVersion);
  if (!adopting && checkedOnRead(live)) {
    const reasons = await unreadiness(context, recorded, live);
    if (reasons.length > 0) throw new InitError(`${describe(live)}: ${reasons[0]}`, id, outputs, reasons, inputs);
  }
  return { id: id || idOf(live), outputs, inputs };
}

function targetOf(urn: string): Json {
  const target = kindOf(typeOf(urn));
  // ConfigMapPatch reads a ConfigMap.
  if (target.kind.endsWith("Patch") && isPatch(urn, target.kind.slice(0, -5))) target.kind = target.kind.slice(0, -5);
  return target;
}

/** An object as the inputs that would make it: without what the API server and the controllers add. */
function importable(live: Json): Json {
  const { status: _, ...object } = withoutServerMetadata(live);
  const annotations = { ...object.metadata.annotations };
  delete annotations["deployment.kubernetes.io/revision"];
  delete annotations["kubectl.kubernetes.io/last-applied-configuration"];
  object.metadata = { ...object.metadata, annotations };
  if (Object.keys(annotations).length === 0) delete object.metadata.annotations;
  return object;
}

function unreachable(context: Context, request: ReadRequest, error: UnreachableError): ReadResult {
  if (context.config.deleteUnreachable) {
    context.host.warn(
      `${error.message}; deleteUnreachable is set, so the resource is dropped from the state`,
      request.urn,
    );
    return GONE;
  }
  if (context.config.skipUpdateUnreachable) {
    context.host.warn(
      `${error.message}; skipUpdateUnreachable is set, so the resource is left as recorded`,
      request.urn,
    );
    return request;
  }
  throw new UnreachableError(
    `${error.message}. If the cluster is gone for good, set PULUMI_K8S_DELETE_UNREACHABLE=true to drop its resources from the state`,
  );
}
