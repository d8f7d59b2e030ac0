import { type ChildProcess, spawn } from "node:child_process";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs its arguments, and kills its process group when standard input closes: we were killed and had no chance to do it. */
const guard = `exec 3<&0
(read -r _ <&3; kill -KILL 0) & reader=$!
"$@" 3<&- </dev/null & wait $!; code=$?
kill $reader; exit $code`;

/**
 * What must be done when work ends, however it ends: child processes killed with their own children, then whatever else was asked for.
 * Everything in here is synchronous, because after a signal there may be no next tick.
 */
export class Cleanup {
  readonly #children = new Set<ChildProcess>();
  readonly #last: (() => void)[] = [];
  /** Aborted by a signal; its reason is the error that the interrupted work fails with. */
  readonly interrupted = new AbortController();

  readonly #onSignal = (signal: NodeJS.Signals) => {
    const others = process.listenerCount(signal) > 1;
    this.end();
    this.interrupted.abort(new Error(`interrupted by ${signal}`));
    // Our listener took away the default, which is to end; whoever else listens decides for themselves.
    if (!others) process.kill(process.pid, signal);
  };
  readonly #onExit = () => this.end();

  constructor() {
    for (const signal of signals) process.on(signal, this.#onSignal);
    process.on("exit", this.#onExit);
  }

  /**
   * Starts a program in a process group of its own, so that what it starts ends with it. Its standard input is empty,
   * its standard output ignored and its standard error a pipe.
   */
  spawn(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): ChildProcess {
    this.interrupted.signal.throwIfAborted();
    const child = spawn("/bin/sh", ["-c", guard, "sh", command, ...args], {
      ...options,
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    child.once("error", () => this.#children.delete(child));
    return child;
  }

  /** Something to do at the end, before what was asked for earlier. */
  atEnd(action: () => void): void {
    this.#last.unshift(action);
  }

  end(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
    process.off("exit", this.#onExit);
    for (const child of this.#children) killGroup(child);
    this.#children.clear();
    for (const action of this.#last.splice(0)) action();
  }
}

/** Ends a process and everything it started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
