import { parseArgs } from "node:util";
import { runCommand, UsageError } from "./command";
import { findControlPlane } from "./control-plane";
import { Progress } from "./progress";
import { rehearse } from "./rehearse";
import { formatReport } from "./report";
import { tearDown } from "./tear-down";
import { Workspace } from "./workspace";

const usage = `usage: npm start                                   rehearse the stack \`local\` and show what stands
       npm run -s rehearse -- <stack> [--json]     rehearse any stack of stacks/
       npm run down [-- <stack>] [--force]         destroy it and end everything it started
       npm run -s env -- <stack>                   print the variables for a shell of your own`;

async function main(): Promise<number> {
  const [, , command, ...rest] = process.argv;
  const { values, positionals } = parse(rest);
  const progress = new Progress();
  switch (command) {
    case "start":
    case "rehearse": {
      const stack = positionals[0] ?? (command === "start" ? "local" : undefined);
      if (!stack) throw new UsageError("which stack? For example: npm run -s rehearse -- local");
      const report = await rehearse(stack, { progress });
      process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : formatReport(report));
      if (!values.json && report.ok) process.stdout.write(closing(stack));
      return report.ok ? 0 : 1;
    }
    case "down": {
      const stack = positionals[0] ?? "local";
      const was = await tearDown(stack, { progress, force: values.force });
      process.stdout.write(was ? `${stack} is gone.\n` : `${stack} does not stand; nothing to do.\n`);
      return 0;
    }
    case "env": {
      const stack = positionals[0] ?? "local";
      const workspace = new Workspace(stack);
      const plane = await findControlPlane(workspace.controlPlane);
      if (!plane)
        throw new Error(`${stack} does not stand: bring it up with npm run rehearse -- ${stack}, then ask again.`);
      plane.client.close();
      const variables: Record<string, string> = { ...workspace.variables(), PATH: `${workspace.file("bin")}:$PATH` };
      for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}="${value}"\n`);
      return 0;
    }
    default:
      throw new UsageError(`unknown command "${command ?? ""}"`);
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: "boolean" }, force: { type: "boolean" } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const closing = (
  stack: string,
) => `  look around:  eval "$(npm run -s env -- ${stack})"   then pulumi and helm as usual, and kubectl if you have it
  take it down: npm run down${stack === "local" ? "" : ` -- ${stack}`}

`;

runCommand(main, { usage, failed: 1 });
