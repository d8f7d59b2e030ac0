import type { RehearsalReport } from "../rehearsal/report";
import type { EnvironmentChange } from "../rehearsal/workspace";

/** Something that must be true at the end of a story, and what was seen. */
export interface Check {
  readonly that: string;
  readonly holds: boolean;
  readonly saw: string;
}

/**
 * An executable story: given a rehearsed environment, when it is changed, then something must hold. The change is
 * stated as a stack file would state it, as a variant of the environment, so that a story can be tried by hand.
 */
export interface Scenario {
  readonly name: string;
  /** One sentence, as in a list of stories. */
  readonly title: string;
  /** The stack that stands before anything changes. */
  readonly given: string;
  readonly when: {
    readonly title: string;
    readonly change: EnvironmentChange;
  };
  /** `before` and `after` are what the rehearsal reported without and with the change. */
  expect(before: RehearsalReport, after: RehearsalReport): Check[];
}

/** A check that compares what was seen with what is wanted, both shown when they differ. */
export function equals(that: string, saw: unknown, wanted: unknown): Check {
  const [left, right] = [JSON.stringify(saw), JSON.stringify(wanted)];
  return { that, holds: left === right, saw: left === right ? left : `${left}, not ${right}` };
}
