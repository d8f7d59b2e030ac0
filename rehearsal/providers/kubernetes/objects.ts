import { isMap, type Json } from "./values";

/** The annotations through which a program speaks to the provider. */
export const ANNOTATION = {
  autonamed: "pulumi.com/autonamed",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  fieldManager: "pulumi.com/patchFieldManager",
  patchForce: "pulumi.com/patchForce",
  replaceUnready: "pulumi.com/replaceUnready",
  skipAwait: "pulumi.com/skipAwait",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  waitFor: "pulumi.com/waitFor",
} as const;

export function annotation(object: Json, key: string): string | undefined {
  const value = object?.metadata?.annotations?.[key];
  return typeof value === "string" ? value : undefined;
}

export function isTrue(object: Json, key: string): boolean {
  return annotation(object, key) === "true";
}

/** "namespace/name", or "name" for objects outside namespaces: a resource's id. */
export function idOf(object: Json): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

export function parseId(id: string): { namespace?: string; name: string } {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** How messages name an object: "apps/v1/Deployment shop/web". */
export function describe(object: Json): string {
  return `${object.apiVersion}/${object.kind} ${idOf(object)}`;
}

/** The type part of a URN: "kubernetes:apps/v1:Deployment". */
export function typeOf(urn: string): string {
  const qualified = urn.split("::")[2] ?? "";
  return qualified.slice(qualified.lastIndexOf("$") + 1);
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The apiVersion and kind that a type stands for. Kinds such as ConfigMapPatch give the kind that they patch. */
export function kindOf(type: string): { apiVersion: string; kind: string } {
  const [, module = "", name = ""] = type.split(":");
  return { apiVersion: module.replace(/^core\//, ""), kind: name };
}

/** The type that an object has as a Pulumi resource. */
export function typeFor(apiVersion: string, kind: string): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** Patch resources keep the kind that they patch in their inputs and say "Patch" in their type only. */
export function isPatch(urn: string, kind: unknown): boolean {
  return kindOf(typeOf(urn)).kind === `${kind}Patch`;
}

export function isCrd(object: Json): boolean {
  return object.kind === "CustomResourceDefinition" && String(object.apiVersion).startsWith("apiextensions.k8s.io/");
}

/** The API server fills these; an input that carries them (manifests often do) would never settle. */
const SERVER_METADATA = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];

export function withoutServerMetadata(object: Json): Json {
  if (!isMap(object.metadata)) return object;
  const metadata = { ...object.metadata };
  for (const key of SERVER_METADATA) delete metadata[key];
  return { ...object, metadata };
}

/** JavaScript property names cannot hold dashes, so the SDK spells these fields with underscores. */
const DASHED = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
];
const TO_DASHED = new Map(DASHED.map((key) => [key.replaceAll("-", "_"), key]));
const FROM_DASHED = new Map(DASHED.map((key) => [key, key.replaceAll("-", "_")]));

/** Input as the SDK spells it, to the object that the API server takes. */
export function toKubernetes(value: Json): Json {
  return renameKeys(value, TO_DASHED);
}

/** An object of the API server, to the spelling of the SDK. */
export function fromKubernetes(value: Json): Json {
  return renameKeys(value, FROM_DASHED);
}

function renameKeys(value: Json, names: Map<string, string>): Json {
  if (Array.isArray(value)) return value.map((part) => renameKeys(part, names));
  if (!isMap(value)) return value;
  const map: Json = {};
  for (const key of Object.keys(value)) map[names.get(key) ?? key] = renameKeys(value[key], names);
  return map;
}
