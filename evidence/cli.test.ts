import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Progress } from "../rehearsal/progress";
import { run } from "./cli";
import { previewer, steady } from "./testing";

const options = {
  progress: {} as Progress,
  versions: async () => ({ "Pulumi engine": "3.0.0" }),
  previewer: previewer(),
  identify: steady(),
};

let above: string;
let out: string;
beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), "evidence-cli-"));
  out = join(above, "bundle");
});
afterEach(() => rmSync(above, { recursive: true, force: true }));

const names = ["bundle.json", "environment.json", "examinations.jsonl", "index.html", "sbom.cdx.json"];

describe("npm run evidence", () => {
  it("writes a bundle, tells its verdicts, and leaves nothing else", async () => {
    const told = await run(["local", "--out", out], options);
    expect(told).toMatch(/^Evidence of local: .*\d+ passed.*\.\n/);
    expect(told).toContain("index.html\n");
    expect(readdirSync(out).sort()).toEqual(names);
    expect(readdirSync(above)).toEqual(["bundle"]);
  });

  it("prints bundle.json where it is asked to", async () => {
    const told = await run(["local", "--out", out, "--json"], options);
    expect(told).toBe(readFileSync(join(out, "bundle.json"), "utf8"));
  });

  it("replaces evidence when it is told to, and not before", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "bundle.json"), "{}");
    writeFileSync(join(out, "old.html"), "");
    await expect(run(["local", "--out", out], options)).rejects.toThrow("holds evidence already; --force replaces it");
    expect(readdirSync(out)).toEqual(["bundle.json", "old.html"]);
    await run(["local", "--out", out, "--force"], options);
    expect(readdirSync(out).sort()).toEqual(names);
  });

  it("never replaces anything else", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "thesis.txt"), "");
    await expect(run(["local", "--out", out, "--force"], options)).rejects.toThrow("something else than evidence");
    writeFileSync(join(above, "file"), "");
    await expect(run(["local", "--out", join(above, "file"), "--force"], options)).rejects.toThrow("is no folder");
    expect(readdirSync(out)).toEqual(["thesis.txt"]);
  });

  it("leaves no half of a bundle, and what was there, where the preview fails", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "bundle.json"), "{}");
    const failing = {
      ...options,
      previewer: previewer((result) => ({ ...result, ok: false, errors: ["no provider"] })),
    };
    await expect(run(["local", "--out", out, "--force"], failing)).rejects.toThrow("no provider");
    expect(readFileSync(join(out, "bundle.json"), "utf8")).toBe("{}");
    expect(readdirSync(above)).toEqual(["bundle"]);
  });

  it("says in one line that there is no such stack, before anything is previewed", async () => {
    const waiting = { ...options, previewer: () => Promise.reject(new Error("previewed")) };
    await expect(run(["locl", "--out", out], waiting)).rejects.toThrow(
      /^stacks\/Pulumi\.locl\.yaml: no such file.*"local"/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it.each([[[]], [["local", "other"]], [["local", "--loud"]]])("prints its usage for %j", async (args) => {
    await expect(run(args, options)).rejects.toThrow("usage: npm run -s evidence -- <stack>");
  });

  it("prints its usage where it is asked to", async () => {
    expect(await run(["--help"], options)).toMatch(/^usage: npm run -s evidence/);
  });
});
