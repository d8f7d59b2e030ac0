import { frameworks } from "../frameworks";
import type { Observation, Resource, StackRule } from "../rule";
import { auditOnAws, awsAuditTypes } from "./audit-aws";
import { auditOnGoogle, googleAuditTypes } from "./audit-gcp";

/**
 * Who did what is written down, is kept for `jurisdiction.auditRetentionDays`, and cannot be deleted before: in production
 * and where the environment is sovereign not even with the stack.
 *
 * The API server of a cluster that is met through a kubeconfig is its owner's: whether it writes an audit log is not to be
 * seen from here, and said where the environment is sovereign.
 */
export const audit: StackRule = {
  id: "sovereignty-audit",
  title: "Audit logs are on, kept long enough, and outlive the stack",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-audit"],
  remedy: "turn the logs on and keep them for jurisdiction.auditRetentionDays",
  applies: ({ type }, { environment: { jurisdiction } }) =>
    awsAuditTypes.has(type) || googleAuditTypes.has(type) || (type === existing && jurisdiction.sovereign),
  checkStack: (resources, context) => [
    ...auditOnAws(resources, context),
    ...auditOnGoogle(resources, context),
    ...resources
      .filter(({ type }) => type === existing && context.environment.jurisdiction.sovereign)
      .map((resource) => ({ ...elsewhere, resource })),
  ],
};

const existing = "ai-platform:cluster:ExistingCluster";

const elsewhere: Observation = {
  kind: "unverified",
  field: ["cluster"],
  message: "is run by somebody else, and whether its API server keeps an audit log is not to be seen from here",
  remedy: "have whoever runs the cluster confirm its audit log, and how long it is kept",
};

export type AuditFinding = Observation & { readonly resource: Resource };
