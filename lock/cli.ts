import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Lock, lockFile, readLock } from "../catalog/lock";
import { ReleaseSource } from "../rehearsal/mirror/source";
import { Progress } from "../rehearsal/progress";
import { ensureTools } from "../rehearsal/toolchain";
import { loadEnvironment } from "../stacks/load";
import { catalog, changesOf, type LockChange, resolveLock, type Unresolved, type Wanted } from "./resolve";

const usage = `usage: npm run -s catalog:lock -- [--stack <stack>] [--partial] [--check] [--json]

Writes catalog/lock.json: the digest of every image and the hash of every chart and manifest of the catalog, as their
publishers have them now.

  --stack <stack>  ask the mirror of this stack instead of the publishers
  --partial        write what could be resolved, and leave out the rest; without it one failure writes nothing
  --check          write nothing; fail where the lock file differs from what is there
  --json           what was found, as JSON`;

export class UsageError extends Error {}

export interface LockOptions {
  readonly stack?: string;
  readonly partial?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

export interface LockResult {
  readonly code: number;
  readonly out: string;
  readonly changes: readonly LockChange[];
  readonly unresolved: readonly Unresolved[];
}

/** Does what the command line says. `file` and `wanted` are the catalog's own by default. */
export async function updateLock(
  { stack, partial, check, json }: LockOptions,
  progress: Progress,
  file = lockFile,
  wanted: Wanted = catalog,
): Promise<LockResult> {
  const mirror = stack === undefined ? {} : loadEnvironment(stack).mirror;
  const before = readLock(file);
  const { helm } = await ensureTools(["helm"]);
  // Nothing that was fetched before: a lock says what is there now.
  const keep = mkdtempSync(path.join(tmpdir(), "lock-"));
  try {
    const source = new ReleaseSource({ helm: helm!.path, keep, env: process.env, locked: undefined });
    const today = new Date().toISOString().slice(0, 10);
    const { lock, unresolved } = await resolveLock(wanted, mirror, source, today, (done, of) =>
      progress.step(`${done} of ${of} resolved`),
    );
    progress.done();
    const changes = changesOf(before, lock);
    const writes = !check && (unresolved.length === 0 || partial === true) && changes.length > 0;
    if (writes) write(file, lock);
    const code = unresolved.length > 0 && !partial ? 1 : check && changes.length > 0 ? 1 : 0;
    const out = json
      ? `${JSON.stringify({ file, written: writes, changes, unresolved })}\n`
      : format(file, before, changes, unresolved, writes);
    return { code, out, changes, unresolved };
  } finally {
    rmSync(keep, { recursive: true, force: true });
  }
}

function write(file: string, lock: Lock): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(lock, null, 2)}\n`);
  renameSync(draft, file);
}

function format(
  file: string,
  before: Lock | undefined,
  changes: readonly LockChange[],
  unresolved: readonly Unresolved[],
  written: boolean,
): string {
  const lines = [
    ...changes.map(({ what, before: was, after }) => {
      if (was === undefined) return `+ ${what} ${after}`;
      return after === undefined ? `- ${what} ${was}` : `~ ${what} ${was} -> ${after}`;
    }),
    ...unresolved.map(({ what, why }) => `! ${what}: ${why}`),
  ];
  const name = path.relative(process.cwd(), file);
  const result = written
    ? `${name} is written.`
    : changes.length === 0 && before !== undefined
      ? `${name} is as it should be.`
      : unresolved.length > 0
        ? `${unresolved.length} could not be resolved, so nothing is written; --partial writes the others.`
        : `${name} is not written.`;
  return [...lines, result, ""].join("\n");
}

function parse(args: string[]): LockOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        stack: { type: "string" },
        partial: { type: "boolean" },
        check: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function main(): Promise<number> {
  if (process.argv.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const { out, code } = await updateLock(parse(process.argv.slice(2)), new Progress());
  process.stdout.write(out);
  return code;
}

if (require.main === module) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${usage}\n` : ""}`);
      process.exitCode = 2;
    },
  );
}
