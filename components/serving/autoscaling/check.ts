import type { GatewayImplementation } from "../../../stacks/gateway";
import { type Model, mostReplicas, rolesOf } from "../../../stacks/model";
import type { Autoscaler } from "./autoscaling";
import { loadSeconds } from "./load-time";

/** What was expected, and where in the model it was not met. */
export interface ScaleIssue {
  readonly path: readonly (string | number)[];
  readonly expected: string;
}

export interface ScaleSurroundings {
  /** Source: `autoscaling` of the environment. */
  readonly autoscaling?: { readonly by: Autoscaler; readonly prometheus: string };
  /** What the model's tenant is guaranteed, and what its other models may come to, in GPUs. */
  readonly tenant?: { readonly name: string; readonly quota: number; readonly others: number };
  /** Who brings the gateway to life. Source: `gateway.implementation` of the environment. */
  readonly gateway?: GatewayImplementation;
  /** Whether nodes of the model's pools keep weights that they fetched once. */
  readonly cached?: boolean;
}

/** Seconds that a caller can be expected to wait for a model that has to be loaded first. */
const patience = 600;

/**
 * Seconds after which a gateway no longer waits for the endpoint picker, where upstream sets less than that. Source:
 * envoyproxy/ai-gateway v1.1.0 internal/extensionserver/inferencepool.go. Istio waits 1000 s (1.30
 * pilot/pkg/xds/filters/filters.go); of the others nothing was found.
 */
const gatewayWaits: Partial<Record<GatewayImplementation, number>> = { "envoy-gateway": 300 };

/** GPUs that a model holds when all of its servers run, on its own hardware and on what it overflows to. */
export const mostGpus = ({ versions, variants }: Pick<Model, "versions" | "variants">): number =>
  versions
    .flatMap(({ serving }) => rolesOf(serving))
    .reduce(
      (gpus, { role }) =>
        gpus +
        (mostReplicas(role) + (role.scale === undefined ? 0 : role.scale.max * variants.length)) *
          role.gpus *
          role.nodes,
      0,
    );

/** What of a model's scaling cannot work. Each is a sentence of what would. */
export function checkScale(model: Model, around: ScaleSurroundings): readonly ScaleIssue[] {
  const issues: ScaleIssue[] = [];
  const issue = (path: readonly (string | number)[], expected: string) => issues.push({ path, expected });
  const { autoscaling, tenant } = around;
  const longestWait = Math.min(patience, (around.gateway && gatewayWaits[around.gateway]) ?? patience);
  const roles = model.versions.flatMap(({ name, serving, source, architecture }, index) =>
    rolesOf(serving).map((named) => ({
      ...named,
      source,
      architecture,
      mode: serving.mode,
      at: [...(name === undefined ? [] : ["versions", index]), "serving", named.key],
    })),
  );
  const scaled = roles.filter(({ role }) => role.scale !== undefined);

  if (model.variants.length > 0 && scaled.length < roles.length) {
    issue(
      ["variants"],
      "nothing, or scale on every role: other hardware takes what is more than a role's own may hold",
    );
  }
  for (const { role, at, mode, source, architecture } of scaled) {
    const scale = role.scale!;
    if (autoscaling === undefined) {
      issue([...at, "scale"], "nothing, or autoscaling in the environment: who scales, and by whose metrics");
    }
    if (model.backend === "dynamo") {
      issue([...at, "scale"], "nothing: Dynamo's operator sets the replicas of its workers itself");
    }
    if (role.replicas < scale.min || role.replicas > scale.max) {
      issue([...at, "replicas"], `between scale.min (${scale.min}) and scale.max (${scale.max})`);
    }
    if (scale.min === 0) {
      const wait = loadSeconds({
        weightsGib: architecture.weightsGib,
        source: source.kind,
        nodes: role.nodes,
        cached: around.cached === true,
      });
      if (mode === "disaggregated") {
        issue(
          [...at, "scale", "min"],
          "at least 1: prefill and decode are of use together only, and nothing starts them together; serve it aggregated",
        );
      } else if (model.routing === "service") {
        issue([...at, "scale", "min"], "at least 1, or routing: picker: nothing else tells that a request waits");
      } else if (wait > longestWait) {
        issue(
          [...at, "scale", "min"],
          `at least 1: it takes about ${Math.ceil(wait / 60)} minutes to load, and requests wait ${longestWait / 60} at most`,
        );
      }
    }
    if (autoscaling?.by === "variant-autoscaler") {
      checkDecided(model, { role, at, mode }, issue);
    }
  }
  if (autoscaling?.by === "variant-autoscaler" && scaled.length > 0 && !autoscaling.prometheus.startsWith("https://")) {
    issue([], "autoscaling.prometheus of the environment by https: the variant autoscaler speaks nothing else");
  }
  if (tenant !== undefined && scaled.length > 0) {
    const most = mostGpus(model);
    if (most + tenant.others > tenant.quota) {
      issue(
        [...scaled[0]!.at, "scale", "max"],
        `less: at its most the model holds ${most} GPUs and the other models of ${tenant.name} ${tenant.others}, of a quota of ${tenant.quota}`,
      );
    }
  }
  return issues;
}

/** What the workload variant autoscaler, as of v0.5, does not know of. */
function checkDecided(
  model: Model,
  {
    role,
    at,
    mode,
  }: { role: { nodes: number; scale?: { ttftMs?: number; tpotMs?: number } }; at: (string | number)[]; mode: string },
  issue: (path: (string | number)[], expected: string) => void,
): void {
  if (mode === "disaggregated") {
    issue(
      [...at, "scale"],
      "nothing, or autoscaling.by: keda: the variant autoscaler would take prefill and decode servers for each other",
    );
  }
  if (model.versions.length > 1) {
    issue(
      [...at, "scale"],
      "nothing, or autoscaling.by: keda: the variant autoscaler would take the servers of one version for those of another",
    );
  }
  if (role.nodes > 1) {
    issue([...at, "scale"], "nothing, or autoscaling.by: keda: the variant autoscaler scales Deployments alone");
  }
  for (const target of ["ttftMs", "tpotMs"] as const) {
    if (role.scale?.[target] !== undefined) {
      issue([...at, "scale", target], "nothing, or autoscaling.by: keda: the variant autoscaler knows no latencies");
    }
  }
}
