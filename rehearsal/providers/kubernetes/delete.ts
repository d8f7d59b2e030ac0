import { setTimeout as sleep } from "node:timers/promises";
import { UnknownKindError } from "./api";
import { finalizers, relinquish, scope } from "./apply";
import { timeoutSeconds } from "./await";
import type { Context } from "./context";
import type { Mapping } from "./discovery";
import { ApiError, UnreachableError } from "./http";
import { fieldManagerFor } from "./naming";
import { ANNOTATION, annotation, describe, isPatch, isTrue, kindOf, parseId, typeOf } from "./objects";
import { fromOutputs } from "./state";
import type { Json, Properties } from "./values";

export interface DeleteRequest {
  readonly urn: string;
  readonly id: string;
  readonly outputs: Properties;
  /** Seconds; 0 when the program sets none. */
  readonly timeout: number;
}

/** With skipAwait, the official provider does not wait for these kinds to be gone. */
const SKIPS_AWAIT = new Set([
  "Namespace",
  "Pod",
  "ReplicationController",
  "DaemonSet",
  "Deployment",
  "StatefulSet",
  "Job",
]);

/** Deletes the object and waits until it is gone. An object or a kind that is gone already is fine. */
export async function remove(context: Context, request: DeleteRequest): Promise<void> {
  const state = fromOutputs(request.outputs);
  const target = state.live.kind ? state.live : kindOf(typeOf(request.urn));
  try {
    const mapping = await context.api.mapping(target, true);
    await removeServed(
      context,
      request,
      mapping,
      state.live,
      state.inputs,
      state.fieldManager ?? fieldManagerFor(request.urn),
    );
  } catch (error) {
    if (error instanceof UnknownKindError) {
      context.host.info(
        `${target.apiVersion}/${target.kind} is no longer served: its objects went with their definition`,
        request.urn,
      );
      return;
    }
    if (!(error instanceof UnreachableError)) throw error;
    if (!context.config.deleteUnreachable) {
      throw new UnreachableError(
        `${error.message}. If the cluster is gone for good, set PULUMI_K8S_DELETE_UNREACHABLE=true to drop its resources from the state`,
      );
    }
    context.host.warn(
      `${error.message}; deleteUnreachable is set, so the resource is dropped from the state`,
      request.urn,
    );
  }
}

async function removeServed(
  context: Context,
  request: DeleteRequest,
  mapping: Mapping,
  recorded: Json,
  inputs: Json,
  fieldManager: string,
): Promise<void> {
  const { namespace, name } = parseId(request.id);
  if (isPatch(request.urn, recorded.kind)) {
    if (!(await context.api.find(mapping, namespace, name))) return;
    const object = { ...recorded, metadata: { ...recorded.metadata } };
    scope(object, mapping);
    return await relinquish(context, mapping, object, fieldManager).catch((error) => {
      throw requiredField(error);
    });
  }
  try {
    await context.api.delete(mapping, namespace, name, propagation(inputs));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    throw error;
  }
  if (isTrue(inputs, ANNOTATION.skipAwait) && SKIPS_AWAIT.has(mapping.kind)) return;

  const seconds = timeoutSeconds(request.timeout, inputs);
  const started = Date.now();
  for (let wait = 30; ; wait = Math.min(wait * 2, Date.now() - started < 30_000 ? 300 : 1_000)) {
    const live = await context.api.find(mapping, namespace, name);
    // The same name with another uid is somebody's next object.
    if (!live || (recorded.metadata?.uid && live.metadata.uid !== recorded.metadata.uid)) return;
    if (Date.now() - started > seconds * 1000 || context.signal.aborted) {
      const why = context.signal.aborted
        ? "cancelled while waiting for it to be deleted"
        : `still there ${seconds} s after it was deleted`;
      throw new Error(`${describe(live)}: ${why}; ${finalizers(live)}`);
    }
    await sleep(wait, undefined, { signal: context.signal }).catch(() => {});
  }
}

/** Foreground unless the annotation says otherwise: what an object owns is gone before the object is. */
function propagation(inputs: Json): string {
  switch (annotation(inputs, ANNOTATION.deletionPropagation)?.toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

function requiredField(error: unknown): unknown {
  const causes: Json[] = error instanceof ApiError ? (error.details.causes ?? []) : [];
  const required = causes.find((cause) => cause.reason === "FieldValueRequired");
  if (!required) return error;
  return new Error(
    `this patch resource owns ${required.field}, which is required, so it cannot simply be given up. ` +
      "Set retainOnDelete on the resource, or let another manager take the field over first",
  );
}
