import { readFile } from "node:fs/promises";
import type { Examination } from "../policy/record";
import { describe, type Finding, type Rule } from "../policy/rule";
import { rules } from "../policy/rules";
import type { PolicyFinding } from "../rehearsal/engine";

/** A finding with what people want to know of its rule. */
export interface GateFinding extends Finding {
  readonly title: string;
  readonly severity: Rule["severity"];
}

/** What the rules found in a preview, each kind in the order of the rules. */
export interface Findings {
  /** Refuse the change. */
  readonly violations: readonly GateFinding[];
  /** Violations of rules that the environment takes as advice. */
  readonly advisory: readonly GateFinding[];
  /** Violations that an exception lets pass. */
  readonly excepted: readonly GateFinding[];
  /** Cannot be judged before `up`, which judges them. */
  readonly deferred: readonly GateFinding[];
  /** Stated by the environment and unknown to the catalog. */
  readonly unverified: readonly GateFinding[];
}

/** What the policy pack recorded of a preview; nothing where it recorded nothing. */
export async function readExaminations(file: string): Promise<Examination[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Examination);
}

/**
 * The findings of a preview: what they say is the pack's record, how much they weigh is what the engine made of them. A
 * violation of which the engine says nothing refuses the change, and so does what only the engine knows of.
 */
export function findingsOf(examinations: readonly Examination[], engine: readonly PolicyFinding[]): Findings {
  const order = new Map(rules.map((rule, index) => [rule.id as string, index]));
  const recorded = unique(examinations.flatMap(({ findings }) => findings))
    .map(withRule)
    .sort((one, other) => (order.get(one.rule) ?? Infinity) - (order.get(other.rule) ?? Infinity));
  const said = new Set(recorded.map(describe));
  const advised = new Set(engine.filter(({ level }) => level !== "mandatory").map(({ message }) => message));
  const refused = new Set(engine.filter(({ level }) => level === "mandatory").map(({ message }) => message));
  const isAdvice = (finding: Finding) => advised.has(describe(finding)) && !refused.has(describe(finding));
  const ofKind = (kind: Finding["kind"]) => recorded.filter((finding) => finding.kind === kind);
  return {
    violations: [
      ...ofKind("violation").filter((finding) => !isAdvice(finding)),
      ...engine.filter(({ level, message }) => level === "mandatory" && !said.has(message)).map(unrecorded),
    ],
    advisory: ofKind("violation").filter(isAdvice),
    excepted: ofKind("excepted"),
    deferred: ofKind("deferred"),
    unverified: ofKind("unverified"),
  };
}

const unique = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
];

function withRule(finding: Finding): GateFinding {
  const rule = rules.find(({ id }) => id === finding.rule);
  return { ...finding, title: rule?.title ?? finding.rule, severity: rule?.severity ?? "high" };
}

/** A refusal of a policy that records nothing: another pack, or a rule that broke. */
const unrecorded = ({ policy, resource, message }: PolicyFinding): GateFinding => ({
  kind: "violation",
  rule: policy,
  title: policy,
  severity: "high",
  urn: "",
  type: "",
  name: resource,
  field: "",
  message,
  remedy: "see what the policy says",
});
