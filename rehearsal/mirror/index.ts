import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { lock } from "../../catalog/lock";
import type { Release } from "../../catalog/releases";
import { writeTarGz } from "../toolchain/archive";
import { cacheFolder } from "../toolchain/cache";
import { inParallel } from "../toolchain/parallel";
import { DefinitionSource, type ReleaseDefinitions } from "./definitions";
import { fileName, fingerprint, LockMismatchError, originOf, ReleaseSource } from "./source";

export interface MirrorResult {
  /** Has `<chart>-<version>.tgz` for each chart and `<release>-<version>.yaml` for each manifest release. */
  folder: string;
  /** Releases whose real chart or manifest was had. */
  chartsRendered: string[];
  /** Releases of which only the custom resource definitions are there, and why. */
  chartsNotRendered: { release: string; reason: string }[];
  /** `<plural>.<group>` of kinds whose objects are accepted whatever they hold. */
  crdsNotValidated: string[];
}

export interface MirrorEvent {
  readonly release: string;
  readonly phase: "fetching" | "ready" | "placeholder";
  readonly detail: string;
}

export interface MirrorOptions {
  /** Created if need be; files of an earlier mirror that are no longer wanted are removed from it. */
  folder: string;
  helm: string;
  /** Without it no definitions are taken from Go modules. */
  go?: string;
  /** A folder of definitions to look in when the Go module cannot be had. */
  crdDir?: string;
  /** By Go module, another version to take definitions from when they are to be had in neither way. */
  otherVersions?: Readonly<Record<string, string>>;
  /** The environment's own mirror: an `oci://` prefix, or a folder of archives. */
  from?: string;
  report?: (event: MirrorEvent) => void;
  /** Where the cache's place is read from, and what helm and go are run with. Default: the process's environment. */
  env?: NodeJS.ProcessEnv;
}

/** What a folder was made from and what came of it. */
interface Stamp {
  readonly key: string;
  readonly files: readonly string[];
  readonly result: MirrorResult;
  /** What to try again: addresses of releases that could not be had over the network. */
  readonly retry: readonly string[];
}

const fetchesAtOnce = 4;

/**
 * Fills a folder with every release's chart or manifest. In place of one that cannot be had it puts a chart or manifest of the
 * same name and version that holds the release's custom resource definitions and nothing else. The same inputs give the same
 * bytes, and a folder made from the same inputs is left as it is, unless something that was out of reach now is not.
 * Throws an Error if `from` or `crdDir` is a folder that does not exist.
 */
export async function buildMirror(releases: readonly Release[], options: MirrorOptions): Promise<MirrorResult> {
  const { folder, helm, go, crdDir, otherVersions, from } = options;
  const env = options.env ?? process.env;
  const report = options.report ?? (() => {});
  for (const [what, path] of [
    ["chart mirror", from?.startsWith("oci://") ? undefined : from],
    ["CRD_DIR", crdDir],
  ] as const) {
    if (path !== undefined && !existsSync(path)) throw new Error(`${what} "${path}" does not exist`);
  }

  const source = new ReleaseSource({ helm, keep: join(cacheFolder(env), "charts"), env });
  const key = inputKey(releases, options);
  const before = readStamp(folder);
  if (before?.key === key && before.files.every((file) => existsSync(join(folder, file)))) {
    const verdicts = await Promise.all(before.retry.map((url) => source.network.unreachable(url)));
    if (verdicts.every((reason) => reason !== undefined)) return { ...before.result, folder };
  }

  mkdirSync(folder, { recursive: true });
  const definitions = new DefinitionSource({ go, crdDir, env, otherVersions });
  const outcomes = new Map<string, { reason: string; permissive: readonly string[] } | undefined>();
  const retry = new Set<string>();
  await inParallel(releases, fetchesAtOnce, async (release) => {
    const origin = originOf(release, from);
    report({ release: release.name, phase: "fetching", detail: origin.kind === "address" ? origin.address : "" });
    const file = join(folder, fileName(release));
    try {
      writeIfChanged(file, await source.get(release, origin));
      outcomes.set(release.name, undefined);
      report({ release: release.name, phase: "ready", detail: "" });
    } catch (error) {
      if (error instanceof LockMismatchError) throw error;
      const reason = (error as Error).message;
      if (origin.kind === "address") retry.add(origin.url);
      const found = await definitions.of(release);
      writeIfChanged(file, placeholder(release, found));
      outcomes.set(release.name, { reason, permissive: found.permissive });
      report({ release: release.name, phase: "placeholder", detail: reason });
    }
  });

  const result: MirrorResult = { folder, chartsRendered: [], chartsNotRendered: [], crdsNotValidated: [] };
  for (const { name } of releases) {
    const outcome = outcomes.get(name);
    if (outcome === undefined) result.chartsRendered.push(name);
    else {
      result.chartsNotRendered.push({ release: name, reason: outcome.reason });
      result.crdsNotValidated.push(...outcome.permissive);
    }
  }
  const files = releases.map(fileName);
  for (const file of before?.files ?? []) if (!files.includes(file)) rmSync(join(folder, file), { force: true });
  const stamp: Stamp = { key, files, result, retry: [...retry] };
  writeIfChanged(stampFile(folder), Buffer.from(JSON.stringify(stamp)));
  return result;
}

function placeholder(release: Release, definitions: ReleaseDefinitions): Buffer {
  if (release.source.kind === "manifest") return Buffer.from(definitions.files.map(({ text }) => text).join("---\n"));
  const { chart, version } = release.source;
  const description = `Placeholder for ${release.name} ${release.version}, whose chart could not be reached: its custom resource definitions only.`;
  return writeTarGz(
    [
      { name: `${chart}/Chart.yaml`, text: stringify({ apiVersion: "v2", name: chart, version, description }) },
      ...definitions.files.map(({ name, text }) => ({ name: `${chart}/crds/${name}.yaml`, text })),
    ].map(({ name, text }) => ({ name, content: Buffer.from(text) })),
  );
}

function inputKey(releases: readonly Release[], { helm, go, crdDir, otherVersions, from }: MirrorOptions): string {
  const inputs = {
    releases: releases.map(({ name, version, source, crds, crdModule }) => ({
      name,
      version,
      source,
      crds,
      crdModule,
    })),
    helm,
    go,
    crdDir: crdDir && [crdDir, ...fingerprint(crdDir)],
    otherVersions,
    locked: lock?.releases,
    from: from && (from.startsWith("oci://") ? from : [from, ...fingerprint(from)]),
  };
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}

function stampFile(folder: string): string {
  return join(folder, ".stamp.json");
}

function readStamp(folder: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(stampFile(folder), "utf8"));
  } catch {
    return undefined;
  }
}

function writeIfChanged(file: string, content: Buffer): void {
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}
