import type { Throughput } from "../catalog/accelerators";
import type { Architecture } from "../catalog/models";
import { cacheBytes, type Layout } from "./memory";
import { activeParameters, weightsOf } from "./weights";

/**
 * How much of the peak rates a server reaches, and what takes time beside them. `memory` and `hop` are those of
 * aiconfigurator-core 0.12.0 systems/*.yaml (mem_bw_empirical_scaling_factor, p2p_latency). The others were set so that
 * Qwen3 32B and, for `experts`, Qwen3 30B-A3B on one H100 take what that tool's measured kernels say. How far the rest is
 * off: docs/sizing.md.
 */
const reached = {
  compute: 0.62,
  /** Of the compute of experts, each of which has few of the tokens. */
  experts: 0.26,
  memory: 0.8,
  link: 0.7,
  /** Seconds in which a layer's kernels are started. */
  layer: 25e-6,
  /** Seconds until GPUs that exchange something begin to. */
  hop: 10e-6,
} as const;

const bf16 = 2;

/** Seconds in which a server computes one prompt of so many tokens, alone. */
export function prefillSeconds(architecture: Architecture, peak: Throughput, layout: Layout, tokens: number): number {
  const sharing = workersOf(architecture, layout);
  const products = productSeconds(architecture, peak, tokens);
  // Causal: half of all pairs of tokens.
  const attention = (attentionWork(architecture) * windowed(architecture, tokens)) / 2;
  const compute = (products + (attention * tokens) / (peak.bf16Tflops * 1e12 * reached.compute)) / sharing;
  const reading = readBytes(architecture, layout, tokens) / (peak.memoryGBps * 1e9);
  return (
    Math.max(compute, reading / reached.memory) +
    architecture.layers * reached.layer +
    exchangeSeconds(architecture, peak, layout, tokens)
  );
}

/** Seconds in which a server computes one further token of each of `batch` requests that are `context` tokens long. */
export function decodeSeconds(
  architecture: Architecture,
  peak: Throughput,
  layout: Layout,
  batch: number,
  context: number,
): number {
  const { tensorParallel } = layout;
  const groups = (layout.gpus * layout.nodes) / tensorParallel;
  // Requests that one group of GPUs, which share the layers, has.
  const own = batch / groups;
  const rate = peak.memoryGBps * 1e9 * reached.memory;
  const weights = readBytes(architecture, layout, batch) / rate;
  const products = productSeconds(architecture, peak, own) / tensorParallel;
  const cache = (own * cacheBytes(architecture, context, tensorParallel)) / rate;
  // Latent attention computes more on each byte that it reads.
  const attention =
    (own * attentionWork(architecture, true) * windowed(architecture, context)) /
    (tensorParallel * peak.bf16Tflops * 1e12 * reached.compute);
  return (
    Math.max(weights, products) +
    Math.max(cache, attention) +
    architecture.layers * reached.layer +
    exchangeSeconds(architecture, peak, layout, own)
  );
}

/** Seconds in which a prompt's cache goes from the server that computed it to the one that answers. */
export function transferSeconds(architecture: Architecture, peak: Throughput, layout: Layout, tokens: number): number {
  return cacheBytes(architecture, tokens, layout.tensorParallel) / (peak.networkGBps * 1e9 * reached.link);
}

/** Seconds in which one GPU multiplies so many tokens with all weights that they are sent to. */
function productSeconds(architecture: Architecture, peak: Throughput, tokens: number): number {
  const { layers, experts, vocabulary, whole } = activeParameters(architecture);
  const flop = 2 * tokens * ((layers + vocabulary + whole) / reached.compute + experts / reached.experts);
  return flop / tflops(architecture, peak);
}

/** FLOP/s of the large matrices: those of FP8 where both weights and tensor cores are, else BF16. */
function tflops({ precision }: Architecture, { bf16Tflops, fp8Tflops }: Throughput): number {
  return (precision === "fp8" ? (fp8Tflops ?? bf16Tflops) : bf16Tflops) * 1e12;
}

/** GPUs that work on one prompt: experts that are spread work for several prompts at once. */
const workersOf = ({ experts }: Architecture, { gpus, nodes, tensorParallel, expertParallel }: Layout): number =>
  experts && expertParallel ? 1 : Math.min(tensorParallel, gpus * nodes);

/** FLOP of one token's attention to one earlier token, of all layers. */
function attentionWork({ layers, heads, headDim, latent }: Architecture, absorbed = false): number {
  if (!latent) return layers * 4 * heads * headDim;
  // While answering, keys and values are left compressed and queries are brought to their width.
  const width = absorbed ? 2 * latent.kvRank + latent.ropeDim : 2 * headDim + latent.ropeDim;
  return layers * 2 * heads * width;
}

/** Earlier tokens that one attends to, as a mean of the layers. */
function windowed({ layers, slidingWindow }: Architecture, tokens: number): number {
  if (!slidingWindow) return tokens;
  const narrow = slidingWindow.layers / layers;
  return (1 - narrow) * tokens + narrow * Math.min(tokens, slidingWindow.tokens);
}

/** Bytes of weights that each GPU reads for so many tokens at once: of the experts, those that some token is sent to. */
function readBytes(architecture: Architecture, { gpus, nodes, tensorParallel }: Layout, tokens: number): number {
  const { layers, experts, vocabulary, whole } = weightsOf(architecture);
  const share = architecture.experts ? architecture.experts.perToken / architecture.experts.count : 0;
  const asked = 1 - (1 - share) ** tokens;
  return (layers + vocabulary / 2) / tensorParallel + (experts * asked) / (gpus * nodes) + whole;
}

/** Seconds in which the GPUs of a server exchange what so many tokens became in each layer. */
function exchangeSeconds(architecture: Architecture, peak: Throughput, layout: Layout, tokens: number): number {
  const all = layout.gpus * layout.nodes;
  if (all === 1) return 0;
  const { layers, hidden, experts } = architecture;
  const rate = (layout.nodes > 1 ? Math.min(peak.networkGBps, peak.linkGBps) : peak.linkGBps) * 1e9 * reached.link;
  const state = tokens * hidden * bf16;
  const { tensorParallel } = layout;
  // A sum over GPUs, of what each has of the attention, and of the feed-forward part.
  const sums = tensorParallel > 1 ? (2 * (tensorParallel - 1) * state) / (tensorParallel * rate) + reached.hop : 0;
  const mixed = experts ? layers - experts.denseLayers : 0;
  // To the experts and back.
  const sent = layout.expertParallel && experts ? 2 * ((experts.perToken * state) / rate + reached.hop) : 0;
  return 2 * layers * sums + mixed * sent;
}
