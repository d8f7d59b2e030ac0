import type { Resource } from "../rule";
import { type Context, deferred, unknown, type Value } from "../rule";
import type { AuditFinding } from "./audit";
import type { Field } from "./fields";
import { shown } from "./fields";

/** What the audit logs of all clouds have in common. */

/** Whether logs must outlive the stack that writes them. */
export const outlives = ({ environment: { tier, jurisdiction } }: Context): boolean =>
  tier === "production" || jurisdiction.sovereign;

/** Days that something is kept, held against what the jurisdiction asks. `forEver` says which value never ends. */
export function judgeDays(
  resource: Resource,
  { field, value }: Field,
  { environment: { jurisdiction } }: Context,
  { forEver, unstated }: { readonly forEver: (value: Value) => boolean; readonly unstated: string },
): AuditFinding[] {
  const asked = jurisdiction.auditRetentionDays;
  if (value === unknown) return [{ ...deferred(field), resource }];
  if (forEver(value)) return [];
  const days = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  return days >= asked
    ? []
    : [
        {
          resource,
          field,
          value: shown(value),
          message: `${value === undefined ? unstated : "days that logs are kept"}; expected at least ${asked}`,
          remedy: `keep logs for at least ${asked} days, or have jurisdiction.auditRetentionDays say less`,
        },
      ];
}
