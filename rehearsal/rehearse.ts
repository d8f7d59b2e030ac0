import { rm } from "node:fs/promises";
import { type ReleaseName, releases } from "../catalog/releases";
import { type ToolName, tools as toolCatalog } from "../catalog/tools";
import { hasDynamo, unchosen } from "../components/chosen-releases";
import { monthlyUsd } from "../policy/cost/price";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import { type GpuSummary, gpuSummary, type PodSummary, podSummary, settle } from "./cluster-state";
import { type Binaries, type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane";
import { findKai } from "./control-plane/kai";
import { karpenterMachines } from "./control-plane/karpenter";
import { spansNodes } from "./control-plane/lws";
import { applyNodes, existingGroup, nodesOf, removeNodes } from "./control-plane/nodes";
import { type EngineResult, ensureStack, runOperation, runPulumi } from "./engine";
import { installLogins } from "./login";
import { buildMirror } from "./mirror";
import { installPlugins, pluginTools, type StandIn } from "./plugins";
import type { Progress } from "./progress";
import { givenOf, writeGiven } from "./providers/cloud/given";
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

/** What stands in for parts of the platform in every rehearsal. Plugins add theirs when they are missing. */
const gpuNodes: StandIn = {
  for: "GPU nodes",
  is: "KWOK nodes with ResourceSlices of ours; pods are placed, and nothing runs in them",
  why: "a rehearsal has no GPUs",
};

const webhooks = (lwsRuns: boolean): StandIn => ({
  for: "admission webhooks",
  is: lwsRuns
    ? "nothing, save for those of LeaderWorkerSet, whose controller runs: they are not called"
    : "nothing: they are not called",
  why: "no server runs in a simulated pod",
});

/** LeaderWorkerSet's controller is real, of another version than the release that the platform installs. */
const lwsStandIn: StandIn = {
  for: `lws ${releases.lws.version}`,
  is: `its own controller and webhooks of ${toolCatalog.lws.version}, as a process`,
  why: "its pods run nothing",
};

/** What is made of Dynamo's and Grove's objects. */
const graphStandIns: readonly StandIn[] = ["Dynamo", "Grove"].map((name) => ({
  for: `${name}'s operator`,
  is: "a watcher of ours: it makes of an object what upstream's would, and validates nothing",
  why: "upstream ships an image only",
}));

/** What binds the claims of model caches, and of whatever else asks for a volume. */
const volumesStandIn: StandIn = {
  for: "volumes",
  is: "PersistentVolumes without a disk, which bind every claim",
  why: "no storage provisioner runs",
};

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
  /** Take the platform of a team's stack as it stands. Default: it is rehearsed first, as its own files state it. */
  readonly platformStands?: boolean;
}

/** Looks for the tools, and those that only some environments need, all at once, with the progress of each. */
export async function obtainTools(progress: Progress, besides: readonly ToolName[] = []) {
  const reporter = progress.tools();
  try {
    const env = process.env;
    const [needed, optional] = await Promise.all([
      ensureTools([...rehearsalTools, ...besides], { report: reporter.report, env }),
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
  const platform = environment.team?.platform ?? stack;
  if (platform !== stack && !options.platformStands) {
    // A team deploys into a platform that stands; what is there already is left as it is.
    const below = await rehearse(platform, { progress, base: options.base });
    if (!below.ok) {
      return {
        ...below,
        stack,
        errors: [`${platform}, into which ${stack} deploys, does not stand:`, ...below.errors],
      };
    }
  }
  const machines = karpenterMachines(environment, toolCatalog["kube-apiserver"].version);
  const spanning = spansNodes(environment);
  const { needed, optional } = await obtainTools(progress, [
    ...(machines === undefined ? [] : ["karpenter" as const]),
    ...(spanning ? ["lws" as const] : []),
  ]);
  const workspace = new Workspace(stack, options.base, platform);
  const release = await acquireLock(
    `${workspace.folder}.lock`,
    (pid) => progress.step(`waiting for process ${pid}, which rehearses ${platform}`),
    new AbortController().signal,
  );
  let plane: ControlPlane | undefined;
  try {
    await workspace.prepare(Object.values(needed), rehearsed(environment, options.change));
    await installLogins(workspace.folder);
    const first = await workspace.isEmpty();
    // A cloud of which the state knows nothing is left over from an engine that was killed: a new one takes its place.
    const anew = first && platform === stack && cloudOf(environment) !== undefined;
    // In a cluster that is left as it was, the provider of ours finds what it made before; the official one does not.
    const found = optional.missing.some(({ name }) => name === "pulumi-resource-kubernetes");
    if (anew) await rm(workspace.cloud, { recursive: true, force: true });
    await writeGiven(workspace.folder, givenOf(environment));
    const kai = findKai(process.env.PATH ?? "");
    const standIns = [
      ...(await installPlugins(workspace, cloudOf(environment), optional.found, optional.missing)),
      ...(kai.found ? [] : [kaiStandIn(kai.missing)]),
      ...(spanning ? [lwsStandIn] : []),
      ...(hasDynamo({ ...environment, models: [...environment.models, ...(environment.team?.models ?? [])] })
        ? graphStandIns
        : []),
      volumesStandIn,
      gpuNodes,
      webhooks(spanning),
    ];

    progress.step("control plane");
    plane = await openControlPlane(workspace, environment, needed, {
      kai: kai.found,
      karpenter: machines && { ...machines, binary: needed.karpenter!.path },
      lws: needed.lws?.path,
    });
    if (anew) await removeNodes(plane.client);
    await applyNodes(plane.client, existingGroup, nodesOf(environment, toolCatalog["kube-apiserver"].version));

    progress.step("charts");
    const others = unchosen(environment);
    const wanted = Object.values(releases).filter(({ name }) => !others.has(name as ReleaseName));
    const mirror = await buildMirror(wanted, {
      folder: workspace.charts,
      helm: needed.helm!.path,
      go: "go",
      crdDir: process.env.CRD_DIR,
      // The controller that runs here is lost without the defaults of a definition.
      otherVersions: { [toolCatalog.lws.go!.around!]: toolCatalog.lws.version },
      from: environment.mirror.charts,
    });

    await ensureStack(workspace);
    progress.step("pulumi up");
    const result = await runOperation(
      workspace,
      "up",
      [],
      (event) => progress.step(`pulumi up: ${event.phase}`, event.done),
      anew || (first && found),
    );
    if (result.ok) {
      progress.step("waiting for the scheduler");
      await settle(plane.client, {
        withinMs: machines === undefined ? 30_000 : 120_000,
        scales: machines !== undefined,
      });
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

/** What a rehearsed environment states otherwise: a cluster that is made is made to be taken down again. */
function rehearsed({ cluster }: Environment, change: EnvironmentChange = {}): EnvironmentChange {
  return cluster.kind === "existing"
    ? change
    : { ...change, cluster: { ...change.cluster, deletionProtection: false } };
}

/** The cloud that stands behind a kind of cluster, if one does. */
function cloudOf({ cluster }: Environment): "aws" | "gcp" | undefined {
  return ({ eks: "aws", gke: "gcp", existing: undefined } as const)[cluster.kind];
}

function openControlPlane(
  workspace: Workspace,
  environment: Environment,
  tools: Record<string, Tool>,
  programs: Pick<ControlPlaneOptions, "kai" | "karpenter" | "lws">,
): Promise<ControlPlane> {
  return startControlPlane({
    ...programs,
    folder: workspace.controlPlane,
    binaries: Object.fromEntries(rehearsalTools.map((name) => [name, tools[name]!.path])) as unknown as Binaries,
    // A cluster that the platform makes is found by what the simulated cloud answers; this name is for people.
    contexts: [environment.cluster.kind === "existing" ? environment.cluster.context : environment.cluster.name],
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
