import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentProgress } from "../rehearsal/testing";
import { atCommit, baseCommit, changedFiles } from "./base";

describe("the base of a change", () => {
  const root = mkdtempSync(path.join(tmpdir(), "gate-base-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  };
  let began: string;

  beforeAll(() => {
    git("init", "--quiet", "--initial-branch=main");
    write(".gitignore", "node_modules/\n");
    write("package-lock.json", "{}");
    write("stacks/a.yaml", "1");
    write("node_modules/thing/index.js", "");
    git("add", "--all");
    git("commit", "--quiet", "--message=one");
    began = git("rev-parse", "HEAD");
    git("checkout", "--quiet", "-b", "change");
    write("stacks/b.yaml", "2");
    git("add", "--all");
    git("commit", "--quiet", "--message=two");
    git("checkout", "--quiet", "main");
    write("stacks/later.yaml", "3");
    git("add", "--all");
    git("commit", "--quiet", "--message=three");
    git("checkout", "--quiet", "change");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("is where the histories part, so that what came since is nobody's change", async () => {
    expect(await baseCommit("main", root)).toEqual({ ref: "main", commit: began });
    expect(await changedFiles(await baseCommit("main", root), root)).toEqual(["stacks/b.yaml"]);
  });

  it("sees what is not committed yet, and not what programs leave behind", async () => {
    write("stacks/a.yaml", "edited");
    write("stacks/new.yaml", "new");
    write("reports/gate.md", "left behind");
    write("gate.md", "left behind");
    expect(await changedFiles(await baseCommit("HEAD", root), root)).toEqual(["stacks/a.yaml", "stacks/new.yaml"]);
  });

  it.each(["nowhere", "--output=x", "HEAD:stacks"])("refuses %s with what to do", async (ref) => {
    await expect(baseCommit(ref, root)).rejects.toThrow(/no such commit here.*shallow clone/);
  });

  it("is laid out with the packages that are there, and is gone afterwards", async () => {
    let seen = "";
    const read = await atCommit(
      { ref: "main", commit: began },
      silentProgress(),
      async (folder) => {
        seen = folder;
        expect(existsSync(path.join(folder, "stacks", "b.yaml"))).toBe(false);
        expect(lstatSync(path.join(folder, "node_modules")).isSymbolicLink()).toBe(true);
        expect(existsSync(path.join(folder, "node_modules", "thing", "index.js"))).toBe(true);
        return readFileSync(path.join(folder, "stacks", "a.yaml"), "utf8");
      },
      root,
    );
    expect(read).toBe("1");
    expect(existsSync(seen)).toBe(false);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    // What the link led to is not.
    expect(existsSync(path.join(root, "node_modules", "thing", "index.js"))).toBe(true);
  });

  it("is gone after an error, too", async () => {
    let seen = "";
    const failing = atCommit(
      { ref: "main", commit: began },
      silentProgress(),
      (folder) => {
        seen = folder;
        return Promise.reject(new Error("boom"));
      },
      root,
    );
    await expect(failing).rejects.toThrow("boom");
    expect(existsSync(seen)).toBe(false);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
  });
});
