import { readdirSync, rmSync } from "node:fs";
import { arch, platform as osName } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Platform, type ToolName, tools } from "../../catalog/tools";
import { build, planBuilds } from "./build";
import { ToolCache } from "./cache";
import { Cleanup } from "./cleanup";
import { type DownloadJob, download, planDownloads, VerificationError } from "./download";
import type { ToolEvent } from "./events";
import { acquireLock } from "./lock";
import { Network } from "./network";
import { inParallel } from "./parallel";
import { PathTools } from "./path";

export type { ToolName } from "../../catalog/tools";
export { type ToolEvent, terminalReporter } from "./events";

/** A program that can be run. `version` is its own, which on PATH may be newer than the pinned one. */
export interface Tool {
  name: ToolName;
  version: string;
  path: string;
  source: "path" | "download" | "go";
}

export interface EnsureOptions {
  report?: (event: ToolEvent) => void;
  /** Where PATH, HOME and the cache's place are read from, and what `go` is run with. Default: the process's environment. */
  env?: NodeJS.ProcessEnv;
  /** The address to fetch in place of an official one. Default: the official one. */
  resolveUrl?: (url: string) => string;
}

/** A tool that could not be had. The message says what was tried for each. */
export class ToolchainError extends Error {
  override name = "ToolchainError";
}

const checkout = resolve(__dirname, "..", "..");
const buildsAtOnce = 2;
const downloadsAtOnce = 4;

/**
 * Finds each tool on PATH in a fitting version, else in the cache, else downloads it with its checksum verified, else builds it
 * from the Go module proxy. Throws a ToolchainError that names every tool that could not be had and what failed in each way.
 */
export async function ensureTools(names: ToolName[], options: EnsureOptions = {}): Promise<Record<string, Tool>> {
  const { found, missing } = await obtain(names, options);
  if (missing.length > 0)
    throw new ToolchainError(
      missing.map(({ name, reason }) => `${name} ${tools[name].version} could not be had:\n${reason}`).join("\n"),
    );
  return Object.fromEntries(found.map((tool) => [tool.name, tool]));
}

/** As ensureTools, for tools that can be done without: those that could not be had come back with the reason, on one line. */
export async function optionalTools(
  names: ToolName[],
  options: EnsureOptions = {},
): Promise<{ found: Tool[]; missing: { name: ToolName; reason: string }[] }> {
  const { found, missing } = await obtain(names, options);
  return {
    found,
    missing: missing.map(({ name, reason }) => ({ name, reason: reason.replace(/\s*\n\s*/g, "; ").trim() })),
  };
}

async function obtain(names: readonly ToolName[], options: EnsureOptions) {
  const run = new Run(options);
  await run.look(names);
  if (run.lacking(names).length > 0) await run.fetch(names);
  return run.outcome(names);
}

/** The three ways to get a tool, in order. */
class Run {
  readonly #env: NodeJS.ProcessEnv;
  readonly #cache: ToolCache;
  readonly #path: PathTools;
  readonly #options: EnsureOptions;
  readonly #start = Date.now();
  readonly #found = new Map<ToolName, Tool>();
  readonly #failures: Record<"path" | "download" | "go", Map<ToolName, string>> = {
    path: new Map(),
    download: new Map(),
    go: new Map(),
  };

  constructor(options: EnsureOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#cache = new ToolCache(this.#env);
    this.#path = new PathTools(
      this.#env.PATH ?? "",
      [checkout, dirname(this.#cache.folder)],
      join(this.#cache.folder, "versions-on-path.json"),
    );
  }

  lacking(names: readonly ToolName[]): ToolName[] {
    return names.filter((name) => !this.#found.has(name));
  }

  outcome(names: readonly ToolName[]) {
    const missing = this.lacking(names).map((name) => ({ name, reason: this.#explain(name) }));
    for (const { name, reason } of missing) this.#tell(name, "failed", reason);
    return { found: names.flatMap((name) => this.#found.get(name) ?? []), missing };
  }

  /** PATH, then the cache. */
  async look(names: readonly ToolName[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        this.#tell(name, "checking", "");
        const onPath = await this.#path.find(name);
        if ("path" in onPath) this.#ready({ name, version: onPath.version, path: onPath.path, source: "path" });
        else {
          this.#failures.path.set(name, onPath.reason);
          this.#lookInCache(name);
        }
      }),
    );
    this.#path.save();
  }

  /** Download, then build, under a lock: of two processes that start together the second finds what the first got. */
  async fetch(names: readonly ToolName[]): Promise<void> {
    const cleanup = new Cleanup();
    const signal = cleanup.interrupted.signal;
    try {
      const onWait = (holder: number) => {
        for (const name of this.lacking(names))
          this.#tell(name, "checking", `waiting for process ${holder}, which is getting tools`);
      };
      cleanup.atEnd(await acquireLock(join(this.#cache.folder, ".lock"), onWait, signal));
      for (const name of this.lacking(names)) this.#lookInCache(name);
      if (this.lacking(names).length === 0) return;
      // Whoever left them behind is gone, as we have the lock.
      for (const entry of readdirSync(this.#cache.folder)) {
        if (entry.startsWith(".work-")) rmSync(join(this.#cache.folder, entry), { recursive: true, force: true });
      }
      const workFolder = this.#cache.workFolder();
      cleanup.atEnd(() => rmSync(workFolder, { recursive: true, force: true, maxRetries: 3 }));
      await this.#download(this.lacking(names), workFolder, signal);
      await this.#build(this.lacking(names), workFolder, cleanup);
      signal.throwIfAborted();
    } catch (error) {
      throw signal.aborted ? new ToolchainError(`getting the tools was ${(signal.reason as Error).message}`) : error;
    } finally {
      cleanup.end();
    }
  }

  async #download(names: readonly ToolName[], workFolder: string, signal: AbortSignal): Promise<void> {
    const platform = thisPlatform();
    const { jobs, reasons } = planDownloads(names, platform);
    for (const [name, reason] of reasons) this.#failures.download.set(name, reason);
    const network = new Network();
    const resolveUrl = this.#options.resolveUrl ?? ((url) => url);
    await network.probe(jobs.flatMap((job) => [resolveUrl(job.url), resolveUrl(job.checksumUrl)]));
    await inParallel(jobs, downloadsAtOnce, async (job: DownloadJob) => {
      const onProgress = throttle((detail) => {
        for (const name of job.tools) this.#tell(name, "downloading", detail);
      });
      try {
        await download(job, platform!, { network, cache: this.#cache, workFolder, resolveUrl, signal, onProgress });
        for (const name of job.tools) this.#lookInCache(name);
      } catch (error) {
        signal.throwIfAborted();
        for (const name of job.tools) {
          this.#failures.download.set(name, (error as Error).message);
          // Someone may have tampered with it, so it is said even if the tool can be had otherwise.
          if (error instanceof VerificationError)
            this.#tell(name, "failed", `verification of the download failed: ${error.message}`);
        }
      }
    });
  }

  async #build(names: readonly ToolName[], workFolder: string, cleanup: Cleanup): Promise<void> {
    const jobs = planBuilds(names);
    const go = this.#path.locate("go");
    if (go === undefined) {
      for (const name of jobs.flatMap((job) => job.tools)) this.#failures.go.set(name, "no go on PATH");
      return;
    }
    await inParallel(jobs, buildsAtOnce, async (job, rank) => {
      const onProgress = throttle((detail) => {
        for (const name of job.tools) this.#tell(name, "building", detail);
      });
      for (const name of job.tools)
        this.#tell(name, "building", `from source, as ${this.#failures.download.get(name)}`);
      try {
        await build(job, { go, env: this.#env, cache: this.#cache, cleanup, workFolder, rank, onProgress });
        for (const name of job.tools) this.#lookInCache(name);
      } catch (error) {
        cleanup.interrupted.signal.throwIfAborted();
        for (const name of job.tools) this.#failures.go.set(name, (error as Error).message);
      }
    });
  }

  #lookInCache(name: ToolName): void {
    const cached = this.#cache.find(name);
    if (cached !== undefined) this.#ready({ name, version: tools[name].version, ...cached });
  }

  #ready(tool: Tool): void {
    this.#found.set(tool.name, tool);
    const origin = { path: `found at ${tool.path}`, download: "downloaded and verified", go: "built from source" }[
      tool.source
    ];
    this.#tell(tool.name, "ready", `${tool.version}, ${origin}`);
  }

  #tell(tool: ToolName, phase: ToolEvent["phase"], detail: string): void {
    this.#options.report?.({ tool, phase, detail, seconds: (Date.now() - this.#start) / 1000 });
  }

  #explain(name: ToolName): string {
    const { path, download, go } = this.#failures;
    const build = tools[name].go === undefined ? "no Go module carries it" : go.get(name);
    return [
      `  on PATH: ${path.get(name)}`,
      `  download: ${download.get(name)}`,
      `  Go module proxy: ${build?.replace(/\n/g, "\n    ")}`,
    ].join("\n");
  }
}

function thisPlatform(): Platform | undefined {
  const os = osName();
  const machine = { x64: "amd64", arm64: "arm64" }[arch() as string] as Platform["arch"] | undefined;
  return (os === "linux" || os === "darwin") && machine !== undefined ? { os, arch: machine } : undefined;
}

/** Passes on the first call and then at most one in 300 ms: progress comes by the thousand. */
function throttle(tell: (detail: string) => void): (detail: string) => void {
  let last = 0;
  return (detail) => {
    const now = Date.now();
    if (now - last < 300) return;
    last = now;
    tell(detail);
  };
}
