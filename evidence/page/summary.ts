import type { Evidence } from "../bundle";
import { ruleVerdicts } from "../verdicts";
import { code, count, type Html, html, list, table } from "./html";
import { badge, verdictWords } from "./verdict";

/** What whoever reads one screen must have read. */
export function summary({ statement, rules, verdicts, preview, resources, source }: Evidence): Html {
  const violated = rules.filter(({ verdict }) => verdict === "violation");
  const refusing = violated.filter(({ level }) => level === "mandatory");
  return html`
${list(statement)}
${
  violated.length > 0 &&
  html`<div class="notice refused"><p><strong>${count(violated.length, "rule is", "rules are")} violated.</strong>
${refusing.length > 0 ? "An update would be refused." : "They are advisory here: an update would not be refused."}</p>
${list(violated.map(({ id, title }) => html`<a href="#rule-${id}">${id}</a>: ${title}`))}</div>`
}
${
  preview.chartsNotRendered.length > 0 &&
  html`<div class="notice"><p><strong>The objects inside ${count(preview.chartsNotRendered.length, "chart or manifest", "charts and manifests")} were seen by no rule</strong>:
they could not be rendered. <a href="#not-checked">What was not checked</a> names them.</p></div>`
}
${
  source.tree !== "clean" &&
  html`<div class="notice"><p><strong>${source.tree === "changed" ? "The files are not those of the commit." : "Whether the files are those of a commit is not known."}</strong></p>
${list(source.changes.slice(0, shown).map(code))}
${source.changes.length > shown && html`<p>And ${count(source.changes.length - shown, "more file")}, named in bundle.json.</p>`}</div>`
}
${table(
  `Verdicts of ${count(rules.length, "rule")}, over ${count(resources.length, "resource")} of the preview`,
  ["Verdict", "Rules", "Judged resources", "Meaning"],
  ruleVerdicts.map((verdict) => [
    badge(verdict),
    verdicts[verdict],
    rules.flatMap((rule) => rule.resources).filter((resource) => resource.verdict === verdict).length || "",
    verdictWords[verdict].means,
  ]),
)}
<p>A resource is counted once for each rule that looked at it. A rule has the worst verdict of what it looked at.</p>`;
}

/** Changed files that the page names. */
const shown = 8;

/** The limits of it all, as far as they are known. */
export function notChecked({ preview, rules, resources }: Evidence): Html {
  const { chartsNotRendered, standIns } = preview;
  const nothing = rules.filter(({ verdict }) => verdict === "nothing to judge");
  const notRun = rules.filter(({ verdict }) => verdict === "not run");
  const open = rules.flatMap(({ id, stack, resources: looked }) =>
    [...stack, ...looked.flatMap(({ findings }) => findings)]
      .filter(({ kind }) => kind === "deferred" || kind === "unverified")
      .map((finding) => [
        html`<a href="#rule-${id}">${id}</a>`,
        badge(finding.kind),
        finding.type === "" ? "the stack" : html`${finding.name}<br>${code(finding.type)}`,
        code(finding.field),
        finding.message,
      ]),
  );
  const unseen = new Map<string, number>();
  for (const { type, rules: by } of resources) {
    if (by.length === 0) unseen.set(type, (unseen.get(type) ?? 0) + 1);
  }
  return html`
<p>Rules read what the program asks the engine for. They do not see contracts, people, or what runs. These things in
particular were not checked:</p>
<h3>Charts and manifests whose objects no rule saw</h3>
${
  chartsNotRendered.length === 0
    ? html`<p>None: each was rendered, and its objects are among the resources.</p>`
    : table(
        "Not rendered",
        ["Release", "Why"],
        chartsNotRendered.map(({ release, reason }) => [release, reason]),
      )
}
<h3>Values that were not known, or that the catalog does not know</h3>
${open.length === 0 ? html`<p>None.</p>` : table("Deferred and unverified", ["Rule", "Verdict", "Resource", "Field", "What is said"], open)}
<h3>Rules that judged nothing</h3>
${
  nothing.length + notRun.length === 0
    ? html`<p>None: each rule had something to judge.</p>`
    : table(
        "They neither passed nor failed",
        ["Rule", "Verdict", "What it would look at"],
        [...notRun, ...nothing].map(({ id, verdict, title }) => [
          html`<a href="#rule-${id}">${id}</a>`,
          badge(verdict),
          title,
        ]),
      )
}
<h3>Resources that no rule looked at</h3>
${
  unseen.size === 0
    ? html`<p>None.</p>`
    : html`<details><summary>${count(
        [...unseen.values()].reduce((sum, number) => sum + number, 0),
        "resource",
      )} of ${count(unseen.size, "type")}: no rule applies to them</summary>
${table(
  "By type",
  ["Type", "Resources"],
  [...unseen].sort(([one], [other]) => one.localeCompare(other)).map(([type, number]) => [code(type), number]),
)}</details>`
}
<h3>What was simulated</h3>
${
  standIns.length === 0
    ? html`<p>Nothing.</p>`
    : table(
        "Stand-ins of the rehearsal",
        ["For", "Stood", "Why"],
        standIns.map((standIn) => [standIn.for, standIn.is, standIn.why]),
      )
}`;
}
