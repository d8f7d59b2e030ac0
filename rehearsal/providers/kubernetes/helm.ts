import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import {
  Asset,
  hasSecret,
  isMap,
  isProperties,
  type Json,
  type Properties,
  reveal,
  Secret,
  type Value,
} from "./values";

/** The arguments of a helm.v4.Chart, secrets still closed where they are allowed. */
export interface ChartArgs {
  readonly chart: string;
  readonly name: string;
  readonly namespace: string;
  readonly version?: string;
  readonly devel: boolean;
  readonly dependencyUpdate: boolean;
  readonly plainHttp: boolean;
  readonly skipCrds: boolean;
  readonly repositoryOpts: Properties;
  readonly valueYamlFiles: readonly Value[];
  readonly values: Properties;
}

/** What the cluster offers, for .Capabilities in templates. */
export interface Capabilities {
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** Arguments that the official provider knows and this one does not; each names the way out. */
const UNSUPPORTED = {
  verify:
    "verifying charts is not supported by the stand-in kubernetes provider; verify the chart with helm, or use the official provider",
  postRenderer:
    "post-renderers are not supported by the stand-in kubernetes provider; change the objects with a transform instead",
};

/** Reads the inputs of a Chart. `name` is the resource's name. Throws an Error that names the argument. */
export function readChartArgs(inputs: Properties, name: string, namespace: string): ChartArgs {
  for (const [key, message] of Object.entries(UNSUPPORTED)) {
    const value = reveal(inputs[key] ?? null);
    if (value !== null && value !== false) throw new Error(message);
  }
  const text = (key: string): string | undefined => {
    const value = reveal(inputs[key] ?? null);
    if (value === null || value === "") return undefined;
    if (typeof value !== "string") throw new Error(`chart ${name}: ${key} must be text, not ${JSON.stringify(value)}`);
    return value;
  };
  const flag = (key: string) => reveal(inputs[key] ?? null) === true;
  const chart = text("chart");
  if (!chart)
    throw new Error(
      `chart ${name}: "chart" is missing: a folder, an archive, a name in a repository or an oci:// address`,
    );
  const files = open(inputs.valueYamlFiles ?? []);
  return {
    chart,
    name: text("name") ?? name,
    namespace: text("namespace") ?? namespace,
    version: text("version"),
    devel: flag("devel"),
    dependencyUpdate: flag("dependencyUpdate"),
    plainHttp: flag("plainHttp"),
    skipCrds: flag("skipCrds"),
    repositoryOpts: (open(inputs.repositoryOpts ?? {}) as Properties) ?? {},
    valueYamlFiles: Array.isArray(files) ? files : [],
    values: (open(inputs.values ?? {}) as Properties) ?? {},
  };
}

function open(value: Value): Value {
  return value instanceof Secret ? open(value.value) : value;
}

/** Renders a chart with `helm template`, hooks left out. Returns the manifest. */
export async function renderChart(args: ChartArgs, capabilities: Capabilities, signal: AbortSignal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chart-"));
  try {
    const flags = await commandLine(args, capabilities, folder);
    try {
      return await helm(flags, `chart ${args.chart}`, signal);
    } catch (error) {
      // As the official provider does: a lock file says which dependencies to fetch.
      const missing = /missing in charts\/? directory|dependency build/i.test((error as Error).message);
      if (!missing || !existsSync(join(args.chart, "Chart.lock"))) throw error;
      await helm(["dependency", "build", args.chart], `chart ${args.chart}`, signal);
      return await helm(flags, `chart ${args.chart}`, signal);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function commandLine(args: ChartArgs, capabilities: Capabilities, folder: string): Promise<string[]> {
  const flags = ["template", args.name, args.chart, "--namespace", args.namespace, "--no-hooks"];
  if (!args.skipCrds) flags.push("--include-crds");
  if (args.version) flags.push("--version", args.version);
  else if (args.devel) flags.push("--devel");
  if (args.dependencyUpdate) flags.push("--dependency-update");
  if (args.plainHttp) flags.push("--plain-http");
  flags.push("--kube-version", capabilities.kubeVersion);
  for (const apiVersion of capabilities.apiVersions) flags.push("--api-versions", apiVersion);

  const { repo, username, password, caFile, certFile, keyFile } = args.repositoryOpts;
  for (const [flag, value] of Object.entries({ "--repo": repo, "--username": username, "--password": password })) {
    const plain = reveal(value ?? null);
    if (plain) flags.push(flag, String(plain));
  }
  for (const [flag, asset] of Object.entries({ "--ca-file": caFile, "--cert-file": certFile, "--key-file": keyFile })) {
    if (asset === undefined || asset === null) continue;
    const file = join(folder, flag.slice(2));
    await writeFile(file, await content(open(asset)), { mode: 0o600 });
    flags.push(flag, file);
  }

  // One file, merged here: the order of several, and of literal values over them, is then ours.
  let values: Json = {};
  for (const asset of args.valueYamlFiles)
    values = merge(values, parse(await content(open(asset)), { version: "1.1" }) ?? {});
  values = merge(values, await resolveAssets(args.values));
  const file = join(folder, "values.json");
  await writeFile(file, JSON.stringify(values), { mode: 0o600 });
  flags.push("--values", file);
  return flags;
}

/** Helm's own merge of values: maps by key, everything else replaced. A null stays, since it removes a chart's default. */
export function merge(base: Json, over: Json): Json {
  if (!isMap(base) || !isMap(over)) return over;
  const merged = { ...base };
  for (const key of Object.keys(over)) merged[key] = key in base ? merge(base[key], over[key]) : over[key];
  return merged;
}

async function resolveAssets(value: Value): Promise<Json> {
  if (value instanceof Secret) return resolveAssets(value.value);
  if (value instanceof Asset) return content(value);
  if (Array.isArray(value)) return Promise.all(value.map(resolveAssets));
  if (!isProperties(value)) return value;
  const map: Json = {};
  for (const key of Object.keys(value)) map[key] = await resolveAssets(value[key] as Value);
  return map;
}

async function content(asset: Value): Promise<string> {
  if (!(asset instanceof Asset)) throw new Error(`expected a pulumi asset, not ${JSON.stringify(reveal(asset))}`);
  const { text, path, uri } = asset.source;
  if (path) return readFile(path, "utf8");
  if (!uri) return text ?? "";
  if (uri.startsWith("file:")) return readFile(new URL(uri), "utf8");
  const response = await fetch(uri);
  if (!response.ok) throw new Error(`${uri} cannot be fetched: HTTP ${response.status}`);
  return response.text();
}

/** Rendering is work for a whole core; more at a time only make each other slower. */
const MAX_PROCESSES = 2;
let running = 0;
const queue: (() => void)[] = [];

async function helm(args: readonly string[], what: string, signal: AbortSignal): Promise<string> {
  if (running >= MAX_PROCESSES) await new Promise<void>((resolve) => queue.push(resolve));
  running++;
  try {
    return await run(process.env.HELM || "helm", args, what, signal);
  } finally {
    running--;
    queue.shift()?.();
  }
}

function run(binary: string, args: readonly string[], what: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], signal });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      const where = process.env.HELM ? `$HELM is ${process.env.HELM}` : "$HELM is not set and there is no helm on PATH";
      reject(missing ? new Error(`${what} cannot be rendered: helm was not found (${where})`) : error);
    });
    child.on("close", (code, killed) => {
      if (code === 0) return resolve(Buffer.concat(out).toString("utf8"));
      const message = Buffer.concat(err)
        .toString("utf8")
        .replace(/^(Error|level=\w+ msg=): ?/gm, "")
        .trim();
      const end = killed ? `was ended by ${killed}` : `failed with exit code ${code}`;
      reject(new Error(`helm ${args[0]} of ${what} ${end}: ${message || "it printed no message"}`));
    });
  });
}

/** Shorter strings occur by chance. */
const MIN_SECRET_LENGTH = 8;

/**
 * Text that went in as a secret value comes out secret: leaves of the rendered objects that contain it, plain or in
 * base64, are closed again.
 */
export function closeSecrets(objects: readonly Json[], values: Properties): Properties[] {
  const texts = secretTexts(values, false);
  if (texts.length === 0) return [...objects];
  const needles = [...texts, ...texts.map((text) => Buffer.from(text).toString("base64").replace(/=+$/, ""))];
  const close = (value: Json): Value => {
    if (typeof value === "string") return needles.some((needle) => value.includes(needle)) ? new Secret(value) : value;
    if (Array.isArray(value)) return value.map(close);
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, close(part)]));
  };
  // Identity has to stay readable.
  return objects.map(({ apiVersion, kind, metadata, ...rest }) => ({
    apiVersion,
    kind,
    metadata,
    ...(close(rest) as Properties),
  }));
}

function secretTexts(value: Value, secret: boolean): string[] {
  if (value instanceof Secret) return secretTexts(value.value, true);
  if (typeof value === "string") return secret && value.length >= MIN_SECRET_LENGTH ? [value] : [];
  if (!secret && !hasSecret(value)) return [];
  if (Array.isArray(value)) return value.flatMap((part) => secretTexts(part, secret));
  return isProperties(value) ? Object.values(value).flatMap((part) => secretTexts(part as Value, secret)) : [];
}
