import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { describe as sentenceOf } from "../policy/rule";
import { findingsOf, readExaminations } from "./findings";
import { finding } from "./testing";

const examined = (...findings: ReturnType<typeof finding>[]) =>
  findings.map(({ title: _title, severity: _severity, ...found }) => ({
    rule: found.rule,
    resources: [{ urn: found.urn, type: found.type, name: found.name }],
    findings: [found],
  }));
const said = (found: ReturnType<typeof finding>, level: string) => ({
  policy: found.rule,
  level,
  resource: found.name,
  message: sentenceOf(found),
});

it("weighs violations as the engine does, and knows what each kind means", () => {
  const refused = finding();
  const advised = finding({ rule: "cost-idle-pool", name: "idle" });
  const later = finding({ kind: "deferred", name: "later" });
  const excepted = finding({ kind: "excepted", name: "excepted" });
  const unverified = finding({ kind: "unverified", name: "unverified" });
  const found = findingsOf(examined(advised, refused, refused, later, excepted, unverified), [
    said(refused, "mandatory"),
    said(advised, "advisory"),
    said(later, "advisory"),
  ]);
  const names = Object.fromEntries(
    Object.entries(found).map(([kind, list]: [string, readonly { name: string }[]]) => [
      kind,
      list.map(({ name }) => name),
    ]),
  );
  expect(names).toEqual({
    violations: ["gpu"],
    advisory: ["idle"],
    excepted: ["excepted"],
    deferred: ["later"],
    unverified: ["unverified"],
  });
  // From the rule itself, so that they cannot drift apart.
  expect(found.violations[0]).toMatchObject({ severity: "critical", title: expect.stringMatching(/\w/) });
});

it("refuses for a violation of which the engine says nothing", () => {
  expect(findingsOf(examined(finding()), []).violations).toHaveLength(1);
});

it("refuses for what another policy pack refuses, and for what is advice once and mandatory once", () => {
  const other = { policy: "other-pack", level: "mandatory", resource: "thing", message: "no" };
  expect(findingsOf([], [other]).violations).toMatchObject([{ rule: "other-pack", name: "thing", message: "no" }]);
  const found = finding();
  expect(findingsOf(examined(found), [said(found, "advisory"), said(found, "mandatory")]).violations).toHaveLength(1);
});

it("reads what the pack recorded; nothing where there is no record", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-findings-"));
  const file = path.join(folder, "record.jsonl");
  expect(await readExaminations(file)).toEqual([]);
  const lines = examined(finding(), finding({ name: "b" }));
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  expect(await readExaminations(file)).toEqual(lines);
  writeFileSync(file, '{"rule":');
  await expect(readExaminations(file)).rejects.toThrow();
  rmSync(folder, { recursive: true });
});
