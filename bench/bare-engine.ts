import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { installPlugins } from "../rehearsal/plugins";
import { root, Workspace } from "../rehearsal/workspace";
import type { Context } from "./case";
import { timed } from "./statistics";

/** A program that makes component resources and nothing else. */
export function program(resources: number): string {
  return `"use strict";
const { ComponentResource } = require("@pulumi/pulumi");
for (let index = 0; index < ${resources}; index++) new ComponentResource("bench:index:Component", \`component-\${index}\`);
`;
}

export interface BareEngine {
  /** Runs `pulumi up` once and gives its seconds. */
  up(): Promise<number>;
}

/**
 * The engine by itself: the same Pulumi CLI, language host and kind of state as in a rehearsal, and a program that makes
 * as many component resources as asked for. No policy pack, no resource provider. The stack is made but empty.
 */
export async function bareEngine(context: Context, folder: string, resources: number): Promise<BareEngine> {
  const { tools, children } = context;
  const workspace = new Workspace("bare", folder);
  await workspace.prepare([tools.needed.pulumi!]);
  await installPlugins(workspace, undefined, tools.optional.found, tools.optional.missing);

  const project = path.join(folder, "program");
  await mkdir(path.join(project, "node_modules", "@pulumi"), { recursive: true });
  // The SDK alone: a language host asks the engine for the plugin of every SDK that it finds.
  await symlink(
    path.join(root, "node_modules", "@pulumi", "pulumi"),
    path.join(project, "node_modules", "@pulumi", "pulumi"),
  );
  await writeFile(
    path.join(project, "Pulumi.yaml"),
    stringify({ name: "bench", main: "index.js", runtime: { name: "nodejs", options: { typescript: false } } }),
  );
  await writeFile(path.join(project, "package.json"), JSON.stringify({ name: "bench", private: true }));
  await writeFile(path.join(project, "index.js"), program(resources));

  const { PULUMI_OPTION_CONFIG_FILE: _file, PULUMI_OPTION_POLICY_PACK: _pack, ...env } = workspace.environment();
  const pulumi = (...args: string[]) =>
    children.run(workspace.file("bin", "pulumi"), [...args, "--non-interactive"], { cwd: project, env });
  await pulumi("stack", "init", "bare");
  return {
    up: async () => {
      context.signal.throwIfAborted();
      return (await timed(() => pulumi("up", "--stack", "bare", "--yes", "--color=never"))).seconds;
    },
  };
}
