import { describe, expect, test } from "vitest";
import { ruleIds } from "../stacks/policies";
import { findingsOf, mutated } from "./mutation";
import { boundaryMutations } from "./mutations/boundary";
import { costMutations } from "./mutations/cost";
import { dataMutations } from "./mutations/data";
import { securityMutations } from "./mutations/security";
import { describe as text } from "./rule";

const mutations = [...dataMutations, ...boundaryMutations, ...costMutations, ...securityMutations];

test("every rule has a stack that fails by it alone", () => {
  expect([...new Set(mutations.map(({ rule }) => rule))].sort()).toEqual([...ruleIds].sort());
});

describe.each(mutations)("$rule: $stack, when $when", (mutation) => {
  test("fails for this rule, and for no other", async () => {
    const { resources, context } = await mutated(mutation);
    const violations = findingsOf(resources, context).filter(({ kind }) => kind === "violation");
    expect(violations.length).toBeGreaterThan(0);
    expect(violations.filter(({ rule }) => rule !== mutation.rule).map(text)).toEqual([]);
  });
});
