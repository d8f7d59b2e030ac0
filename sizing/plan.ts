import type { Accelerator } from "../catalog/accelerators";
import type { Architecture } from "../catalog/models";
import { type Choice, choices } from "./layouts";
import { batchLimit, type Layout } from "./memory";
import type { Objective } from "./objective";
import { decodeSeconds, prefillSeconds, transferSeconds } from "./roofline";

/** Share of the time that a server may be busy: what is left takes up that requests do not come evenly. */
const busiest = 0.9;

export interface SizedRole extends Layout {
  readonly replicas: number;
}

export interface Plan {
  readonly prefill: SizedRole;
  readonly decode: SizedRole;
  /** GPUs of all replicas. */
  readonly gpus: number;
  /** Expected, of the mean request. */
  readonly ttftMs: number;
  readonly tpotMs: number;
  /** Requests that one decode replica answers at once. */
  readonly batch: number;
}

/** What a plan comes to, or why there is none: one sentence. */
export type Planned = { readonly plan: Plan } | { readonly why: string };

type Gpu = Pick<Accelerator, "memoryMib" | "architecture" | "throughput">;

/**
 * The fewest GPUs that serve a model as asked, prompts and answers apart, from a roofline. Depends on its arguments
 * alone; takes milliseconds. `perNode`: GPUs of one node.
 */
export function plan(architecture: Architecture, gpu: Gpu, perNode: number, objective: Objective): Planned {
  const longest = objective.inputTokens + objective.outputTokens;
  if (longest > architecture.maxContext)
    return { why: `a request has ${longest} tokens, and the model allows ${architecture.maxContext}` };
  const fitting = choices(architecture, gpu, perNode, { maxContext: longest });
  if (fitting.length === 0) return { why: "its weights and the cache of one request fit no number of these GPUs" };
  // Experts are spread only where dividing each of them does not do: it asks more of how GPUs reach each other.
  const [divided, spread] = [false, true].map((kind) => fitting.filter((choice) => choice.expertParallel === kind));
  const planned = planOf(architecture, gpu, divided!, objective);
  return "plan" in planned || spread!.length === 0 ? planned : planOf(architecture, gpu, fitting, objective);
}

function planOf(architecture: Architecture, gpu: Gpu, fitting: readonly Choice[], objective: Objective): Planned {
  const prefill = best(fitting.map((choice) => prefillOf(architecture, gpu, choice, objective)));
  const decode = best(fitting.map((choice) => decodeOf(architecture, gpu, choice, objective)));
  if (fitting.length === 0) return { why: "no layout divides its experts" };
  if (prefill === undefined) {
    const seconds = Math.min(...fitting.map((choice) => promptSeconds(architecture, gpu, choice, objective)));
    return { why: `no layout computes a prompt in ${objective.ttftMs} ms: the fastest takes ${inMs(seconds)} ms` };
  }
  if (decode === undefined) {
    const seconds = Math.min(...fitting.map((choice) => stepSeconds(architecture, gpu, choice, objective, 1)));
    return { why: `no layout computes a token in ${objective.tpotMs} ms: the fastest takes ${inMs(seconds)} ms` };
  }
  return {
    plan: {
      prefill: roleOf(prefill),
      decode: roleOf(decode),
      gpus: prefill.total + decode.total,
      ttftMs: prefill.seconds * 1000,
      tpotMs: decode.seconds * 1000,
      batch: decode.batch,
    },
  };
}

const inMs = (seconds: number): string => `${Math.ceil(seconds * 1000)}`;

interface Sized {
  readonly choice: Choice;
  readonly replicas: number;
  readonly total: number;
  readonly seconds: number;
  readonly batch: number;
}

const roleOf = ({ choice: { gpus, nodes, tensorParallel, expertParallel }, replicas }: Sized): SizedRole => ({
  replicas,
  gpus,
  nodes,
  tensorParallel,
  expertParallel,
});

/** Fewest GPUs first; of as many, the faster. */
const best = (sized: readonly (Sized | undefined)[]): Sized | undefined =>
  sized
    .filter((one) => one !== undefined)
    .sort((one, other) => one.total - other.total || one.seconds - other.seconds)[0];

const promptSeconds = (architecture: Architecture, gpu: Gpu, layout: Layout, { inputTokens }: Objective): number =>
  prefillSeconds(architecture, gpu.throughput, layout, inputTokens) +
  transferSeconds(architecture, gpu.throughput, layout, inputTokens);

const stepSeconds = (
  architecture: Architecture,
  gpu: Gpu,
  layout: Layout,
  { inputTokens, outputTokens }: Objective,
  batch: number,
): number => decodeSeconds(architecture, gpu.throughput, layout, batch, inputTokens + outputTokens / 2);

/** Prompts that a server computes side by side: one for each group of GPUs that share its layers. */
const groupsOf = ({ gpus, nodes, tensorParallel }: Layout): number => (gpus * nodes) / tensorParallel;

function prefillOf(architecture: Architecture, gpu: Gpu, choice: Choice, objective: Objective): Sized | undefined {
  const alone = prefillSeconds(architecture, gpu.throughput, choice, objective.inputTokens);
  const limit = objective.ttftMs / 1000 - transferSeconds(architecture, gpu.throughput, choice, objective.inputTokens);
  const groups = groupsOf(choice);
  const load = objective.requestsPerSecond * alone;
  for (let replicas = Math.ceil(load / busiest / groups); ; replicas++) {
    const busy = load / (replicas * groups);
    const seconds = alone + waitingSeconds(alone, busy, replicas * groups);
    if (busy <= busiest && seconds <= limit)
      return {
        choice,
        replicas,
        total: replicas * choice.gpus * choice.nodes,
        seconds: seconds + objective.ttftMs / 1000 - limit,
        batch: 1,
      };
    // Waiting has all but ended, so more servers change nothing.
    if (busy < 0.01) return undefined;
  }
}

/** Mean time that a request waits for one of several servers that take the same time for each: Sakasegawa, halved. */
const waitingSeconds = (service: number, busy: number, servers: number): number =>
  (service * busy ** (Math.sqrt(2 * (servers + 1)) - 1)) / (servers * (1 - busy)) / 2;

function decodeOf(architecture: Architecture, gpu: Gpu, choice: Choice, objective: Objective): Sized | undefined {
  const limit = objective.tpotMs / 1000;
  const seconds = (batch: number) => stepSeconds(architecture, gpu, choice, objective, batch);
  const groups = groupsOf(choice);
  const cached = Math.floor(choice.kvTokens / groups / (objective.inputTokens + objective.outputTokens));
  const most = Math.min(batchLimit(gpu), cached);
  // Of each group, since all of them end a step together.
  let own = 0;
  for (let step = 2 ** Math.floor(Math.log2(Math.max(1, most))); step >= 1; step /= 2) {
    if (own + step <= most && seconds((own + step) * groups) <= limit) own += step;
  }
  if (own === 0) return undefined;
  const batch = own * groups;
  const perSecond = (batch * busiest) / (objective.outputTokens * seconds(batch));
  const replicas = Math.ceil(objective.requestsPerSecond / perSecond);
  return { choice, replicas, total: replicas * choice.gpus * choice.nodes, seconds: seconds(batch), batch };
}
