import { appendFileSync } from "node:fs";
import type { Finding, Resource, Rule } from "./rule";

/** What one rule saw of one resource, or a rule of the stack of all that it applies to. */
export interface Examination {
  readonly rule: string;
  readonly resources: readonly { readonly urn: string; readonly type: string; readonly name: string }[];
  readonly findings: readonly Finding[];
}

/**
 * Adds what a rule looked at, and what it found, to $AI_PLATFORM_POLICY_RECORD, a line of JSON each; nothing where that
 * is not set. It is how evidence comes to rest on what the engine showed the rules, and on nothing else.
 */
export function record(rule: Rule, resources: readonly Resource[], findings: readonly Finding[]): void {
  const file = process.env.AI_PLATFORM_POLICY_RECORD;
  if (file === undefined || (resources.length === 0 && findings.length === 0)) return;
  const examination: Examination = {
    rule: rule.id,
    resources: resources.map(({ urn, type, name }) => ({ urn, type, name })),
    findings,
  };
  appendFileSync(file, `${JSON.stringify(examination)}\n`, { mode: 0o600 });
}
