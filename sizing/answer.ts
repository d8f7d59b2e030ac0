import { type AcceleratorName, accelerators } from "../catalog/accelerators";
import { type Installed, type Measurements, measure, read } from "./aiconfigurator";
import { type Hardware, hardwareOf, nodesOf } from "./hardware";
import { choices } from "./layouts";
import { type Fit, type Layout, memoryFit } from "./memory";
import type { NamedModel } from "./model";
import type { Objective } from "./objective";
import { type Plan, type Planned, plan } from "./plan";

/** What one kind of hardware comes to for a model. */
export interface Outcome extends Hardware {
  /** Ways to divide the model over GPUs that leave room for the longest request, smallest first. */
  readonly fitting: readonly (Layout & Pick<Fit, "weightsGib" | "kvTokens">)[];
  /** Absent without an objective, and where it cannot be met: then `why` says what is in the way. */
  readonly plan?: Plan;
  readonly why?: string;
  /** Tokens that one decode replica of the plan caches. */
  readonly kvTokensPerReplica?: number;
  readonly nodes?: number;
  /** Of all nodes. Absent where no price is known. */
  readonly totalUsdPerHour?: number;
  /** Per million tokens of prompts and answers. */
  readonly usdPerMillionTokens?: number;
  /** What decided the sizes: `roofline`, or a tool whose kernels were measured, with its version. */
  readonly by?: string;
  /** Why no measurements decided, where they were asked for. */
  readonly unmeasured?: string;
}

export const roofline = "roofline";

/** What each kind of hardware comes to: cheapest first, then what has no known price, then what cannot do it. */
export async function outcomesOf(
  model: NamedModel,
  names: readonly AcceleratorName[],
  objective: Objective | undefined,
  region: string | undefined,
  installed: Installed | undefined,
  said: (message: string) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const name of names) {
    const nodes = hardwareOf(name, region);
    let measurements: Measurements | undefined;
    if (installed && objective && nodes.length > 0) {
      said(`asking aiconfigurator about ${name}`);
      measurements = await measure(installed, model, name, objective).catch((error: Error) => ({ why: error.message }));
    }
    outcomes.push(...nodes.map((node) => outcomeOf(model, node, objective, measurements)));
  }
  return outcomes.sort((one, other) => rankOf(one) - rankOf(other) || (one.plan?.gpus ?? 0) - (other.plan?.gpus ?? 0));
}

/** Far above any price, and further where there is nothing to pay for. */
const rankOf = ({ totalUsdPerHour, why }: Outcome): number => totalUsdPerHour ?? (why === undefined ? 1e12 : 1e13);

function outcomeOf(
  { architecture }: NamedModel,
  hardware: Hardware,
  objective: Objective | undefined,
  measurements: Measurements | undefined,
): Outcome {
  const gpu = accelerators[hardware.accelerator];
  const { perNode, usdPerHour } = hardware;
  const maxContext = objective ? objective.inputTokens + objective.outputTokens : architecture.maxContext;
  const fitting = choices(architecture, gpu, perNode, { maxContext }).map(
    ({ gpus, nodes, tensorParallel, expertParallel, weightsGib, kvTokens }) => ({
      ...{ gpus, nodes, tensorParallel, expertParallel },
      ...{ weightsGib, kvTokens },
    }),
  );
  if (objective === undefined)
    return { ...hardware, fitting, ...(fitting.length === 0 ? { why: "no number of these GPUs holds it" } : {}) };
  const { planned, ...origin } = decide(plan(architecture, gpu, perNode, objective), measurements, perNode, objective);
  if ("why" in planned) return { ...hardware, fitting, why: planned.why, ...origin };
  const nodes = nodesOf(planned.plan, perNode);
  const total = usdPerHour === undefined ? undefined : nodes * usdPerHour;
  const millions = (objective.requestsPerSecond * 3600 * maxContext) / 1e6;
  return {
    ...hardware,
    fitting,
    plan: planned.plan,
    kvTokensPerReplica: memoryFit(architecture, gpu, planned.plan.decode, { maxContext }).kvTokens,
    nodes,
    ...(total === undefined ? {} : { totalUsdPerHour: total, usdPerMillionTokens: total / millions }),
    ...origin,
  };
}

/** Measurements decide where there are some; a model that does not fit, they do not make fit. */
function decide(
  estimated: Planned,
  measurements: Measurements | undefined,
  perNode: number,
  objective: Objective,
): { readonly planned: Planned; readonly by: string; readonly unmeasured?: string } {
  if (measurements === undefined) return { planned: estimated, by: roofline };
  if ("why" in measurements) return { planned: estimated, by: roofline, unmeasured: measurements.why };
  const planned = read(measurements.rows, perNode, objective);
  return "why" in planned
    ? { planned: estimated, by: roofline, unmeasured: planned.why }
    : { planned, by: measurements.by };
}
