import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Progress } from "../rehearsal/progress";
import { root } from "../rehearsal/workspace";

const run = promisify(execFile);

/** The commit that a change is compared with. */
export interface BaseCommit {
  /** As it was asked for. */
  readonly ref: string;
  readonly commit: string;
}

async function git(args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await run("git", args, { cwd, maxBuffer: 1 << 28 });
  return stdout.trim();
}

/**
 * Where the checkout's history and that of `ref` part, so that what came into `ref` since is nobody's change; `ref` itself
 * where they have nothing in common.
 *
 * @throws when `ref` is no commit that is there
 */
export async function baseCommit(ref: string, cwd = root): Promise<BaseCommit> {
  const commit = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], cwd).catch(
    (error: NodeJS.ErrnoException) => {
      throw new Error(
        error.code === "ENOENT"
          ? "git was not found: --base needs it on PATH"
          : `--base ${ref}: no such commit here. Expected a branch, tag or commit that git knows; a shallow clone must fetch it first.`,
      );
    },
  );
  return { ref, commit: await git(["merge-base", commit, "HEAD"], cwd).catch(() => commit) };
}

/**
 * Paths of the project, relative to it, that differ between `base` and what lies in the checkout now. New files that git
 * does not know yet count in folders that it knows: elsewhere they are what programs leave behind.
 */
export async function changedFiles(base: BaseCommit, cwd = root): Promise<string[]> {
  const nul = (text: string) => text.split("\0").filter((name) => name !== "");
  const [tracked, fresh, folders] = await Promise.all([
    git(["diff", "--name-only", "--no-renames", "--relative", "-z", base.commit], cwd),
    git(["ls-files", "--others", "--exclude-standard", "-z"], cwd),
    git(["ls-tree", "-d", "--name-only", "-z", "HEAD"], cwd),
  ]);
  const known = new Set(nul(folders));
  const added = nul(fresh).filter((file) => known.has(file.split("/")[0]!));
  return [...new Set([...nul(tracked), ...added])].sort();
}

/**
 * Lays the project out as it was at a commit, in a folder of its own, with its packages; lets `act` use it, and takes it
 * away again, also when this process ends in the middle.
 *
 * @throws when git or npm fail
 */
export async function atCommit<T>(
  { commit }: BaseCommit,
  progress: Progress,
  act: (folder: string) => Promise<T>,
  cwd = root,
): Promise<T> {
  progress.step(`checking ${commit.slice(0, 10)} out`);
  const top = await git(["rev-parse", "--show-toplevel"], cwd);
  const prefix = await git(["rev-parse", "--show-prefix"], cwd);
  const above = await realpath(await mkdtemp(path.join(tmpdir(), "ai-platform-gate-")));
  const tree = path.join(above, "base");
  const onExit = () => {
    rmSync(above, { recursive: true, force: true });
    try {
      execFileSync("git", ["worktree", "prune"], { cwd: top, stdio: "ignore" });
    } catch {
      // git prunes it by itself, later.
    }
  };
  process.once("exit", onExit);
  try {
    await git(["worktree", "add", "--detach", "--force", tree, commit], top);
    const folder = path.join(tree, prefix);
    if (!existsSync(folder)) throw new Error(`commit ${commit} does not hold ${prefix}`);
    await installPackages(folder, cwd, progress);
    return await act(folder);
  } finally {
    process.removeListener("exit", onExit);
    await rm(above, { recursive: true, force: true });
    await git(["worktree", "prune"], top).catch(() => "");
  }
}

/** Packages as the lock file of `folder` has them: those of `own` where that has the same, else installed. */
async function installPackages(folder: string, own: string, progress: Progress): Promise<void> {
  const lockOf = (at: string) => {
    const file = path.join(at, "package-lock.json");
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
  if (lockOf(folder) === lockOf(own)) {
    await symlink(path.join(own, "node_modules"), path.join(folder, "node_modules"), "dir");
    return;
  }
  progress.step("npm packages of the base, whose lock file is another");
  const args = ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
  await new Promise<void>((resolve, reject) => {
    // What it prints is for people; standard output may belong to JSON.
    const child = spawn("npm", args, { cwd: folder, stdio: ["ignore", 2, 2] });
    child.once("error", (error) => reject(new Error(`npm could not be started: ${error.message}`)));
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error("npm ci failed in the checkout of the base (see above)")),
    );
  });
}
