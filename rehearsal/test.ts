import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Progress } from "./progress";
import { obtainTools } from "./rehearse";
import { root } from "./workspace";

/**
 * `npm test`: format, lint, types, then every test; arguments go to vitest. The last line counts what passed, failed
 * and was skipped, and what was skipped is named.
 */

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function run(name: string, args: readonly string[], cwd = root): boolean {
  const result = spawnSync(path.join(root, "node_modules", ".bin", name), args, { cwd, stdio: "inherit" });
  if (result.error) process.stderr.write(`${name} could not be started: ${result.error.message}\n`);
  return result.status === 0;
}

async function main(): Promise<number> {
  const filters = process.argv.slice(2);
  const whole = filters.length === 0;
  if (whole && !(run("biome", ["ci", "--error-on-warnings", "."]) && run("tsc", ["--noEmit"]))) return 1;
  // Those that only some environments need, too: a whole run has such environments, and a test should not have to build.
  await obtainTools(new Progress(), whole ? ["karpenter", "lws", "endpoint-picker"] : []);

  const folder = mkdtempSync(path.join(tmpdir(), "vitest-"));
  const file = path.join(folder, "report.json");
  try {
    const ok = run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...filters]);
    const report: VitestReport = JSON.parse(readFileSync(file, "utf8"));
    const skipped = report.testResults.flatMap((suite) =>
      suite.assertionResults
        .filter((test) => !["passed", "failed"].includes(test.status))
        .map((test) => `${path.relative(root, suite.name)}: ${test.fullName}`),
    );
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    const mayNotSkip = skipped.length > 0 && process.env.CI !== undefined;
    if (mayNotSkip) process.stdout.write("in CI no test may be skipped\n");
    const failed = report.numFailedTests + (report.numFailedTests === 0 && !ok ? 1 : 0);
    process.stdout.write(`${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped\n`);
    return ok && !mayNotSkip ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
