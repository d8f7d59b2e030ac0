import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { ControlPlaneClient } from "./client";
import type { KaiBinaries } from "./kai";
import type { KarpenterOptions } from "./karpenter";
import { ensurePki } from "./pki";
import type { Binaries } from "./processes";
import { type SupervisorSpec, type SupervisorState, specFile, stateFile } from "./supervisor";

export { ApiError, ControlPlaneClient, type KubeObject } from "./client";
export type { Binaries } from "./processes";

export interface ControlPlaneOptions {
  /** Where everything of this control plane lives; nothing outside it is written. */
  readonly folder: string;
  readonly binaries: Binaries;
  /** Names under which the kubeconfig offers the cluster; the first is current. */
  readonly contexts: readonly string[];
  /** KAI's programs; without them a profile of kube-scheduler answers to its name. */
  readonly kai?: KaiBinaries;
  /** Karpenter, where some pool's nodes are its to make. */
  readonly karpenter?: KarpenterOptions;
  /** Path of LeaderWorkerSet's controller, where something is to be made of LeaderWorkerSets. */
  readonly lws?: string;
}

export interface ControlPlane {
  readonly folder: string;
  readonly server: string;
  /** Path of the kubeconfig with cluster-admin rights. */
  readonly kubeconfig: string;
  /** As the super-admin. Close it with `detach` or `stop`. */
  readonly client: ControlPlaneClient;
  /** Process id of the supervisor. */
  readonly pid: number;
  /** Whether it was running before. */
  readonly reused: boolean;
  /** Lets the control plane outlive this process. */
  keep(): void;
  /** Lets go of it: ends its processes unless it is kept or ran before. */
  leave(): Promise<void>;
  /** Ends every process of it. The data stay. */
  stop(): Promise<void>;
}

/**
 * Brings a real etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK up in `folder`, or finds those
 * that run there. Unless `keep` is called, all of it ends with this process, even when that is killed.
 *
 * @throws Error with the last lines of the log where a process does not come up.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = path.resolve(options.folder);
  const { binaries, kai, karpenter, lws, contexts } = options;
  const spec: SupervisorSpec = { binaries, kai, karpenter, lws, contexts };
  const same = JSON.stringify(readJson(folder, specFile)) === JSON.stringify(spec);
  const running = same ? await findControlPlane(folder) : undefined;
  if (running) return running;
  await stopControlPlane(folder);

  await mkdir(path.join(folder, "logs"), { recursive: true, mode: 0o700 });
  await writeFile(path.join(folder, specFile), JSON.stringify(spec));
  const log = openSync(path.join(folder, "logs", "supervisor.log"), "a", 0o600);
  const child = spawn(
    process.execPath,
    ["--require", require.resolve("tsx/cjs"), path.join(__dirname, "supervisor.ts"), folder],
    {
      stdio: ["pipe", "pipe", log],
      detached: true,
    },
  );
  closeSync(log);
  const state = await firstLine(child);
  let kept = false;
  const attached = await attach(folder, state, false);
  // The pipe alone must not keep this process alive: whoever forgets to keep or stop ends the control plane.
  for (const stream of [child.stdin, child.stdout] as unknown as { unref?(): void }[]) stream?.unref?.();
  child.unref();
  return {
    ...attached,
    keep() {
      if (kept) return;
      kept = true;
      child.stdin?.write("keep\n", () => child.stdin?.destroy());
    },
    leave: async () => (kept ? attached.client.close() : attached.stop()),
  };
}

/** The control plane that runs in `folder`, if one does and answers. */
export async function findControlPlane(folder: string): Promise<ControlPlane | undefined> {
  const state = readState(folder);
  if (!state || !isSupervisor(state.pid, folder)) return undefined;
  const found = await attach(folder, state, true);
  try {
    await found.client.request("GET", "/readyz", undefined, undefined, 5000);
    return found;
  } catch {
    found.client.close();
    return undefined;
  }
}

/** Ends whatever runs in `folder`, left over from a crash or not. Returns whether anything ran. */
export async function stopControlPlane(folder: string): Promise<boolean> {
  const state = readState(folder);
  if (!state) return false;
  let ran = false;
  if (isSupervisor(state.pid, folder)) {
    ran = true;
    await end(state.pid, () => isSupervisor(state.pid, folder), 30_000);
  }
  for (const pid of Object.values(state.processes)) {
    const ours = () => commandOf(pid).includes(folder);
    if (ours()) {
      ran = true;
      await end(pid, ours, 8_000);
    }
  }
  await rm(path.join(folder, stateFile), { force: true });
  return ran;
}

async function attach(folder: string, state: SupervisorState, reused: boolean): Promise<ControlPlane> {
  const pki = await ensurePki(path.join(folder, "pki"));
  const client = await ControlPlaneClient.open(state.server, pki, "super-admin");
  return {
    folder,
    server: state.server,
    kubeconfig: path.join(folder, "kubeconfig"),
    client,
    pid: state.pid,
    reused,
    keep() {},
    leave: async () => client.close(),
    async stop() {
      client.close();
      await stopControlPlane(folder);
    },
  };
}

function firstLine(child: ChildProcess): Promise<SupervisorState> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! });
    lines.once("line", (line) => {
      const answer = JSON.parse(line);
      if (answer.error) reject(new Error(answer.error));
      else resolve(answer.state);
      lines.close();
    });
    child.once("exit", (code) =>
      reject(new Error(`the control plane's supervisor ended with exit code ${code}; see supervisor.log`)),
    );
  });
}

async function end(pid: number, alive: () => boolean, withinMs: number): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(pid, name);
    } catch {
      // Gone between the look and the signal.
    }
  };
  signal("SIGTERM");
  const deadline = Date.now() + withinMs;
  while (alive()) {
    if (Date.now() > deadline) {
      signal("SIGKILL");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The command line of a process, empty when it is gone (or only waits to be reaped). */
function commandOf(pid: number): string {
  try {
    const line = execFileSync("ps", ["-o", "stat=,command=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return line.trimStart().startsWith("Z") ? "" : line;
  } catch {
    return "";
  }
}

const isSupervisor = (pid: number, folder: string) => {
  const command = commandOf(pid).trimEnd();
  return command.includes("supervisor.ts") && command.endsWith(folder);
};

function readJson<T>(folder: string, name: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, name), "utf8"));
  } catch {
    return undefined;
  }
}

const readState = (folder: string) => readJson<SupervisorState>(folder, stateFile);
