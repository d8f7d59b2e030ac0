import { describe, expect, test } from "vitest";
import { boundaryEvasions } from "./evasions/boundary";
import { costEvasions } from "./evasions/cost";
import { dataEvasions } from "./evasions/data";
import { securityEvasions } from "./evasions/security";
import { type Context, evaluate, evaluateStack, type Finding, isStackRule, type Resource } from "./rule";
import { rules } from "./rules";

const evasions = [...dataEvasions, ...boundaryEvasions, ...costEvasions, ...securityEvasions];

function findings(id: string, resources: readonly Resource[], context: Context): Finding[] {
  const rule = rules.find((candidate) => candidate.id === id)!;
  return isStackRule(rule)
    ? evaluateStack(rule, resources, context)
    : resources.flatMap((resource) => evaluate(rule, resource, context));
}

test("at least a hundred ways were tried, no two the same", () => {
  expect(evasions.length).toBeGreaterThanOrEqual(100);
  expect(new Set(evasions.map(({ rule, attempt }) => `${rule} ${attempt}`)).size).toBe(evasions.length);
});

describe.each(evasions)("$rule: $attempt", ({ rule, resources, context, caught }) => {
  test(`is caught: ${caught}`, () => {
    const kinds = new Set(findings(rule, resources, { ...context, preview: true }).map(({ kind }) => kind));
    if (caught === "violation") {
      expect(kinds).toContain("violation");
    } else {
      expect(kinds).toContain("deferred");
      const late = findings(rule, resources, { ...context, preview: false });
      expect(late.map(({ kind }) => kind)).toContain("violation");
    }
  });
});
