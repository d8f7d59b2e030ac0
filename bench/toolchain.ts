import { accessSync, constants, readdirSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { rehearsalTools } from "../rehearsal/rehearse";
import { ensureTools, type ToolEvent, type ToolName, terminalReporter } from "../rehearsal/toolchain";
import type { Case } from "./case";
import { timed } from "./statistics";

/**
 * PATH as it would be without some programs: a folder that holds one of them is replaced by a folder below `folder` that
 * links to everything else in it, since `go` and a tool may be neighbours.
 */
export async function pathWithout(names: readonly string[], searched: string, folder: string): Promise<string> {
  const folders = searched.split(path.delimiter).filter(Boolean);
  const replaced = folders.map(async (place, index) => {
    if (!names.some((name) => isThere(path.join(place, name)))) return place;
    const instead = path.join(folder, String(index));
    await mkdir(instead, { recursive: true });
    const others = readdirSync(place).filter((name) => !names.includes(name));
    await Promise.all(others.map((name) => symlink(path.resolve(place, name), path.join(instead, name))));
    return instead;
  });
  return (await Promise.all(replaced)).join(path.delimiter);
}

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/** Seconds in which each tool was downloaded or built, from what was told about it. Tools of one build share its time. */
export function secondsOf(events: readonly ToolEvent[], tool: ToolName): number {
  const its = events.filter((event) => event.tool === tool);
  const begin = its.find(({ phase }) => phase === "downloading" || phase === "building");
  const end = its.filter(({ phase }) => phase === "ready").at(-1);
  return begin && end ? end.seconds - begin.seconds : 0;
}

const origin = { path: "from PATH", download: "downloaded", go: "built from source" } as const;

/** Getting every tool with nothing prepared. It takes minutes, so it runs only when asked for. */
export const toolchain: Case = {
  name: "toolchain",
  title: "getting every tool with an empty cache; takes minutes",
  byDefault: false,
  needsTools: false,

  async run({ folder, cold, signal }) {
    signal.throwIfAborted();
    const events: ToolEvent[] = [];
    const reporter = terminalReporter(process.stderr);
    const env = {
      ...process.env,
      AI_PLATFORM_CACHE: path.join(folder, "cache"),
      PATH: await pathWithout(rehearsalTools, process.env.PATH ?? "", path.join(folder, "path")),
      ...(cold ? { GOCACHE: path.join(folder, "go-build") } : {}),
    };
    const all = await timed(async () => {
      try {
        return await ensureTools(rehearsalTools, {
          env,
          report(event) {
            events.push(event);
            reporter.report(event);
          },
        });
      } finally {
        reporter.done();
      }
    });
    return {
      measurements: [
        ...rehearsalTools.map((name) => ({
          name: `${name}, ${origin[all.value[name]!.source]}`,
          unit: "s" as const,
          ours: [secondsOf(events, name)],
        })),
        { name: "all tools", unit: "s", ours: [all.seconds] },
      ],
      notes: [
        "tools that one download or one build brings have its seconds each",
        cold
          ? "the Go build cache was empty; modules that Go had downloaded before were there"
          : "the Go build cache was the user's own (--cold: an empty one)",
      ],
    };
  },
};
