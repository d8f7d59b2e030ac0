import type { StandIn } from "../rehearsal/plugins";
import type { BaseCommit } from "./base";
import type { CostReport } from "./cost";
import type { Findings } from "./findings";
import type { ResourceChanges } from "./resources";

/**
 * - `passed`: nothing refuses the change
 * - `refused`: a mandatory policy does
 * - `failed`: it could not be judged, or not all of it
 */
export type Verdict = "passed" | "refused" | "failed";

export const exitCodes: Readonly<Record<Verdict, number>> = { passed: 0, refused: 1, failed: 2 };

/** What the change is compared with. */
export interface BaseReport extends BaseCommit {
  /** Why there is nothing to compare with, so that everything is new; absent where there is. */
  readonly missing?: string;
}

/** What the gate found; `--json` prints it as it is. */
export interface GateReport {
  readonly stack: string;
  readonly verdict: Verdict;
  /** What kept it from being judged, one message each; empty unless it `failed`. */
  readonly errors: readonly string[];
  /** Absent where nothing was asked for to compare with. */
  readonly base?: BaseReport;
  readonly findings: Findings;
  /** What the rules looked at: how many rules had something to judge, and how many resources they looked at. */
  readonly judged: { readonly rules: number; readonly resources: number };
  /** Absent where the preview did not get as far as to have resources. */
  readonly resources?: ResourceChanges;
  readonly cost?: CostReport;
  /** Where the evidence is, as whoever started the gate says. */
  readonly evidenceUrl?: string;
  readonly standIns: readonly StandIn[];
  readonly chartsNotRendered: readonly { readonly release: string; readonly reason: string }[];
  readonly seconds: number;
}
