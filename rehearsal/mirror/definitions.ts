import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import type { CustomResourceKind, Release } from "../../catalog/releases";
import { run } from "./run";

/** The YAML text of one CustomResourceDefinition, and the file it came from. */
interface Definition {
  readonly text: string;
  readonly file: string;
}

/** Definitions by `<plural>.<group>`. */
type Index = ReadonlyMap<string, readonly Definition[]>;

/** A definition for each kind of a release. `permissive` ones accept anything, for want of the real one. */
export interface ReleaseDefinitions {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly permissive: readonly string[];
}

/**
 * Finds definitions: in the release's Go module, else in a folder of YAML, else in another version of the module, else
 * derived from what the catalog says of the kind.
 */
export class DefinitionSource {
  readonly #go: string | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #modules = new Map<string, Promise<string | undefined>>();
  readonly #folder: Index;
  readonly #otherVersions: Readonly<Record<string, string>>;

  /** `otherVersions`: by module, the version to look in last: definitions of another version are better than none. */
  constructor(options: {
    go: string | undefined;
    crdDir: string | undefined;
    env: NodeJS.ProcessEnv;
    otherVersions?: Readonly<Record<string, string>>;
  }) {
    this.#go = options.go;
    this.#otherVersions = options.otherVersions ?? {};
    this.#env = options.env;
    this.#folder = options.crdDir === undefined ? new Map() : indexDefinitions(listFiles(options.crdDir));
  }

  async of(release: Release): Promise<ReleaseDefinitions> {
    if (release.crds.length === 0) return { files: [], permissive: [] };
    const module = await this.#module(release.crdModule);
    const permissive: string[] = [];
    const files: { name: string; text: string }[] = [];
    for (const kind of release.crds) {
      const name = `${kind.plural}.${kind.group}`;
      const found =
        choose(module, kind, release) ??
        choose(this.#folder, kind, release) ??
        choose(await this.#module(this.#other(release.crdModule)), kind, release);
      if (found === undefined) permissive.push(name);
      files.push({ name, text: forRehearsal(found?.text ?? permissiveDefinition(kind)) });
    }
    return { files, permissive };
  }

  #other(source: Release["crdModule"]): Release["crdModule"] {
    const version = source && this.#otherVersions[source.module];
    return version === undefined ? undefined : { ...source!, version };
  }

  async #module(source: Release["crdModule"]): Promise<Index> {
    if (source === undefined || this.#go === undefined) return new Map();
    const name = `${source.module}@${source.version}`;
    const folder = this.#modules.get(name) ?? this.#download(name);
    this.#modules.set(name, folder);
    const root = await folder;
    return root === undefined
      ? new Map()
      : indexDefinitions(source.folders.flatMap((path) => listFiles(join(root, path))));
  }

  /** The folder of a module in the module cache, fetched if need be; go holds it against the checksum database. */
  async #download(module: string): Promise<string | undefined> {
    try {
      // Away from any go.mod, which would have a say in versions and checksums.
      const output = await run(this.#go!, ["mod", "download", "-json", module], {
        cwd: "/",
        env: { ...this.#env, GOWORK: "off" },
      });
      return JSON.parse(output).Dir;
    } catch {
      return undefined;
    }
  }
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}

function indexDefinitions(files: readonly string[]): Index {
  const index = new Map<string, Definition[]>();
  for (const file of files) {
    for (const text of readFileSync(file, "utf8").split(/^---.*$/m)) {
      const name = definitionName(text);
      if (name === undefined) continue;
      const definitions = index.get(name) ?? [];
      definitions.push({ text: `${text.trim()}\n`, file });
      index.set(name, definitions);
    }
  }
  return index;
}

/** The `<plural>.<group>` that a document defines; undefined for anything else, and for templates. */
function definitionName(text: string): string | undefined {
  if (!/^kind: CustomResourceDefinition\s*$/m.test(text) || /^\s*\{\{/m.test(text)) return undefined;
  // Definitions are large and many, so the two words that matter are not worth parsing them all.
  const group = /^ +group: *["']?([\w.-]+)/m.exec(text)?.[1];
  const plural = /^ +plural: *["']?([\w-]+)/m.exec(text)?.[1];
  return group === undefined || plural === undefined ? undefined : `${plural}.${group}`;
}

/** The definition of a kind that has every version the catalog names, rather from a path that names the release's version. */
function choose(index: Index, kind: CustomResourceKind, release: Release): Definition | undefined {
  const candidates = (index.get(`${kind.plural}.${kind.group}`) ?? []).filter(({ text }) =>
    kind.versions.every((version) => new RegExp(`^ {2,6}(?:- )?name: ["']?${version}["']?\\s*$`, "m").test(text)),
  );
  const versions = [release.version, release.source.kind === "chart" ? release.source.version : release.version];
  return candidates.find(({ file }) => versions.some((version) => file.includes(version))) ?? candidates.at(-1);
}

/**
 * A definition as a rehearsal serves it. No webhook runs to convert objects, so where there is one only the stored version
 * is served. Descriptions are left out: they are most of the bytes, and the engine carries every byte through preview,
 * policies, plugins and state. What the API server validates is left as it is.
 */
function forRehearsal(text: string): string {
  const definition = parseDocument(text).toJS();
  if (definition.spec.conversion?.strategy === "Webhook") {
    definition.spec.conversion = { strategy: "None" };
    for (const version of definition.spec.versions) version.served = version.storage;
  }
  for (const version of definition.spec.versions) withoutDescriptions(version.schema);
  return stringify(definition, { lineWidth: 0 });
}

/** Where values of the user's stand in a schema, in which `description` would be data. */
const dataKeys = new Set(["default", "enum", "example"]);

function withoutDescriptions(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    // A property of that name is described by an object; only a text is a description.
    if (key === "description" && typeof value === "string") delete (schema as { description?: string }).description;
    else if (!dataKeys.has(key)) withoutDescriptions(value);
  }
}

function permissiveDefinition({ group, kind, plural, scope, versions, storage }: CustomResourceKind): string {
  return stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // The API server wants to see a statement for groups that belong to Kubernetes.
      ...(/(^|\.)(k8s|kubernetes)\.io$/.test(group) && {
        annotations: { "api-approved.kubernetes.io": "unapproved, accepts anything, for rehearsals only" },
      }),
    },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope,
      versions: [...new Set([...versions, storage])].map((name) => ({
        name,
        served: versions.includes(name),
        storage: name === storage,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        subresources: { status: {} },
      })),
    },
  });
}
