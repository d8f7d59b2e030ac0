import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesIn, identityOf, sha256, sourceState } from "./identity";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "identity-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, content: string) => {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), content);
};

describe("the identity of files", () => {
  it("is what sha256sum gives for its own list of them", () => {
    write("catalog/b.ts", "b\n");
    write("catalog/a.ts", "a\n");
    const identity = identityOf(root, ["catalog/b.ts", "catalog/a.ts"]);
    const told = execFileSync("sh", ["-c", "sha256sum catalog/a.ts catalog/b.ts | sha256sum"], { cwd: root });
    expect(identity.sha256).toBe(told.toString().split(" ")[0]);
    expect(identity.files).toEqual([
      { path: "catalog/a.ts", sha256: sha256("a\n") },
      { path: "catalog/b.ts", sha256: sha256("b\n") },
    ]);
  });

  it("changes with a name, and with a byte", () => {
    write("a.ts", "a\n");
    write("b.ts", "a\n");
    const [one, other] = [identityOf(root, ["a.ts"]), identityOf(root, ["b.ts"])];
    expect(one.sha256).not.toBe(other.sha256);
    write("a.ts", "b\n");
    expect(identityOf(root, ["a.ts"]).sha256).not.toBe(one.sha256);
  });

  it("leaves tests out, and takes folders in", () => {
    for (const path of ["catalog/a.ts", "catalog/a.test.ts", "catalog/deep/lock.json"]) write(path, "");
    expect([...filesIn(root, "catalog")].sort()).toEqual(["catalog/a.ts", "catalog/deep/lock.json"]);
  });
});

describe("the state of the source", () => {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: root })
      .toString()
      .trim();

  it("is unknown where there is no repository", () => {
    expect(sourceState(root)).toEqual({ tree: "unknown", changes: [] });
  });

  it("names the commit, and what differs from it", () => {
    git("init", "--quiet");
    write("a.ts", "a");
    git("add", ".");
    git("commit", "--quiet", "--message", "a");
    const commit = git("rev-parse", "HEAD");
    expect(sourceState(root)).toEqual({ commit, tree: "clean", changes: [] });
    write("a.ts", "b");
    write("c.ts", "c");
    expect(sourceState(root)).toEqual({ commit, tree: "changed", changes: [" M a.ts", "?? c.ts"] });
  });
});
