import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "./context";
import type { Mapping } from "./discovery";
import { ANNOTATION, annotation, describe, isCrd, isTrue } from "./objects";
import { loadBalanced, podProblems, type Readiness, ruleFor, waitForRule } from "./readiness";
import type { Json } from "./values";

/** The object is there, but has not come up: it failed, or time ran out, or the user cancelled. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    /** The object as it was last seen. */
    readonly live: Json,
    readonly reasons: string[],
  ) {
    super(message);
  }
}

const DEFAULT_SECONDS = 600;

/** Seconds to wait at most: the resource's customTimeouts, else its annotation, else ten minutes. */
export function timeoutSeconds(custom: number, object: Json): number {
  if (custom > 0) return custom;
  const annotated = Number(annotation(object, ANNOTATION.timeoutSeconds));
  return annotated > 0 ? annotated : DEFAULT_SECONDS;
}

/** Milliseconds until the next look: short at first, since most objects are ready at once, then easy on the server. */
function pause(elapsedMs: number): number {
  if (elapsedMs < 1_000) return 100;
  if (elapsedMs < 5_000) return 300;
  return elapsedMs < 30_000 ? 500 : 1_000;
}

/**
 * Waits until an object that was just applied is ready, as the official provider does for its kind, and returns it as
 * it is then. `updating` says that it was there before. Throws {@link NotReadyError}.
 */
export async function awaitReady(
  context: Context,
  mapping: Mapping,
  inputs: Json,
  applied: Json,
  options: { seconds: number; urn: string; updating: boolean },
): Promise<Json> {
  if (isTrue(inputs, ANNOTATION.skipAwait)) return applied;
  const probe = probeFor(context, inputs, applied, options.updating);
  if (!probe) return applied;
  const started = Date.now();
  const { namespace, name, uid } = applied.metadata;
  let live = applied;
  let reported = "";
  for (;;) {
    const readiness = await probe(live);
    if (readiness.ready) {
      if (reported) context.host.status("", options.urn);
      if (isCrd(live)) await awaitServed(context, live);
      return live;
    }
    const elapsed = Date.now() - started;
    if (readiness.failed || elapsed > options.seconds * 1000 || context.signal.aborted) {
      const why = readiness.failed ?? `${readiness.waiting}`;
      const problem = readiness.failed
        ? why
        : context.signal.aborted
          ? `cancelled while waiting: ${why}`
          : `not ready after ${options.seconds} s: ${why}`;
      throw new NotReadyError(`${describe(live)}: ${problem}`, live, [why, ...(await reasons(context, live))]);
    }
    // Most objects are ready after one more look: those need no status line.
    if (elapsed > 2_000 && readiness.waiting && readiness.waiting !== reported) {
      reported = readiness.waiting;
      context.host.status(reported, options.urn);
    }
    await sleep(pause(elapsed), undefined, { signal: context.signal }).catch(() => {});
    live = (await context.api.find(mapping, namespace, name)) ?? missing(live);
    if (live.metadata.uid !== uid) missing(live);
  }
}

/** One look at an object that was read. Empty when it is ready or when its kind is not checked. */
export async function unreadiness(context: Context, inputs: Json, live: Json): Promise<string[]> {
  if (isTrue(inputs, ANNOTATION.skipAwait)) return [];
  const rule = ruleFor(live.apiVersion, live.kind);
  const readiness = rule?.(live);
  if (!readiness || readiness.ready) return [];
  return [readiness.failed ?? readiness.waiting ?? "not ready", ...(await reasons(context, live))];
}

function missing(live: Json): never {
  throw new NotReadyError(`${describe(live)} was deleted while it was awaited`, live, ["somebody else deleted it"]);
}

type Probe = (live: Json) => Promise<Readiness>;

function probeFor(context: Context, inputs: Json, applied: Json, updating: boolean): Probe | undefined {
  const custom = waitForRule(inputs);
  if (custom) return async (live) => custom(live);
  switch (`${applied.apiVersion}/${applied.kind}`) {
    case "v1/Service":
      return serviceProbe(context);
    case "v1/PersistentVolumeClaim":
      return claimProbe(context, updating);
  }
  const rule = ruleFor(applied.apiVersion, applied.kind);
  return rule && (async (live) => rule(live));
}

/** Endpoints come and go while pods start; they count once they have stayed the same for this long. */
const SETTLED_MS = 2_000;

/**
 * A service is ready when its load balancer has an address, if it asks for one, and when none of the pods that it
 * selects is still coming up. A service that selects nothing yet is ready once that has not changed for a while.
 */
function serviceProbe(context: Context): Probe {
  let endpoints = "";
  let since = Date.now();
  return async (live) => {
    const { type, clusterIP, selector } = live.spec ?? {};
    if (type === "LoadBalancer") {
      const balanced = loadBalanced(live);
      if (!balanced.ready) return balanced;
    }
    const selects = Object.keys(selector ?? {}).length > 0;
    if (type === "ExternalName" || clusterIP === "None" || !selects) return { ready: true };
    const slices = await context.api.list("discovery.k8s.io/v1", "endpointslices", live.metadata.namespace, {
      labelSelector: `kubernetes.io/service-name=${live.metadata.name}`,
    });
    const all = slices.flatMap((slice) => slice.endpoints ?? []);
    const pending = all.filter((endpoint) => endpoint.conditions?.ready === false);
    const now = all
      .map((endpoint) => `${endpoint.addresses}${endpoint.conditions?.ready}`)
      .sort()
      .join();
    if (now !== endpoints) [endpoints, since] = [now, Date.now()];
    if (pending.length > 0) {
      return { ready: false, waiting: `${pending.length} of the ${all.length} pods that it selects are not ready` };
    }
    if (Date.now() - since >= SETTLED_MS) return { ready: true };
    return { ready: false, waiting: "its endpoints are settling" };
  };
}

function claimProbe(context: Context, updating: boolean): Probe {
  let mode: string | undefined;
  return async (live) => {
    const current = live.status?.phase;
    if (current === "Bound") return { ready: true };
    const name = live.spec?.storageClassName;
    if (name && mode === undefined) {
      const mapping = await context.api.mapping({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" });
      mode = (await context.api.find(mapping, undefined, name))?.volumeBindingMode;
    }
    if (mode === "WaitForFirstConsumer" && (current === "Pending" || updating)) return { ready: true };
    return { ready: false, waiting: `the claim is ${current ?? "new"}${name ? "" : " and has no storage class"}` };
  };
}

/** An established definition is served a moment later; its first object should not have to find out. */
async function awaitServed(context: Context, definition: Json): Promise<void> {
  const { group, names, versions } = definition.spec;
  for (const version of versions ?? []) {
    const apiVersion = `${group}/${version.name}`;
    context.api.discovery.forget(apiVersion);
    if (!version.served) continue;
    await context.api.awaitMapping({ apiVersion, kind: names.kind }, 10, context.signal);
  }
}

/** What the cluster says about an object that does not come up: its pods' conditions, and warnings in its events. */
async function reasons(context: Context, live: Json): Promise<string[]> {
  const { namespace, name } = live.metadata;
  if (!namespace) return [];
  try {
    const found: string[] = [];
    const selector = live.spec?.selector?.matchLabels;
    const names = [name];
    if (live.kind !== "Pod" && selector) {
      const labelSelector = Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      for (const pod of await context.api.list("v1", "pods", namespace, { labelSelector, limit: "50" })) {
        names.push(pod.metadata.name);
        for (const problem of podProblems(pod)) found.push(`[Pod ${pod.metadata.name}] ${problem}`);
      }
    } else if (live.kind === "Pod") found.push(...podProblems(live));
    const events = await context.api.list("v1", "events", namespace, { fieldSelector: "type=Warning", limit: "500" });
    for (const event of events) {
      const about = event.involvedObject ?? {};
      // A deployment's replica sets and pods carry its name in front.
      if (names.includes(about.name) || String(about.name).startsWith(`${name}-`)) {
        found.push(`[${about.kind} ${about.name}] ${event.reason}: ${event.message}`);
      }
    }
    return [...new Set(found)].slice(0, 20);
  } catch (error) {
    return [`its pods and events could not be read: ${(error as Error).message}`];
  }
}
