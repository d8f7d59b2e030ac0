import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

/**
 * The processes that a benchmark starts by itself. Each leads a process group, so that what it starts ends with it, and
 * none outlives this process.
 */
export class Children {
  readonly #running = new Set<ChildProcess>();

  constructor() {
    process.on("exit", () => this.kill());
  }

  /** Starts a process, its output in a file. */
  start(command: string, args: readonly string[], options: { log: string } & SpawnOptions): ChildProcess {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const log = createWriteStream(options.log);
    child.stdout?.pipe(log);
    child.stderr?.pipe(log);
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    child.once("error", () => this.#running.delete(child));
    return child;
  }

  /** Runs a process to its end. Throws with the last lines of its output where it fails. */
  run(command: string, args: readonly string[], options: SpawnOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
      this.#running.add(child);
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text) => {
          output = (output + text).slice(-4000);
        });
      }
      child.once("error", (error) => {
        this.#running.delete(child);
        reject(new Error(`${command} could not be started: ${error.message}`));
      });
      child.once("close", (code, signal) => {
        this.#running.delete(child);
        if (code === 0) resolve();
        else reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? `exit code ${code}`}:\n${output}`));
      });
    });
  }

  /** Ends a process at once and waits until it is gone. */
  async end(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    killGroup(child);
    await gone;
  }

  /** Ends all of them at once. Synchronous, because after `exit` there is no next tick. */
  kill(): void {
    for (const child of this.#running) killGroup(child);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
