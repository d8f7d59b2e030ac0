import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { interruptEngines } from "../rehearsal/engine";
import { Progress } from "../rehearsal/progress";
import { obtainTools } from "../rehearsal/rehearse";
import { parseArguments } from "./arguments";
import type { Context, Tools } from "./case";
import { cases } from "./cases";
import { Children } from "./children";
import { machine } from "./machine";
import { formatOutcomes, jsonOutcomes, type Outcome } from "./output";

const interrupted = new AbortController();
const children = new Children();

async function main(): Promise<void> {
  const { cases: names, json, ...settings } = parseArguments(process.argv.slice(2), cases);
  const chosen = cases.filter(({ name }) => names.includes(name));
  const tools = chosen.some(({ needsTools }) => needsTools) ? await obtainTools(new Progress()) : undefined;
  interrupted.signal.throwIfAborted();
  const before = machine(tools);
  if (before.disturbed)
    process.stderr.write(`load average ${before.loadBefore.toFixed(2)}: something else is running\n`);
  const outcomes: Outcome[] = [];
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "bench-")));
  try {
    for (const { name, run } of chosen) {
      process.stderr.write(`measuring ${name}\n`);
      const own = path.join(folder, name);
      await mkdir(own);
      outcomes.push({ name, ...(await run(contextOf(own, settings, tools))) });
      await rm(own, { recursive: true, force: true, maxRetries: 5 });
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  process.stdout.write(json ? `${JSON.stringify(jsonOutcomes(before, outcomes))}\n` : formatOutcomes(before, outcomes));
}

function contextOf(folder: string, settings: { repeat: number; cold: boolean }, tools: Tools | undefined): Context {
  return {
    folder,
    ...settings,
    signal: interrupted.signal,
    children,
    get tools() {
      if (!tools) throw new Error("a case that uses the tools must say needsTools");
      return tools;
    },
  };
}

if (require.main === module) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // What runs is ended; the rest unwinds by itself and removes what was made. Another signal only hurries the engine.
      if (!interrupted.signal.aborted) process.stderr.write("\nstopping, and cleaning up\n");
      interrupted.abort(new Error("interrupted"));
      interruptEngines();
      children.kill();
    });
  }
  main().catch((error: Error) => {
    const stopped = interrupted.signal.aborted;
    process.stderr.write(`${stopped ? "interrupted" : error.message}\n`);
    process.exitCode = stopped ? 130 : 1;
  });
}
