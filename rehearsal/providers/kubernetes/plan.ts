import { bodyOf, isImmutable, scope } from "./apply";
import { type Context, mappingIfAny } from "./context";
import { type Change, compare, covers, formatPath, mustDeleteFirst, parsePath, replacementFields } from "./diff";
import { ApiError, UnreachableError } from "./http";
import { fieldManagerFor } from "./naming";
import { ANNOTATION, annotation, describe, isPatch, isTrue, withoutServerMetadata } from "./objects";
import { condition } from "./readiness";
import { fromOutputs } from "./state";
import { hasUnknown, isMap, type Json, type Properties } from "./values";

export interface DiffRequest {
  readonly urn: string;
  readonly olds: Properties;
  /** The inputs in the state; used when the state's own record of them is missing. */
  readonly oldInputs: Properties;
  readonly news: Properties;
  readonly ignoreChanges: readonly string[];
}

export interface DiffResult {
  readonly changes: Change[];
  /** Paths, in the engine's notation. Not empty: the object is made anew. */
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
}

const NOTHING: DiffResult = { changes: [], replaces: [], deleteBeforeReplace: false };

/**
 * What an update with these inputs would change. The inputs of last time are compared with those of now; drift is in
 * the former once a refresh has found it. A change that the API server refuses to make in place replaces the object.
 */
export async function diff(context: Context, request: DiffRequest): Promise<DiffResult> {
  const { urn, news } = request;
  const state = fromOutputs(request.olds);
  const now = bodyOf(news);
  const before = Object.keys(state.inputs).length > 0 ? withoutServerMetadata(state.inputs) : bodyOf(request.oldInputs);
  await sameScope(context, before, now, state.live);

  const identity = { apiVersion: groupOf(before) === groupOf(now) ? [] : ["apiVersion"] };
  const fields = isPatch(urn, now.kind)
    ? ["metadata.name", "metadata.namespace"]
    : replacementFields(now, context.config);
  const ignored = request.ignoreChanges.map(parsePath);
  let changes = compare(before, now, [...fields, ...identity.apiVersion, "kind"]).filter(
    (change) => !ignored.some((path) => covers(path, change.path)),
  );
  const unready = await isUnreadyJob(context, now, state.live);
  if (changes.length === 0 && !unready) return NOTHING;

  if (changes.length > 0 && !changes.some((change) => change.replace)) {
    changes = await askServer(context, urn, now, state.fieldManager, changes);
  }
  const replaces = changes.filter((change) => change.replace).map((change) => formatPath(change.path));
  if (unready) replaces.push(`metadata.annotations["${ANNOTATION.replaceUnready}"]`);
  return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && mustDeleteFirst(now, state.live) };
}

function groupOf(object: Json): string {
  const apiVersion = String(object.apiVersion);
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

/**
 * Makes both sides say the same about the namespace when they mean the same: none is "default", and an object outside
 * namespaces may have been given one before its kind was known.
 */
async function sameScope(context: Context, before: Json, now: Json, live: Json): Promise<void> {
  if (!isMap(now.metadata) || !isMap(before.metadata)) return;
  now.metadata = { ...now.metadata };
  before.metadata = { ...before.metadata };
  if (await context.scopes.namespaced(context.api, now.apiVersion, now.kind)) {
    before.metadata.namespace ||= "default";
    now.metadata.namespace ||= "default";
  } else {
    delete before.metadata.namespace;
    delete now.metadata.namespace;
  }
  // An imported object may have been recorded without the name that the program now spells out.
  if (now.metadata.name) before.metadata.name ??= live.metadata?.name;
}

/** Tries the change on the API server without making it, and marks what it calls immutable as replacing. */
async function askServer(
  context: Context,
  urn: string,
  now: Json,
  recordedManager: string | undefined,
  changes: Change[],
): Promise<Change[]> {
  if (hasUnknown(now) || isPatch(urn, now.kind)) return changes;
  const mapping = await mappingIfAny(context, now);
  if (!mapping) return changes;
  const object = { ...now, metadata: { ...now.metadata } };
  scope(object, mapping);
  const fieldManager = annotation(object, ANNOTATION.fieldManager) ?? recordedManager ?? fieldManagerFor(urn);
  try {
    await context.api.apply(mapping, object, { fieldManager, force: true, dryRun: true });
    return changes;
  } catch (error) {
    if (!isImmutable(error)) {
      // Anything else is for the update to report, with the object's name and what to do.
      if (error instanceof ApiError || error instanceof UnreachableError) return changes;
      throw error;
    }
    const causes: Json[] = error.details.causes ?? [];
    const fields = causes.map((cause) => cause.field).filter(Boolean);
    context.host.warn(
      `${describe(object)} is planned to be replaced: the API server refuses to change ${fields.join(", ") || "it"} in place. ` +
        "The official provider plans an update here, which then fails; add replaceOnChanges to have the same outcome with it",
      urn,
    );
    const refused = fields.map((field) => parsePath(String(field)));
    const marked = changes.map((change) => ({
      ...change,
      replace: refused.some((field) =>
        field.every((part, i) => change.path[i] === undefined || part === String(change.path[i])),
      ),
    }));
    return marked.some((change) => change.replace) ? marked : changes.map((change) => ({ ...change, replace: true }));
  }
}

/** The annotation pulumi.com/replaceUnready: a job that has not completed is run again. */
async function isUnreadyJob(context: Context, now: Json, live: Json): Promise<boolean> {
  if (now.kind !== "Job" || !isTrue(now, ANNOTATION.replaceUnready)) return false;
  const mapping = await mappingIfAny(context, now);
  const { namespace, name } = live.metadata ?? {};
  const current = mapping && name ? await context.api.find(mapping, namespace, name) : undefined;
  return current !== undefined && condition(current, "Complete")?.status !== "True";
}
