import { describe, expect, it } from "vitest";
import type { Examination } from "../policy/record";
import type { Finding, Rule } from "../policy/rule";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import { exceptionEvidence, ruleEvidence } from "./verdicts";

const metadata = {
  id: "security-pod",
  title: "Pods are restricted",
  concern: "security",
  severity: "high",
  frameworks: [],
  remedy: "restrict them",
  applies: () => true,
} as const;
const ofResource: Rule = { ...metadata, check: () => [] };
const ofStack: Rule = { ...metadata, id: "cost-monthly-budget", concern: "cost", checkStack: () => [] };

const local = loadEnvironment("local");
const sovereign = loadEnvironment("sovereign-aws-eu");

const resource = (name: string) => ({ urn: `urn:${name}`, type: "kubernetes:core/v1:Pod", name });

const finding = (kind: Finding["kind"], name = "", rule: string = metadata.id): Finding => ({
  kind,
  rule,
  urn: name === "" ? "" : `urn:${name}`,
  type: name === "" ? "" : "kubernetes:core/v1:Pod",
  name: name || "local",
  field: "spec",
  message: "is wrong",
  remedy: "mend it",
});

const examined = (names: readonly string[], ...findings: Finding[]): Examination => ({
  rule: findings[0]?.rule ?? metadata.id,
  resources: names.map(resource),
  findings,
});

const through = { previewed: 10, wentThrough: true };

describe("the verdict of a rule", () => {
  it("is that of its worst resource, and each resource has its own", () => {
    const { verdict, resources, notApplicable } = ruleEvidence(
      ofResource,
      [
        examined(["good"]),
        examined(["later"], finding("deferred", "later")),
        examined(["bad"], finding("excepted", "bad"), finding("violation", "bad")),
        examined(["let"], finding("excepted", "let")),
        { ...examined(["other"]), rule: "security-device" },
      ],
      local,
      through,
    );
    expect(verdict).toBe("violation");
    expect(resources.map(({ name, verdict: own }) => [name, own])).toEqual([
      ["bad", "violation"],
      ["later", "deferred"],
      ["let", "excepted"],
      ["good", "passed"],
    ]);
    expect(notApplicable).toBe(6);
  });

  it.each([
    ["deferred", "excepted"],
    ["deferred", "unverified"],
    ["unverified", "excepted"],
  ] as const)("is %s rather than %s", (first, second) => {
    const examinations = [examined(["a"], finding(second, "a")), examined(["b"], finding(first, "b"))];
    expect(ruleEvidence(ofResource, examinations, local, through).verdict).toBe(first);
  });

  it("is no pass where it looked at nothing", () => {
    const { verdict, resources } = ruleEvidence(ofResource, [], local, through);
    expect({ verdict, resources }).toEqual({ verdict: "nothing to judge", resources: [] });
    expect(ruleEvidence(ofStack, [], local, through).verdict).toBe("nothing to judge");
  });

  it("is passed only where it looked at something and found nothing", () => {
    expect(ruleEvidence(ofResource, [examined(["a"])], local, through).verdict).toBe("passed");
  });

  it("tells a rule of the stack that was not run from one that had nothing to judge", () => {
    expect(ruleEvidence(ofStack, [], local, { previewed: 10, wentThrough: false }).verdict).toBe("not run");
    expect(ruleEvidence(ofResource, [], local, { previewed: 10, wentThrough: false }).verdict).toBe("nothing to judge");
  });

  it("on the stack as a whole is also that of what was judged together", () => {
    const about = finding("violation", "", ofStack.id);
    const { verdict, resources, stack, judges } = ruleEvidence(ofStack, [examined(["a", "b"], about)], local, through);
    expect({ verdict, judges, stack }).toEqual({ verdict: "violation", judges: "the stack", stack: [about] });
    expect(resources.map((one) => one.verdict)).toEqual(["violation", "violation"]);
  });

  it("counts a resource that only a finding names", () => {
    const { resources } = ruleEvidence(
      ofStack,
      [examined(["a"], finding("violation", "b", ofStack.id))],
      local,
      through,
    );
    expect(resources.map(({ name, verdict }) => [name, verdict])).toEqual([
      ["b", "violation"],
      ["a", "passed"],
    ]);
  });
});

describe("the level of a rule", () => {
  const relaxed = (environment: Environment, id: keyof Environment["policies"]): Environment => ({
    ...environment,
    policies: { [id]: { level: "advisory", exceptions: [] } },
  });
  const region: Rule = { ...metadata, id: "sovereignty-region", concern: "sovereignty", check: () => [] };

  it("is what the environment states", () => {
    expect(ruleEvidence(ofResource, [], local, through).level).toBe("mandatory");
    expect(ruleEvidence(ofResource, [], relaxed(local, "security-pod"), through).level).toBe("advisory");
    expect(ruleEvidence(region, [], relaxed(local, "sovereignty-region"), through).level).toBe("advisory");
  });

  it("cannot be relaxed for rules of sovereignty where the environment is sovereign", () => {
    expect(ruleEvidence(region, [], relaxed(sovereign, "sovereignty-region"), through).level).toBe("mandatory");
  });
});

describe("exceptions", () => {
  const exception = { resources: ["a"], reason: "until it is replaced", owner: "platform team", expires: "2027-01-31" };
  const environment: Environment = { ...local, policies: { "security-pod": { exceptions: [exception] } } };

  it("say how much they let pass", () => {
    const examinations = [examined(["a"], { ...finding("excepted", "a"), exception })];
    const rule = ruleEvidence(ofResource, examinations, environment, through);
    expect(exceptionEvidence(environment, [rule], "2027-01-31")).toEqual([
      { rule: "security-pod", ...exception, lets: 1, expired: false },
    ]);
  });

  it("say when they expired, and when nothing needs them", () => {
    const rule = ruleEvidence(ofResource, [examined(["a"])], environment, through);
    expect(exceptionEvidence(environment, [rule], "2027-02-01")).toMatchObject([{ lets: 0, expired: true }]);
  });
});
