import { arch, availableParallelism, loadavg, release, totalmem, type } from "node:os";
import type { Tools } from "./case";

export interface Machine {
  readonly system: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly node: string;
  /** Average number of processes that wanted to run, over the minute before the measurements. */
  readonly loadBefore: number;
  /** Whether something else was running, so that the numbers say less. */
  readonly disturbed: boolean;
  readonly tools: readonly { readonly name: string; readonly version: string; readonly from: string }[];
}

/** The load average above which something else than the measurements takes the processor. */
const quiet = 1;

const origin = { path: "PATH", download: "download", go: "built from source" } as const;

export function machine(tools: Tools | undefined): Machine {
  const loadBefore = loadavg()[0]!;
  return {
    system: `${type()} ${release()} ${arch()}`,
    cores: availableParallelism(),
    memoryGib: totalmem() / 2 ** 30,
    node: process.version,
    loadBefore,
    disturbed: loadBefore > quiet,
    tools: tools
      ? [
          ...[...Object.values(tools.needed), ...tools.optional.found].map(({ name, version, source, path }) => ({
            name,
            version,
            from: `${origin[source]}: ${path}`,
          })),
          ...tools.optional.missing.map(({ name }) => ({ name, version: "", from: "stand-in of ours" })),
        ]
      : [],
  };
}
