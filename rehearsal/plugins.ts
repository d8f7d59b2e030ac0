import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
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

/**
 * The clouds, which are simulated in every rehearsal, whether or not the official plugins could be had: a rehearsal makes
 * nothing that costs money.
 */
const clouds = ["aws", "gcp"] as const;

const simulatedCloud = (cloud: (typeof clouds)[number]): StandIn => ({
  for: cloud === "aws" ? "AWS" : "Google Cloud",
  is: "a simulated cloud of ours in the rehearsal's folder; inputs are checked against the SDK's declarations",
  why: "a rehearsal rents nothing",
});

export const pluginTools = plugins.map((plugin) => plugin.tool);

/**
 * Fills the rehearsal's Pulumi home with plugins: the official ones that were found, a stand-in for each other, and the
 * simulated clouds. Answers with the stand-ins that are at work for `cloud`.
 */
export async function installPlugins(
  workspace: Workspace,
  cloud: (typeof clouds)[number] | undefined,
  found: readonly Tool[],
  missing: readonly { name: ToolName; reason: string }[],
): Promise<StandIn[]> {
  await rm(workspace.plugins, { recursive: true, force: true });
  const standIns: StandIn[] = [];
  // The engine asks for the version of the SDK that the program was written with.
  const load = createRequire(path.join(workspace.checkout, "package.json"));
  const sdkVersion = (name: string): string => load(`@pulumi/${name}/package.json`).version;
  for (const plugin of plugins) {
    const version = plugin.kind === "resource" ? sdkVersion(plugin.name) : tools[plugin.tool].version.replace(/^v/, "");
    const official = found.find((tool) => tool.name === plugin.tool);
    const file = await pluginFile(workspace, plugin.kind, plugin.name, version);
    if (official) {
      await symlink(official.path, file);
      continue;
    }
    await writeProgram(file, plugin.main, []);
    const reason = missing.find((tool) => tool.name === plugin.tool)?.reason ?? "not looked for";
    standIns.push({ for: `${plugin.tool} ${version}`, is: plugin.is, why: reason });
  }
  for (const name of clouds) {
    const file = await pluginFile(workspace, "resource", name, sdkVersion(name));
    await writeProgram(file, "rehearsal/providers/cloud/main.ts", [name, workspace.folder]);
  }
  return cloud === undefined ? standIns : [...standIns, simulatedCloud(cloud)];
}

async function pluginFile(workspace: Workspace, kind: string, name: string, version: string): Promise<string> {
  const folder = path.join(workspace.plugins, `${kind}-${name}-v${version}`);
  await mkdir(folder, { recursive: true });
  return path.join(folder, `pulumi-${kind}-${name}`);
}

/** An executable that runs one of our sources. */
async function writeProgram(file: string, main: string, args: readonly string[]): Promise<void> {
  const quoted = [process.execPath, "--require", require.resolve("tsx/cjs"), path.join(root, main), ...args].map(
    (part) => `'${part.replace(/'/g, "'\\''")}'`,
  );
  await writeFile(file, `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`);
  await chmod(file, 0o755);
}
