import { isObject, type Path, type Properties, type Resource, unknown, type Value, walk } from "../rule";

/** What the rules of security ask of objects of Kubernetes. */

/** `Deployment` of `kubernetes:apps/v1:Deployment`; a patch, and a list of a kind's objects, count as the kind. */
export const kindOf = ({ type }: Pick<Resource, "type">): string =>
  type.startsWith("kubernetes:") ? type.slice(type.lastIndexOf(":") + 1).replace(/(Patch|List)$/, "") : "";

/** API group of an object, "" for the core's: `apps` of `kubernetes:apps/v1:Deployment`. */
export function groupOf({ type }: Pick<Resource, "type">): string {
  const group = type.split(":")[1]?.split("/")[0] ?? "";
  return group === "core" ? "" : group;
}

/** Objects that hold schemas or values for a renderer, and nothing that runs: what they render is shown by itself. */
export const isRendered = ({ type }: Pick<Resource, "type">): boolean =>
  type.startsWith("kubernetes:") &&
  !/:CustomResourceDefinition(List|Patch)?$|^kubernetes:(helm\.sh|yaml|kustomize)\//.test(type);

/** The value at a path; unknown as soon as something on the way is. */
export function at(value: Value, ...path: Path): Value {
  let found = value;
  for (const part of path) {
    if (found === unknown) return unknown;
    found = Array.isArray(found) || isObject(found) ? (found as Properties)[part] : undefined;
  }
  return found;
}

/** The items of a list; none where it is none. */
export const listOf = (value: Value): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : []);

/** A list's items, also where one alone stands for it. */
export const several = (value: Value): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : value === undefined || value === null ? [] : [value];

export const namespaceOf = ({ props }: Pick<Resource, "props">): Value => at(props, "metadata", "namespace");

/** An object's own name; that of the resource where none is stated. */
export function objectName({ props, name }: Pick<Resource, "props" | "name">): string {
  const stated = at(props, "metadata", "name");
  return typeof stated === "string" ? stated : name;
}

/** True, or a text that says so. */
export const isTrue = (value: Value): boolean =>
  value === true || (typeof value === "string" && /^true$/i.test(value.trim()));

/** JSON that a text holds; undefined where it holds none. */
export function jsonOf(text: string): Value {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

/** As `walk`, and into texts that are JSON, however deep. */
export function walkTexts(value: Value, visit: (value: Value, path: Path) => void, path: Path = []): void {
  walk(
    value,
    (inner, field) => {
      visit(inner, field);
      if (typeof inner === "string") {
        const parsed = jsonOf(inner);
        if (parsed !== undefined) walkTexts(parsed, visit, field);
      }
    },
    path,
  );
}

/** As `at`, and on through texts that are JSON. */
const throughTexts = (value: Value, path: Path): Value =>
  path.reduce<Value>((found, part) => at(typeof found === "string" ? jsonOf(found) : found, part), value);

export interface Pod {
  /** Where its spec stands. */
  readonly field: Path;
  readonly spec: Properties;
  /** Of the template or pod. */
  readonly metadata: Properties;
}

/** Parts of an object that may hold a pod template: unknown, they hide its pods. */
const carriers =
  /^(spec|template|podTemplate|podTemplateSpec|jobTemplate|leaderTemplate|workerTemplate|leaderWorkerTemplate|components|services|extraPodSpec)$/;

const containerLists = ["containers", "initContainers", "ephemeralContainers"] as const;

export interface Pods {
  readonly pods: readonly Pod[];
  /** Where pods may stand that are not known. */
  readonly hidden: readonly Path[];
}

const read = new WeakMap<Properties, Pods>();

/** Every pod that an object states, of whatever kind it is, also as JSON text in it. */
export function podsOf(resource: Resource): Pods {
  if (!isRendered(resource)) return { pods: [], hidden: [] };
  const { props } = resource;
  const known = read.get(props);
  if (known !== undefined) return known;
  const pods: Pod[] = [];
  const hidden: Path[] = [];
  walkTexts(props, (value, field) => {
    const key = field.at(-1);
    if (value === unknown) {
      if (typeof key === "string" && (carriers.test(key) || containerLists.includes(key as "containers")))
        hidden.push(field);
      return;
    }
    if (!isObject(value)) return;
    if (containerLists.some((list) => Array.isArray(value[list]))) {
      // A pod's metadata stand beside its spec.
      const beside = key === "spec" ? throughTexts(props, [...field.slice(0, -1), "metadata"]) : undefined;
      pods.push({ field, spec: value, metadata: isObject(beside) ? beside : {} });
    }
  });
  const found = { pods, hidden };
  read.set(props, found);
  return found;
}

export interface Container {
  readonly field: Path;
  readonly container: Properties;
}

/** All containers of a pod: those that run first, and those that are put into it later, too. */
export const containersOf = ({ field, spec }: Pick<Pod, "field" | "spec">): readonly Container[] =>
  containerLists.flatMap((list) =>
    listOf(spec[list]).flatMap((container, index) =>
      isObject(container) ? [{ field: [...field, list, index], container }] : [],
    ),
  );
