import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type GoFolder, type ToolName, tools } from "../../catalog/tools";

/** Where everything fetched or built is kept: `AI_PLATFORM_CACHE`, else a folder in the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env.AI_PLATFORM_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "ai-platform-blueprint")
  );
}

/** Which sources a program of the rehearsal's own was built from: they change without its version changing. */
function sourceDigest(folder: GoFolder): string {
  const digest = createHash("sha256");
  const source = join(__dirname, "go", folder);
  for (const file of readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(source, join(entry.parentPath, entry.name)))
    .sort()) {
    digest.update(`${file}\n`).update(readFileSync(join(source, file)));
  }
  return digest.digest("hex").slice(0, 12);
}

/** The tools that were downloaded or built: `tools/<tool>/<version>/` with the program and a file that names its source. */
export class ToolCache {
  readonly folder: string;

  constructor(env: NodeJS.ProcessEnv) {
    this.folder = join(cacheFolder(env), "tools");
  }

  find(name: ToolName): { path: string; source: "download" | "go" } | undefined {
    const path = join(this.#place(name), name);
    if (!existsSync(path)) return undefined;
    return { path, source: readFileSync(join(this.#place(name), "source"), "utf8") as "download" | "go" };
  }

  /** A folder to work in, on the same file system as the cache so that results can be moved in. */
  workFolder(): string {
    mkdirSync(this.folder, { recursive: true });
    return mkdtempSync(join(this.folder, ".work-"));
  }

  /** Moves a folder that holds just the program into place: whoever looks sees all of it or nothing. */
  put(name: ToolName, folder: string, source: "download" | "go"): void {
    writeFileSync(join(folder, "source"), source);
    const place = this.#place(name);
    mkdirSync(dirname(place), { recursive: true });
    rmSync(place, { recursive: true, force: true });
    renameSync(folder, place);
  }

  #place(name: ToolName): string {
    const { version, go } = tools[name];
    return join(this.folder, name, go?.around === undefined ? version : `${version}-${sourceDigest(go.folder)}`);
  }
}
