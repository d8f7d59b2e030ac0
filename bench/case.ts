import type { obtainTools } from "../rehearsal/rehearse";
import type { Children } from "./children";
import type { Column } from "./table";

export type Tools = Awaited<ReturnType<typeof obtainTools>>;

/** Numbers of ours, and those that stand beside them: one for each repetition. */
export interface Measurement {
  readonly name: string;
  readonly unit: "s" | "ms" | "MiB" | "%" | "1/s";
  readonly ours: readonly number[];
  /** The same thing without what is ours. Absent where there is no such thing. */
  readonly bare?: { readonly is: string; readonly values: readonly number[] };
}

/** Figures of ours beside those of others, where they are no measurements of one thing by two means. */
export interface Comparison {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** The same, for `--json`. */
  readonly figures: readonly unknown[];
}

export interface CaseResult {
  readonly measurements: readonly Measurement[];
  readonly comparisons?: readonly Comparison[];
  /** What a reader needs besides to make sense of the numbers, a line each. */
  readonly notes: readonly string[];
}

export interface Context {
  /** A temporary folder of this case's own, links resolved; it is removed when the case has ended. */
  readonly folder: string;
  /** How often updates are repeated. */
  readonly repeat: number;
  /** Whether compilers, too, start with nothing. */
  readonly cold: boolean;
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal;
  /** Starts processes that end with this one. */
  readonly children: Children;
  /** The rehearsal's tools. Throws for a case that does not say `needsTools`. */
  readonly tools: Tools;
}

/** One thing to measure, by name: `npm run bench -- <name>`. */
export interface Case {
  readonly name: string;
  readonly title: string;
  /** Whether it runs when no case is named. */
  readonly byDefault: boolean;
  /** Whether the rehearsal's tools are obtained before anything is measured. */
  readonly needsTools: boolean;
  run(context: Context): Promise<CaseResult>;
}
