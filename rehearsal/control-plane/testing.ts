import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";
import { ensureTools, type ToolName } from "../toolchain";
import { type Binaries, type ControlPlane, type ControlPlaneOptions, startControlPlane } from ".";

const names: ToolName[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];

/** The binaries of a control plane, obtained when they are not there yet. */
export async function controlPlaneBinaries(): Promise<Binaries> {
  const tools = await ensureTools(names);
  return Object.fromEntries(names.map((name) => [name, tools[name]!.path])) as unknown as Binaries;
}

/** A folder of a test's own below the system's temporary folder, its links resolved. */
export async function temporaryFolder(prefix: string): Promise<string> {
  return realpath(await mkdtemp(path.join(tmpdir(), `${prefix}-`)));
}

export interface OwnControlPlane {
  readonly kubeconfig: string;
  readonly plane: ControlPlane;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** A control plane of a test's own, for tests that stop or break it, or that need more than the shared one has. */
export async function ownControlPlane(
  extras: Pick<ControlPlaneOptions, "karpenter" | "lws"> = {},
): Promise<OwnControlPlane> {
  const folder = await temporaryFolder("control-plane");
  const plane = await startControlPlane({
    ...extras,
    folder,
    binaries: await controlPlaneBinaries(),
    contexts: ["platform-local"],
  });
  return {
    kubeconfig: plane.kubeconfig,
    plane,
    async stop() {
      await plane.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The control plane that all end-to-end tests of a run share. Use names of your own in it. */
export async function sharedControlPlane(): Promise<{ kubeconfig: string; stop(): Promise<void> }> {
  return { kubeconfig: inject("kubeconfig"), stop: async () => {} };
}
