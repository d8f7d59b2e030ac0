import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import type { Environment } from "../stacks/environment";
import { type Checkout, ownCheckout } from "./checkout";
import { stopControlPlane } from "./control-plane";
import { type EngineEvent, type EngineResult, type PolicyFinding, runOperation } from "./engine";
import type { StandIn } from "./plugins";
import type { Progress } from "./progress";
import { rehearse } from "./rehearse";
import { onStage, type Stage } from "./stage";
import { rehearsals, Workspace } from "./workspace";

/** A resource as the engine shows it in a preview, after its provider has checked it. */
export interface PreviewedResource {
  readonly urn: string;
  /** Type token, such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** Inputs. The engine writes what is not known yet as one of its sentinels, and what is secret as `[secret]`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the engine expects it to have afterwards; what a component registers. Written like `inputs`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** URN of its provider; undefined for components. */
  readonly provider?: string;
  /** URN of its parent; undefined at the top. */
  readonly parent?: string;
  readonly protect: boolean;
}

export interface PreviewResult {
  readonly stack: string;
  /** Whether the engine went through, without an error and without a mandatory violation. */
  readonly ok: boolean;
  /** What kept the engine from going through, save for violations of policies. */
  readonly errors: readonly string[];
  readonly findings: readonly PolicyFinding[];
  readonly resources: readonly PreviewedResource[];
  /** Number of resources by what would be done to them: all are created, as the state is empty. */
  readonly changes: Readonly<Record<string, number>>;
  readonly standIns: readonly StandIn[];
  readonly chartsNotRendered: readonly { readonly release: string; readonly reason: string }[];
  readonly seconds: number;
}

export interface PreviewOptions {
  readonly progress: Progress;
  /** Folder for the preview's own folder, which is gone afterwards. Default: `.gate` among the rehearsals. */
  readonly base?: string;
  /** Whose program and stack files are previewed; the policy pack judges this checkout alone, which is the default. */
  readonly checkout?: Checkout;
  /** Further variables for the engine, and by it for the policy pack. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * What `pulumi up` would make of a stack where nothing stands yet: the literal `pulumi preview` of an empty state, in a
 * workspace of its own with a control plane of its own, so that it needs no cloud, no credentials and no state. For a
 * team's stack its platform is rehearsed first.
 *
 * @throws EnvironmentError, ToolchainError and other errors before the engine starts. What goes wrong in the engine is in
 * the result.
 */
export async function preview(stack: string, options: PreviewOptions): Promise<PreviewResult> {
  const started = Date.now();
  const { progress, checkout = ownCheckout, variables = {} } = options;
  const environment = await checkout.environment(stack);
  const platform = environment.team?.platform ?? stack;
  const above = options.base ?? path.join(rehearsals(), ".gate");
  await mkdir(above, { recursive: true });
  const base = await mkdtemp(path.join(above, "preview-"));
  try {
    if (platform !== stack) {
      const below = await rehearse(platform, { progress, base, checkout });
      if (!below.ok) {
        return {
          ...nothing,
          stack,
          errors: [`${platform}, into which ${stack} deploys, does not stand:`, ...below.errors],
          standIns: below.standIns,
          chartsNotRendered: below.chartsNotRendered,
          seconds: (Date.now() - started) / 1000,
        };
      }
    }
    return await onStage(environment, { progress, base, checkout, controllers: platform !== stack }, async (stage) => ({
      ...(await run(environment, stage, progress, variables)),
      seconds: (Date.now() - started) / 1000,
    }));
  } finally {
    await stopControlPlane(new Workspace(platform, base).controlPlane);
    await rm(base, { recursive: true, force: true });
  }
}

async function run(
  { stack }: Environment,
  { workspace, mirror, standIns }: Stage,
  progress: Progress,
  env: Readonly<Record<string, string>>,
): Promise<Omit<PreviewResult, "seconds">> {
  const label = `pulumi preview: ${stack}`;
  progress.step(label);
  const resources = new Map<string, PreviewedResource>();
  const onEvent = (event: EngineEvent) => {
    const resource = resourceIn(event);
    if (resource) resources.set(resource.urn, resource);
  };
  const onProgress = ({ done }: { done: number }) => progress.step(label, done);
  const result = await runOperation(workspace, "preview", [], onProgress, true, { env, onEvent });
  return {
    stack,
    ok: result.ok,
    errors: errorsOf(result),
    findings: result.findings,
    resources: portable([...resources.values()], workspace),
    changes: result.changes,
    standIns,
    chartsNotRendered: mirror.chartsNotRendered,
  };
}

/** Resources without the places of this preview, which are others in every one: its folder and its checkout's. */
function portable(resources: readonly PreviewedResource[], workspace: Workspace): readonly PreviewedResource[] {
  let json = JSON.stringify(resources);
  for (const [place, name] of [
    [workspace.folder, "<workspace>"],
    [workspace.checkout, "<checkout>"],
  ] as const) {
    json = json.replaceAll(JSON.stringify(place).slice(1, -1), name);
  }
  return JSON.parse(json);
}

/** The resource that an event speaks of as one that the update would leave behind. */
export function resourceIn(event: EngineEvent): PreviewedResource | undefined {
  const metadata = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
  const state = metadata?.new;
  if (!state || state.delete || metadata.op === "read") return undefined;
  const { urn, type, inputs, outputs, provider, parent, protect } = state;
  return {
    urn,
    type,
    // urn:pulumi:<stack>::<project>::<types>::<name>, and a name may hold anything.
    name: urn.split("::").slice(3).join("::"),
    inputs: inputs ?? {},
    outputs: outputs ?? {},
    // The engine refers to a provider as <urn>::<id>.
    ...(provider ? { provider: provider.slice(0, provider.lastIndexOf("::")) } : {}),
    ...(parent ? { parent } : {}),
    protect: protect === true,
  };
}

/** What the engine could not do. A violation is no error: it was judged. */
function errorsOf({ ok, errors, findings }: EngineResult): string[] {
  const refused = findings.some(({ level }) => level === "mandatory");
  return ok || refused || errors.length > 0 ? [...errors] : ["pulumi preview failed and did not say why"];
}

/** The result of a preview that did not come to its engine. */
const nothing = { ok: false, findings: [], resources: [], changes: {} } as const;
