import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root as ownRoot } from "../rehearsal/workspace";
import { environmentFiles } from "../stacks/load";

/** An environment that a change touches, and the files by which it does. */
export interface ChangedStack {
  readonly stack: string;
  readonly files: readonly string[];
}

const configKey = "ai-platform:environment";

/** What can change no environment: words, tests, and programs that only look at environments. */
const harmless: readonly RegExp[] = [
  /\.md$/,
  /(^|\/)LICENSE$/,
  /\.test\.ts$/,
  /^(docs|bench|scenarios|gate|evidence|ci|\.github)\//,
  /^(\.gitlab-ci\.yml|\.gitignore|biome\.json|vitest\.config\.mts)$/,
];

/** A stack file or a table, which only the stacks that name it depend on. */
const ofStacks = /^stacks\/(Pulumi\..+\.yaml|.+\.csv)$/;

/** What stack names are made of; any other file of `stacks/` is nobody's environment. */
const stackFile = /^Pulumi\.([A-Za-z0-9][-_.A-Za-z0-9]*)\.yaml$/;

/**
 * The environments that changed with `files`, which are relative to the repository. A stack's file changes it, the stacks
 * that extend it, and the stacks of teams on any of them; a table changes the stacks that name it. Any other file that is
 * not known to be harmless changes all of them. A stack that cannot be read counts as changed, so that the gate says why.
 */
export function changedStacks(files: readonly string[], root = ownRoot): ChangedStack[] {
  const relevant = files.filter((file) => !harmless.some((pattern) => pattern.test(file)));
  const ofAll = relevant.filter((file) => !ofStacks.test(file));
  if (relevant.length === 0) return [];
  return stacksIn(root).flatMap((stack) => {
    const own = filesOf(stack, root);
    const touching = own === undefined ? relevant : relevant.filter((file) => own.has(file));
    const because = [...new Set([...touching, ...ofAll])];
    return because.length === 0 ? [] : [{ stack, files: because }];
  });
}

const stacksIn = (root: string): string[] => {
  const folder = path.join(root, "stacks");
  return existsSync(folder)
    ? readdirSync(folder)
        .flatMap((file) => stackFile.exec(file)?.[1] ?? [])
        .sort()
    : [];
};

/** The files that say what a stack is: its own, those that it extends, its tables, and those of its platform. */
function filesOf(stack: string, root: string): ReadonlySet<string> | undefined {
  try {
    const chain = environmentFiles(stack, { root });
    const stated = chain.map((file) => parse(readFileSync(path.join(root, file), "utf8")).config[configKey]);
    const platform = stated.find(({ team }) => team?.platform !== undefined)?.team.platform;
    const below = platform === undefined ? new Set<string>() : filesOf(String(platform), root);
    return below && new Set([...chain, ...stated.flatMap(tablesIn).map((table) => `stacks/${table}`), ...below]);
  } catch {
    return undefined;
  }
}

/** The tables that an environment names, wherever in it. */
function tablesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === "table" && typeof field === "string" ? [field] : tablesIn(field),
  );
}
