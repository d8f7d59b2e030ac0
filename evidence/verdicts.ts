import { frameworks } from "../policy/frameworks";
import type { Examination } from "../policy/record";
import { type Finding, isStackRule, type Rule, type Verdict } from "../policy/rule";
import type { Environment } from "../stacks/environment";

/** What the engine's record of examinations comes to: a verdict for each rule, and for each resource that it looked at. */

/** Of one resource. What a rule did not look at has none: the rule does not apply to it. */
export type ResourceVerdict = Verdict | "passed";

/**
 * - `nothing to judge`: no resource that the rule applies to was there. That is not a pass.
 * - `not run`: the engine ended before the rule's turn.
 */
export type RuleVerdict = ResourceVerdict | "nothing to judge" | "not run";

/** The worst first: of several, it is the verdict of the whole. */
const order: readonly ResourceVerdict[] = ["violation", "deferred", "unverified", "excepted", "passed"];

/** In the order in which they are told. */
export const ruleVerdicts: readonly RuleVerdict[] = [...order, "nothing to judge", "not run"];

const worst = (verdicts: readonly ResourceVerdict[]): ResourceVerdict =>
  order.find((verdict) => verdicts.includes(verdict)) ?? "passed";

export interface ResourceEvidence {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly verdict: ResourceVerdict;
  readonly findings: readonly Finding[];
}

export interface RuleEvidence {
  readonly id: string;
  readonly title: string;
  readonly concern: Rule["concern"];
  readonly severity: Rule["severity"];
  /** `advisory`: a violation is said and does not refuse the update. */
  readonly level: "mandatory" | "advisory";
  /** What to do about a finding that says nothing else; a sentence without its full stop. */
  readonly remedy: string;
  /** Whether it judges each resource by itself, or all of the stack together. */
  readonly judges: "each resource" | "the stack";
  readonly frameworks: (typeof frameworks)[keyof typeof frameworks];
  readonly verdict: RuleVerdict;
  /** Every resource that it looked at. */
  readonly resources: readonly ResourceEvidence[];
  /** Findings on the stack as a whole: they decide about everything that was looked at together. */
  readonly stack: readonly Finding[];
  /** How many resources of the preview it does not apply to. */
  readonly notApplicable: number;
}

const levelOf = (rule: Rule, { jurisdiction, policies }: Environment): RuleEvidence["level"] =>
  jurisdiction.sovereign && rule.concern === "sovereignty" ? "mandatory" : (policies[rule.id]?.level ?? "mandatory");

/**
 * @param examinations what the rules looked at and found, as the policy pack recorded it
 * @param previewed how many resources the engine showed
 * @param wentThrough whether the engine went through to its end, and so to the rules of the stack
 */
export function ruleEvidence(
  rule: Rule,
  examinations: readonly Examination[],
  environment: Environment,
  { previewed, wentThrough }: { readonly previewed: number; readonly wentThrough: boolean },
): RuleEvidence {
  const own = examinations.filter((examination) => examination.rule === rule.id);
  const findings = own.flatMap((examination) => examination.findings);
  const stack = findings.filter(({ urn }) => urn === "");
  const seen = new Map(own.flatMap(({ resources }) => resources).map((resource) => [resource.urn, resource]));
  // A rule of the stack may find something in a resource that it only looked at beside others.
  for (const { urn, type, name } of findings) {
    if (urn !== "" && !seen.has(urn)) seen.set(urn, { urn, type, name });
  }
  const resources = [...seen.values()].map(({ urn, type, name }): ResourceEvidence => {
    const about = findings.filter((finding) => finding.urn === urn);
    const kinds = (about.length > 0 ? about : stack).map(({ kind }) => kind);
    return { urn, type, name, verdict: worst(kinds), findings: about };
  });
  const nothing = resources.length === 0 && findings.length === 0;
  const notRun = nothing && isStackRule(rule) && own.length === 0 && !wentThrough;
  return {
    id: rule.id,
    title: rule.title,
    concern: rule.concern,
    severity: rule.severity,
    level: levelOf(rule, environment),
    remedy: rule.remedy,
    judges: isStackRule(rule) ? "the stack" : "each resource",
    frameworks: frameworks[rule.id],
    verdict: notRun ? "not run" : nothing ? "nothing to judge" : worst(findings.map(({ kind }) => kind)),
    resources: resources.sort((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict)),
    stack,
    notApplicable: Math.max(0, previewed - resources.length),
  };
}

/** An exception that the environment states, and whether it let anything pass. */
export interface ExceptionEvidence {
  readonly rule: string;
  readonly resources: readonly string[];
  readonly fields?: readonly string[];
  readonly reason: string;
  readonly owner: string;
  readonly expires: string;
  /** How many findings it let pass. None: it is not needed, or nothing that it names was there. */
  readonly lets: number;
  readonly expired: boolean;
}

export function exceptionEvidence(
  { policies }: Environment,
  rules: readonly RuleEvidence[],
  today: string,
): readonly ExceptionEvidence[] {
  const passes = rules.flatMap(({ resources, stack }) => [...stack, ...resources.flatMap(({ findings }) => findings)]);
  return Object.entries(policies).flatMap(([rule, setting]) =>
    (setting?.exceptions ?? []).map((exception) => ({
      rule,
      ...exception,
      lets: passes.filter(
        (finding) =>
          finding.rule === rule &&
          finding.kind === "excepted" &&
          JSON.stringify(finding.exception) === JSON.stringify(exception),
      ).length,
      expired: exception.expires < today,
    })),
  );
}
