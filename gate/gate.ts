import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { exchangeRate } from "../catalog/exchange-rate";
import { type Checkout, checkoutIn, ownCheckout } from "../rehearsal/checkout";
import { type PreviewOptions, type PreviewResult, preview } from "../rehearsal/preview";
import type { Progress } from "../rehearsal/progress";
import type { Environment } from "../stacks/environment";
import { atCommit, type BaseCommit, baseCommit } from "./base";
import { type Bill, compareBills } from "./cost";
import { findingsOf, readExaminations } from "./findings";
import { price } from "./pricing";
import type { GateReport, Verdict } from "./report";
import { resourceChanges } from "./resources";

export interface GateOptions {
  readonly progress: Progress;
  /** A branch, tag or commit to compare with. */
  readonly base?: string;
  readonly evidenceUrl?: string;
}

/** What the gate works with; tests give others. */
export interface Tools {
  readonly checkout: Checkout;
  readonly preview: (stack: string, options: PreviewOptions) => Promise<PreviewResult>;
  readonly price: (result: PreviewResult, environment: Environment) => Bill;
  readonly baseCommit: (ref: string) => Promise<BaseCommit>;
  readonly atCommit: typeof atCommit;
  readonly checkoutIn: (folder: string) => Promise<Checkout>;
}

const realTools: Tools = { checkout: ownCheckout, preview, price, baseCommit, atCommit, checkoutIn };

/** The state of an environment that a change starts from, or why there is none. */
type Before =
  | { readonly result: PreviewResult; readonly bill: Bill; readonly missing?: undefined }
  | { readonly missing: string };

/**
 * Previews a stack and judges it by the policies; prices it, beside what it was at a base where one is named. Needs no
 * cloud, no credentials and no state. Never throws for what it finds: what kept it from judging is in the report.
 */
export async function gate(stack: string, options: GateOptions, tools: Tools = realTools): Promise<GateReport> {
  const started = Date.now();
  const done = (report: Omit<GateReport, "stack" | "seconds" | "evidenceUrl">): GateReport => ({
    stack,
    ...report,
    ...(options.evidenceUrl === undefined ? {} : { evidenceUrl: options.evidenceUrl }),
    seconds: (Date.now() - started) / 1000,
  });
  let base: BaseCommit | undefined;
  try {
    // What is wrong with the stack itself is known in a moment, and the rest takes a minute.
    const environment = await tools.checkout.environment(stack);
    base = options.base === undefined ? undefined : await tools.baseCommit(options.base);
    const before = base && (await stateAt(base, stack, options.progress, tools));
    return done(await judge(environment, base, before, options.progress, tools));
  } catch (error) {
    return done({ ...unjudged, ...(base && { base }), errors: [messageOf(error)] });
  } finally {
    options.progress.done();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A report on what the gate did not come to judge. */
export const unjudged = {
  verdict: "failed",
  findings: { violations: [], advisory: [], excepted: [], deferred: [], unverified: [] },
  judged: { rules: 0, resources: 0 },
  standIns: [],
  chartsNotRendered: [],
} as const satisfies Partial<GateReport>;

async function judge(
  environment: Environment,
  base: BaseCommit | undefined,
  before: Before | undefined,
  progress: Progress,
  tools: Tools,
): Promise<Omit<GateReport, "stack" | "seconds" | "evidenceUrl">> {
  const { stack } = environment;
  const folder = await mkdtemp(path.join(tmpdir(), "ai-platform-gate-record-"));
  try {
    const record = path.join(folder, "examinations.jsonl");
    const was = before?.missing === undefined ? before : undefined;
    const variables = {
      AI_PLATFORM_POLICY_RECORD: record,
      ...(was && { AI_PLATFORM_MONTHLY_USD_BEFORE: String(was.bill.usd) }),
    };
    const result = await tools.preview(stack, { progress, variables });
    const examinations = await readExaminations(record);
    const findings = findingsOf(examinations, result.findings);
    // Of half a stack neither the price nor the difference means anything.
    const whole = result.errors.length === 0;
    const bill = whole ? tools.price(result, environment) : undefined;
    const verdict: Verdict = !whole ? "failed" : findings.violations.length > 0 ? "refused" : "passed";
    return {
      verdict,
      errors: result.errors,
      ...(base && { base: { ...base, ...(before?.missing === undefined ? {} : { missing: before.missing }) } }),
      findings,
      judged: {
        rules: new Set(examinations.map(({ rule }) => rule)).size,
        resources: new Set(examinations.flatMap(({ resources }) => resources.map(({ urn }) => urn))).size,
      },
      ...(bill && {
        resources: resourceChanges(was?.result.resources, result.resources),
        cost: compareBills(was?.bill, bill, exchangeRate),
      }),
      standIns: result.standIns,
      chartsNotRendered: result.chartsNotRendered,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The stack at a commit, by that commit's own program and files, priced by today's code and catalog. */
function stateAt(base: BaseCommit, stack: string, progress: Progress, tools: Tools): Promise<Before> {
  const commit = base.commit.slice(0, 10);
  return tools.atCommit(base, progress, async (folder): Promise<Before> => {
    if (!existsSync(path.join(folder, "stacks", `Pulumi.${stack}.yaml`))) {
      return { missing: `${commit} has no stack ${stack}.` };
    }
    let checkout: Checkout;
    let environment: Environment;
    try {
      checkout = await tools.checkoutIn(folder);
      environment = await checkout.environment(stack);
    } catch (error) {
      return { missing: `stack ${stack} is not valid at ${commit}: ${messageOf(error)}` };
    }
    const result = await tools.preview(stack, { progress, checkout });
    if (!result.ok) return { missing: `stack ${stack} cannot be previewed at ${commit}: ${result.errors.join("; ")}` };
    try {
      return { result, bill: tools.price(result, environment) };
    } catch (error) {
      return { missing: `stack ${stack} of ${commit} cannot be priced by today's code: ${messageOf(error)}` };
    }
  });
}
