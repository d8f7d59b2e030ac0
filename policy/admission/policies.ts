import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Rule } from "../rule";
import type { Admission, AdmissionContext } from "./admission";
import { quoted } from "./cel";
import { exceptionConditions } from "./exceptions";
import { controlPlaneNamespaces, releaseNamespaces } from "./namespaces";

/** A rule as the API server is told it. Both carry names, so that a binding finds its policy. */
export interface AdmissionPolicy {
  readonly rule: Rule;
  readonly policy: {
    readonly name: string;
    readonly spec: inputs.admissionregistration.v1.ValidatingAdmissionPolicySpec;
  };
  readonly bindings: readonly {
    readonly name: string;
    readonly spec: inputs.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec;
  }[];
}

/** The policies of all rules that CEL can say, in the rules' order, for an environment as it is on a day. */
export const admissionPolicies = (
  rules: readonly Rule[],
  context: AdmissionContext,
  today: string,
): readonly AdmissionPolicy[] =>
  rules.flatMap((rule) => {
    const admission = rule.admission?.(context);
    return admission === undefined ? [] : [policyOf(rule, admission, context, today)];
  });

function policyOf(
  rule: Rule,
  admission: Admission,
  { environment, releases }: AdmissionContext,
  today: string,
): AdmissionPolicy {
  const { level = "mandatory", exceptions = [] } = environment.policies[rule.id] ?? {};
  const name = `ai-platform-${rule.id}`;
  const conditions = exceptionConditions(exceptions, today, releaseNamespaces(releases));
  const refuses = level === "mandatory" ? "Deny" : "Warn";
  const unjudged = [...controlPlaneNamespaces(environment), ...environment.admission.exclude];
  const warned = admission.warnsOfReleases ? releaseNamespaces(releases) : [];
  const rulesFor = (scope: "*" | "Cluster" | "Namespaced") =>
    admission.resources.map(({ group, resources }) => ({
      apiGroups: [group],
      apiVersions: ["*"],
      operations: ["CREATE", "UPDATE"],
      resources: [...resources],
      scope,
    }));
  const binding = (suffix: string, action: string, matchResources: inputs.admissionregistration.v1.MatchResources) => ({
    name: `${name}${suffix}`,
    // A violation is in the audit log either way.
    spec: { policyName: name, validationActions: [action, "Audit"], matchResources },
  });
  const namespaces = (operator: "In" | "NotIn", values: readonly string[]) => ({
    namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator, values: [...values] }] },
  });
  const apart = admission.warnsOfClusterWide === true;
  return {
    rule,
    policy: {
      name,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          matchPolicy: "Equivalent",
          resourceRules: rulesFor("*"),
        },
        ...(conditions.length === 0 ? {} : { matchConditions: conditions }),
        variables: [
          { name: "subject", expression: admission.subject("object") },
          { name: "finding", expression: admission.finding },
        ],
        validations: [
          {
            expression: `(request.operation == "UPDATE" && variables.subject == (${admission.subject("oldObject")})) || variables.finding == ""`,
            message: `[${rule.id}] ${rule.title}. Remedy: ${rule.remedy}.`,
            messageExpression: `${quoted(`[${rule.id}] `)} + variables.finding + ${quoted(`, ${admission.because}. Remedy: ${rule.remedy}.`)}`,
            reason: "Forbidden",
          },
        ],
      },
    },
    bindings: [
      binding("", refuses, {
        ...namespaces("NotIn", [...unjudged, ...warned]),
        ...(apart ? { resourceRules: rulesFor("Namespaced") } : {}),
      }),
      ...(warned.length === 0
        ? []
        : [
            binding("-releases", "Warn", {
              ...namespaces("In", warned),
              ...(apart ? { resourceRules: rulesFor("Namespaced") } : {}),
            }),
          ]),
      ...(apart ? [binding("-cluster", "Warn", { resourceRules: rulesFor("Cluster") })] : []),
    ],
  };
}
