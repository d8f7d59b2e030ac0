import { describe, expect, it } from "vitest";
import { ruleIds } from "../stacks/policies";
import { clauses } from "./clauses";
import { frameworks } from "./frameworks";
import { rules } from "./rules";

describe("the references of rules", () => {
  it("are stated for each rule, and each rule carries its own", () => {
    expect(Object.keys(frameworks)).toEqual([...ruleIds]);
    for (const rule of rules) expect([rule.id, rule.frameworks]).toEqual([rule.id, frameworks[rule.id]]);
  });

  it("are none of rules of cost, and some of every other", () => {
    for (const id of ruleIds) expect([id, frameworks[id].length > 0]).toEqual([id, !id.startsWith("cost-")]);
  });

  it("name a clause once for a rule, and every clause serves a rule", () => {
    const used = new Set(Object.values(frameworks).flat());
    expect(Object.entries(clauses).flatMap(([name, clause]) => (used.has(clause) ? [] : [name]))).toEqual([]);
    for (const [id, list] of Object.entries(frameworks)) expect([id, new Set(list).size]).toEqual([id, list.length]);
  });

  it("cite a text that all clauses of a name and version share, where it was read, and when", () => {
    const seen = new Set<string>();
    for (const { name, version, reference, specification, source, read } of Object.values(clauses)) {
      expect(seen.has(`${name} ${version} ${reference}`)).toBe(false);
      seen.add(`${name} ${version} ${reference}`);
      expect(specification).toMatch(/^[A-Z].{20,200}\.$/);
      expect(source).toMatch(/^(https:\/\/|[\w-]+\/[\w-]+ .* at [0-9a-f]{12}$)/);
      expect(read).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });
});
