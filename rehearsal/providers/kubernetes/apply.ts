import { setTimeout as sleep } from "node:timers/promises";
import { InitError } from "../rpc";
import { UnknownKindError } from "./api";
import { awaitReady, NotReadyError, timeoutSeconds } from "./await";
import { type Context, mappingIfAny } from "./context";
import { parsePath } from "./diff";
import type { Mapping } from "./discovery";
import { ApiError, UnreachableError } from "./http";
import { fieldManagerFor } from "./naming";
import {
  ANNOTATION,
  annotation,
  describe,
  idOf,
  isPatch,
  isTrue,
  toKubernetes,
  withoutServerMetadata,
} from "./objects";
import { fromOutputs, toOutputs } from "./state";
import { hasUnknown, isMap, type Json, type Properties, reveal, unknown } from "./values";

/** Another manager has set fields of ours to other values. */
class ConflictError extends Error {
  constructor(
    message: string,
    readonly managers: string[],
  ) {
    super(message);
  }
}

export interface CreateRequest {
  readonly urn: string;
  readonly inputs: Properties;
  readonly preview: boolean;
  /** Seconds; 0 when the program sets none. */
  readonly timeout: number;
}

export interface UpdateRequest extends CreateRequest {
  readonly olds: Properties;
  readonly ignoreChanges: readonly string[];
}

/** How long a definition may take to be served after its object was asked for: charts and operators install them late. */
const KIND_SECONDS = 60;
const NAMESPACE_MS = 15_000;
const TERMINATING_MS = 60_000;

export async function create(context: Context, request: CreateRequest): Promise<{ id: string; outputs: Properties }> {
  const { urn, inputs, preview } = request;
  const object = bodyOf(inputs);
  const asGiven = { id: "", outputs: inputs };
  if (preview && (hasUnknown(inputs) || isPatch(urn, object.kind))) return asGiven;
  const mapping = preview ? await mappingIfAny(context, object) : await mappingForCreate(context, object, urn);
  if (!mapping) return asGiven;
  scope(object, mapping);
  const fieldManager = annotation(object, ANNOTATION.fieldManager) ?? fieldManagerFor(urn);

  if (preview) {
    let predicted: Json;
    try {
      // Nothing of ours is there yet, so a conflict would only be with what a replacement is about to remove.
      predicted = await context.api.apply(mapping, object, { fieldManager, force: true, dryRun: true });
    } catch (error) {
      if (cannotPreview(error)) return asGiven;
      throw explain(error, object, fieldManager);
    }
    return { id: "", outputs: toOutputs(inputs, forPreview(predicted), fieldManager, object.apiVersion) };
  }

  if (!isPatch(urn, object.kind)) await refuseForeign(context, mapping, object, fieldManager);
  const force = mayForce(context, object);
  const applied = await applyInNamespace(context, mapping, object, { fieldManager, force }, urn);
  return finish(context, mapping, request, object, applied, fieldManager, object.apiVersion, false);
}

export async function update(context: Context, request: UpdateRequest): Promise<Properties> {
  const { urn, inputs, preview } = request;
  let object = bodyOf(inputs);
  if (preview && hasUnknown(inputs)) return inputs;
  const mapping = preview ? await mappingIfAny(context, object) : await mappingForCreate(context, object, urn);
  if (!mapping) return inputs;
  scope(object, mapping);
  const state = fromOutputs(request.olds);
  const oldManager = state.fieldManager ?? fieldManagerFor(urn);
  const fieldManager = annotation(object, ANNOTATION.fieldManager) ?? oldManager;
  const initialApiVersion = state.initialApiVersion ?? object.apiVersion;
  if (request.ignoreChanges.length > 0) {
    const { namespace, name } = object.metadata;
    const live = await context.api.find(mapping, namespace, name);
    if (live) object = leaveAlone(object, live, request.ignoreChanges, fieldManager);
  }

  const force = mayForce(context, object);
  if (preview) {
    try {
      const predicted = await context.api.apply(mapping, object, { fieldManager, force, dryRun: true });
      return toOutputs(inputs, predicted, fieldManager, initialApiVersion);
    } catch (error) {
      if (cannotPreview(error)) return inputs;
      throw explain(error, object, fieldManager);
    }
  }

  let applied: Json;
  try {
    applied = await applyInNamespace(context, mapping, object, { fieldManager, force }, urn);
  } catch (error) {
    if (!(error instanceof ConflictError) || !error.managers.every((manager) => manager.startsWith("kubectl")))
      throw error;
    // As the official provider does: what somebody changed by hand is taken back.
    applied = await applyInNamespace(context, mapping, object, { fieldManager, force: true }, urn);
  }
  const { outputs } = await finish(context, mapping, request, object, applied, fieldManager, initialApiVersion, true);
  if (fieldManager !== oldManager) await relinquish(context, mapping, object, oldManager);
  return outputs;
}

/** Gives up every field that a manager owns: it applies an object that says nothing. */
export async function relinquish(
  context: Context,
  mapping: Mapping,
  object: Json,
  fieldManager: string,
): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const empty = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
  await context.api.apply(mapping, empty, { fieldManager, force: false, dryRun: false });
}

/** The object to send: secrets open, keys in Kubernetes' spelling. */
export function bodyOf(inputs: Properties): Json {
  return withoutServerMetadata(toKubernetes(reveal(inputs)));
}

/** Drops a namespace that was assumed while the kind was not known yet. */
export function scope(object: Json, mapping: Mapping): void {
  if (mapping.namespaced) object.metadata = { namespace: "default", ...object.metadata };
  else delete object.metadata.namespace;
}

/** Whether the API server refuses the change itself, so that only a new object can have it. */
export function isImmutable(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    error.status === 422 &&
    /is immutable|updates to statefulset spec for fields other than|may not change/i.test(error.message)
  );
}

async function mappingForCreate(context: Context, object: Json, urn: string): Promise<Mapping> {
  try {
    return await context.api.mapping(object);
  } catch (error) {
    if (!(error instanceof UnknownKindError)) throw error;
    context.host.status(`waiting for the API server to serve ${object.apiVersion}/${object.kind}`, urn);
    return await context.api.awaitMapping(object, KIND_SECONDS, context.signal);
  }
}

/**
 * An object that is there already is taken over only if this very resource made it (an update was cut off before its
 * state was written), or if the provider is told to upsert. Anything else would be somebody else's object, which a
 * later destroy would delete.
 */
async function refuseForeign(context: Context, mapping: Mapping, object: Json, fieldManager: string): Promise<void> {
  if (context.config.upsertExistingObjects) return;
  const { namespace, name } = object.metadata;
  const started = Date.now();
  for (;;) {
    const existing = await context.api.find(mapping, namespace, name);
    if (!existing) return;
    if (!existing.metadata.deletionTimestamp) {
      const managers: Json[] = existing.metadata.managedFields ?? [];
      if (managers.some((entry) => entry.manager === fieldManager && entry.operation === "Apply")) return;
      throw new Error(
        `${describe(object)} already exists in the cluster and this resource did not create it. Give a renamed resource an alias, ` +
          "adopt the object with `pulumi import`, change a part of it with a Patch resource, " +
          "or set upsertExistingObjects on the provider to take such objects over",
      );
    }
    if (Date.now() - started > TERMINATING_MS) {
      throw new Error(
        `${describe(object)} is still being deleted after ${TERMINATING_MS / 1000} s; ${finalizers(existing)}`,
      );
    }
    await sleep(300, undefined, { signal: context.signal });
  }
}

export function finalizers(object: Json): string {
  const names = object.metadata?.finalizers ?? [];
  return names.length > 0 ? `its finalizers are ${names.join(", ")}` : "it has no finalizers left";
}

async function applyInNamespace(
  context: Context,
  mapping: Mapping,
  object: Json,
  options: { fieldManager: string; force: boolean },
  urn: string,
): Promise<Json> {
  const started = Date.now();
  for (;;) {
    try {
      return await context.api.apply(mapping, object, { ...options, dryRun: false });
    } catch (error) {
      const early = isMissingNamespace(error) && Date.now() - started < NAMESPACE_MS;
      if (!early) throw explain(error, object, options.fieldManager);
    }
    context.host.status(`waiting for namespace ${object.metadata.namespace}`, urn);
    await sleep(500, undefined, { signal: context.signal });
  }
}

function isMissingNamespace(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.details.kind === "namespaces";
}

async function finish(
  context: Context,
  mapping: Mapping,
  request: CreateRequest,
  object: Json,
  applied: Json,
  fieldManager: string,
  initialApiVersion: string,
  updating: boolean,
): Promise<{ id: string; outputs: Properties }> {
  const id = idOf(applied);
  const outputs = (live: Json) => toOutputs(request.inputs, live, fieldManager, initialApiVersion);
  const seconds = timeoutSeconds(request.timeout, object);
  try {
    const live = await awaitReady(context, mapping, object, applied, { seconds, urn: request.urn, updating });
    return { id, outputs: outputs(live) };
  } catch (error) {
    // Whatever went wrong while waiting, the object is there and must not be forgotten.
    const { message } = error as Error;
    const [live, reasons] = error instanceof NotReadyError ? [error.live, error.reasons] : [applied, []];
    throw new InitError(message, id, outputs(live), [
      message,
      ...reasons.slice(message.includes(reasons[0] ?? "\0") ? 1 : 0),
    ]);
  }
}

function mayForce(context: Context, object: Json): boolean {
  return context.config.enablePatchForce || isTrue(object, ANNOTATION.patchForce);
}

/** Errors of a dry run that the real run need not have: what it depends on is made, or removed, in the same update. */
function cannotPreview(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof ApiError && (error.status === 403 || error.status === 404 || isImmutable(error));
}

/** Values of a dry run that will be others in the real run. */
function forPreview(predicted: Json): Json {
  const { status: _, ...object } = predicted;
  return {
    ...object,
    metadata: { ...object.metadata, uid: unknown, resourceVersion: unknown, creationTimestamp: unknown },
  };
}

/** Turns an answer of the API server into an error that says which object, which field and what to do. */
function explain(error: unknown, object: Json, fieldManager: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const causes: Json[] = (error.details.causes ?? []).filter((cause: Json) => cause.reason === "FieldManagerConflict");
  if (error.status === 409 && causes.length > 0) {
    const fields = causes.map(
      (cause) => `${cause.field} (${String(cause.message).replace(/^conflict with /, "managed by ")})`,
    );
    return new ConflictError(
      `${describe(object)}: server-side apply conflict for field manager "${fieldManager}": ${fields.join(", ")}. ` +
        `Leave these fields out, or take them over with the annotation ${ANNOTATION.patchForce}: "true" on the resource ` +
        "or enablePatchForce on the provider",
      causes.map((cause) => /^conflict with "([^"]*)"/.exec(cause.message)?.[1] ?? ""),
    );
  }
  return new Error(`${describe(object)} was refused by the API server: ${error.message}`);
}

/**
 * Takes ignored fields out of what is applied: dropped when another manager owns them, else set to what they are now,
 * since leaving out a field that we own would unset it.
 */
function leaveAlone(object: Json, live: Json, ignoreChanges: readonly string[], fieldManager: string): Json {
  const result = structuredClone(object);
  const managers: Json[] = live.metadata?.managedFields ?? [];
  for (const path of ignoreChanges.map(parsePath)) {
    const owners = managers.filter((entry) => owns(entry.fieldsV1, path)).map((entry) => entry.manager);
    const parent = path.slice(0, -1).reduce((at: Json, key) => at?.[key], result);
    const key = path.at(-1);
    if (key === undefined || typeof parent !== "object" || parent === null) continue;
    const current = path.reduce((at: Json, part) => at?.[part], live);
    if (owners.length > 0 && !owners.includes(fieldManager)) {
      // An element taken out of a list would move the ones behind it.
      if (!Array.isArray(parent)) delete parent[key];
    } else if (current !== undefined) parent[key] = current;
  }
  return result;
}

function owns(fields: Json, path: readonly string[]): boolean {
  let at = fields;
  for (const key of path) {
    at = isMap(at) ? at[`f:${key}`] : undefined;
    if (at === undefined) return false;
  }
  return true;
}
