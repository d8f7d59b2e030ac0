import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { contextWith, environmentWith } from "../fixtures";
import { contextOf } from "../mutation";
import { rules } from "../rules";
import { admissionPolicies } from "./policies";

const today = "2026-11-21";

const policyOf = (id: string, over: Record<string, unknown> = {}) => {
  const policies = admissionPolicies(rules, contextWith({ environment: environmentWith(over) }), today);
  return policies.find(({ rule }) => rule.id === id)!;
};

const selected = (selector: unknown) =>
  (selector as { matchExpressions: [{ operator: string; values: string[] }] }).matchExpressions[0];

type Plain = Record<string, never> & { namespaceSelector: unknown; resourceRules?: { scope: string }[] };

test("bears the rule's name, and fails closed", () => {
  const { policy, bindings } = policyOf("sovereignty-registry");
  expect(policy.name).toBe("ai-platform-sovereignty-registry");
  expect(policy.spec).toMatchObject({
    failurePolicy: "Fail",
    validations: [
      { message: expect.stringMatching(/^\[sovereignty-registry\] Images, charts .*\. Remedy: mirror it to .*\.$/) },
    ],
  });
  expect(bindings.map(({ name }) => name)).toEqual(["ai-platform-sovereignty-registry"]);
  expect(bindings[0]!.spec).toMatchObject({ policyName: policy.name, validationActions: ["Deny", "Audit"] });
});

test("an advisory rule warns", () => {
  const { bindings } = policyOf("security-pod", { policies: { "security-pod": { level: "advisory" } } });
  expect(bindings[0]!.spec.validationActions).toEqual(["Warn", "Audit"]);
});

test("looks at no namespace of the control plane, and at none that the environment says is another's", () => {
  const { bindings } = policyOf("sovereignty-registry", { admission: { exclude: ["neighbour"] } });
  const { operator, values } = selected((bindings[0]!.spec.matchResources as Plain).namespaceSelector);
  expect(operator).toBe("NotIn");
  expect(values).toEqual(["kube-system", "kube-node-lease", "kube-public", "neighbour"]);
});

test("looks at none of those that Google runs its part of a cluster in", () => {
  const context = contextOf(loadEnvironment("prod-gcp"));
  const [{ bindings } = { bindings: [] }] = admissionPolicies(rules, context, today);
  const { values } = selected((bindings[0]!.spec.matchResources as Plain).namespaceSelector);
  expect(values).toEqual(expect.arrayContaining(["kube-system", "gke-managed-system", "gmp-system"]));
});

test("only warns in the namespaces of releases where the pull request only says a word about them", () => {
  const { bindings } = policyOf("security-pod");
  const [elsewhere, releases] = bindings.map(({ spec }) => ({
    actions: spec.validationActions,
    ...selected((spec.matchResources as Plain).namespaceSelector),
  }));
  expect(elsewhere).toMatchObject({ actions: ["Deny", "Audit"], operator: "NotIn" });
  expect(releases).toMatchObject({ actions: ["Warn", "Audit"], operator: "In" });
  expect(releases!.values).toEqual(
    expect.arrayContaining(["kai-scheduler", "kai-resource-reservation", "spire-server"]),
  );
  expect(elsewhere!.values).toEqual(expect.arrayContaining(releases!.values));
  for (const ours of ["tenant-search", "inference-gateway", "default"]) {
    expect(releases!.values).not.toContain(ours);
  }
});

test("only warns of rights in the whole cluster, of which nobody can say whose they are", () => {
  const { bindings } = policyOf("security-wildcard-permission");
  expect(
    bindings.map(({ spec }) => [
      spec.validationActions,
      [...new Set((spec.matchResources as Plain).resourceRules?.map(({ scope }) => scope))],
    ]),
  ).toEqual([
    [["Deny", "Audit"], ["Namespaced"]],
    [["Warn", "Audit"], ["Namespaced"]],
    [["Warn", "Audit"], ["Cluster"]],
  ]);
});

describe("exceptions", () => {
  const withExceptions = (...exceptions: { resources: string[]; expires: string }[]) =>
    policyOf("security-pod", {
      policies: {
        "security-pod": {
          exceptions: exceptions.map((one) => ({ ...one, reason: "Because it must be.", owner: "platform team" })),
        },
      },
    }).policy.spec.matchConditions as { name: string; expression: string }[] | undefined;

  test("none makes no conditions", () => {
    expect(withExceptions()).toBeUndefined();
  });

  test("one makes a condition that holds until the end of its last day", () => {
    const [condition] = withExceptions({ resources: ["legacy-*"], expires: "2027-02-28" })!;
    expect(condition!.name).toBe("exception-1");
    expect(condition!.expression).toContain('timestamp("2027-03-01T00:00:00Z")');
    expect(condition!.expression).toContain('"^legacy\\\\-.*$"');
  });

  test("one that has expired is not written again", () => {
    expect(withExceptions({ resources: ["a"], expires: "2026-11-20" })).toBeUndefined();
    expect(withExceptions({ resources: ["a"], expires: today })).toHaveLength(1);
  });
});

test("what is written stays below the sizes that the API server has for it", () => {
  for (const stack of ["local", "prod-gcp", "sovereign-aws-eu", "sovereign-onprem-eu"]) {
    for (const { policy } of admissionPolicies(rules, contextOf(loadEnvironment(stack)), today)) {
      const { validations, variables } = policy.spec as {
        validations: { message: string }[];
        variables: { expression: string }[];
      };
      expect(policy.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(JSON.stringify(policy.spec).length, policy.name).toBeLessThan(100_000);
      expect(variables.map(({ expression }) => expression.includes("undefined"))).not.toContain(true);
      expect(validations[0]!.message).not.toContain("\n");
    }
  }
});
