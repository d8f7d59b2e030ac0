import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { parseDocument } from "yaml";
import { z } from "zod";
import { type Environment, environmentSchema } from "./environment";
import { readTable } from "./table";

/** Where a value was written: a stack file, relative to the repository, and the path inside its environment. */
interface Origin {
  readonly file: string;
  readonly path: string;
}

/** A configured value that remembers where it was written, so that an error about a merged value names its own file. */
type Node =
  | { readonly kind: "scalar"; readonly origin: Origin; readonly value: unknown }
  | { readonly kind: "object"; readonly origin: Origin; readonly fields: ReadonlyMap<string, Node> }
  | { readonly kind: "list"; readonly origin: Origin; readonly items: readonly Node[] };

type ObjectNode = Extract<Node, { kind: "object" }>;

/** The environment of a stack could not be had. `problems` holds one line each, and the message all of them. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly problems: readonly string[];

  constructor(stack: string, problems: readonly string[]) {
    super(
      problems.length === 1
        ? problems[0]
        : [`stack "${stack}" has ${problems.length} problems:`, ...problems.map((line) => `  ${line}`)].join("\n"),
    );
    this.problems = problems;
  }
}

export interface LoadOptions {
  /** Folder that holds `stacks/`; by default this repository. */
  readonly root?: string;
  /** The value of `ai-platform:environment` where the engine has it already; by default that of the stack's file. */
  readonly config?: unknown;
}

const configKey = "ai-platform:environment";

/**
 * The environment of a stack: its stack file, over the files that it `extends`, checked against the schema.
 *
 * Over a base, objects merge key by key; lists whose items all have a `name` merge by name (`remove: true` takes an
 * item out, an item of a new name is appended); any other list, and an empty one, replaces; `null` takes a key out.
 *
 * Throws an EnvironmentError that lists every problem found. Reads stack files and nothing else.
 */
export function loadEnvironment(stack: string, options: LoadOptions = {}): Environment {
  const chain = readChain(stack, options);
  const own = chain[0]!;
  const stated = chain.reduceRight<Node | undefined>((base, link) => merge(stack, base, link.environment), undefined)!;
  const merged = withTables(stack, resolve(options.root ?? join(__dirname, "..")), stated);
  const parsed = environmentSchema.safeParse(plain(merged));
  if (!parsed.success) {
    const shape = z.toJSONSchema(environmentSchema, { io: "input" }) as Shape;
    throw new EnvironmentError(stack, [
      ...new Set(parsed.error.issues.flatMap((issue) => explain(issue, merged, shape, own.file))),
    ]);
  }
  return { stack, ...parsed.data };
}

/** The stack files that an environment is made of, its own first, relative to the repository. */
export function environmentFiles(stack: string, options: LoadOptions = {}): readonly string[] {
  return readChain(stack, options).map((link) => link.file);
}

/** The environment of the stack that the Pulumi engine is running. */
export function currentEnvironment(): Environment {
  // Loading the SDK takes half a second, which the command line tools that only read stack files need not pay.
  const pulumi: typeof import("@pulumi/pulumi") = require("@pulumi/pulumi");
  return loadEnvironment(pulumi.getStack(), { config: new pulumi.Config("ai-platform").getObject("environment") });
}

// Reading stack files -----------------------------------------------------------------------------------------------

interface Link {
  readonly file: string;
  readonly environment: ObjectNode;
}

const fileOf = (stack: string): string => `stacks/Pulumi.${stack}.yaml`;

/** The stack's own file first, then its base, then the base of that. */
function readChain(stack: string, options: LoadOptions): readonly Link[] {
  const root = resolve(options.root ?? join(__dirname, ".."));
  const fail = (problem: string): never => {
    throw new EnvironmentError(stack, [problem]);
  };
  const chain: Link[] = [];
  const visited: string[] = [];
  for (let name: string | undefined = stack; name !== undefined; ) {
    const file = fileOf(name);
    const from = chain.at(-1);
    if (visited.includes(name)) {
      const circle = [...visited.slice(visited.indexOf(name)), name];
      fail(`${from!.file}: extends: a circle: ${circle.join(" -> ")}. A stack cannot be its own base.`);
    }
    // What the engine has in hand may be a variant of the stack's own file, as in a rehearsal: that is no circle.
    const given = from === undefined && options.config !== undefined;
    if (!given) visited.push(name);
    if (!given && !existsSync(join(root, file))) {
      const there = stacksIn(root);
      const known = there.length === 0 ? `There is none in ${join(root, "stacks")}.` : `Stacks: ${list(there, name)}.`;
      fail(
        from === undefined
          ? `${file}: no such file, so there is no stack "${name}".${nearest(name, there)} ${known}`
          : `${from.file}: extends: no stack "${name}".${nearest(name, there)} ${known}`,
      );
    }
    const written = existsSync(join(root, file))
      ? build(readStackFile(stack, root, file), { file, path: "" })
      : undefined;
    // The engine hands secrets over decrypted, so only the file can tell that there is one.
    const secrets = written === undefined ? [] : findSecrets(written);
    if (secrets.length > 0) {
      throw new EnvironmentError(stack, secrets);
    }
    const node = given ? build(fromEngine(options.config), { file, path: "" }) : written!;
    if (node.kind !== "object") {
      return fail(
        `${file}: ${configKey}: expected a mapping of the environment's settings, got ${kindOf(plain(node))}.`,
      );
    }
    const { extends: base, ...fields } = Object.fromEntries(node.fields);
    chain.push({ file, environment: { ...node, fields: new Map(Object.entries(fields)) } });
    const next: unknown = base === undefined ? undefined : plain(base);
    if (next !== undefined && typeof next !== "string") {
      fail(`${file}: extends: ${show(next)}: expected the name of one stack, such as "local".`);
    }
    name = next as string | undefined;
  }
  return chain;
}

function stacksIn(root: string): readonly string[] {
  const folder = join(root, "stacks");
  return existsSync(folder)
    ? readdirSync(folder)
        .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
        .sort()
    : [];
}

/** The configured environment of one file, as written. */
function readStackFile(stack: string, root: string, file: string): unknown {
  const document = parseDocument(readFileSync(join(root, file), "utf8"));
  if (document.errors.length > 0) {
    throw new EnvironmentError(
      stack,
      document.errors.map((error) => {
        const line = error.linePos?.[0].line;
        return `${file}${line === undefined ? "" : `:${line}`}: not valid YAML: ${error.message.split(/ at line |\n/)[0]}`;
      }),
    );
  }
  const content: unknown = document.toJS();
  const config = isMapping(content) ? content.config : undefined;
  if (!isMapping(config)) {
    throw new EnvironmentError(stack, [
      `${file}: config: expected a mapping that holds "${configKey}", got ${kindOf(config)}.`,
    ]);
  }
  if (!(configKey in config)) {
    throw new EnvironmentError(stack, [
      `${file}: config: "${configKey}" is missing.${nearest(configKey, Object.keys(config))}`,
    ]);
  }
  return config[configKey];
}

/** A configured value with its days as the file has them: the engine hands a day over as a point in time. */
function fromEngine(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(fromEngine);
  }
  if (isMapping(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fromEngine(field)]));
  }
  return typeof value === "string" ? value.replace(/^(\d{4}-\d\d-\d\d) 00:00:00 \+0000 UTC$/, "$1") : value;
}

/** The environment with the rows of the tables that its fleets, and its team's, name. */
function withTables(stack: string, root: string, environment: Node): Node {
  const inFleets = (node: Node): Node => {
    if (node.kind !== "object") {
      return node;
    }
    const fields = new Map(node.fields);
    const fleets = fields.get("fleets");
    if (fleets?.kind === "list") {
      fields.set("fleets", { ...fleets, items: fleets.items.map((fleet) => withRows(stack, root, fleet)) });
    }
    const team = fields.get("team");
    if (team !== undefined) {
      fields.set("team", inFleets(team));
    }
    return { ...node, fields };
  };
  return inFleets(environment);
}

function withRows(stack: string, root: string, fleet: Node): Node {
  const table = fleet.kind === "object" ? fleet.fields.get("table") : undefined;
  // A name that is none, the schema refuses.
  if (fleet.kind !== "object" || table?.kind !== "scalar" || typeof table.value !== "string") {
    return fleet;
  }
  const { origin } = table;
  const fail = (problem: string): never => {
    throw new EnvironmentError(stack, [problem]);
  };
  if (fleet.fields.has("rows")) {
    return fail(`${origin.file}: ${origin.path}: rows are stated beside it. Expected one or the other.`);
  }
  const file = `stacks/${table.value}`;
  if (!existsSync(join(root, file))) {
    return fail(`${origin.file}: ${origin.path}: ${show(table.value)}: no such file. Expected ${file}.`);
  }
  try {
    const items = readTable(readFileSync(join(root, file), "utf8")).map(({ line, value }) =>
      build(value, { file, path: `line ${line}` }),
    );
    return { ...fleet, fields: new Map([...fleet.fields, ["rows", { kind: "list", origin, items }]]) };
  } catch (error) {
    return fail(`${file}: not a table: ${error instanceof Error ? error.message : error}`);
  }
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function build(value: unknown, origin: Origin): Node {
  if (Array.isArray(value)) {
    const at = (index: number): Origin => ({ ...origin, path: `${origin.path}[${index}]` });
    return { kind: "list", origin, items: value.map((item, index) => build(item, at(index))) };
  }
  if (isMapping(value)) {
    const at = (key: string): Origin => ({ ...origin, path: join2(origin.path, key) });
    return {
      kind: "object",
      origin,
      fields: new Map(Object.entries(value).map(([key, field]) => [key, build(field, at(key))])),
    };
  }
  return { kind: "scalar", origin, value };
}

const join2 = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** The value as the schema takes it; a key whose value is null is absent. */
function plain(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "object":
      return Object.fromEntries(
        [...node.fields].filter(([, field]) => !isNull(field)).map(([key, field]) => [key, plain(field)]),
      );
  }
}

const isNull = (node: Node): boolean => node.kind === "scalar" && node.value === null;

const secretProblem = (file: string, path: string): string =>
  `${file}: ${path}: a secret. The environment holds none: put it in a Kubernetes Secret and state that Secret's name.`;

function findSecrets(node: Node): readonly string[] {
  switch (node.kind) {
    case "scalar":
      return [];
    case "list":
      return node.items.flatMap(findSecrets);
    case "object":
      return node.fields.has("secure")
        ? [secretProblem(node.origin.file, node.origin.path || configKey)]
        : [...node.fields.values()].flatMap(findSecrets);
  }
}

// Merging -----------------------------------------------------------------------------------------------------------

function merge(stack: string, base: Node | undefined, over: Node): Node {
  if (base?.kind === "object" && over.kind === "object") {
    const fields = new Map(base.fields);
    for (const [key, field] of over.fields) {
      fields.set(key, merge(stack, fields.get(key), field));
    }
    return { ...over, fields };
  }
  if (base?.kind === "list" && over.kind === "list" && isNamed(base) && isNamed(over)) {
    const items = new Map(base.items.map((item) => [nameOf(item)!, item]));
    const repeated: Node[] = [];
    const seen = new Set<string>();
    for (const item of over.items) {
      const name = nameOf(item)!;
      if (isRemoval(item)) {
        if (!items.delete(name)) {
          throw new EnvironmentError(stack, [
            `${item.origin.file}: ${item.origin.path}: nothing named "${name}" to remove.${nearest(name, [...items.keys()])}`,
          ]);
        }
      } else if (seen.has(name)) {
        // Stated twice in one file: kept apart, so that the schema can say that the name is taken.
        repeated.push(item);
      } else {
        items.set(name, merge(stack, items.get(name), item));
      }
      seen.add(name);
    }
    return { ...over, items: [...items.values(), ...repeated] };
  }
  return over;
}

const nameOf = (node: Node): string | undefined => {
  const name = node.kind === "object" ? node.fields.get("name") : undefined;
  return name?.kind === "scalar" && typeof name.value === "string" ? name.value : undefined;
};

const isNamed = (node: Extract<Node, { kind: "list" }>): boolean =>
  node.items.length > 0 && node.items.every((item) => nameOf(item) !== undefined);

const isRemoval = (node: Node): boolean => {
  const remove = node.kind === "object" ? node.fields.get("remove") : undefined;
  return remove?.kind === "scalar" && remove.value === true;
};

// Explaining --------------------------------------------------------------------------------------------------------

/** What is read of the JSON Schema of the environment, to say what may stand at a path. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** One line for each thing that an issue of the schema says, with the file and path where the value was written. */
function explain(issue: Issue, tree: Node, shape: Shape, own: string): readonly string[] {
  const at = (path: Path): { origin: Origin; node: Node | undefined } => locate(tree, path);
  const say = (path: Path, text: string): string => {
    const { origin } = at(path);
    return `${origin.file}: ${origin.path === "" ? configKey : origin.path}: ${text}`;
  };
  const { node } = at(issue.path);
  const here = node === undefined ? undefined : plain(node);
  const expected = shapeAt(shape, issue.path, tree);
  const given = node === undefined ? "missing" : show(here);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const branches = expected?.anyOf ?? expected?.oneOf;
        const meant = branches && node ? branches[branchOf(branches, node)] : expected;
        const keys = Object.keys(meant?.properties ?? {});
        const { origin } = at([...issue.path, key]);
        const inherited = origin.file === own ? "" : ` To take it out in ${own}, write ${key}: null.`;
        return say(
          [...issue.path, key],
          `unknown key.${nearest(key, keys)} Expected one of: ${list(keys, key)}.${inherited}`,
        );
      });
    case "invalid_value":
      return [
        say(
          issue.path,
          `${given}.${nearest(here, issue.values)} Expected one of: ${list(issue.values, String(here))}.`,
        ),
      ];
    case "invalid_union": {
      if (issue.discriminator !== undefined) {
        const union = shapeAt(shape, issue.path.slice(0, -1), tree);
        const values = (union?.oneOf ?? []).map((branch) => branch.properties?.[issue.discriminator!]?.const);
        return [say(issue.path, `${given}.${nearest(here, values)} Expected one of: ${list(values, String(here))}.`)];
      }
      const branches = expected?.anyOf ?? [];
      const chosen = node === undefined ? -1 : branchOf(branches, node);
      return chosen === -1
        ? [say(issue.path, `${given}. Expected a mapping of ${branches.map(keysOf).join(", or of ")}.`)]
        : issue.errors[chosen]!.flatMap((inner) =>
            explain({ ...inner, path: [...issue.path, ...inner.path] } as Issue, tree, shape, own),
          );
    }
    case "invalid_type": {
      const article = /^[aeiou]/.test(issue.expected) ? "an" : "a";
      const wanted = issue.expected === "object" ? "a mapping" : `${article} ${issue.expected}`;
      const values = expected?.enum;
      const what = values ? `one of: ${list(values, String(here))}` : wanted;
      const hint = expected?.description === undefined ? "" : ` ${expected.description}`;
      return [say(issue.path, `${given}. Expected ${what.replace(/\barray\b/, "list")}.${hint}`)];
    }
    case "too_small":
    case "too_big": {
      const limit = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const strict =
        issue.inclusive === false ? limit.replace("at least", "more than").replace("at most", "less than") : limit;
      const unit = { array: " items", string: " characters" }[issue.origin as string] ?? "";
      return [say(issue.path, `${given}. Expected ${strict}${unit}.`)];
    }
    case "invalid_format": {
      // A format of the schema's own (a regular expression) comes with a sentence; one of zod's has only a name.
      const what =
        issue.format === "regex" ? issue.message : `${issue.format === "date" ? "a day, YYYY-MM-DD" : issue.format}`;
      return [say(issue.path, `${given}. Expected ${what}.`)];
    }
    default:
      return [say(issue.path, `${given}. Expected ${issue.message}.`)];
  }
}

/** The node at a path and where it was written; for a value that is missing, where it would have been written. */
function locate(tree: Node, path: Path): { origin: Origin; node: Node | undefined } {
  let node: Node = tree;
  for (const [index, step] of path.entries()) {
    const next: Node | undefined =
      node.kind === "object"
        ? node.fields.get(String(step))
        : node.kind === "list"
          ? node.items[Number(step)]
          : undefined;
    if (next === undefined || isNull(next)) {
      const rest = path
        .slice(index)
        .reduce<string>(
          (text, key) => (typeof key === "number" ? `${text}[${key}]` : join2(text, String(key))),
          node.origin.path,
        );
      return { origin: { file: node.origin.file, path: rest }, node: undefined };
    }
    node = next;
  }
  return { origin: node.origin, node };
}

function shapeAt(shape: Shape, path: Path, tree: Node): Shape | undefined {
  let current: Shape | undefined = shape;
  for (const [index, step] of path.entries()) {
    const node = locate(tree, path.slice(0, index)).node;
    const branches: readonly Shape[] | undefined = current?.anyOf ?? current?.oneOf;
    if (branches && node) {
      current = branches[branchOf(branches, node)];
    }
    current = typeof step === "number" ? current?.items : current?.properties?.[String(step)];
  }
  return current;
}

/** The branch of a union that the keys given mean: that of the matching constant, else that with most of the keys. */
function branchOf(branches: readonly Shape[], node: Node): number {
  if (node.kind !== "object") {
    return -1;
  }
  const scores = branches.map((branch) => {
    const shared = [...node.fields].filter(([key, field]) => {
      const property = branch.properties?.[key];
      return (
        property !== undefined && !isNull(field) && (property.const === undefined || property.const === plain(field))
      );
    });
    return shared.length;
  });
  const best = Math.max(...scores);
  return best === 0 ? -1 : scores.indexOf(best);
}

const keysOf = (shape: Shape): string => Object.keys(shape.properties ?? {}).join(", ");

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `the ${typeof value} ${show(value)}`;
}

/** A value as it fits in a message. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A suggestion: a candidate that begins with what was given, else one that is near enough to be what was meant. */
function nearest(given: unknown, candidates: readonly unknown[]): string {
  const names = candidates.filter((candidate) => typeof candidate === "string");
  if (typeof given !== "string" || given === "" || names.length === 0) {
    return "";
  }
  const best = names.find((name) => name.startsWith(given)) ?? closest(given, names);
  return best.startsWith(given) || distance(given, best) <= Math.max(2, best.length / 2)
    ? ` Did you mean "${best}"?`
    : "";
}

/** All candidates, or of very many the ten that are nearest. */
function list(candidates: readonly unknown[], given: string): string {
  const names = candidates.map(String);
  if (names.length <= 40) {
    return names.join(", ");
  }
  const near = [...names].sort((a, b) => distance(given, a) - distance(given, b) || a.localeCompare(b)).slice(0, 10);
  return `${near.join(", ")} and ${names.length - near.length} more`;
}
