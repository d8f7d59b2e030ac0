import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { type ControlPlaneClient, findControlPlane } from "../../control-plane";
import type { ControlPlaneAccess } from "./kind";

/** A rehearsal's control plane as the simulated clouds need it: what clusters answer with, and a client for nodes. */
export interface RehearsalControlPlane extends ControlPlaneAccess {
  readonly client: ControlPlaneClient;
}

/** Finds the control plane that runs in a rehearsal's folder; undefined when none does. */
export async function controlPlaneOf(folder: string): Promise<RehearsalControlPlane | undefined> {
  const found = await findControlPlane(path.join(folder, "control-plane"));
  if (!found) return undefined;
  // A simulated cloud talks to this machine alone, whatever the folder says.
  if (new URL(found.server).hostname !== "127.0.0.1") {
    throw new Error(`the control plane in ${folder} says to be at ${found.server}; one at 127.0.0.1 was expected`);
  }
  const kubeconfig = parse(await readFile(found.kubeconfig, "utf8"));
  return {
    endpoint: found.server,
    certificateAuthority: kubeconfig.clusters[0].cluster["certificate-authority-data"],
    client: found.client,
  };
}

/** Finds once, unless nothing was found. */
export function remembering<T>(find: () => Promise<T | undefined>): () => Promise<T | undefined> {
  let found: Promise<T | undefined> | undefined;
  return async () => {
    found ??= find();
    const value = await found;
    if (value === undefined) found = undefined;
    return value;
  };
}
