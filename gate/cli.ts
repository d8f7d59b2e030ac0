import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runCommand, UsageError } from "../rehearsal/command";
import { Progress } from "../rehearsal/progress";
import { baseCommit, changedFiles } from "./base";
import { changedStacks } from "./changed";
import { gate } from "./gate";
import { markdownOf } from "./markdown";
import { exitCodes, type GateReport } from "./report";

const usage = `usage: npm run -s gate -- <stack> [--base <git ref>] [--json] [--markdown FILE] [--evidence-url URL]
       npm run -s gate -- --changed --base <git ref> [--json]

Previews a stack, judges it by the policies and prices it beside what it was at the base. No cloud, no credentials.
Exit code: 0 nothing refuses the change, 1 a policy does, 2 it could not be judged.
  --base          branch, tag or commit to compare with
  --json          print the report as JSON
  --markdown      write it to a file as Markdown, for a comment on a pull request
  --evidence-url  where the evidence is, for the Markdown
  --changed       print the stacks that differ from the base, one a line`;

export interface Arguments {
  readonly stack?: string;
  readonly base?: string;
  readonly json: boolean;
  readonly markdown?: string;
  readonly evidenceUrl?: string;
  readonly changed: boolean;
}

/** @throws UsageError */
export function argumentsOf(args: readonly string[]): Arguments {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const { base, json = false, markdown, changed = false } = values;
  const evidenceUrl = values["evidence-url"];
  for (const [option, value] of Object.entries({ base, markdown, "evidence-url": evidenceUrl })) {
    // An empty value is a variable that was not set.
    if (value === "") throw new UsageError(`--${option}: expected a value, got an empty one`);
  }
  if (changed) {
    if (positionals.length > 0) throw new UsageError("--changed takes no stack: it says which there are");
    if (base === undefined) throw new UsageError("--changed needs --base: changed since when?");
  } else if (positionals.length !== 1) {
    throw new UsageError(
      positionals.length === 0 ? "which stack? For example: npm run -s gate -- local" : "one stack at a time",
    );
  }
  if (evidenceUrl !== undefined && !/^https?:\/\/[^\s]+$/.test(evidenceUrl)) {
    throw new UsageError(`--evidence-url: "${evidenceUrl}" is no address. Expected https://...`);
  }
  return { stack: positionals[0], base, json, markdown, evidenceUrl, changed };
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      base: { type: "string" },
      json: { type: "boolean" },
      markdown: { type: "string" },
      "evidence-url": { type: "string" },
      changed: { type: "boolean" },
    },
  });

/** Where the command writes; tests give another. */
export interface Streams {
  out(text: string): void;
  error(text: string): void;
}

/** What the command does once its arguments are read. Returns the exit code. */
export async function run(
  { stack, base, json, markdown, evidenceUrl, changed }: Arguments,
  streams: Streams,
  judge: (stack: string, options: { base?: string; evidenceUrl?: string }) => Promise<GateReport>,
): Promise<number> {
  if (changed) {
    const stacks = changedStacks(await changedFiles(await baseCommit(base!)));
    for (const { stack, files } of stacks) {
      streams.error(
        `${stack}: ${files.slice(0, 3).join(", ")}${files.length > 3 ? `, ${files.length - 3} more` : ""}\n`,
      );
    }
    const names = stacks.map((changed) => changed.stack);
    streams.out(json ? `${JSON.stringify(names)}\n` : names.map((name) => `${name}\n`).join(""));
    return 0;
  }
  const report = await judge(stack!, { base, evidenceUrl });
  if (markdown !== undefined) writeFileSync(markdown, markdownOf(report));
  if (json) streams.out(`${JSON.stringify(report)}\n`);
  else if (markdown === undefined) streams.out(markdownOf(report));
  else streams.out(`${stack}: ${report.verdict}\n`);
  return exitCodes[report.verdict];
}

async function main(): Promise<number> {
  const streams: Streams = {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
  };
  return run(argumentsOf(process.argv.slice(2)), streams, (stack, options) =>
    gate(stack, { ...options, progress: new Progress() }),
  );
}

if (require.main === module) runCommand(main, { usage, failed: exitCodes.failed });
