import type { Architecture } from "../catalog/models";
import { type Fit, type FitOptions, type GpuMemory, indivisible, type Layout, memoryFit } from "./memory";

/** Values that share a scale in published FP8 weights, which a division must not cut. */
const fp8Block = 128;
/** Nodes that one server may span, and the GPUs that each of them then has at least: they are to be linked well. */
const mostNodes = 4;
const leastAcross = 4;

const powersUpTo = (most: number): number[] => {
  const all = [];
  for (let power = 1; power <= most; power *= 2) all.push(power);
  return all;
};

/** Ways to divide a model over the GPUs of one node, or of as many whole nodes as it takes. Smallest first. */
export function layouts(architecture: Architecture, perNode: number): readonly Layout[] {
  const within = powersUpTo(perNode).map((gpus) => ({ gpus, nodes: 1 }));
  const across = powersUpTo(perNode < leastAcross ? 1 : mostNodes)
    .slice(1)
    .map((nodes) => ({ gpus: perNode, nodes }));
  return [...within, ...across].flatMap(({ gpus, nodes }) => {
    const all = gpus * nodes;
    const { experts } = architecture;
    return [
      ...(dividesExperts(architecture, all) ? [{ gpus, nodes, tensorParallel: all, expertParallel: false }] : []),
      // Each GPU runs attention for requests of its own, and asks the others' experts.
      ...(experts && all > 1 && experts.count % all === 0
        ? [{ gpus, nodes, tensorParallel: 1, expertParallel: true }]
        : []),
    ].filter(({ tensorParallel }) => indivisible(architecture, tensorParallel) === undefined);
  });
}

function dividesExperts({ experts, precision }: Architecture, by: number): boolean {
  if (experts === undefined) return true;
  const width = experts.feedForward / by;
  return Number.isInteger(width) && (precision !== "fp8" || width % fp8Block === 0);
}

export interface Choice extends Layout, Fit {}

/**
 * Layouts that hold the model and one longest request, smallest first. Those of several nodes only where one node's GPUs
 * do not do.
 */
export function choices(
  architecture: Architecture,
  gpu: GpuMemory,
  perNode: number,
  options: FitOptions = {},
): readonly Choice[] {
  const fitting = layouts(architecture, perNode)
    .map((layout) => ({ ...layout, ...memoryFit(architecture, gpu, layout, options) }))
    .filter(({ fits }) => fits);
  const nodes = Math.min(...fitting.map((choice) => choice.nodes));
  return fitting.filter((choice) => choice.nodes === nodes);
}

const number = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/** `2 x l40s-48gb (tensorParallel 2)` */
export const layoutInWords = ({ gpus, nodes, tensorParallel, expertParallel }: Layout, gpu: string): string =>
  `${nodes > 1 ? `${nodes} nodes of ` : ""}${gpus} x ${gpu} (${
    expertParallel ? "expertParallel" : `tensorParallel ${tensorParallel}`
  })`;

/** The GPUs that a role is to run on, as `whyNot` says them. */
export interface Place {
  /** Path in the environment, with which the sentence begins: `models.qwen3-32b.serving.decode`. */
  readonly path: string;
  /** Key of catalog/accelerators.ts. */
  readonly accelerator: string;
  readonly perNode: number;
}

/**
 * Why a model cannot be served by GPUs so laid out, and what would fit; undefined where it can. One sentence, for a
 * person who has written an environment.
 */
export function whyNot(
  architecture: Architecture,
  gpu: GpuMemory,
  layout: Layout,
  place: Place,
  options: FitOptions = {},
): string | undefined {
  const said = (reason: string) => `${place.path}: ${reason}; ${alternatives(architecture, gpu, place, options)}.`;
  const reason = indivisible(architecture, layout.tensorParallel);
  if (reason !== undefined) return said(`tensorParallel is ${layout.tensorParallel}, and ${reason}`);
  if ((layout.gpus * layout.nodes) % layout.tensorParallel !== 0)
    return said(`tensorParallel ${layout.tensorParallel} does not divide its ${layout.gpus * layout.nodes} GPUs`);
  if (layout.expertParallel && architecture.experts === undefined)
    return said("expertParallel spreads experts, and the model has none");
  const outcome = memoryFit(architecture, gpu, layout, options);
  if (outcome.fits) return undefined;
  const { maxContext = architecture.maxContext, share } = options;
  const { weightsGib, overheadGib, requestGib, usableGib } = outcome;
  const has =
    share === undefined
      ? layoutInWords(layout, place.accelerator)
      : `${number.format(share * 100)} % of one ${place.accelerator}`;
  const cached = `the cache of one request of ${number.format(maxContext)} tokens (${number.format(requestGib)} GiB)`;
  // One request is cached by the GPUs that share its layers alone.
  const longest = Math.floor((outcome.kvTokens * layout.tensorParallel) / (layout.gpus * layout.nodes));
  const shorter = outcome.cacheGib > 0 ? `, or a maxContext of at most ${number.format(longest)}` : "";
  return `${place.path}: the model needs ${number.format(weightsGib + overheadGib + requestGib)} GiB on each GPU, for its weights (${number.format(weightsGib)} GiB), ${cached} and working memory (${number.format(overheadGib)} GiB), and ${has} has ${number.format(usableGib)} GiB for them; ${alternatives(architecture, gpu, place, options)}${shorter}.`;
}

function alternatives(
  architecture: Architecture,
  gpu: GpuMemory,
  { accelerator, perNode }: Place,
  { share: _, ...options }: FitOptions,
): string {
  const fitting = choices(architecture, gpu, perNode, options).slice(0, 3);
  return fitting.length === 0
    ? `no number of ${accelerator} would fit it`
    : `what would fit: ${fitting.map((choice) => layoutInWords(choice, accelerator)).join(", ")}`;
}
