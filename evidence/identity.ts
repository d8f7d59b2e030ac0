import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** What evidence is about, such that somebody else can tell whether they have the same. */

export const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

export interface FileHash {
  /** Relative to the root of the checkout, with slashes. */
  readonly path: string;
  readonly sha256: string;
}

/** Files that belong together. */
export interface Identity {
  /** Of the lines `<sha256>  <path>`, as `sha256sum <files> | sha256sum` gives it. */
  readonly sha256: string;
  readonly files: readonly FileHash[];
}

/** The identity of files of a checkout, in the order of their paths. */
export function identityOf(root: string, paths: readonly string[]): Identity {
  const files = [...paths].sort().map((path) => ({ path, sha256: sha256(readFileSync(join(root, path))) }));
  return { sha256: sha256(files.map((file) => `${file.sha256}  ${file.path}\n`).join("")), files };
}

/** Everything in a folder of a checkout but tests, which decide nothing. */
export const filesIn = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));

export interface SourceState {
  /** Undefined where the checkout is no repository of git, or git is not there. */
  readonly commit?: string;
  /** `changed`: what was judged is not what the commit holds. */
  readonly tree: "clean" | "changed" | "unknown";
  /** Files that differ from the commit, as git lists them: two letters of state, then the path. */
  readonly changes: readonly string[];
}

/** Of which commit a checkout is, and whether it still is. */
export function sourceState(root: string): SourceState {
  const git = (...args: string[]) =>
    execFileSync("git", ["--no-optional-locks", ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 26,
    });
  try {
    const commit = git("rev-parse", "HEAD").trim();
    const changes = git("status", "--porcelain").split("\n").filter(Boolean);
    return { commit, tree: changes.length === 0 ? "clean" : "changed", changes };
  } catch {
    return { tree: "unknown", changes: [] };
  }
}
