import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand, UsageError } from "../rehearsal/command";
import { Progress } from "../rehearsal/progress";
import { loadEnvironment } from "../stacks/load";
import type { Evidence } from "./bundle";
import { type Bundle, type MakeOptions, makeBundle } from "./make";
import { verdictWords } from "./page/verdict";
import { ruleVerdicts } from "./verdicts";

const usage = `usage: npm run -s evidence -- <stack> [--out <folder>] [--force] [--json]

Previews the stack with the policy pack, in a rehearsal, and writes what the rules looked at and found:
index.html for people, bundle.json for programs, and sbom.cdx.json (CycloneDX) with what the stack installs.

  --out <folder>  where to; evidence-<stack> by default
  --force         replace the evidence that is there
  --json          print bundle.json as well

Ends with 0 when evidence was made, also of violations; with 2 when none could be made.`;

/** The bundle's own file, by which a folder is known to hold evidence and nothing of value besides. */
const own = "bundle.json";

/**
 * Says whether a bundle may be written to a folder, before anything is done.
 *
 * @throws when the folder is there and may not be replaced: never one that holds anything but evidence
 */
export function checkFolder(out: string, force: boolean): void {
  if (!existsSync(out)) return;
  let files: string[];
  try {
    files = readdirSync(out);
  } catch {
    throw new UsageError(`${out} is there, and is no folder`);
  }
  if (files.length === 0) return;
  if (!files.includes(own)) throw new UsageError(`${out} holds something else than evidence; name another folder`);
  if (!force) throw new UsageError(`${out} holds evidence already; --force replaces it, --out names another folder`);
}

/** Writes all of a bundle or nothing: into a folder beside, which then takes its place. */
export async function writeBundle(bundle: Bundle, out: string): Promise<void> {
  await mkdir(path.dirname(out), { recursive: true });
  const part = await mkdtemp(`${out}.part-`);
  try {
    for (const [name, content] of bundle.files) await writeFile(path.join(part, name), content);
    // It is made to be handed on.
    await chmod(part, 0o755);
    await rm(out, { recursive: true, force: true });
    await rename(part, out);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** The bundle in a few lines. */
function told(evidence: Evidence, out: string): string {
  const { stack, verdicts, preview, source } = evidence;
  const counts = ruleVerdicts
    .filter((verdict) => verdicts[verdict] > 0)
    .map((verdict) => `${verdicts[verdict]} ${verdictWords[verdict].word}`);
  const lines = [
    `Evidence of ${stack}: ${counts.join(", ")}.`,
    ...(preview.ok ? [] : ["An update would be refused."]),
    ...(preview.chartsNotRendered.length === 0
      ? []
      : [`${preview.chartsNotRendered.length} charts and manifests were not rendered; no rule saw their objects.`]),
    ...(source.tree === "changed" ? ["The files are not those of the commit."] : []),
    path.join(out, "index.html"),
  ];
  return `${lines.join("\n")}\n`;
}

/** What goes to standard output. Throws what keeps evidence from being made. */
export async function run(args: readonly string[], options: MakeOptions): Promise<string> {
  const { values, positionals } = parse(args);
  if (values.help) return `${usage}\n`;
  const [stack, ...more] = positionals;
  if (stack === undefined || more.length > 0) throw new UsageError(usage);
  // What is wrong with the stack or the folder is said before a preview is waited for.
  loadEnvironment(stack);
  const out = path.resolve(values.out ?? `evidence-${stack}`);
  checkFolder(out, values.force === true);
  const bundle = await makeBundle(stack, options);
  await writeBundle(bundle, out);
  return values.json ? bundle.files.get(own)! : told(bundle.evidence, path.relative(process.cwd(), out) || ".");
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: "string" },
        force: { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}

if (require.main === module) {
  runCommand(
    async () => {
      process.stdout.write(await run(process.argv.slice(2), { progress: new Progress() }));
      return 0;
    },
    { failed: 2 },
  );
}
