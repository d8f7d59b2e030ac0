import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EventsService } from "@pulumi/pulumi/proto/events_grpc_pb";
import type { EventRequest } from "@pulumi/pulumi/proto/events_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { channelOptions, listen } from "./providers/serve";
import { isAlive } from "./toolchain/lock";
import type { Workspace } from "./workspace";

/** What the policy pack found wrong with a resource. */
export interface PolicyFinding {
  readonly policy: string;
  readonly level: string;
  readonly resource: string;
  readonly message: string;
}

/** How one operation of the engine went. */
export interface EngineResult {
  readonly ok: boolean;
  /** Number of resources by what was done to them: create, update, delete, same, ... */
  readonly changes: Readonly<Record<string, number>>;
  readonly findings: readonly PolicyFinding[];
  /** Errors as the engine reported them, without colour, each once. */
  readonly errors: readonly string[];
  readonly seconds: number;
  /** The engine's whole output. */
  readonly log: string;
}

export interface EngineProgress {
  readonly phase: "preview" | "update";
  readonly done: number;
}

/** What a caller may ask of an operation besides. */
export interface OperationOptions {
  /** Further variables for the engine, its providers, the program and the policy pack. */
  readonly env?: Readonly<Record<string, string>>;
  /** Hears of every event of the engine, in order. */
  readonly onEvent?: (event: EngineEvent) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: the engine's event, of which a few fields are read
export type EngineEvent = Record<string, any>;

/** The engines that run, and whether each was asked to stop. */
const running = new Map<ChildProcess, { asked: boolean }>();
let interrupted = false;

/** Asks the engines that run to stop as Ctrl-C would, ends those that were asked before, and lets no other start. */
export function interruptEngines(): void {
  interrupted = true;
  for (const [child, state] of running) {
    try {
      process.kill(-(child.pid ?? 0), state.asked ? "SIGKILL" : "SIGINT");
    } catch {
      // Ended in between.
    }
    state.asked = true;
  }
}

/** Removes what the engine writes for terminals: colour escapes and its own `<{%...%}>` marks. */
const plain = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
  text.replace(/<\{%[^%]*%\}>|\u001b\[[0-9;]*m/g, "").trim();

/**
 * Runs the literal Pulumi CLI in a rehearsal's workspace. `operation` is one that reports events (preview, up, refresh,
 * destroy); its events are what findings, changes and errors are read from, so nothing is guessed from its text.
 *
 * @param onlyTheEnd whether the state is written once, at the end. A backend of files writes all of it after each step,
 * which is most of what an operation on a large stack costs. An engine that is killed then leaves the state as it was:
 * right for a destroy, which is run again and finds gone what is gone.
 */
export async function runOperation(
  workspace: Workspace,
  operation: "preview" | "up" | "refresh" | "destroy",
  args: readonly string[] = [],
  onProgress: (progress: EngineProgress) => void = () => {},
  onlyTheEnd = operation === "destroy",
  { env = {}, onEvent }: OperationOptions = {},
): Promise<EngineResult> {
  const started = Date.now();
  mkdirSync(workspace.file("logs"), { recursive: true });
  const log = workspace.file("logs", `pulumi-${operation}.log`);
  const yes = operation === "preview" ? [] : ["--yes"];
  const seen = new Reader(operation === "preview" ? "preview" : "update", onProgress);
  const events = await receiveEvents((event) => {
    seen.take(event);
    onEvent?.(event);
  });
  const command = [operation, "--stack", workspace.stack, ...yes, "--non-interactive", "--color=never"];
  let ended: Awaited<ReturnType<typeof runPulumi>>;
  try {
    ended = await runPulumi(workspace, [...command, "--event-log", events.address, ...args], {
      log,
      env: { ...env, ...(onlyTheEnd ? { PULUMI_SKIP_CHECKPOINTS: "true" } : {}) },
    });
  } finally {
    events.close();
  }
  return {
    ok: ended.code === 0,
    changes: seen.changes,
    findings: ended.code === 0 ? seen.lastFindings : seen.findings,
    errors: errorsOf(ended, seen.errors),
    seconds: (Date.now() - started) / 1000,
    log,
  };
}

function errorsOf(ended: Awaited<ReturnType<typeof runPulumi>>, reported: readonly string[]): string[] {
  if (ended.code === 0) return [];
  if (ended.signal) {
    return [
      `the engine was ended by ${ended.signal} in the middle; run the same command again, it goes on from what was done`,
    ];
  }
  const errors = reported.length > 0 ? reported : [lastError(ended.output)];
  return [...new Set(errors)].filter((message) => !/^(preview|update|resource changes) failed$/.test(message));
}

/** Where the engine reported no event (bad configuration, a lock), its last `error:` says why. */
function lastError(output: string): string {
  const at = output.lastIndexOf("error: ");
  return at >= 0 ? output.slice(at + 7).trim() : output.trim().split("\n").slice(-5).join("\n");
}

/** A server to which the engine sends its events as they happen, each a line of JSON. */
async function receiveEvents(take: (event: EngineEvent) => void): Promise<{ address: string; close(): void }> {
  const server = new grpc.Server(channelOptions);
  server.addService(EventsService as unknown as grpc.ServiceDefinition, {
    streamEvents: ((call: grpc.ServerReadableStream<EventRequest, Empty>, callback: grpc.sendUnaryData<Empty>) => {
      call.on("data", (request: EventRequest) => take(JSON.parse(request.getEvent())));
      call.on("end", () => callback(null, new Empty()));
      // An engine that is killed cuts the stream off; its exit code tells that.
      call.on("error", () => {});
    }) as grpc.UntypedHandleCall,
  });
  return { address: `tcp://127.0.0.1:${await listen(server)}`, close: () => server.forceShutdown() };
}

class Reader {
  changes: Record<string, number> = {};
  readonly findings: PolicyFinding[] = [];
  /** Those of the last part alone: what the preview could not know yet, the update has judged. */
  lastFindings: PolicyFinding[] = [];
  readonly errors: string[] = [];
  private phase: EngineProgress["phase"] = "preview";
  private done = 0;

  /** `counts` is the phase whose changes are the operation's own. */
  constructor(
    private readonly counts: EngineProgress["phase"],
    private readonly onProgress: (progress: EngineProgress) => void,
  ) {}

  take(event: EngineEvent): void {
    if (event.preludeEvent) {
      // `up` previews before it updates; each part has a prelude of its own.
      this.done = 0;
      this.lastFindings = [];
    } else if (event.resourcePreEvent) {
      this.phase = event.resourcePreEvent.planning ? "preview" : "update";
      this.done++;
      this.onProgress({ phase: this.phase, done: this.done });
    } else if (event.summaryEvent) {
      // Before it updates, `up` previews: what that would have changed was not changed if it ended there.
      if (this.phase === this.counts) this.changes = event.summaryEvent.resourceChanges ?? {};
      this.done = 0;
    } else if (event.policyEvent) {
      const { policyName, enforcementLevel, resourceUrn = "", message } = event.policyEvent;
      const finding = {
        policy: policyName,
        level: enforcementLevel,
        resource: resourceUrn.split("::").pop() ?? "",
        message: plain(message),
      };
      for (const list of [this.findings, this.lastFindings]) {
        if (!list.some((other) => JSON.stringify(other) === JSON.stringify(finding))) list.push(finding);
      }
    } else if (event.diagnosticEvent?.severity === "error") {
      const { urn = "", message } = event.diagnosticEvent;
      const name = urn && !urn.includes("pulumi:pulumi:Stack") ? `${urn.split("::").pop()}: ` : "";
      this.errors.push(name + plain(message).replace(/^error: /, ""));
    }
  }
}

/** Runs any command of the CLI to its end. Never throws for its exit code. */
export function runPulumi(
  workspace: Workspace,
  args: readonly string[],
  options: { log?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; signal: NodeJS.Signals | null; output: string }> {
  return new Promise((resolve, reject) => {
    if (interrupted) throw new Error("interrupted");
    const child = spawn(workspace.file("bin", "pulumi"), args, {
      cwd: options.cwd ?? workspace.checkout,
      env: { ...workspace.environment(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      // In a group of its own, so that an interrupt reaches the engine once, and by our hand.
      detached: true,
    });
    running.set(child, { asked: false });
    const log = options.log ? createWriteStream(options.log) : undefined;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output += text;
        log?.write(text);
      });
    }
    const finish = () => {
      running.delete(child);
      log?.end();
    };
    child.once("error", (error) => {
      finish();
      reject(new Error(`pulumi could not be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      finish();
      resolve({ code: code ?? 1, signal, output: plain(output) });
    });
  });
}

/**
 * Makes the stack if it is not there, and takes away the lock of an engine that died. Making it writes the salt of the
 * state's encryption into the stack file of the folder it is run in, which therefore is the workspace.
 */
export async function ensureStack(workspace: Workspace): Promise<void> {
  if (!existsSync(workspace.state)) {
    const made = await runPulumi(workspace, ["stack", "init", workspace.stack, "--non-interactive"], {
      cwd: workspace.folder,
    });
    if (made.code !== 0) throw new Error(`the stack could not be made: ${lastError(made.output)}`);
  }
  if (deadLocks(workspace)) {
    const cancelled = await runPulumi(workspace, ["cancel", "--yes", "--stack", workspace.stack, "--non-interactive"]);
    if (cancelled.code !== 0)
      throw new Error(`the lock that a dead engine left could not be taken away: ${lastError(cancelled.output)}`);
  }
}

/** Whether the state is locked by processes none of which lives any more. */
function deadLocks(workspace: Workspace): boolean {
  const folder = workspace.file("state", ".pulumi", "locks");
  if (!existsSync(folder)) return false;
  const locks = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && name.split(path.sep).includes(workspace.stack))
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as { pid: number });
  return locks.length > 0 && locks.every(({ pid }) => !isAlive(pid));
}
