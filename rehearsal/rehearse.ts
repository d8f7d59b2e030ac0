import type { Environment } from "../stacks/environment";
import { type Checkout, ownCheckout } from "./checkout";
import { type GpuSummary, gpuSummary, type PodSummary, podSummary, settle } from "./cluster-state";
import type { ControlPlane } from "./control-plane";
import { costOf, type StateResource } from "./cost";
import { type EngineResult, runOperation, runPulumi } from "./engine";
import { applyGivenClaims, givenClaims } from "./given-claims";
import type { Progress } from "./progress";
import type { RehearsalReport } from "./report";
import { onStage, type Stage } from "./stage";
import type { EnvironmentChange, Workspace } from "./workspace";

export { obtainTools, rehearsalTools } from "./stage";

export interface RehearsalOptions {
  readonly progress: Progress;
  /** Folder that holds the rehearsals' folders. Default: `.rehearsal` in the checkout. */
  readonly base?: string;
  /** Whose program and stack files are rehearsed. Default: this checkout's. */
  readonly checkout?: Checkout;
  /** Rehearse the stack with this changed, as a scenario does. */
  readonly change?: EnvironmentChange;
  /** Take the platform of a team's stack as it stands. Default: it is rehearsed first, as its own files state it. */
  readonly platformStands?: boolean;
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
  const { progress, base, checkout = ownCheckout } = options;
  const environment = await checkout.environment(stack, options.change);
  const platform = environment.team?.platform ?? stack;
  if (platform !== stack && !options.platformStands) {
    // A team deploys into a platform that stands; what is there already is left as it is.
    const below = await rehearse(platform, { progress, base, checkout });
    if (!below.ok) {
      return {
        ...below,
        stack,
        errors: [`${platform}, into which ${stack} deploys, does not stand:`, ...below.errors],
      };
    }
  }
  const change = rehearsed(environment, options.change);
  return onStage(environment, { progress, base, checkout, change, controllers: true }, async (stage) => ({
    ...(await update(environment, stage, progress)),
    seconds: (Date.now() - started) / 1000,
  }));
}

async function update(
  environment: Environment,
  { workspace, plane, mirror, standIns, machines, fresh }: Stage,
  progress: Progress,
): Promise<Omit<RehearsalReport, "seconds">> {
  progress.step("pulumi up");
  const onProgress = ({ phase, done }: { phase: string; done: number }) => progress.step(`pulumi up: ${phase}`, done);
  const result = await runOperation(workspace, "up", [], onProgress, fresh);
  if (result.ok) {
    await applyGivenClaims(plane.client, givenClaims(environment));
    progress.step("waiting for the scheduler");
    await settle(plane.client, {
      withinMs: machines === undefined ? 30_000 : 120_000,
      scales: machines !== undefined,
    });
    plane.keep();
  }
  const seen = await observe(plane);
  const state = await stateOf(workspace);
  return {
    stack: environment.stack,
    ok: result.ok && seen.error === undefined,
    errors: [...errorsOf(result), ...(seen.error ? [seen.error] : [])],
    resources: state.length,
    changes: result.changes,
    policyFindings: result.findings,
    pods: seen.pods,
    gpus: seen.gpus,
    standIns,
    chartsNotRendered: mirror.chartsNotRendered,
    crdsNotValidated: mirror.crdsNotValidated,
    kubeconfig: workspace.kubeconfig,
    ...costOf(environment, state),
  };
}

/** What a rehearsed environment states otherwise: a cluster that is made is made to be taken down again. */
function rehearsed({ cluster }: Environment, change: EnvironmentChange = {}): EnvironmentChange {
  return cluster.kind === "existing"
    ? change
    : { ...change, cluster: { ...change.cluster, deletionProtection: false } };
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

/** The resources in the stack's state; none where it cannot be read. */
async function stateOf(workspace: Workspace): Promise<readonly StateResource[]> {
  const { code, output } = await runPulumi(workspace, ["stack", "export", "--stack", workspace.stack]);
  return code === 0 ? (JSON.parse(output).deployment.resources ?? []) : [];
}
