import type { Evidence } from "../bundle";
import type { FileHash } from "../identity";
import { checking, environment, exceptions, materials } from "./facts";
import { Html, html } from "./html";
import { byFramework, everyRule, overview } from "./rules";
import { style } from "./style";
import { notChecked, summary } from "./summary";

/** One section, as the table of contents names it. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/**
 * The evidence as one page for people: without scripts, without anything from elsewhere, fit for paper.
 *
 * @param files what lies beside the page, save for `bundle.json`, which has its hash
 */
export function pageOf(evidence: Evidence, files: readonly FileHash[]): string {
  const sections: readonly Section[] = [
    { id: "summary", title: "Summary", body: summary(evidence) },
    { id: "not-checked", title: "What was not checked", body: notChecked(evidence) },
    { id: "environment", title: "Environment and jurisdiction", body: environment(evidence) },
    { id: "overview", title: "Rules", body: overview(evidence) },
    { id: "frameworks", title: "By law and catalogue", body: byFramework(evidence) },
    { id: "exceptions", title: "Exceptions", body: exceptions(evidence) },
    { id: "rules", title: "Every rule and resource", body: everyRule(evidence) },
    { id: "materials", title: "Bill of materials", body: materials(evidence) },
    { id: "checking", title: "How to check this", body: checking(evidence, files) },
  ];
  const { stack, made, source } = evidence;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence of ${stack}, ${made.slice(0, 10)}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<h1>Evidence of ${stack}</h1>
<p class="lead">A rehearsed preview of ${made.slice(0, 16).replace("T", " ")} UTC,
${source.commit === undefined ? "of an unknown commit" : html`commit <code>${source.commit.slice(0, 12)}</code>`}${source.tree === "changed" ? " with changes" : ""}</p>
</header>
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${sections.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`,
)}</main>
</body>
</html>
`.text;
}
