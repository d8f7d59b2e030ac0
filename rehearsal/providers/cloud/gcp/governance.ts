import type { Failure, Plain } from "../kind";
import { gcpKind, googleMessage } from "./resource";

/** A project's one rule of which images its clusters admit. Making it changes the one that is there. */
export const binaryAuthorizationPolicy = gcpKind({
  token: "gcp:binaryauthorization/policy:Policy",
  api: "binaryauthorization",
  needs: ["project"],
  immutable: ["project"],
  missing: (value) => googleMessage(404, `the policy of ${value} was not found`, "notFound"),
  check: checkPolicy,
  id: ({ settings }) => `projects/${settings.project}`,
  outputs: ({ inputs }) => ({ globalPolicyEvaluationMode: inputs.globalPolicyEvaluationMode ?? "DISABLE" }),
});

const evaluationModes = ["ALWAYS_ALLOW", "REQUIRE_ATTESTATION", "ALWAYS_DENY"];
const enforcementModes = ["ENFORCED_BLOCK_AND_AUDIT_LOG", "DRYRUN_AUDIT_LOG_ONLY"];

function checkPolicy({ defaultAdmissionRule = {}, clusterAdmissionRules = [] }: Plain): Failure[] {
  const rules: [string, Plain][] = [["defaultAdmissionRule", defaultAdmissionRule]];
  if (Array.isArray(clusterAdmissionRules)) {
    clusterAdmissionRules.forEach((rule, index) => {
      rules.push([`clusterAdmissionRules[${index}]`, rule]);
    });
  }
  const wrong = (property: string, value: unknown, known: readonly string[]): Failure[] =>
    typeof value !== "string" || known.includes(value)
      ? []
      : [{ property, reason: `expected one of ${known.join(", ")}, not "${value}"` }];
  return rules.flatMap(([at, rule]) => [
    ...wrong(`${at}.evaluationMode`, rule.evaluationMode, evaluationModes),
    ...wrong(`${at}.enforcementMode`, rule.enforcementMode, enforcementModes),
  ]);
}

/** Source: the possible values in @pulumi/gcp assuredworkloads/workload.d.ts, 9.37. */
const regimes = [
  ...["IL2", "IL4", "IL5", "CJIS", "FEDRAMP_HIGH", "FEDRAMP_MODERATE", "HIPAA", "HITRUST", "ITAR", "IRS_1075"],
  ...["US_REGIONAL_ACCESS", "EU_REGIONS_AND_SUPPORT", "CA_REGIONS_AND_SUPPORT", "CA_PROTECTED_B", "REGIONAL_CONTROLS"],
  ...["AU_REGIONS_AND_US_SUPPORT", "ASSURED_WORKLOADS_FOR_PARTNERS", "ISR_REGIONS", "ISR_REGIONS_AND_SUPPORT"],
  ...["JP_REGIONS_AND_SUPPORT", "KSA_REGIONS_AND_SUPPORT_WITH_SOVEREIGNTY_CONTROLS"],
  ...["HEALTHCARE_AND_LIFE_SCIENCES_CONTROLS", "HEALTHCARE_AND_LIFE_SCIENCES_CONTROLS_US_SUPPORT"],
];

/** Makes a folder (or what `resourceSettings` ask for) that is under a regime. Only partners and labels can change. */
export const assuredWorkload = gcpKind({
  token: "gcp:assuredworkloads/workload:Workload",
  immutable: [
    ...["complianceRegime", "displayName", "location", "organization", "billingAccount", "enableSovereignControls"],
    ...["kmsSettings", "partner", "partnerPermissions", "partnerServicesBillingAccount", "provisionedResourcesParent"],
    ...["resourceSettings", "violationNotificationsEnabled", "workloadOptions"],
  ],
  missing: (value) => googleMessage(404, `Workload ${value} not found`, "notFound"),
  check: checkWorkload,
  id: ({ inputs: { organization, location }, hex }) =>
    `organizations/${organization}/locations/${location}/workloads/${[8, 4, 4, 4, 12].map((length, index) => hex(length, `name${index}`)).join("-")}`,
  outputs: ({ inputs, id, previous, digits, now }) => ({
    name: id.slice(id.lastIndexOf("/") + 1),
    createTime: previous?.state.createTime ?? now,
    resources: (inputs.resourceSettings ?? [{ resourceType: "CONSUMER_FOLDER" }]).map(
      (wanted: Plain, index: number) => ({
        resourceId: previous?.state.resources?.[index]?.resourceId ?? Number(digits(12, `resource${index}`)),
        resourceType: wanted.resourceType ?? "CONSUMER_FOLDER",
      }),
    ),
    complianceStatuses: [{ acknowledgedViolationCounts: [0], activeViolationCounts: [0] }],
    compliantButDisallowedServices: [],
    ekmProvisioningResponses: [],
    saaEnrollmentResponses: [],
    kajEnrollmentState: "KAJ_ENROLLMENT_STATE_UNSPECIFIED",
    enableSovereignControls: inputs.enableSovereignControls ?? false,
    violationNotificationsEnabled: inputs.violationNotificationsEnabled ?? true,
  }),
});

function checkWorkload({ complianceRegime, billingAccount, displayName }: Plain): Failure[] {
  const failures: Failure[] = [];
  const refuse = (property: string, reason: string) => failures.push({ property, reason });
  if (typeof complianceRegime === "string" && !regimes.includes(complianceRegime)) {
    refuse("complianceRegime", `expected one of ${regimes.join(", ")}, not "${complianceRegime}"`);
  }
  if (typeof billingAccount === "string" && !/^billingAccounts\/[0-9A-F]{6}(-[0-9A-F]{6}){2}$/.test(billingAccount)) {
    refuse("billingAccount", `expected the form billingAccounts/012345-567890-ABCDEF, not "${billingAccount}"`);
  }
  if (typeof displayName === "string" && (displayName.length < 4 || displayName.length > 30)) {
    refuse("displayName", `expected 4 to 30 characters, not ${displayName.length}`);
  }
  return failures;
}
