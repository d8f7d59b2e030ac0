import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { type ToolName, tools } from "../catalog/tools";
import type { Tool } from "./toolchain";
import { root, type Workspace } from "./workspace";

/** Something in a rehearsal that takes the place of the real thing. Every one of them is named in the summary. */
export interface StandIn {
  /** What is missing. */
  readonly for: string;
  /** What is there instead, and what it does not do. */
  readonly is: string;
  readonly why: string;
}

interface Plugin {
  readonly tool: ToolName;
  readonly kind: "language" | "resource";
  readonly name: string;
  readonly main: string;
  readonly is: string;
}

/** The plugins of Pulumi that the blueprint needs, and what stands in for each when the official one cannot be had. */
const plugins: readonly Plugin[] = [
  {
    tool: "pulumi-language-nodejs",
    kind: "language",
    name: "nodejs",
    main: "rehearsal/providers/nodejs/main.ts",
    is: "a language host of ours that starts the official SDK's own runners; no debugger, no ts-node",
  },
  {
    tool: "pulumi-resource-kubernetes",
    kind: "resource",
    name: "kubernetes",
    main: "rehearsal/providers/kubernetes/main.ts",
    is: "a resource provider of ours that applies server-side to the real API server; no client-side apply, no Helm v3 Release",
  },
];

export const pluginTools = plugins.map((plugin) => plugin.tool);

/** Fills the rehearsal's Pulumi home with plugins: the official ones that were found, a stand-in for each other. */
export async function installPlugins(
  workspace: Workspace,
  found: readonly Tool[],
  missing: readonly { name: ToolName; reason: string }[],
): Promise<StandIn[]> {
  await rm(workspace.plugins, { recursive: true, force: true });
  const standIns: StandIn[] = [];
  for (const plugin of plugins) {
    const version = tools[plugin.tool].version.replace(/^v/, "");
    const folder = path.join(workspace.plugins, `${plugin.kind}-${plugin.name}-v${version}`);
    const file = path.join(folder, `pulumi-${plugin.kind}-${plugin.name}`);
    await mkdir(folder, { recursive: true });
    const official = found.find((tool) => tool.name === plugin.tool);
    if (official) {
      await symlink(official.path, file);
      continue;
    }
    const quoted = [process.execPath, "--require", require.resolve("tsx/cjs"), path.join(root, plugin.main)].map(
      (part) => `'${part.replace(/'/g, "'\\''")}'`,
    );
    await writeFile(file, `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`);
    await chmod(file, 0o755);
    const reason = missing.find((tool) => tool.name === plugin.tool)?.reason ?? "not looked for";
    standIns.push({ for: `${plugin.tool} ${version}`, is: plugin.is, why: reason });
  }
  return standIns;
}
