import { rm } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { interruptEngines } from "../rehearsal/engine";
import { Progress } from "../rehearsal/progress";
import { rehearse } from "../rehearsal/rehearse";
import { tearDown } from "../rehearsal/tear-down";
import { rehearsals } from "../rehearsal/workspace";
import { gpuShortage } from "./gpu-shortage";
import type { Check, Scenario } from "./scenario";
import { sovereignViolation } from "./sovereign-violation";

/** Every scenario there is, in the order in which `--all` runs them. */
export const scenarios: readonly Scenario[] = [gpuShortage, sovereignViolation];

export interface ScenarioResult {
  readonly scenario: string;
  readonly holds: boolean;
  readonly checks: readonly Check[];
  readonly seconds: number;
}

/** Plays a scenario in rehearsals of its own, which are gone afterwards. The user's own rehearsal is not touched. */
export async function play(scenario: Scenario, progress: Progress): Promise<ScenarioResult> {
  const started = Date.now();
  // No stack can have this name, so it is nobody's folder.
  const base = path.join(rehearsals(), ".scenarios", scenario.name);
  try {
    progress.step(`given: ${scenario.given}`);
    const before = await rehearse(scenario.given, { progress, base });
    if (!before.ok)
      throw new Error(`${scenario.given} does not stand, so the story cannot begin:\n${before.errors.join("\n")}`);
    progress.step(`when: ${scenario.when.title}`);
    const after = await rehearse(scenario.given, { progress, base, change: scenario.when.change });
    const checks = scenario.expect(before, after);
    return {
      scenario: scenario.name,
      holds: checks.every((check) => check.holds),
      checks,
      seconds: (Date.now() - started) / 1000,
    };
  } finally {
    // The world of a story ends with it; there is nothing in it that a destroy would have to reach.
    await tearDown(scenario.given, { progress, base, force: true });
    await rm(base, { recursive: true, force: true });
  }
}

function format(scenario: Scenario, result: ScenarioResult): string {
  const lines = [
    "",
    `${scenario.name}: ${scenario.title}`,
    `  given  ${scenario.given} stands`,
    `  when   ${scenario.when.title}`,
    ...result.checks.map(
      (check, index) =>
        `  ${index === 0 ? "then " : "     "}  ${check.holds ? "✔" : "✘"} ${check.that}${check.holds ? "" : `\n           saw: ${check.saw}`}`,
    ),
    `  ${result.holds ? "holds" : "does not hold"} (${Math.round(result.seconds)} s)`,
    "",
  ];
  return lines.join("\n");
}

const usage = "usage: npm run -s scenario -- --list | <name> ... | --all   [--json]";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { list: { type: "boolean" }, all: { type: "boolean" }, json: { type: "boolean" } },
  });
  const print = (value: unknown, text: string) =>
    process.stdout.write(values.json ? `${JSON.stringify(value)}\n` : text);
  if (values.list) {
    const width = Math.max(...scenarios.map((scenario) => scenario.name.length));
    print(
      scenarios.map(({ name, title, given }) => ({ name, title, given })),
      scenarios.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join(""),
    );
    return 0;
  }
  const unknown = positionals.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    throw new Error(`there is no scenario "${unknown}"; there are: ${scenarios.map(({ name }) => name).join(", ")}`);
  }
  const chosen = values.all ? scenarios : scenarios.filter(({ name }) => positionals.includes(name));
  if (chosen.length === 0) throw new Error(usage);
  const results: ScenarioResult[] = [];
  for (const scenario of chosen) {
    const result = await play(scenario, new Progress());
    results.push(result);
    if (!values.json) process.stdout.write(format(scenario, result));
  }
  if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  return results.every((result) => result.holds) ? 0 : 1;
}

if (require.main === module) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interruptEngines);
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
