import { beforeAll, describe, expect, it } from "vitest";
import { releases } from "../../catalog/releases";
import { regionsOf } from "../../policy/context";
import { rules } from "../../policy/rules";
import { type Recording, record, wideEnvironment } from "../testing";

describe("AdmissionPolicies", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });
  const ofKind = (kind: string) => recording.objects.filter((object) => object.kind === kind);

  it("has a policy of every rule that CEL can say", () => {
    const environment = wideEnvironment();
    const context = { environment, regions: regionsOf(environment), releases };
    const said = rules
      .filter(({ admission }) => admission?.(context) !== undefined)
      .map(({ id }) => `ai-platform-${id}`);
    expect(said.length).toBeGreaterThanOrEqual(8);
    expect(
      ofKind("ValidatingAdmissionPolicy")
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual([...said].sort());
  });

  it("binds each of them, once it is there", () => {
    for (const { metadata } of ofKind("ValidatingAdmissionPolicy")) {
      const policy = recording.resources.find(({ name }) => name === metadata.name)!;
      const bindings = ofKind("ValidatingAdmissionPolicyBinding").filter(
        ({ spec }) => spec.policyName === metadata.name,
      );
      expect(bindings.length, metadata.name).toBeGreaterThan(0);
      for (const binding of bindings) {
        const resource = recording.resources.find(({ name }) => name === binding.metadata.name)!;
        if (resource.name !== policy.name) expect(recording.waitsFor(resource, policy)).toBe(true);
      }
    }
  });

  it("is there before anything else is put into the cluster", () => {
    const step = recording.resource("ai-platform:admission:AdmissionPolicies", "admission");
    for (const resource of recording.resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
      if (resource.type.includes("admissionregistration")) continue;
      expect(recording.waitsFor(resource, step), resource.name).toBe(true);
    }
  });

  it("takes its registries from the environment", () => {
    const { spec } = recording.object("ValidatingAdmissionPolicy", "ai-platform-sovereignty-registry");
    expect(spec.validations[0].messageExpression).toContain("allowed: mirror.example.org");
  });
});
