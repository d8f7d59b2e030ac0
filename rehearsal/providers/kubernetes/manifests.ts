import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseAllDocuments, type Tags } from "yaml";
import type { Api } from "./api";
import type { Scopes } from "./context";
import { idOf, isCrd } from "./objects";
import { isMap, type Json } from "./values";

/** YAML 1.1 has more than Kubernetes' own parser knows, which reads 12:30 and 2001-01-01 as text. */
function isForeign(tag: Tags[number]): boolean {
  return typeof tag !== "string" && (tag.format === "TIME" || /:(timestamp|binary)$/.test(tag.tag));
}

/** Reads the documents of a manifest as Kubernetes does: YAML 1.1, empty documents skipped. `origin` is for messages. */
export function parseYaml(text: string, origin: string): Json[] {
  // Most of a large manifest is CustomResourceDefinitions, and positions for pretty errors double the time they take.
  const documents = parseAllDocuments(text, {
    version: "1.1",
    uniqueKeys: false,
    prettyErrors: false,
    strict: false,
    logLevel: "error",
    customTags: (tags: Tags) => tags.filter((tag) => !isForeign(tag)),
  });
  const objects: Json[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const error = document.errors[0];
    if (error) {
      const line = text.slice(0, error.pos[0]).split("\n").length;
      throw new Error(`${origin} is not valid YAML (line ${line}): ${error.message}`);
    }
    const value = document.toJS({ maxAliasCount: 10_000 });
    if (value === null || value === undefined) continue;
    if (!isMap(value))
      throw new Error(`${origin}: expected Kubernetes objects, found ${JSON.stringify(value).slice(0, 60)}`);
    if (Object.keys(value).length > 0) objects.push(value);
  }
  return objects;
}

/** The text of a manifest at a path or URL, or, when `glob`, of every file that a pattern such as "crds/*.yaml" matches. */
export async function readManifests(source: string, glob: boolean): Promise<{ origin: string; text: string }[]> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) return [{ origin: source, text: await download(source) }];
  const paths = glob && /[*?[]/.test(source) ? matches(source) : [source];
  return paths.map((path) => {
    try {
      return { origin: path, text: readFileSync(path, "utf8") };
    } catch (error) {
      throw new Error(`manifest ${path} cannot be read: ${(error as Error).message}`);
    }
  });
}

async function download(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    const cause = (error as Error).cause;
    throw new Error(
      `manifest ${url} cannot be fetched: ${cause instanceof Error ? cause.message : (error as Error).message}`,
    );
  }
  if (!response.ok) throw new Error(`manifest ${url} cannot be fetched: HTTP ${response.status}`);
  return response.text();
}

/** Files that match a pattern with *, ? and [...] in any of its parts, sorted. Parts that start with a dot match only by name. */
function matches(pattern: string): string[] {
  const parent = dirname(pattern);
  const folders = /[*?[]/.test(parent) ? matches(parent) : [parent];
  const name = new RegExp(
    `^${basename(pattern)
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]")
      .replaceAll("[!", "[^")}$`,
  );
  const found: string[] = [];
  for (const folder of folders) {
    let entries: string[];
    try {
      entries = readdirSync(folder);
    } catch {
      continue;
    }
    for (const entry of entries)
      if (name.test(entry) && (!entry.startsWith(".") || basename(pattern).startsWith(".")))
        found.push(join(folder, entry));
  }
  return found.sort();
}

/**
 * Takes lists apart, checks that every object has what it takes to be one, and gives those of namespaced kinds the
 * default namespace. Definitions among the objects count for the scope of the others. Throws, naming the object.
 */
export async function normalize(
  objects: readonly Json[],
  namespace: string,
  scopes: Scopes,
  api: Api,
): Promise<Json[]> {
  const flat = objects.flatMap(expand);
  for (const object of flat) scopes.declare(object);
  return Promise.all(
    flat.map(async (object) => {
      const { apiVersion, kind, metadata } = object;
      if (typeof apiVersion !== "string" || typeof kind !== "string" || !apiVersion || !kind) {
        throw new Error(`an object of the manifest has no apiVersion or kind: ${excerpt(object)}`);
      }
      if (typeof metadata?.name !== "string" || !metadata.name) {
        throw new Error(`an object of the manifest has no .metadata.name: ${excerpt(object)}`);
      }
      const canonical = { ...object, apiVersion: apiVersion.replace(/^core\//, ""), metadata: { ...metadata } };
      if (metadata.namespace) return canonical;
      delete canonical.metadata.namespace;
      // A kind that nobody defines yet is left without: its provider call finds out.
      if (await scopes.known(api, canonical.apiVersion, kind)) canonical.metadata.namespace = namespace;
      return canonical;
    }),
  );
}

function expand(object: Json): Json[] {
  return Array.isArray(object.items) && String(object.kind).endsWith("List") ? object.items.flatMap(expand) : [object];
}

function excerpt(object: Json): string {
  const text = JSON.stringify(object);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/** Names an object among those of a manifest: group, kind, namespace and name, as the depends-on annotation has them. */
function reference(object: Json): string {
  const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0] : "";
  const { namespace, name } = object.metadata;
  return namespace ? `${group}/namespaces/${namespace}/${object.kind}/${name}` : `${group}/${object.kind}/${name}`;
}

/**
 * For each object the indices of those that have to be there first: its definition, its namespace, and what its
 * annotation config.kubernetes.io/depends-on names. Throws when they go in circles.
 */
export function dependencies(objects: readonly Json[]): number[][] {
  const definitions = new Map<string, number>();
  const namespaces = new Map<string, number>();
  const references = new Map<string, number>();
  objects.forEach((object, index) => {
    references.set(reference(object), index);
    if (isCrd(object)) definitions.set(`${object.spec?.group}/${object.spec?.names?.kind}`, index);
    if (object.kind === "Namespace" && object.apiVersion === "v1") namespaces.set(object.metadata.name, index);
  });
  const edges = objects.map((object, index) => {
    const group = object.apiVersion.split("/")[0];
    const first = new Set([definitions.get(`${group}/${object.kind}`), namespaces.get(object.metadata.namespace)]);
    const annotated = object.metadata.annotations?.["config.kubernetes.io/depends-on"];
    for (const name of typeof annotated === "string" ? annotated.split(",") : [])
      first.add(references.get(name.trim()));
    first.delete(undefined);
    first.delete(index);
    return [...first] as number[];
  });
  refuseCircles(objects, edges);
  return edges;
}

function refuseCircles(objects: readonly Json[], edges: readonly number[][]): void {
  const done = new Set<number>();
  const visit = (index: number, path: number[]) => {
    if (done.has(index)) return;
    if (path.includes(index)) {
      const circle = [...path.slice(path.indexOf(index)), index].map((i) => `${objects[i].kind} ${idOf(objects[i])}`);
      throw new Error(`objects of the manifest wait for each other: ${circle.join(" -> ")}`);
    }
    for (const next of edges[index] ?? []) visit(next, [...path, index]);
    done.add(index);
  };
  for (const index of objects.keys()) visit(index, []);
}
