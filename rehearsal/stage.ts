import { rm } from "node:fs/promises";
import type { ReleaseName } from "../catalog/releases";
import { type ToolName, tools as toolCatalog } from "../catalog/tools";
import { hasDynamo, unchosen } from "../components/chosen-releases";
import type { Environment } from "../stacks/environment";
import { type Checkout, ownCheckout } from "./checkout";
import { type Binaries, type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane";
import { findKai } from "./control-plane/kai";
import { type KarpenterMachines, karpenterMachines } from "./control-plane/karpenter";
import { spansNodes } from "./control-plane/lws";
import { applyNodes, existingGroup, nodesOf, removeNodes } from "./control-plane/nodes";
import { ensureStack } from "./engine";
import { claimsStandIn, givenClaims } from "./given-claims";
import { installLogins } from "./login";
import { buildMirror, type MirrorResult } from "./mirror";
import { installPlugins, pluginTools, type StandIn } from "./plugins";
import type { Progress } from "./progress";
import { givenOf, writeGiven } from "./providers/cloud/given";
import { gpuNodes, graphStandIns, kaiStandIn, lwsStandIn, volumesStandIn, webhooks } from "./stand-ins";
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

export interface StageOptions {
  readonly progress: Progress;
  /** Folder that holds the rehearsals' folders. Default: `.rehearsal` in the checkout. */
  readonly base?: string;
  /** Whose program, stack files and charts are used. Default: this checkout's. */
  readonly checkout?: Checkout;
  /** What the stack's file says otherwise than the stack of the same name. */
  readonly change?: EnvironmentChange;
  /** Whether controllers act on what is applied, as they must after an `up`. A preview applies nothing. */
  readonly controllers: boolean;
}

/** What stands when the engine starts: its workspace, and an API server with nodes and charts. */
export interface Stage {
  readonly workspace: Workspace;
  readonly plane: ControlPlane;
  readonly mirror: MirrorResult;
  readonly standIns: readonly StandIn[];
  /** What Karpenter may make, where some pool's nodes are its to make. */
  readonly machines: KarpenterMachines | undefined;
  /** Whether an engine that is killed leaves nothing behind that the next one would not find again. */
  readonly fresh: boolean;
}

/**
 * Sets up all that the engine needs to run `environment`, lets `act` run it, and lets go of it again. The control plane
 * ends afterwards unless `act` kept it or it was there before.
 */
export async function onStage<T>(
  environment: Environment,
  options: StageOptions,
  act: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { progress, checkout = ownCheckout, controllers } = options;
  const { stack } = environment;
  const platform = environment.team?.platform ?? stack;
  const machines = controllers ? karpenterMachines(environment, toolCatalog["kube-apiserver"].version) : undefined;
  const spanning = controllers && spansNodes(environment);
  const { needed, optional } = await obtainTools(progress, [
    ...(machines === undefined ? [] : ["karpenter" as const]),
    ...(spanning ? ["lws" as const] : []),
  ]);
  const workspace = new Workspace(stack, options.base, platform, checkout.root);
  const release = await acquireLock(
    `${workspace.folder}.lock`,
    (pid) => progress.step(`waiting for process ${pid}, which rehearses ${platform}`),
    new AbortController().signal,
  );
  let plane: ControlPlane | undefined;
  try {
    await workspace.prepare(Object.values(needed), options.change);
    await installLogins(workspace.folder);
    const first = await workspace.isEmpty();
    // A cloud of which the state knows nothing is left over from an engine that was killed: a new one takes its place.
    const anew = first && platform === stack && cloudOf(environment) !== undefined;
    // In a cluster that is left as it was, the provider of ours finds what it made before; the official one does not.
    const found = optional.missing.some(({ name }) => name === "pulumi-resource-kubernetes");
    if (anew) await rm(workspace.cloud, { recursive: true, force: true });
    await writeGiven(workspace.folder, givenOf(environment));
    const kai = findKai(process.env.PATH ?? "");
    const claims = givenClaims(environment);
    const standIns = [
      ...(await installPlugins(workspace, cloudOf(environment), optional.found, optional.missing)),
      ...(kai.found ? [] : [kaiStandIn(kai.missing)]),
      ...(spanning ? [lwsStandIn] : []),
      ...(hasDynamo({ ...environment, models: [...environment.models, ...(environment.team?.models ?? [])] })
        ? graphStandIns
        : []),
      volumesStandIn,
      ...(claims.length === 0 ? [] : [claimsStandIn(claims)]),
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
    const wanted = Object.values(checkout.releases).filter(({ name }) => !others.has(name as ReleaseName));
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
    return await act({ workspace, plane, mirror, standIns, machines, fresh: anew || (first && found) });
  } finally {
    progress.done();
    await plane?.leave();
    release();
  }
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
