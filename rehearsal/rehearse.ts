import { rm } from "node:fs/promises";
import { releases } from "../catalog/releases";
import { type ToolName, tools as toolCatalog } from "../catalog/tools";
import { monthlyUsd } from "../policy/cost/price";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import { type GpuSummary, gpuSummary, type PodSummary, podSummary, settle } from "./cluster-state";
import {
  type Binaries,
  type ControlPlane,
  findControlPlane,
  startControlPlane,
  stopControlPlane,
} from "./control-plane";
import { findKai, type KaiBinaries } from "./control-plane/kai";
import { applyNodes, nodesOf } from "./control-plane/nodes";
import { type EngineResult, ensureStack, runOperation, runPulumi } from "./engine";
import { buildMirror } from "./mirror";
import { installPlugins, pluginTools, type StandIn } from "./plugins";
import type { Progress } from "./progress";
import type { RehearsalReport } from "./report";
import { ensureTools, optionalTools, type Tool } from "./toolchain";
import { acquireLock } from "./toolchain/lock";
import { type EnvironmentChange, Workspace } from "./workspace";

/** The binaries that every rehearsal needs. */
export const rehearsalTools: ToolName[] = [
  "pulumi",
  "helm",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
];

/** What stands in for parts of the platform whatever the stack is. Plugins add theirs when they are missing. */
const always: readonly StandIn[] = [
  {
    for: "GPU nodes",
    is: "KWOK nodes with ResourceSlices of ours; pods are placed, and nothing runs in them",
    why: "a rehearsal has no GPUs",
  },
  {
    for: "admission webhooks",
    is: "nothing: they are not called",
    why: "no server runs in a simulated pod",
  },
];

const kaiStandIn = (missing: readonly string[]): StandIn => ({
  for: "KAI scheduler",
  is: "a kube-scheduler profile of that name: it places pods and has no queues, quotas or gangs",
  why: `not on PATH: ${missing.join(", ")}`,
});

export interface RehearsalOptions {
  readonly progress: Progress;
  /** Folder that holds the rehearsals' folders. Default: `.rehearsal` in the checkout. */
  readonly base?: string;
  /** Rehearse the stack with this changed, as a scenario does. */
  readonly change?: EnvironmentChange;
}

/** Looks for the tools, all at once, with the progress of each. */
export async function obtainTools(progress: Progress) {
  const reporter = progress.tools();
  try {
    const env = process.env;
    const [needed, optional] = await Promise.all([
      ensureTools(rehearsalTools, { report: reporter.report, env }),
      optionalTools(pluginTools, { env }),
    ]);
    return { needed, optional };
  } finally {
    reporter.done();
  }
}

/**
 * Rehearses a stack: real control plane, simulated nodes, charts, and then the literal `pulumi up` with the policy
 * pack. The control plane goes on running when the update succeeded; it ends when it did not and was not there before.
 *
 * @throws EnvironmentError, ToolchainError and other errors before anything is created. What goes wrong in the update
 * itself is in the report.
 */
export async function rehearse(stack: string, options: RehearsalOptions): Promise<RehearsalReport> {
  const started = Date.now();
  const { progress } = options;
  const environment = loadEnvironment(stack, options.change && { config: { extends: stack, ...options.change } });
  const { needed, optional } = await obtainTools(progress);
  const workspace = new Workspace(stack, options.base);
  const release = await acquireLock(
    `${workspace.folder}.lock`,
    (pid) => progress.step(`waiting for process ${pid}, which rehearses ${stack}`),
    new AbortController().signal,
  );
  let plane: ControlPlane | undefined;
  try {
    await workspace.prepare(Object.values(needed), options.change);
    const kai = findKai(process.env.PATH ?? "");
    const standIns = [
      ...(await installPlugins(workspace, optional.found, optional.missing)),
      ...(kai.found ? [] : [kaiStandIn(kai.missing)]),
      ...always,
    ];

    progress.step("control plane");
    plane = await openControlPlane(workspace, environment, needed, kai.found);
    await applyNodes(plane.client, nodesOf(environment, toolCatalog["kube-apiserver"].version));

    progress.step("charts");
    const mirror = await buildMirror(Object.values(releases), {
      folder: workspace.charts,
      helm: needed.helm!.path,
      go: "go",
      crdDir: process.env.CRD_DIR,
      from: environment.mirror.charts,
    });

    await ensureStack(workspace);
    progress.step("pulumi up");
    const result = await runOperation(workspace, "up", [], (event) =>
      progress.step(`pulumi up: ${event.phase}`, event.done),
    );
    if (result.ok) {
      progress.step("waiting for the scheduler");
      await settle(plane.client, 30_000);
      plane.keep();
    }
    const seen = await observe(plane);
    return {
      stack,
      ok: result.ok && seen.error === undefined,
      errors: [...errorsOf(result), ...(seen.error ? [seen.error] : [])],
      resources: await resourceCount(workspace),
      changes: result.changes,
      policyFindings: result.findings,
      pods: seen.pods,
      gpus: seen.gpus,
      standIns,
      chartsNotRendered: mirror.chartsNotRendered,
      crdsNotValidated: mirror.crdsNotValidated,
      kubeconfig: workspace.kubeconfig,
      ...costOf(environment),
      seconds: (Date.now() - started) / 1000,
    };
  } finally {
    progress.done();
    await plane?.leave();
    release();
  }
}

function openControlPlane(
  workspace: Workspace,
  environment: Environment,
  tools: Record<string, Tool>,
  kai: KaiBinaries | undefined,
): Promise<ControlPlane> {
  return startControlPlane({
    kai,
    folder: workspace.controlPlane,
    binaries: Object.fromEntries(rehearsalTools.map((name) => [name, tools[name]!.path])) as unknown as Binaries,
    contexts: [environment.cluster.context],
  });
}

/** What runs in the cluster; nothing and an error where it cannot be asked any more. */
async function observe(plane: ControlPlane): Promise<{ pods: PodSummary; gpus: GpuSummary; error?: string }> {
  try {
    const [pods, gpus] = await Promise.all([podSummary(plane.client), gpuSummary(plane.client)]);
    return { pods, gpus };
  } catch (error) {
    return {
      pods: { running: 0, pending: 0, succeeded: 0, waiting: [] },
      gpus: { claimed: 0, total: 0 },
      error: `the control plane ended in the middle: ${(error as Error).message}. Its logs are in ${plane.folder}/logs; run the same command again, it goes on from what was done.`,
    };
  }
}

/** A policy's refusal is the error; what the engine says besides ("preview failed") adds nothing. */
function errorsOf(result: EngineResult): string[] {
  if (result.ok) return [];
  const refusals = result.findings.filter((finding) => finding.level === "mandatory").map((finding) => finding.message);
  return [
    ...refusals,
    ...result.errors,
    ...(refusals.length + result.errors.length === 0 ? [`pulumi up failed; see ${result.log}`] : []),
  ];
}

async function resourceCount(workspace: Workspace): Promise<number> {
  const { code, output } = await runPulumi(workspace, ["stack", "export", "--stack", workspace.stack]);
  return code === 0 ? (JSON.parse(output).deployment.resources ?? []).length : 0;
}

function costOf(environment: Environment): Pick<RehearsalReport, "monthlyCostUsd" | "costNotes"> {
  let total: number | null = 0;
  const costNotes: string[] = [];
  for (const pool of environment.pools) {
    const cost = monthlyUsd(pool);
    if ("unknown" in cost) {
      total = null;
      costNotes.push(`${pool.name}: ${cost.unknown}`);
    } else {
      if (total !== null) total += cost.usd;
      costNotes.push(
        `${pool.name}: ${Math.round(cost.usd).toLocaleString("en-US")} USD (${cost.source}, ${cost.date})`,
      );
    }
  }
  return { monthlyCostUsd: total, costNotes };
}

/** Destroys the stack, ends every process of the rehearsal and removes its folder. Returns false where there was none. */
export async function tearDown(
  stack: string,
  options: { progress: Progress; base?: string; force?: boolean },
): Promise<boolean> {
  const workspace = new Workspace(stack, options.base);
  if (!workspace.exists()) return false;
  const { progress } = options;
  const release = await acquireLock(
    `${workspace.folder}.lock`,
    (pid) => progress.step(`waiting for process ${pid}, which rehearses ${stack}`),
    new AbortController().signal,
  );
  try {
    const plane = await findControlPlane(workspace.controlPlane);
    if (plane && !options.force) {
      progress.step("pulumi destroy");
      await ensureStack(workspace);
      const result = await runOperation(workspace, "destroy", [], (event) =>
        progress.step("pulumi destroy", event.done),
      );
      plane.client.close();
      if (!result.ok) {
        throw new Error(
          `${stack} could not be destroyed:\n${result.errors.join("\n")}\nnpm run down -- ${stack} --force ends its processes and removes its folder all the same.`,
        );
      }
    }
    progress.step("ending processes");
    await stopControlPlane(workspace.controlPlane);
    await rm(workspace.folder, { recursive: true, force: true });
    return true;
  } finally {
    progress.done();
    release();
  }
}
