import type { RuleId } from "../stacks/policies";
import type { Context, Resource } from "./rule";

/** For tests: a way in which somebody might get something past a rule, on purpose or not. */
export interface Evasion {
  /** How it is tried. No two are the same. */
  readonly attempt: string;
  readonly rule: RuleId;
  /** What the engine would show the rules. */
  readonly resources: readonly Resource[];
  readonly context: Context;
  /**
   * How it ends. `violation` refuses it at preview. `deferred` says at preview that it cannot be judged, and refuses it at
   * up where it still is not known.
   */
  readonly caught: "violation" | "deferred";
}
