import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextWith } from "../fixtures";
import { rules } from "../rules";
import { casesOf, compliant } from "./cases";
import { AdmissionLab, type Any, refusedByRule, until } from "./testing";

const environments = { lenient: contextWith(), sovereign: contextWith({ jurisdiction: { sovereign: true } }) };

let lab: AdmissionLab;

beforeAll(async () => {
  lab = await AdmissionLab.open();
});

afterAll(() => lab?.close());

describe.each(Object.entries(environments))("in a %s environment", (mark, context) => {
  const cases = casesOf(mark === "sovereign");
  /** The rules that CEL can say, and that ask for something here. */
  const ids = rules.filter(({ admission }) => admission?.(context) !== undefined).map(({ id }) => id);

  beforeAll(async () => {
    const policies = await lab.install(
      context,
      mark,
      context.today,
      (id) => cases[id]!.find(({ refused, warned }) => refused && !warned)!.object,
    );
    expect(policies.map(({ rule }) => rule.id)).toEqual(ids);
  });

  it("every rule that CEL can say has cases of both sorts", () => {
    expect(Object.keys(cases).sort()).toEqual([...ids].sort());
    for (const id of ids) {
      expect(cases[id]!.some(({ refused, warned }) => refused && !warned)).toBe(true);
    }
  });

  it.each(ids)("the API server finds no fault with the types in what is said of %s", async (id) => {
    const name = lab.policyName(mark, `ai-platform-${id}`);
    const mapping = await lab.api.mapping({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
    });
    let status: Any;
    await until(async () => {
      ({ status } = await lab.api.get(mapping, undefined, name));
      return status?.observedGeneration !== undefined;
    });
    expect(status.typeChecking?.expressionWarnings ?? []).toEqual([]);
  });

  it.each(compliant)("$what that complies is taken", async ({ object }) => {
    for (const id of ids) {
      expect(refusedByRule(id, object, context), id).toBe(false);
    }
    expect(await lab.refusal(lab.own(object, mark, ids))).toBe("");
  });

  describe.each(ids)("%s", (id) => {
    it.each(cases[id]!)("the pull request and the API server agree on $what", async ({ object, refused, warned }) => {
      const message = await lab.refusal(lab.own(object, mark, [id]));
      expect({ pullRequest: refusedByRule(id, object, context), apiServer: message.includes(`[${id}]`) }).toEqual({
        pullRequest: refused,
        apiServer: refused && !warned,
      });
      if (!refused || warned) expect(message).not.toContain("ValidatingAdmissionPolicy");
    });
  });
});
