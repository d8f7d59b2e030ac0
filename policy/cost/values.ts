import { isObject, type Path, type Properties, type Resource, unknown, type Value } from "../rule";

/** Reading of properties, any part of which may be missing, unknown, or of another type than it should be. */

/** What is at a path: `unknown` where it, or something above it, is not known; undefined where nothing is. */
export function at(value: Value, ...path: Path): Value {
  let inner: Value = value;
  for (const step of path) {
    if (inner === unknown) return unknown;
    inner = Array.isArray(inner) ? inner[Number(step)] : isObject(inner) ? inner[String(step)] : undefined;
  }
  return inner;
}

/** The items of a list; one thing that stands where a list should counts as its only item. */
export const listOf = (value: Value): readonly Value[] =>
  Array.isArray(value) ? value : value === undefined || value === null || value === unknown ? [] : [value];

/** A number, also where it is written as text. */
export function numberOf(value: Value): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

export const textOf = (value: Value): string | undefined => (typeof value === "string" ? value : undefined);

/** Suffixes of quantities. Source: kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity, 2026-11. */
const suffixes: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of Kubernetes as a number: `8`, `"8"`, `"1k"`, `"1e3"`. */
export function quantityOf(value: Value): number | undefined {
  const match = typeof value === "string" ? /^([+-]?[0-9.]+)([a-zA-Z]{0,2})$/.exec(value.trim()) : null;
  const factor = match === null ? undefined : suffixes[match[2]!];
  return factor === undefined ? numberOf(value) : Number(match![1]) * factor;
}

/** What a provider writes as JSON text, or states as it is. */
export function decoded(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value;
  }
}

/** A Kubernetes object in a resource. */
export interface KubernetesObject {
  readonly resource: Resource;
  /** API group, such as `apps`; `core` for the first. */
  readonly group: string;
  readonly kind: string;
  /** Where in the properties it is: at their root, or among the items of a list. */
  readonly at: Path;
  readonly object: Properties;
}

/** The objects that a resource is: one, the items of a list of them, or none. A patch counts as what it patches. */
export function objectsIn(resource: Resource): readonly KubernetesObject[] {
  const match = /^kubernetes:([^/:]+)\/[^:]+:(\w+)$/.exec(resource.type);
  if (match === null) return [];
  const group = match[1]!;
  const kind = match[2]!.replace(/Patch$/, "");
  const { items } = resource.props;
  if (kind.endsWith("List") && Array.isArray(items)) {
    return items.flatMap((object, index) =>
      isObject(object) ? [{ resource, group, kind: kind.replace(/List$/, ""), at: ["items", index], object }] : [],
    );
  }
  return [{ resource, group, kind, at: [], object: resource.props }];
}

export const namespaceOf = ({ object }: KubernetesObject): Value => at(object, "metadata", "namespace");
export const nameOf = ({ object }: KubernetesObject): string | undefined => textOf(at(object, "metadata", "name"));
