import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ChartWebhooks } from "./chart-webhooks";
import { ControlPlaneClient } from "./client";
import { startDynamo } from "./dynamo";
import { grant } from "./grant";
import { startGrove } from "./grove";
import { type KaiBinaries, type KaiName, kaiCommandLines } from "./kai";
import type { KarpenterOptions } from "./karpenter";
import { writeKubeconfig } from "./kubeconfig";
import { lwsCommandLine, lwsWebhooks } from "./lws";
import { NodeDrivers } from "./node-drivers";
import { kubeletVersion } from "./node-object";
import { ensurePki, type IdentityName, type Pki } from "./pki";
import { freePorts, isListening } from "./ports";
import { type Binaries, commandLines, files, type Ports, type ProcessName, schedulerConfiguration } from "./processes";
import { kwokConfiguration } from "./stages";
import { Volumes } from "./volumes";

/**
 * The process that owns a control plane. It is started with a folder as its only argument and holds every other
 * process as its child. Until it reads `keep` on standard input it lives no longer than whoever started it: standard
 * input is a pipe, and a closed pipe means that the starter is gone, however it went.
 */

export interface SupervisorSpec {
  readonly binaries: Binaries;
  /** KAI's programs, where there are any. */
  readonly kai?: KaiBinaries;
  /** Karpenter and what it can buy, where some nodes are its to make. */
  readonly karpenter?: KarpenterOptions;
  /** LeaderWorkerSet's controller, where something is to be made of LeaderWorkerSets. */
  readonly lws?: string;
  readonly contexts: readonly string[];
}

export interface SupervisorState {
  readonly pid: number;
  readonly server: string;
  readonly ports: Ports;
  readonly processes: Partial<Record<ProgramName, number>>;
}

type ProgramName = ProcessName | KaiName | "karpenter" | "lws";

export const specFile = "supervisor.json";
export const stateFile = "control-plane.json";

/** Waits this long, in milliseconds, for a server to answer and for each process to end. */
const readyWithin = 60_000;
const endWithin = 5_000;
/** How long, in milliseconds, a program of KAI, Karpenter or LeaderWorkerSet's that ended stays down. */
const restartAfter = 1_000;

const portsFile = "ports.json";

/** The ports of last time; none where there was none. */
function readPorts(folder: string): number[] {
  try {
    return JSON.parse(readFileSync(path.join(folder, portsFile), "utf8"));
  } catch {
    return [];
  }
}

/**
 * Runs a command that ends with the supervisor even when that is killed outright: file descriptor 3 is the read end of
 * a pipe whose only writer is the supervisor. Node has no way to ask the kernel for a parent-death signal.
 */
const tether = `
exec 3<&0 </dev/null
"$@" 3<&- & child=$!
( read -r _ <&3; kill -TERM $child; sleep 5; kill -KILL $child ) 2>/dev/null & watch=$!
exec 3<&-
trap 'kill -TERM $child' TERM INT
wait $child; code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
kill -KILL $watch 2>/dev/null
exit $code
`;

class Supervisor {
  private readonly children = new Map<ProgramName, ChildProcess>();
  private drivers: NodeDrivers | undefined;
  private chartWebhooks: ChartWebhooks | undefined;
  private volumes: Volumes | undefined;
  private operators: readonly { stop(): void }[] = [];
  private ending = false;

  constructor(
    private readonly folder: string,
    private readonly spec: SupervisorSpec,
  ) {}

  async start(): Promise<SupervisorState> {
    await mkdir(path.join(this.folder, "logs"), { recursive: true });
    const pki = await ensurePki(path.join(this.folder, "pki"));
    const names = [
      "etcd",
      "etcdPeer",
      "apiserver",
      "controllerManager",
      "scheduler",
      "kai",
      "kaiPlugins",
      "lws",
    ] as const;
    // Those of last time, if they are free: a made cluster's address is in the state of its stack.
    const free = await freePorts(names.length, readPorts(this.folder));
    await writeFile(path.join(this.folder, portsFile), JSON.stringify(free));
    const ports = Object.fromEntries(names.map((name, index) => [name, free[index]])) as unknown as Ports;
    const server = `https://127.0.0.1:${ports.apiserver}`;
    const kubeconfig = (name: string) => path.join(this.folder, files.kubeconfig(name));
    for (const identity of ["controller-manager", "scheduler", "kwok", "kai", "karpenter", "lws"] as IdentityName[]) {
      await writeKubeconfig(kubeconfig(identity), server, pki, identity, ["rehearsal"]);
    }
    await writeKubeconfig(path.join(this.folder, "kubeconfig"), server, pki, "admin", this.spec.contexts);
    await writeFile(
      path.join(this.folder, files.schedulerConfig),
      schedulerConfiguration(this.folder, this.spec.kai !== undefined),
    );
    await writeFile(path.join(this.folder, files.kwokConfig), kwokConfiguration());

    const commands = commandLines(this.folder, pki, ports, this.spec.lws !== undefined);
    const start = (name: ProcessName) => this.spawn(name, this.spec.binaries[name], commands[name]);
    start("etcd");
    start("kube-apiserver");
    this.record(server, ports);
    const client = await ControlPlaneClient.open(server, pki, "super-admin");
    await this.ready(client);
    await grant(client);
    // Before anything makes pods: those of a LeaderWorkerSet are nothing without what its webhook adds.
    if (this.spec.lws) await this.startLws(this.spec.lws, client, kubeconfig("lws"), pki, ports.lws);
    start("kube-controller-manager");
    start("kube-scheduler");
    start("kwok");
    for (const [name, args] of Object.entries(kaiCommandLines(ports)) as [KaiName, string[]][]) {
      if (this.spec.kai) this.spawn(name, this.spec.kai[name], args, { KUBECONFIG: kubeconfig("kai") });
    }
    if (this.spec.karpenter) await this.startKarpenter(this.spec.karpenter, client, kubeconfig("karpenter"));
    this.volumes = new Volumes(client);
    this.volumes.start();
    // Each waits in silence until there is something of its kind.
    this.operators = [startDynamo(client), startGrove(client)];
    return this.record(server, ports);
  }

  private async startKarpenter(karpenter: KarpenterOptions, client: ControlPlaneClient, kubeconfig: string) {
    const instanceTypes = path.join(this.folder, files.instanceTypes);
    await writeFile(instanceTypes, JSON.stringify(karpenter.instanceTypes));
    this.spawn("karpenter", karpenter.binary, [`--instance-types-file-path=${instanceTypes}`], {
      KUBECONFIG: kubeconfig,
      KUBELET_VERSION: kubeletVersion(karpenter.kubernetesVersion),
    });
    this.drivers = new NodeDrivers(client, karpenter.devices);
    this.drivers.start();
  }

  /** Starts it and waits until its webhooks answer: the API server refuses LeaderWorkerSets while they do not. */
  private async startLws(lws: string, client: ControlPlaneClient, kubeconfig: string, pki: Pki, port: number) {
    this.chartWebhooks = new ChartWebhooks(client);
    this.chartWebhooks.start();
    for (const [path, object] of lwsWebhooks(port, readFileSync(pki.ca, "utf8"))) {
      await client.apply(path, object, { fieldManager: "rehearsal" });
    }
    this.spawn("lws", lws, lwsCommandLine(pki, port), { KUBECONFIG: kubeconfig });
    const deadline = Date.now() + readyWithin;
    while (!(await isListening(port))) {
      if (Date.now() > deadline || this.ending) {
        throw new Error(
          `LeaderWorkerSet's webhooks did not answer within ${readyWithin / 1000} s\n${this.tail("lws")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends the processes, those that talk to others before those that are talked to: an API server drains for long once etcd is gone. */
  async end(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    this.drivers?.stop();
    this.chartWebhooks?.stop();
    this.volumes?.stop();
    for (const operator of this.operators) operator.stop();
    const servers: readonly string[] = ["kube-apiserver", "etcd"];
    await Promise.all(
      [...this.children.keys()].filter((name) => !servers.includes(name)).map((name) => this.endChild(name)),
    );
    await this.endChild("kube-apiserver");
    await this.endChild("etcd");
  }

  private async endChild(name: ProgramName): Promise<void> {
    const child = this.children.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    // Closing the tether makes the shell kill the process after its grace period; that is the last resort.
    const last = setTimeout(() => child.stdin?.end(), endWithin);
    await gone;
    clearTimeout(last);
  }

  /** `environment` is for a program that is not part of every control plane, which may end and is then started again. */
  private spawn(
    name: ProgramName,
    binary: string,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): void {
    const log = openSync(path.join(this.folder, "logs", `${name}.log`), "a", 0o600);
    const child = spawn("/bin/sh", ["-c", tether, "tether", binary, ...args], {
      stdio: ["pipe", log, log],
      cwd: this.folder,
      // Nothing of the user's environment reaches the control plane: no kubeconfig, no cloud credentials, no proxy.
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        TMPDIR: process.env.TMPDIR,
        ...environment,
      },
    });
    closeSync(log);
    child.stdin?.on("error", () => {});
    this.children.set(name, child);
    child.once("exit", (code, signal) => {
      if (this.ending) return;
      if (environment) {
        // Some end while their custom resources are not defined yet, which the first update does.
        setTimeout(() => {
          if (!this.ending) this.spawn(name, binary, args, environment);
        }, restartAfter);
        return;
      }
      process.stderr.write(`${name} ended by itself (${signal ?? `exit code ${code}`})\n`);
      // Half a control plane only confuses: the rest ends too, the data stay, and the next start begins from them.
      void this.end().then(() => process.exit(1));
    });
  }

  private async ready(client: ControlPlaneClient): Promise<void> {
    const deadline = Date.now() + readyWithin;
    let last = "no answer yet";
    while (Date.now() < deadline && !this.ending) {
      try {
        await client.request("GET", "/readyz", undefined, undefined, 2000);
        return;
      } catch (error) {
        last = (error as Error).message;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error(
      `the API server was not ready within ${readyWithin / 1000} s: ${last}\n${this.tail("kube-apiserver")}`,
    );
  }

  private tail(name: ProgramName): string {
    const file = path.join(this.folder, "logs", `${name}.log`);
    try {
      return `last lines of ${file}:\n${readFileSync(file, "utf8").trimEnd().split("\n").slice(-5).join("\n")}`;
    } catch {
      return `(no log at ${file})`;
    }
  }

  private record(server: string, ports: Ports): SupervisorState {
    const processes = Object.fromEntries([...this.children].map(([name, child]) => [name, child.pid]));
    const state: SupervisorState = { pid: process.pid, server, ports, processes };
    const file = path.join(this.folder, stateFile);
    writeFileSync(`${file}.new`, JSON.stringify(state, null, 2));
    renameSync(`${file}.new`, file);
    return state;
  }
}

async function main(folder: string): Promise<void> {
  const spec: SupervisorSpec = JSON.parse(readFileSync(path.join(folder, specFile), "utf8"));
  const supervisor = new Supervisor(folder, spec);
  const leave = (code: number) => void supervisor.end().then(() => process.exit(code));
  process.on("SIGTERM", () => leave(0));
  process.on("SIGINT", () => leave(0));
  process.on("SIGHUP", () => {});
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});

  let kept = false;
  process.stdin.on("data", (data) => {
    kept ||= data.toString().includes("keep");
  });
  const starterGone = () => {
    if (!kept) leave(0);
  };
  process.stdin.on("end", starterGone);
  process.stdin.on("error", starterGone);

  try {
    const state = await supervisor.start();
    process.stdout.write(`${JSON.stringify({ state })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`);
    leave(1);
  }
}

if (require.main === module || process.argv[1] === __filename) void main(process.argv[2] ?? "");
