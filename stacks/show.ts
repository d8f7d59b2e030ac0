import { stringify } from "yaml";
import { EnvironmentError, environmentFiles, loadEnvironment } from "./load";

const usage = `Usage: npm run -s show -- <stack> [--json]

Prints the environment of a stack as it is resolved: its file over those that it extends, defaults filled in.`;

/** Returns what goes to standard output and standard error, and the exit code. */
export function show(args: readonly string[], root?: string): { out: string; error: string; code: number } {
  const json = args.includes("--json");
  const rest = args.filter((argument) => argument !== "--json");
  if (rest.includes("--help") || rest.includes("-h")) {
    return { out: `${usage}\n`, error: "", code: 0 };
  }
  const stack = rest[0];
  if (stack === undefined || rest.length > 1 || stack.startsWith("-")) {
    return { out: "", error: `${usage}\n`, code: 1 };
  }
  try {
    const environment = loadEnvironment(stack, { root });
    if (json) {
      return { out: `${JSON.stringify(environment, null, 2)}\n`, error: "", code: 0 };
    }
    const files = environmentFiles(stack, { root }).join(" over ");
    return { out: `# ${files}\n${stringify(environment, { aliasDuplicateObjects: false })}`, error: "", code: 0 };
  } catch (error) {
    if (error instanceof EnvironmentError) {
      return { out: "", error: `${error.message}\n`, code: 1 };
    }
    throw error;
  }
}

if (require.main === module) {
  const { out, error, code } = show(process.argv.slice(2));
  process.stdout.write(out);
  process.stderr.write(error);
  process.exitCode = code;
}
