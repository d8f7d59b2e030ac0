import { execFileSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { Progress } from "./progress";

/** Progress that nobody reads; `onStep` hears of each step, so that a test can act in the middle of one. */
export function silentProgress(onStep?: (name: string, count?: number) => void): Progress {
  return new Progress(new PassThrough() as unknown as NodeJS.WriteStream, onStep);
}

export interface ProcessLine {
  readonly pid: number;
  readonly command: string;
}

/** The processes whose command line names a folder: those that belong to what lives there. */
export function processesOf(folder: string): ProcessLine[] {
  return execFileSync("ps", ["-eo", "pid=,stat=,args="], { encoding: "utf8", maxBuffer: 1 << 26 })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && !match[2]!.startsWith("Z") && match[3]!.includes(folder))
    .map((match) => ({ pid: Number(match![1]), command: match![3]! }))
    .filter(({ command }) => !command.startsWith("ps -eo"));
}

/** Waits until a condition holds; fails with what it was when it does not within `withinMs`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
