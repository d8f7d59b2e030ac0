import type { Failure } from "../rpc";
import type { Context } from "./context";
import { UnreachableError } from "./http";
import { type Autonaming, autoname } from "./naming";
import {
  ANNOTATION,
  annotation,
  isCrd,
  isPatch,
  kindOf,
  nameOf,
  toKubernetes,
  typeOf,
  withoutServerMetadata,
} from "./objects";
import { markSecrets } from "./state";
import { isProperties, type Json, type Properties, reveal, Secret, Unknown, type Value } from "./values";

export interface CheckRequest {
  readonly urn: string;
  /** Empty for a resource that is new, or that is about to be replaced. */
  readonly olds: Properties;
  readonly news: Properties;
  readonly randomSeed: Uint8Array;
  readonly autonaming?: Autonaming;
}

/**
 * Completes the inputs of a resource: name, namespace, what the API server fills is dropped. Throws when the resource
 * cannot be had at all.
 */
export async function check(
  context: Context,
  request: CheckRequest,
): Promise<{ inputs: Properties; failures: Failure[] }> {
  const { urn } = request;
  refuseLists(urn);
  if (await isLeftAlone(context, request)) return { inputs: request.olds, failures: [] };
  const inputs = withoutServerMetadata({ ...request.news }) as Properties;
  const apiVersion = reveal(inputs.apiVersion ?? null);
  const kind = reveal(inputs.kind ?? null);
  const failures: Failure[] = [];
  for (const [property, value] of Object.entries({ apiVersion, kind })) {
    if (value instanceof Unknown || (typeof value === "string" && value !== "")) continue;
    failures.push({ property, reason: `${urn} needs its .${property}, as text` });
  }
  const secret = inputs.metadata instanceof Secret;
  const metadata: Value = secret ? (inputs.metadata as Secret).value : (inputs.metadata ?? {});
  if (!isProperties(metadata) && !(metadata instanceof Unknown)) {
    failures.push({
      property: "metadata",
      reason: `expected a map with name, namespace and labels, not ${JSON.stringify(metadata)}`,
    });
  }
  if (failures.length > 0) return { inputs, failures };

  warnAboutHooks(context, urn, reveal(metadata));
  if (isProperties(metadata)) {
    const completed = await complete(context, request, { ...metadata }, apiVersion, kind);
    inputs.metadata = secret ? new Secret(completed) : completed;
  }
  const object = toKubernetes(reveal(inputs));
  // Remembered here and not on creation, so that its objects find their scope in previews as well.
  if (isCrd(object)) context.scopes.declare(object);
  return { inputs: markSecrets(inputs, inputs) as Properties, failures };
}

/** With skipUpdateUnreachable, what exists keeps its inputs while the API server is away. */
async function isLeftAlone(context: Context, { urn, olds }: CheckRequest): Promise<boolean> {
  if (!context.config.skipUpdateUnreachable || Object.keys(olds).length === 0) return false;
  try {
    await context.api.discovery.find("v1", "Namespace");
    return false;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    context.host.warn(`${error.message}; skipUpdateUnreachable is set, so the resource is left as recorded`, urn);
    return true;
  }
}

function refuseLists(urn: string): void {
  const type = typeOf(urn);
  const { apiVersion, kind } = kindOf(type);
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
  if (kind.endsWith("List") && (!group.includes(".") || group.endsWith(".k8s.io"))) {
    throw new Error(
      `${type}: lists exist for manifests and cannot be created directly. Use the type of the list's items, ` +
        "or yaml.v2.ConfigGroup, which takes lists apart",
    );
  }
}

async function complete(
  context: Context,
  request: CheckRequest,
  metadata: { [key: string]: Value },
  apiVersion: Json,
  kind: Json,
): Promise<Properties> {
  const { urn } = request;
  const olds = toKubernetes(reveal(request.olds));
  const replaced = Object.keys(olds).length > 0;
  if (!has(metadata.name)) {
    if (has(metadata.generateName)) {
      throw new Error(
        `${nameOf(urn)}: .metadata.generateName is not supported with server-side apply; set .metadata.name, or neither`,
      );
    }
    if (isPatch(urn, kind))
      throw new Error(`${nameOf(urn)}: patch resources need the .metadata.name of what they patch`);
    const kept = replaced && annotation(olds, ANNOTATION.autonamed) === "true" ? olds.metadata.name : undefined;
    metadata.name = kept ?? autoname(nameOf(urn), request.randomSeed, request.autonaming);
    metadata.annotations = withAnnotation(metadata.annotations ?? {}, ANNOTATION.autonamed);
  }
  // With server-side apply the official provider leaves this label alone, except on objects that have it already.
  const managedBy = "app.kubernetes.io/managed-by";
  if (
    olds.metadata?.labels?.[managedBy] === "pulumi" &&
    (metadata.labels === undefined || isProperties(metadata.labels))
  ) {
    metadata.labels = { ...((metadata.labels as Properties | undefined) ?? {}), [managedBy]: "pulumi" };
  }
  if (!has(metadata.namespace) && typeof apiVersion === "string" && typeof kind === "string") {
    delete metadata.namespace;
    if (await context.scopes.namespaced(context.api, apiVersion, kind)) metadata.namespace = context.namespace;
  }
  return metadata;
}

function withAnnotation(annotations: Value, key: string): Value {
  if (annotations instanceof Secret) return new Secret(withAnnotation(annotations.value, key));
  return isProperties(annotations) ? { ...annotations, [key]: "true" } : annotations;
}

function has(value: Value | undefined): boolean {
  const plain = reveal(value ?? null);
  return plain instanceof Unknown || (plain !== null && plain !== "");
}

function warnAboutHooks(context: Context, urn: string, metadata: Json): void {
  const hooks = metadata?.annotations?.["helm.sh/hook"];
  if (typeof hooks !== "string" || context.config.suppressHelmHookWarnings) return;
  context.host.warn(
    `this resource is a Helm hook (${hooks}); it is created as any other resource and the hook is not run. ` +
      "Set suppressHelmHookWarnings on the provider to hide this warning",
    urn,
  );
}
