import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Binaries, startControlPlane } from ".";

/** A control plane for tests: the one that the test run started for all of them, else one of its own. */
export async function sharedControlPlane(): Promise<{ kubeconfig: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "rehearsal-test-"));
  const names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
  const binaries = Object.fromEntries(names.map((name) => [name, `/tmp/tools/${name}`])) as unknown as Binaries;
  const plane = await startControlPlane({ folder, binaries, contexts: ["platform-local"] });
  return {
    kubeconfig: plane.kubeconfig,
    async stop() {
      await plane.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
