import { spawn } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join, relative, resolve, sep } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { type ToolEntry, type ToolName, tools } from "../../catalog/tools";

const patienceMs = 10_000;

/** A program on PATH: one that fits, or the reason why the first one found does not. */
export type Found = { path: string; version: string } | { reason: string };

/** Asks the programs on PATH for their versions, and remembers the answers between runs for as long as a file does not change. */
export class PathTools {
  readonly #folders: string[];
  readonly #memory: Record<string, string>;
  readonly #memoryFile: string;
  #changed = false;

  /** Programs below one of the `excluded` folders are not the user's own: they were put there by us. */
  constructor(path: string, excluded: readonly string[], memoryFile: string) {
    const within = (folder: string, root: string) => {
      const way = relative(root, folder);
      return way === "" || !(way.startsWith("..") || way.startsWith(sep));
    };
    this.#folders = path
      .split(delimiter)
      .filter((folder) => folder !== "")
      .map((folder) => resolve(folder))
      .filter((folder) => !excluded.some((root) => within(real(folder), real(root))));
    this.#memoryFile = memoryFile;
    this.#memory = readMemory(memoryFile);
  }

  async find(name: ToolName): Promise<Found> {
    const path = this.locate(name);
    if (path === undefined) return { reason: "not there" };
    const version = await this.#version(path, tools[name]);
    if (version === undefined) return { reason: `${path} does not say its version` };
    if (!fits(version, tools[name])) return { reason: `${path} is ${version}, wanted ${range(tools[name])}` };
    return { path, version: `v${version}` };
  }

  /** The first program of that name on PATH, of whatever version. */
  locate(name: string): string | undefined {
    return this.#folders.map((folder) => join(folder, name)).find(isProgram);
  }

  /** Keeps what was learnt for the next run. */
  save(): void {
    if (!this.#changed) return;
    mkdirSync(dirname(this.#memoryFile), { recursive: true });
    const draft = `${this.#memoryFile}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(this.#memory));
    renameSync(draft, this.#memoryFile);
    this.#changed = false;
  }

  async #version(path: string, entry: ToolEntry): Promise<string | undefined> {
    const file = real(path);
    const { mtimeMs, size } = statSync(file);
    const key = `${file} ${mtimeMs} ${size}`;
    const known = this.#memory[key];
    if (known !== undefined) return known;
    const version =
      entry.ask === "plugin" ? await askPlugin(path) : await askProgram(path, entry.ask.args, entry.ask.pattern);
    if (version !== undefined) {
      this.#memory[key] = version;
      this.#changed = true;
    }
    return version;
  }
}

/** Whether a version is as good as the entry's, by its `fits` rule. A pre-release is not: it is older than its release. */
export function fits(version: string, entry: Pick<ToolEntry, "version" | "fits">): boolean {
  const [found, wanted] = [numbers(version), numbers(entry.version)];
  if (found === undefined || wanted === undefined || version.includes("-")) return false;
  const [major, minor, patch] = found;
  if (major !== wanted[0]) return false;
  if (minor === wanted[1]) return patch >= wanted[2];
  return entry.fits === "major" && minor > wanted[1];
}

function range({ version, fits }: ToolEntry): string {
  const [major, minor] = numbers(version) ?? [];
  return `${version} or a newer ${fits === "minor" ? `v${major}.${minor}` : `v${major}`}`;
}

function numbers(version: string): [number, number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function askProgram(path: string, args: readonly string[], pattern: RegExp): Promise<string | undefined> {
  return new Promise((done) => {
    let output = "";
    // PULUMI_SKIP_UPDATE_CHECK: asking for a version must not reach for the network.
    const child = spawn(path, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: patienceMs,
      killSignal: "SIGKILL",
    });
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", () => done(undefined));
    child.once("close", (code) => done(code === 0 ? pattern.exec(output)?.[1] : undefined));
  });
}

/** Starts a Pulumi plugin, which prints the port it listens on, and asks it for its PluginInfo. */
function askPlugin(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    const child = spawn(path, [], { stdio: ["ignore", "pipe", "ignore"], timeout: patienceMs, killSignal: "SIGKILL" });
    let output = "";
    let client: Client | undefined;
    const end = (version: string | undefined) => {
      client?.close();
      child.kill("SIGKILL");
      done(version);
    };
    child.once("error", () => end(undefined));
    child.once("close", () => end(undefined));
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const port = /^(\d+)\r?\n/.exec(output)?.[1];
      if (port === undefined || client !== undefined) return;
      client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
      client.makeUnaryRequest(
        "/pulumirpc.ResourceProvider/GetPluginInfo",
        () => Buffer.alloc(0),
        // PluginInfo has one field that matters, the string `version`.
        (message: Buffer) => message.toString("utf8"),
        null,
        (_error, info) => end(info === undefined ? undefined : /\d+\.\d+\.\d+[-+.\w]*/.exec(info)?.[0]),
      );
    });
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readMemory(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}
