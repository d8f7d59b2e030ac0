import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ToolEvent } from "../rehearsal/toolchain";
import { pathWithout, secondsOf } from "./toolchain";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bench-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("hides the tools on PATH and nothing else", async () => {
  for (const [place, names] of Object.entries({ mixed: ["go", "helm"], plain: ["git"] })) {
    mkdirSync(path.join(folder, place));
    for (const name of names) writeFileSync(path.join(folder, place, name), "");
  }
  const [mixed, plain] = (
    await pathWithout(
      ["helm", "etcd"],
      ["mixed", "plain"].map((name) => path.join(folder, name)).join(path.delimiter),
      path.join(folder, "instead"),
    )
  ).split(path.delimiter);
  expect(readdirSync(mixed!)).toEqual(["go"]);
  expect(plain).toBe(path.join(folder, "plain"));
});

it("a tool's seconds run from its first download or build until it is ready", () => {
  const event = (tool: ToolEvent["tool"], phase: ToolEvent["phase"], seconds: number): ToolEvent => ({
    tool,
    phase,
    detail: "",
    seconds,
  });
  const events = [
    event("helm", "checking", 0),
    event("etcd", "downloading", 1),
    event("helm", "downloading", 1),
    event("helm", "building", 3),
    event("helm", "building", 9),
    event("helm", "ready", 20),
  ];
  expect(secondsOf(events, "helm")).toBe(19);
  expect(secondsOf(events, "etcd")).toBe(0);
});
