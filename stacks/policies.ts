import { z } from "zod";

/**
 * How an environment sets the rules of `policy/`: the level of each, and exceptions from it. The rules themselves are
 * there; here are their names, because a stack file that misspells one must be refused.
 */

/** Every rule that there is, in the order in which people read them. */
export const ruleIds = [
  "sovereignty-region",
  "sovereignty-partition",
  "sovereignty-residency",
  "sovereignty-encryption",
  "sovereignty-state",
  "sovereignty-registry",
  "sovereignty-digest",
  "sovereignty-model-source",
  "sovereignty-egress",
  "sovereignty-trust",
  "sovereignty-support-access",
  "sovereignty-isolation",
  "sovereignty-audit",
  "cost-known-machine",
  "cost-known-price",
  "cost-priced-resource",
  "cost-monthly-budget",
  "cost-monthly-increase",
  "cost-tenant-budget",
  "cost-model-budget",
  "cost-gpu-hours",
  "cost-allowed-hardware",
  "cost-scale-bounds",
  "cost-spot",
  "cost-idle-pool",
  "cost-expiry",
  "cost-allocation",
  "security-pod",
  "security-wildcard-permission",
  "security-network-policy",
  "security-public-endpoint",
  "security-secret-encryption",
  "security-cloud-key",
  "security-service-account-token",
  "security-catalog-image",
  "security-device",
  "security-workload-identity",
] as const;

export type RuleId = (typeof ruleIds)[number];

export const day = z.iso.date().describe("A day, such as 2027-03-31.");

export const exception = z
  .strictObject({
    resources: z
      .array(z.string().min(1))
      .min(1)
      .describe("Names of resources, `type::name`, or `stack` for the stack as a whole; `*` stands for any text."),
    fields: z.array(z.string().min(1)).min(1).optional().describe("Fields of them, all where none is named; with `*`."),
    reason: z.string().min(10).describe("Why, for whoever audits it."),
    owner: z.string().min(1).describe("Who answers for it."),
    expires: day.describe("Last day on which it holds; after it the finding counts again."),
  })
  .describe("Lets findings of one rule pass, until a day.");

export type Exception = z.output<typeof exception>;

const setting = z.strictObject({
  level: z
    .enum(["mandatory", "advisory"])
    .optional()
    .describe("Whether a violation refuses the update; rules of sovereignty cannot be relaxed where it is sovereign."),
  exceptions: z.array(exception).default([]),
});

export type PolicySetting = z.output<typeof setting>;

export const policies = z.partialRecord(z.enum(ruleIds), setting).default({}).describe("Settings of rules, by name.");

/** A sovereign environment holds to every rule of sovereignty. */
export function checkPolicies(
  stated: z.output<typeof policies>,
  sovereign: boolean,
  report: (path: (string | number)[], expected: string) => void,
): void {
  for (const [rule, { level }] of Object.entries(stated)) {
    if (sovereign && rule.startsWith("sovereignty-") && level === "advisory") {
      report(
        ["policies", rule, "level"],
        "mandatory: the environment is sovereign; an exception can be stated instead",
      );
    }
  }
}
