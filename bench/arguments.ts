import { parseArgs } from "node:util";
import type { Case } from "./case";

export interface Arguments {
  /** Names of the cases to run, in the table's order. */
  readonly cases: readonly string[];
  readonly json: boolean;
  readonly repeat: number;
  readonly cold: boolean;
}

/** Arguments that make no sense. The message ends with how to call it. */
export class UsageError extends Error {
  override name = "UsageError";
}

type Entry = Pick<Case, "name" | "title" | "byDefault">;

function usage(table: readonly Entry[]): string {
  const width = Math.max(...table.map(({ name }) => name.length));
  return [
    "usage: npm run bench [-- [<case> ...] [--repeat <times>] [--cold] [--json]]",
    ...table.map(
      ({ name, title, byDefault }) =>
        `  ${name.padEnd(width)}  ${title}${byDefault ? " (runs when none is named)" : ""}`,
    ),
    "  --repeat  how often updates are repeated, each time from nothing; default 1",
    "  --cold    toolchain: empty Go build cache as well",
    "  --json    one JSON object",
  ].join("\n");
}

/** @throws UsageError for an unknown case or option, or a value that cannot be. */
export function parseArguments(args: readonly string[], table: readonly Entry[]): Arguments {
  const fail = (message: string) => new UsageError(`${message}\n${usage(table)}`);
  const { values, positionals } = read(args, fail);
  const unknown = positionals.find((name) => !table.some((entry) => entry.name === name));
  if (unknown !== undefined)
    throw fail(`there is no case "${unknown}"; there are: ${table.map(({ name }) => name).join(", ")}`);
  const cases = table.filter(({ name, byDefault }) =>
    positionals.length > 0 ? positionals.includes(name) : byDefault,
  );
  const repeat = values.repeat ?? "1";
  if (!/^[1-9]\d*$/.test(repeat)) throw fail(`--repeat is "${repeat}"; expected a whole number from 1 on`);
  if (values.cold && !cases.some(({ name }) => name === "toolchain"))
    throw fail("--cold is for the case toolchain: npm run bench -- toolchain --cold");
  return {
    cases: cases.map(({ name }) => name),
    json: values.json ?? false,
    repeat: Number(repeat),
    cold: values.cold ?? false,
  };
}

function read(args: readonly string[], fail: (message: string) => UsageError) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean" }, repeat: { type: "string" }, cold: { type: "boolean" } },
    });
  } catch (error) {
    throw fail((error as Error).message);
  }
}
