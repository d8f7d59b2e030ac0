import { describe } from "../../policy/rule";
import type { Evidence } from "../bundle";
import type { ResourceEvidence, RuleEvidence } from "../verdicts";
import { code, count, type Html, html, list, table } from "./html";
import { badge } from "./verdict";

const link = ({ id }: RuleEvidence): Html => html`<a href="#rule-${id}">${id}</a>`;

const looked = ({ resources }: RuleEvidence): string => resources.length.toLocaleString("en-US");

export function overview({ rules }: Evidence): Html {
  return table(
    "All rules",
    ["Rule", "What it asks", "Concern and severity", "Level", "Verdict", "Resources"],
    rules.map((rule) => [
      link(rule),
      rule.title,
      `${rule.concern}, ${rule.severity}`,
      rule.level,
      badge(rule.verdict),
      looked(rule),
    ]),
  );
}

/** For each text: what it asks for, and which rules contribute to it. */
export function byFramework({ rules }: Evidence): Html {
  const texts = new Map<string, Map<string, { readonly asks: string; readonly rules: RuleEvidence[] }>>();
  const sources = new Map<string, Set<string>>();
  for (const rule of rules) {
    for (const { name, version, reference, specification, source, read } of rule.frameworks) {
      const text = `${name}, ${version}`;
      const clauses = texts.get(text) ?? new Map();
      const clause = clauses.get(reference) ?? { asks: specification, rules: [] };
      texts.set(text, clauses.set(reference, { ...clause, rules: [...clause.rules, rule] }));
      sources.set(text, (sources.get(text) ?? new Set()).add(`${source}, read on ${read}`));
    }
  }
  const without = rules.filter(({ frameworks }) => frameworks.length === 0);
  return html`
<p>What a text asks for is told in short, in other words than its own. A rule contributes to it as far as it looks; whether a
text applies to whoever runs this, and whether it is fulfilled, is for people to judge.</p>
${[...texts].map(
  ([text, clauses]) => html`<h3>${text}</h3>
${table(
  "What it asks for, and which rules contribute",
  ["Reference", "What it asks for", "Rules, their verdict, and how many resources they looked at"],
  [...clauses]
    .sort(byNumber)
    .map(([reference, { asks, rules: serving }]) => [
      reference,
      asks,
      html`<ul class="plain">${serving.map((rule) => html`<li>${link(rule)} ${badge(rule.verdict)} ${looked(rule)}</li>`)}</ul>`,
    ]),
)}
<p class="lead">Read in: ${[...sources.get(text)!].join("; ")}.</p>`,
)}
<h3>Rules without a reference</h3>
<p>${without.length === 0 ? "None." : html`No text that was read asks for what these look at: ${without.map(({ id }, index) => html`${index > 0 && ", "}${id}`)}.`}</p>`;
}

const byNumber = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) =>
  one.localeCompare(other, "en", { numeric: true });

export const everyRule = ({ rules }: Evidence): Html => html`${rules.map(oneRule)}`;

function oneRule(rule: RuleEvidence): Html {
  const { id, title, concern, severity, level, judges, verdict, resources, stack, notApplicable } = rule;
  const told = resources.filter((resource) => resource.findings.length > 0);
  const quiet = resources.filter((resource) => resource.findings.length === 0);
  return html`
<h3 id="rule-${id}">${id}: ${title} ${badge(verdict)}</h3>
<p>${capital(concern)}, ${severity}, ${level}. Judges ${judges}. Looked at ${count(resources.length, "resource")}; does not apply to ${count(notApplicable, "other")}.</p>
${stack.length > 0 && list(stack.map((finding) => html`${badge(finding.kind)} ${describe(finding)}`))}
${
  told.length > 0 &&
  table(
    "Findings",
    ["Resource", "Verdict", "Finding"],
    told.map((resource) => [about(resource), badge(resource.verdict), list(resource.findings.map(describe))]),
  )
}
${
  quiet.length > 0 &&
  html`<details><summary>${count(quiet.length, "resource")} without a finding${stack.length > 0 && ", judged together as above"}</summary>
${table("Looked at", ["Type", "Verdict", "Resources"], byType(quiet))}</details>`
}`;
}

/** Resources of one type and verdict in one row. */
function byType(resources: readonly ResourceEvidence[]): (Html | string)[][] {
  const rows = new Map<string, ResourceEvidence[]>();
  for (const resource of resources) {
    const key = `${resource.type} ${resource.verdict}`;
    rows.set(key, [...(rows.get(key) ?? []), resource]);
  }
  return [...rows]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([, of]) => [
      code(of[0]!.type),
      badge(of[0]!.verdict),
      of
        .map(({ name }) => name)
        .sort()
        .join(", "),
    ]);
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const about = ({ name, type }: ResourceEvidence): Html => html`${name}<br>${code(type)}`;
