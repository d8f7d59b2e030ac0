import { describe, expect, it } from "vitest";
import { patternsOf } from "./admission";
import { gkeArgs, h100Pool, recordGke, systemPool } from "./testing";

const policy = async (change?: Parameters<typeof gkeArgs>[0]) =>
  (await recordGke(gkeArgs(change))).one("gcp:binaryauthorization/policy:Policy", "admission").inputs;

describe("admission", () => {
  it("denies all images but GKE's and those of the environment's registries", async () => {
    const inputs = await policy({ pools: [systemPool] });
    expect(inputs).toMatchObject({
      globalPolicyEvaluationMode: "ENABLE",
      defaultAdmissionRule: { evaluationMode: "ALWAYS_DENY", enforcementMode: "ENFORCED_BLOCK_AND_AUDIT_LOG" },
    });
    const patterns = inputs.admissionWhitelistPatterns.map(({ namePattern }: { namePattern: string }) => namePattern);
    expect(patterns).toEqual([
      "mirror.example.org/**",
      "docker.io/openfga/**",
      "docker.io/openfga:*",
      "docker.io/openfga@*",
    ]);
  });

  it("admits the driver's installer, which is on the nodes already, where it is used", async () => {
    const patterns = (await policy()).admissionWhitelistPatterns;
    expect(patterns).toContainEqual({ namePattern: "cos-nvidia-installer:fixed" });
    const byGke = await policy({ pools: [systemPool, { ...h100Pool, devices: { owner: "device-plugin" } }] });
    expect(byGke.admissionWhitelistPatterns).not.toContainEqual({ namePattern: "cos-nvidia-installer:fixed" });
  });

  it("takes a registry as the policies do, with or without a scheme", () => {
    expect(patternsOf("oci://registry.example.org/")).toEqual(["registry.example.org/**"]);
  });

  it("never ends a pattern inside a name, where a longer one could start", () => {
    for (const pattern of patternsOf("docker.io/openfga")) {
      expect("docker.io/openfga-evil/image:1".startsWith(pattern.replace(/\*+$/, ""))).toBe(false);
    }
  });
});
