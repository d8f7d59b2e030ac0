import type { Environment } from "../../stacks/environment";

/** What is asked of the logs by which somebody can tell who did what. */
export interface AuditLogs {
  /** Days that they are kept at least. */
  readonly days: number;
  /** Whether they stay when the stack goes. */
  readonly outliveStack: boolean;
}

/** Days that logs are kept where the jurisdiction asks for less. */
const days = { production: 365, development: 90, ephemeral: 90 } as const;

/** Source: `tier` and `jurisdiction` of the environment. */
export const auditLogs = ({ tier, jurisdiction }: Pick<Environment, "tier" | "jurisdiction">): AuditLogs => ({
  days: Math.max(days[tier], jurisdiction.auditRetentionDays),
  outliveStack: tier === "production" || jurisdiction.sovereign,
});
