import type { GpuSummary, PodSummary } from "./cluster-state";
import type { PolicyFinding } from "./engine";
import type { StandIn } from "./plugins";

/** What a rehearsal found; `--json` prints it as it is. */
export interface RehearsalReport {
  readonly stack: string;
  readonly ok: boolean;
  /** What went wrong, one message each; empty when `ok`. */
  readonly errors: readonly string[];
  /** Resources in the stack's state. */
  readonly resources: number;
  /** What the update did to how many resources: create, update, delete, replace, same. */
  readonly changes: Readonly<Record<string, number>>;
  readonly policyFindings: readonly PolicyFinding[];
  readonly pods: PodSummary;
  readonly gpus: GpuSummary;
  readonly standIns: readonly StandIn[];
  readonly chartsNotRendered: readonly { readonly release: string; readonly reason: string }[];
  /** Custom resource definitions that accept anything, because the real one could not be had. */
  readonly crdsNotValidated: readonly string[];
  readonly kubeconfig: string;
  /** USD for 730 hours with everything at its maximum; null where a price is not known. */
  readonly monthlyCostUsd: number | null;
  /** Where the prices come from, or why one is not known. */
  readonly costNotes: readonly string[];
  readonly seconds: number;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** The engine's words for what it did, as a person would say them. The parts of a replacement are told as one. */
const words: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  import: "imported",
  refresh: "refreshed",
};

function changesOf(changes: RehearsalReport["changes"]): string {
  const done = Object.entries(words).flatMap(([operation, word]) => {
    const count = changes[operation] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return done.length === 0 ? "no changes" : done.join(", ");
}

/** The summary a person reads at the end of `npm start`. */
export function formatReport(report: RehearsalReport): string {
  const lines: string[] = [];
  const row = (name: string, value: string) => lines.push(`  ${name.padEnd(16)}${value}`.trimEnd());
  const item = (text: string) => lines.push(`  ${"".padEnd(16)}- ${text}`);

  lines.push("", report.ok ? `${report.stack} stands.` : `${report.stack} does not stand.`, "");
  for (const error of report.errors) lines.push(`  ${error.replace(/\n/g, "\n  ")}`, "");
  row("resources", `${report.resources} (${changesOf(report.changes)})`);
  row(
    "policies",
    report.policyFindings.length === 0 ? "nothing found" : plural(report.policyFindings.length, "finding"),
  );
  for (const finding of report.policyFindings) item(`[${finding.level}] ${finding.message}`);
  row(
    "monthly cost",
    report.monthlyCostUsd === null
      ? "not known"
      : `${Math.round(report.monthlyCostUsd).toLocaleString("en-US")} USD with everything at its maximum`,
  );
  for (const note of report.costNotes) item(note);
  row("pods", `${report.pods.running} running, ${report.pods.pending} pending, ${report.pods.succeeded} completed`);
  for (const { reason, pods } of byReason(report.pods)) item(`${pods.join(", ")}: ${reason}`);
  row("GPUs", `${report.gpus.claimed} claimed of ${report.gpus.total}`);
  row("kubeconfig", report.kubeconfig);
  row("stand-ins", report.standIns.length === 0 ? "none" : "");
  for (const standIn of report.standIns) item(`${standIn.for}: ${standIn.is} (${standIn.why})`);
  if (report.chartsNotRendered.length > 0) {
    row(
      "not rendered",
      `${plural(report.chartsNotRendered.length, "chart")}, of which only the custom resource definitions were installed`,
    );
    for (const { reason, names } of chartsByReason(report)) item(`${names.join(", ")}: ${reason}`);
  }
  if (report.crdsNotValidated.length > 0) {
    row("not validated", "accepted without validation, because their definition could not be had");
    for (const crd of report.crdsNotValidated) item(crd);
  }
  row("took", `${Math.round(report.seconds)} s`);
  lines.push("");
  return lines.join("\n");
}

function group<T>(items: readonly T[], key: (item: T) => string, value: (item: T) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), value(item)]);
  return groups;
}

const byReason = (pods: PodSummary) =>
  [
    ...group(
      pods.waiting,
      (entry) => entry.reason,
      (entry) => entry.pod,
    ),
  ].map(([reason, names]) => ({ reason, pods: names }));

const chartsByReason = (report: RehearsalReport) =>
  [
    ...group(
      report.chartsNotRendered,
      (entry) => entry.reason,
      (entry) => entry.release,
    ),
  ].map(([reason, names]) => ({ reason, names }));
