import type { CostReport, Mover } from "./cost";
import { assemble, type Section } from "./document";
import { code, link, text } from "./escape";
import type { GateFinding } from "./findings";
import { money, plural, signed } from "./money";
import type { GateReport } from "./report";
import type { Named } from "./resources";

/** What GitHub takes as a comment is 65,536 characters; a few are left for what it adds to line ends. */
const limit = 65_000;

/** How many of the resources whose price changed are told. */
const topMovers = 10;

/** By which a workflow finds the comment that it wrote before. */
export const markerOf = (stack: string): string => `<!-- ai-platform-gate:${stack.replace(/[^-_.A-Za-z0-9]/g, "")} -->`;

/** The report as it stands on a pull request: what refuses the change first, then what it costs, then the rest. */
export function markdownOf(report: GateReport): string {
  const { findings } = report;
  const sections: Section[] = [
    { head: `${markerOf(report.stack)}\n## ${titleOf(report)}\n\n${comparedWith(report)}`, lines: [] },
    ...errors(report),
    ...violations(report),
    ...totals(report),
    ...movers(report),
    ...parts(report),
    ...list("Violations of rules that are advice here", findings.advisory, withRemedy),
    ...excepted(findings.excepted),
    ...list("Not known before the update; `up` judges it", findings.deferred, inShort),
    ...list("Let through, though the catalog cannot confirm it", findings.unverified, withRemedy),
    ...uncounted(report.cost),
    ...resources(report),
    ...made(report),
    { head: `\n${evidence(report)}`, lines: [] },
  ];
  return `${assemble(
    sections,
    limit,
    (lines) =>
      `\n**Cut short:** ${plural(lines, "line")} left out, because a comment has a largest size. All of it: \`npm run -s gate -- ${report.stack} --json\``,
  )}\n`;
}

function titleOf({ stack, verdict, findings }: GateReport): string {
  const name = `Gate: ${code(stack)}`;
  if (verdict === "passed") return `${name} passes`;
  return verdict === "failed"
    ? `${name} could not be judged`
    : `${name} is refused: ${plural(findings.violations.length, "violation")}`;
}

function comparedWith({ base, judged, chartsNotRendered }: GateReport): string {
  const said = [
    `${plural(judged.rules, "rule")} looked at ${plural(judged.resources, "resource")} of a preview that starts from nothing.`,
  ];
  if (chartsNotRendered.length > 0) {
    said.push(`**${plural(chartsNotRendered.length, "chart")} could not be had, and nothing inside was judged.**`);
  }
  const commit = code(base?.commit.slice(0, 10) ?? "");
  if (base === undefined) said.push("Nothing was asked for to compare with.");
  else if (base.missing === undefined) said.push(`Compared with ${commit}.`);
  else said.push(`**Everything counts as new:** ${text(base.missing)}`);
  return said.join(" ");
}

const errors = ({ errors }: GateReport): Section[] =>
  errors.length === 0
    ? []
    : [{ head: "\n### What kept it from being judged\n", lines: errors.map((error) => `- ${text(error, 3_000)}`) }];

/** Findings that differ in their resource only. */
interface Group extends GateFinding {
  readonly names: readonly string[];
}

/** Findings that say the same of several resources are said once. */
function grouped(findings: readonly GateFinding[]): Group[] {
  const groups = new Map<string, GateFinding & { names: string[] }>();
  for (const finding of findings) {
    const key = JSON.stringify({ ...finding, name: "", urn: "" });
    const group = groups.get(key) ?? { ...finding, names: [] };
    groups.set(key, group);
    group.names.push(finding.name);
  }
  return [...groups.values()];
}

/** How many resources of a group are named. */
const mostNames = 12;

function subject({ names, type, field }: Group): string {
  const some = names
    .slice(0, mostNames)
    .map((name) => code(name))
    .join(", ");
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  const kind = type === "" ? "" : ` (${code(type)})`;
  return `${some}${more}${kind}${field === "" ? "" : `: ${code(field)}`}`;
}

const sentence = ({ value, message }: GateFinding): string =>
  `${value === undefined ? "" : `is ${code(value)}, `}${text(message)}`;

const expiredException = ({ exception }: GateFinding): string =>
  exception === undefined
    ? ""
    : `\n  An exception by ${text(exception.owner)} expired on ${text(exception.expires)}: ${text(exception.reason.replace(/\.$/, ""))}.`;

const withRemedy = (finding: Group): string =>
  `- ${subject(finding)} ${sentence(finding)}.${expiredException(finding)}\n  **Remedy:** ${text(finding.remedy)}.`;

const inShort = (finding: Group): string => `- ${code(finding.rule)}: ${subject(finding)}`;

/** Violations by rule, each with what to do. */
function violations({ findings }: GateReport): Section[] {
  if (findings.violations.length === 0) return [];
  const rules = [...new Set(findings.violations.map(({ rule }) => rule))];
  return [
    { head: "\n### Violations", lines: [] },
    ...rules.map((rule): Section => {
      const own = findings.violations.filter((finding) => finding.rule === rule);
      const { title, severity } = own[0]!;
      return { head: `\n**${code(rule)}** (${severity}): ${text(title)}\n`, lines: grouped(own).map(withRemedy) };
    }),
  ];
}

const usdAndEur = (usd: number, { exchange }: CostReport, form: (value: number) => string): string =>
  `${form(usd)} | ${form(usd / exchange.usdPerEur)}`;

function totals({ cost }: GateReport): Section[] {
  if (cost === undefined) return [];
  const { beforeUsd, afterUsd, changeUsd, exchange } = cost;
  const least = cost.uncounted.some(({ kind }) => kind !== "usage") ? ", at least" : "";
  const percent = beforeUsd && changeUsd !== undefined ? ` (${signed((100 * changeUsd) / beforeUsd, 1)} %)` : "";
  return [
    {
      head: "\n### Cost a month\n\n| | USD | EUR |\n| --- | ---: | ---: |",
      lines: [
        ...(beforeUsd === undefined ? [] : [`| before | ${usdAndEur(beforeUsd, cost, money)} |`]),
        `| after${least} | ${usdAndEur(afterUsd, cost, money)} |`,
        ...(changeUsd === undefined
          ? []
          : [`| **change**${percent} | ${usdAndEur(changeUsd, cost, (value) => signed(value))} |`]),
      ],
      foot: `\nPools at their maximum, for 730 hours; EUR at ${exchange.usdPerEur} USD (European Central Bank, ${text(exchange.date)}).`,
    },
  ];
}

const amount = (usd: number | undefined): string => (usd === undefined ? "" : money(usd));

const madeOf = ({ before, after }: Mover): string => {
  const [was, is] = [before.join(" + "), after.join(" + ")];
  if (was === is) return text(is);
  return [was, is].map((items) => (items === "" ? "nothing" : text(items))).join(" to ");
};

function movers({ cost }: GateReport): Section[] {
  if (cost?.changeUsd === undefined) return [];
  if (cost.movers.length === 0) return [{ head: "\nNo price changes.", lines: [] }];
  const rest = cost.movers.slice(topMovers);
  const restUsd = rest.reduce((sum, { changeUsd }) => sum + changeUsd, 0);
  return [
    {
      head: "\n### What moves it\n\n| Resource | Made of | Before, USD | After, USD | Change, USD |\n| --- | --- | ---: | ---: | ---: |",
      lines: cost.movers
        .slice(0, topMovers)
        .map(
          (mover) =>
            `| ${code(mover.name)} ${code(mover.type)} | ${madeOf(mover)} | ${amount(mover.beforeUsd)} | ${amount(mover.afterUsd)} | ${signed(mover.changeUsd)} |`,
        ),
      ...(rest.length === 0 ? {} : { foot: `| ${plural(rest.length, "further one")} | | | | ${signed(restUsd)} |` }),
    },
  ];
}

/** Parts of which there can be many: the largest are told. */
const topParts = 20;

function parts({ cost }: GateReport): Section[] {
  if (cost === undefined || cost.parts.length === 0) return [];
  const compared = cost.beforeUsd !== undefined;
  const rows = (["pool", "tenant", "model"] as const).flatMap((kind) => {
    const own = cost.parts.filter((part) => part.kind === kind);
    const more = own.length - topParts;
    return [
      ...own
        .slice(0, topParts)
        .map(
          ({ name, beforeUsd, afterUsd }) =>
            `| ${kind} ${code(name)} |${compared ? ` ${money(beforeUsd)} |` : ""} ${money(afterUsd)} |`,
        ),
      ...(more > 0 ? [`| ${plural(more, `further ${kind}`)} |${compared ? " |" : ""} |`] : []),
    ];
  });
  return [
    {
      head: `\n<details><summary>By pool, tenant and model</summary>\n\n| Part |${compared ? " Before, USD |" : ""} After, USD |\n| --- |${compared ? " ---: |" : ""} ---: |`,
      lines: rows,
      foot: "\nTenants and models: what their GPUs cost at their most, out of what the pools cost.\n\n</details>",
    },
  ];
}

function list(title: string, findings: readonly GateFinding[], line: (group: Group) => string): Section[] {
  if (findings.length === 0) return [];
  return [details(`${title}: ${findings.length}`, grouped(findings).map(line))];
}

const details = (summary: string, lines: readonly string[]): Section => ({
  head: `\n<details><summary>${summary}</summary>\n`,
  lines,
  foot: "\n</details>",
});

function excepted(findings: readonly GateFinding[]): Section[] {
  if (findings.length === 0) return [];
  return [
    {
      head: `\n<details><summary>Excepted: ${findings.length}</summary>\n\n| Rule | Resource | Until | Owner | Reason |\n| --- | --- | --- | --- | --- |`,
      lines: grouped(findings).map(
        (finding) =>
          `| ${code(finding.rule)} | ${subject(finding)} | ${text(finding.exception?.expires ?? "")} | ${text(finding.exception?.owner ?? "")} | ${text(finding.exception?.reason ?? "")} |`,
      ),
      foot: "\n</details>",
    },
  ];
}

function uncounted(cost: CostReport | undefined): Section[] {
  if (cost === undefined || cost.uncounted.length === 0) return [];
  const say = {
    unknown: "without a price",
    deferred: "not known before the update",
    usage: "billed by use",
  } as const;
  return [
    details(
      `Not in the total: ${cost.uncounted.length}`,
      cost.uncounted.map(
        ({ kind, why, type, name }) => `- ${code(name)} (${code(type)}), ${say[kind]}: ${text(why, 300)}`,
      ),
    ),
  ];
}

const resourceLine = (sign: string, { type, name }: Named): string => `- ${sign} ${code(name)} (${code(type)})`;

function resources({ resources, base }: GateReport): Section[] {
  if (resources === undefined) return [];
  const { total, added, removed, changed } = resources;
  if (base === undefined || base.missing !== undefined) return [{ head: `\n${plural(total, "resource")}.`, lines: [] }];
  const sum = added.length + removed.length + changed.length;
  if (sum === 0) return [{ head: `\n${plural(total, "resource")}, none of which changes.`, lines: [] }];
  return [
    details(
      `${plural(total, "resource")}: ${added.length} added, ${removed.length} removed, ${changed.length} changed`,
      [
        ...added.map((resource) => resourceLine("added", resource)),
        ...removed.map((resource) => resourceLine("removed", resource)),
        ...changed.map(
          (resource) =>
            `${resourceLine("changed", resource)}: ${resource.fields.map((field) => code(field)).join(", ")}`,
        ),
      ],
    ),
  ];
}

/** What the preview could not show, or showed by something that stands in for the real one. */
function made({ chartsNotRendered, standIns }: GateReport): Section[] {
  if (chartsNotRendered.length === 0 && standIns.length === 0) return [];
  return [
    details("How it was previewed", [
      ...[...reasons(chartsNotRendered)].map(
        ([reason, charts]) =>
          `- **not rendered**, so that nothing inside was judged: ${charts.map((chart) => code(chart)).join(", ")} (${text(reason, 300)})`,
      ),
      ...standIns.map((standIn) => `- ${text(standIn.for)}: ${text(standIn.is)} (${text(standIn.why, 300)})`),
    ]),
  ];
}

/** Charts by why they were not rendered. */
function reasons(charts: GateReport["chartsNotRendered"]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { release, reason } of charts) found.set(reason, [...(found.get(reason) ?? []), release]);
  return found;
}

const evidence = ({ stack, evidenceUrl }: GateReport): string =>
  evidenceUrl === undefined
    ? `Evidence: \`npm run -s evidence -- ${stack}\` makes it.`
    : link("Evidence and the whole report", evidenceUrl);
