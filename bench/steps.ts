import { performance } from "node:perf_hooks";
import { Progress } from "../rehearsal/progress";

export interface Step {
  readonly name: string;
  readonly seconds: number;
}

export interface Mark {
  readonly name: string;
  /** Milliseconds, from whenever. */
  readonly at: number;
}

/** Where the time went: each mark's step lasts until the next. `a: b` is a part of `a`, unless `parts` stand for themselves. */
export function stepsOf(marks: readonly Mark[], end: number, parts = false): Step[] {
  const steps = new Map<string, number>();
  marks.forEach(({ name, at }, index) => {
    const step = parts ? name : name.split(": ")[0]!;
    steps.set(step, (steps.get(step) ?? 0) + ((marks[index + 1]?.at ?? end) - at) / 1000);
  });
  return [...steps].map(([name, seconds]) => ({ name, seconds }));
}

/** Times the steps of a rehearsal by listening to its progress, and ends it at the next step once `signal` is aborted. */
export class StepClock {
  readonly #marks: Mark[] = [{ name: "tools", at: performance.now() }];
  readonly progress: Progress;

  constructor(signal: AbortSignal) {
    this.progress = new Progress(process.stderr, (name) => {
      this.#marks.push({ name, at: performance.now() });
      // A part of a step is told from the engine's own events, where nobody would catch it.
      if (!name.includes(": ")) signal.throwIfAborted();
    });
  }

  stop(parts = false): Step[] {
    return stepsOf(this.#marks, performance.now(), parts);
  }
}
