import { type AcceleratorName, accelerators } from "../catalog/accelerators";
import { memoryMeasurements } from "../catalog/memory-measurements";
import { type ModelName, models } from "../catalog/models";
import { findAiconfigurator, type Installed, measure, ownMinimum, read } from "../sizing/aiconfigurator";
import { memoryFit } from "../sizing/memory";
import type { Objective } from "../sizing/objective";
import { plan } from "../sizing/plan";
import type { Case, Comparison } from "./case";

const left = (title: string) => ({ title, align: "left" }) as const;
const right = (title: string) => ({ title, align: "right" }) as const;
const inFull = (value: number): string => value.toLocaleString("en-GB");

/** What was measured, ours of it, and how many times as much ours is. */
const beside = (ours: number, theirs: number | undefined) => ({
  ours,
  ...(theirs === undefined ? {} : { theirs, ...(theirs > 0 && ours > 0 ? { ratio: ours / theirs } : {}) }),
});

const ratio = (of: { readonly ratio?: number }): string => of.ratio?.toFixed(2) ?? "";

/** Memory of servers that others started, and logged, beside what `memoryFit` says of the same. */
export function memoryComparison(): Comparison {
  const figures = memoryMeasurements.map((measured) => {
    const { model, accelerator, gpus, utilization, maxContext } = measured;
    const ours = memoryFit(
      models[model],
      accelerators[accelerator],
      { gpus, nodes: 1, tensorParallel: gpus, expertParallel: false },
      { utilization, maxContext },
    );
    return {
      ...{ model, accelerator, gpus, utilization, maxContext, source: measured.source },
      fits: { ours: ours.fits, theirs: measured.fits },
      cacheGib: beside(ours.cacheGib, measured.cacheGib),
      kvTokens: beside(ours.kvTokens, measured.kvTokens),
    };
  });
  return {
    columns: [
      ...[left("memory of a server"), right("longest request"), right("utilization"), left("fits"), left("measured")],
      ...[right("cache GiB"), right("measured"), right("ratio")],
      ...[right("KV tokens"), right("measured"), right("ratio"), left("source")],
    ],
    rows: figures.map(({ model, accelerator, gpus, utilization, maxContext, source, fits, cacheGib, kvTokens }) => [
      `${model} on ${gpus} x ${accelerator}`,
      inFull(maxContext),
      `${utilization}`,
      fits.ours ? "yes" : "no",
      fits.theirs ? "yes" : "no",
      cacheGib.ours.toFixed(2),
      cacheGib.theirs?.toFixed(2) ?? "",
      ratio(cacheGib),
      inFull(kvTokens.ours),
      kvTokens.theirs === undefined ? "" : inFull(kvTokens.theirs),
      ratio(kvTokens),
      source,
    ]),
    figures,
  };
}

interface Asked {
  readonly model: ModelName;
  readonly accelerator: AcceleratorName;
  readonly objective: Objective;
}

const asked = (
  model: ModelName,
  accelerator: AcceleratorName,
  [inputTokens, outputTokens]: readonly [number, number],
  [ttftMs, tpotMs]: readonly [number, number],
  requestsPerSecond: number,
): Asked => ({ model, accelerator, objective: { inputTokens, outputTokens, ttftMs, tpotMs, requestsPerSecond } });

/** Models and GPUs of several sizes, at rates at which one replica more or less is not the whole difference. */
const objectives: readonly Asked[] = [
  asked("qwen3-32b", "h100-80gb", [5000, 500], [1500, 40], 20),
  asked("qwen3-8b", "h100-80gb", [2000, 300], [500, 20], 100),
  asked("qwen3-8b", "l40s-48gb", [2000, 300], [1000, 50], 50),
  asked("qwen3-32b", "a100-80gb", [4000, 500], [3000, 50], 20),
  asked("qwen3-32b", "b200-180gb", [5000, 500], [1000, 25], 100),
  asked("llama-3.3-70b", "h100-80gb", [4000, 500], [2000, 40], 20),
  asked("llama-3.3-70b", "h200-141gb", [4000, 1000], [1000, 30], 20),
  asked("qwen3-235b-a22b", "h200-141gb", [4000, 500], [2000, 50], 20),
];

/** GPUs of one node, in the clouds' machines of all of these types. */
const perNode = 8;

interface GpuFigures extends Asked {
  readonly ours?: number;
  /** The tool's own minimum, and how many times as many ours are. */
  readonly theirs?: number;
  readonly ratio?: number;
  /** Pools that are sized by its kernels' rates, as `npm run size` does, and the same of those. */
  readonly byKernels?: number;
  readonly ratioByKernels?: number;
  readonly by?: string;
  readonly why?: string;
}

async function gpuFigures(one: Asked, installed: Installed | undefined, signal: AbortSignal): Promise<GpuFigures> {
  const { model, accelerator, objective } = one;
  const planned = plan(models[model], accelerators[accelerator], perNode, objective);
  const ours = "plan" in planned ? { ours: planned.plan.gpus } : { why: planned.why };
  if (!installed) return { ...one, ...ours };
  const { huggingFace } = models[model];
  const answer = await measure(installed, { architecture: models[model], huggingFace }, accelerator, objective, signal);
  if ("why" in answer) return { ...one, ...ours, why: answer.why };
  const theirs = ownMinimum(answer.rows, objective);
  const kernels = read(answer.rows, perNode, objective);
  const byKernels = "plan" in kernels ? kernels.plan.gpus : undefined;
  return {
    ...one,
    ...ours,
    by: answer.by,
    ...(theirs === undefined ? {} : { theirs, ...(ours.ours && { ratio: ours.ours / theirs }) }),
    ...(byKernels === undefined ? {} : { byKernels, ...(ours.ours && { ratioByKernels: ours.ours / byKernels }) }),
  };
}

export function gpuComparison(figures: readonly GpuFigures[]): Comparison {
  const text = (value: number | undefined) => (value === undefined ? "" : `${value}`);
  return {
    columns: [
      ...[left("GPUs for an objective"), right("req/s"), right("tokens"), right("TTFT ms"), right("TPOT ms")],
      ...[right("ours"), right("aiconfigurator"), right("ratio"), right("pools by its kernels"), right("ratio")],
      ...[left("by"), left("why not")],
    ],
    rows: figures.map(
      ({ model, accelerator, objective, ours, theirs, byKernels, ratioByKernels, by, why, ...rest }) => [
        `${model} on ${accelerator}`,
        `${objective.requestsPerSecond}`,
        `${objective.inputTokens} + ${objective.outputTokens}`,
        `${objective.ttftMs}`,
        `${objective.tpotMs}`,
        text(ours),
        text(theirs),
        ratio(rest),
        text(byKernels),
        ratioByKernels?.toFixed(2) ?? "",
        by ?? "",
        why ?? "",
      ],
    ),
    figures,
  };
}

/** How far sizes are from what was measured. It asks another tool, minutes long, so it runs only when named. */
export const sizing: Case = {
  name: "sizing",
  title: "memory and GPUs of models beside public measurements; takes minutes where aiconfigurator is installed",
  byDefault: false,
  needsTools: false,

  async run({ signal }) {
    const installed = await findAiconfigurator();
    const figures: GpuFigures[] = [];
    for (const one of objectives) {
      signal.throwIfAborted();
      if (installed) process.stderr.write(`  asking aiconfigurator about ${one.model} on ${one.accelerator}\n`);
      figures.push(await gpuFigures(one, installed, signal));
    }
    return {
      measurements: [],
      comparisons: [memoryComparison(), gpuComparison(figures)],
      notes: [
        "cache GiB are of each GPU, KV tokens of the server; ratio: how many times as much ours is",
        "working memory was set by the single-GPU rows of llm-d; the others were not used for it",
        "GPUs are those of prefill and decode servers together; the roofline was set by qwen3-32b and, for experts, qwen3-30b-a3b on one h100-80gb",
        installed
          ? `aiconfigurator ${installed.version} was asked just now. It adds servers in groups of some for prompts and some for answers; pools by its kernels are the same rates, each pool counted by itself`
          : "aiconfigurator is not installed, so GPUs were compared with nothing: pip install aiconfigurator, or state its path in AICONFIGURATOR",
      ],
    };
  },
};
