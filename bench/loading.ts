import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root } from "../rehearsal/workspace";
import type { Context, Measurement } from "./case";
import { timed } from "./statistics";

const repetitions = 3;

/** What a module imports, in order. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(/^import\s[^"']*["']([^"']+)["']/gm)].map((match) => match[1]!);
}

const load = (modules: readonly string[]) => modules.map((name) => `require(${JSON.stringify(name)})`).join(";");

/** How long node takes to load what the program imports, by itself: no engine, nothing made. */
export async function loading({ children, signal }: Context): Promise<Measurement> {
  const { main, runtime } = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));
  const nodeArguments = String(runtime.options.nodeargs ?? "")
    .split(" ")
    .filter(Boolean);
  const modules = importsOf(readFileSync(path.join(root, main), "utf8"));
  const seconds = async (args: string[]) => {
    signal.throwIfAborted();
    return (await timed(() => children.run(process.execPath, args, { cwd: root }))).seconds;
  };
  const ours: number[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < repetitions; turn++) {
    ours.push(await seconds([...nodeArguments, "-e", load(modules)]));
    bare.push(await seconds(["-e", load(["@pulumi/pulumi", "@pulumi/kubernetes/provider"])]));
  }
  return {
    name: "program loaded",
    unit: "s",
    ours,
    bare: { is: "@pulumi/pulumi and @pulumi/kubernetes/provider", values: bare },
  };
}
