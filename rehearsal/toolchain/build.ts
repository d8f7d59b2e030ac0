import { mkdirSync, renameSync } from "node:fs";
import { constants as os, setPriority } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type GoFolder, goFolders, type ToolName, tools } from "../../catalog/tools";
import type { ToolCache } from "./cache";
import type { Cleanup } from "./cleanup";

/** The tools that one `go build` brings. */
export interface BuildJob {
  readonly folder: GoFolder;
  readonly tools: readonly ToolName[];
}

/** Groups tools by module, longest build first. */
export function planBuilds(names: readonly ToolName[]): BuildJob[] {
  return goFolders
    .map((folder) => ({ folder, tools: names.filter((name) => tools[name].go?.folder === folder) }))
    .filter((job) => job.tools.length > 0);
}

/**
 * Builds the tools of one module and puts them into the cache. What is compiled is what go.sum names, hash by hash.
 * `rank` is the job's place in the queue: later ones yield the processor to earlier ones. Throws with the end of go's own output.
 */
export async function build(
  job: BuildJob,
  context: {
    readonly go: string;
    readonly env: NodeJS.ProcessEnv;
    readonly cache: ToolCache;
    readonly cleanup: Cleanup;
    readonly workFolder: string;
    readonly rank: number;
    readonly onProgress: (detail: string) => void;
  },
): Promise<void> {
  const { go, cache, cleanup, workFolder, rank, onProgress } = context;
  const output = join(workFolder, `go-${job.folder}`);
  const temporary = join(workFolder, `go-${job.folder}-tmp`);
  mkdirSync(output);
  mkdirSync(temporary);
  const entries = job.tools.map((name) => ({ name, ...tools[name].go! }));
  const ldflags = ["-s", "-w", ...new Set(entries.flatMap((entry) => entry.ldflags))];
  const child = cleanup.spawn(
    go,
    [
      "build",
      "-v",
      "-trimpath",
      "-mod=readonly",
      // Debug information would be stripped by -s -w anyway; not writing it makes the compiler a tenth faster.
      "-gcflags=all=-dwarf=false",
      `-ldflags=${ldflags.join(" ")}`,
      `-o=${output}/`,
      ...entries.map((entry) => entry.package),
    ],
    {
      cwd: join(__dirname, "go", job.folder),
      env: {
        ...context.env,
        // None of the tools needs a C compiler, and a workspace around the checkout must not have a say.
        CGO_ENABLED: "0",
        GOWORK: "off",
        GOOS: "",
        GOARCH: "",
        GOTMPDIR: temporary,
      },
    },
  );
  try {
    if (child.pid !== undefined && rank > 0) setPriority(child.pid, Math.min(5 * rank, os.priority.PRIORITY_LOW));
  } catch {
    // It only makes the builds compete.
  }
  await new Promise<void>((resolve, reject) => {
    const tail: string[] = [];
    let compiled = 0;
    createInterface({ input: child.stderr! }).on("line", (line) => {
      // -v names each package as it is compiled; anything with a space in it is a message.
      if (/^[\w./-]+$/.test(line)) onProgress(`${++compiled} packages compiled`);
      else {
        if (line.startsWith("go: downloading ")) onProgress("fetching modules");
        else tail.push(line);
        if (tail.length > 10) tail.shift();
      }
    });
    child.once("error", (error) => reject(new Error(`${go} does not start: ${error.message}`)));
    child.once("close", (code, signal) =>
      code === 0
        ? resolve()
        : reject(new Error(`go build ended with ${signal ?? `exit code ${code}`}\n${tail.join("\n")}`.trim())),
    );
  });
  for (const { name, binary } of entries) {
    const folder = join(workFolder, `${name}.ready`);
    mkdirSync(folder);
    renameSync(join(output, binary), join(folder, name));
    cache.put(name, folder, "go");
  }
}
