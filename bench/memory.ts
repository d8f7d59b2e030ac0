import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How often processes are looked at, in milliseconds. A peak between two looks is not seen. */
const interval = 200;

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Resident set, in KiB. Pages that processes share count in each of them. */
  readonly rss: number;
  readonly args: string;
}

/** Reads the lines of `ps -eo pid=,ppid=,rss=,args=`. */
export function parseProcesses(output: string): Process[] {
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match ? [{ pid: Number(match[1]), parent: Number(match[2]), rss: Number(match[3]), args: match[4]! }] : [];
  });
}

/** The processes whose command line names the folder, with all that they and `ancestor` started; not `ancestor` itself. */
export function belonging(processes: readonly Process[], folder: string, ancestor: number): Process[] {
  const children = new Map<number, Process[]>();
  for (const entry of processes) children.set(entry.parent, [...(children.get(entry.parent) ?? []), entry]);
  const found = new Map<number, Process>();
  const add = (entry: Process) => {
    if (found.has(entry.pid) || entry.pid === ancestor) return;
    found.set(entry.pid, entry);
    for (const child of children.get(entry.pid) ?? []) add(child);
  };
  for (const child of children.get(ancestor) ?? []) add(child);
  for (const entry of processes) if (entry.args.includes(folder)) add(entry);
  return [...found.values()];
}

/** What a process is called in a list: its program, or, for node, the script that it runs. */
export function nameOf(args: string): string {
  const words = args.split(" ");
  const program = path.basename(words[0]!);
  const script = program === "node" ? words.find((word) => /\.[cm]?[jt]s$/.test(word) && !word.includes("/tsx/")) : "";
  return script ? script.split("/").slice(-2).join("/") : program;
}

export interface Peak {
  readonly mib: number;
  /** Who had how much at that moment, largest first. */
  readonly parts: readonly { readonly name: string; readonly mib: number }[];
}

/** Watches, until `stop`, the memory of all processes that belong to a folder or were started by this process. */
export class MemoryWatch {
  #peak: Process[] = [];
  #stopped = new AbortController();
  readonly #watching: Promise<void>;

  /** `self`: whether this process counts as well, because it does the work that is measured. */
  constructor(
    private readonly folder: string,
    private readonly self: boolean,
  ) {
    this.#watching = this.#watch();
    // Whoever stops hears of it; until then it must not end the process.
    this.#watching.catch(() => {});
  }

  async stop(): Promise<Peak> {
    this.#stopped.abort();
    await this.#watching;
    const parts = new Map<string, number>();
    for (const { args, rss } of this.#peak) parts.set(nameOf(args), (parts.get(nameOf(args)) ?? 0) + rss / 1024);
    return {
      mib: total(this.#peak) / 1024,
      parts: [...parts].map(([name, mib]) => ({ name, mib })).sort((a, b) => b.mib - a.mib),
    };
  }

  async #watch(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const { processes, looker } = await look();
      const others = processes.filter(({ pid }) => pid !== looker);
      const ours = [
        ...belonging(others, this.folder, process.pid),
        ...(this.self ? others.filter(({ pid }) => pid === process.pid) : []),
      ];
      if (total(ours) > total(this.#peak)) this.#peak = ours;
      await sleep(interval, undefined, { signal: this.#stopped.signal }).catch(() => {});
    }
  }
}

/** What `work` gives, and the most memory that was had meanwhile, as `MemoryWatch` counts it. */
export async function watched<T>(
  folder: string,
  self: boolean,
  work: () => Promise<T>,
): Promise<{ value: T; peak: Peak }> {
  const watch = new MemoryWatch(folder, self);
  try {
    return { value: await work(), peak: await watch.stop() };
  } catch (error) {
    await watch.stop().catch(() => {});
    throw error;
  }
}

const total = (processes: readonly Process[]) => processes.reduce((sum, { rss }) => sum + rss, 0);

function look(): Promise<{ processes: Process[]; looker: number | undefined }> {
  return new Promise((resolve, reject) => {
    const child = execFile("ps", ["-ww", "-eo", "pid=,ppid=,rss=,args="], { maxBuffer: 1 << 26 }, (error, stdout) => {
      if (error) reject(new Error(`memory cannot be measured, because ps failed: ${error.message}`));
      else resolve({ processes: parseProcesses(stdout), looker: child.pid });
    });
  });
}
