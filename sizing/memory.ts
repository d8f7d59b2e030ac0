import type { Accelerator } from "../catalog/accelerators";
import type { Architecture } from "../catalog/models";
import { weightsOf } from "./weights";

/**
 * Share of a GPU's memory that a server may fill: vLLM's `--gpu-memory-utilization`. Its default was 0.9; newer releases
 * have 0.92 and take CUDA graphs from it too, which comes to about the same (docs/sizing.md).
 */
export const memoryUtilization = 0.9;

export const gib = 2 ** 30;

/**
 * What a server needs besides weights and cache, in bytes on each of its GPUs. Measured on H100s:
 * llm-d/llm-d-benchmark config_explorer/empirical-vllm-memory-results.md at 259334868c50.
 */
const overhead = {
  /** What CUDA leaves of the memory that the driver reports: 79.18 GiB of 79.65. */
  reserved: 0.47 * gib,
  /** CUDA's and NCCL's own, on one GPU and on each of several. */
  alone: 0.14 * gib,
  together: 0.55 * gib,
  /** For each logit of the largest batch, while tokens are drawn from it: 4.76 GiB of 1024 x 128,256 and the like. */
  perLogit: 38.6,
} as const;

/**
 * Requests of the largest batch that vLLM plans for where nothing is set: vllm/engine/arg_utils.py, get_batch_defaults.
 * An A100 counts as a small GPU there.
 */
export const batchLimit = ({ memoryMib, architecture }: GpuMemory, share = 1): number =>
  memoryMib * share >= 70 * 1024 && architecture !== "Ampere" ? 1024 : 256;

/** What fitting depends on of an entry of catalog/accelerators.ts. */
export type GpuMemory = Pick<Accelerator, "memoryMib" | "architecture">;

/** The GPUs of one model server, and how they divide the work. */
export interface Layout {
  /** GPUs of one node. */
  readonly gpus: number;
  readonly nodes: number;
  /** GPUs that share each layer. What is left over of all GPUs runs data-parallel. */
  readonly tensorParallel: number;
  /** Whether each expert is on one GPU, not divided over them. */
  readonly expertParallel: boolean;
}

export interface FitOptions {
  /** Part of one GPU's memory that the server has, from 0 to 1; all of it where none is stated. */
  readonly share?: number;
  /** Tokens of the longest request; the model's own limit where none is stated. */
  readonly maxContext?: number;
  /** Of the cache; that of the weights' computation, BF16, where none is stated. */
  readonly kvPrecision?: "bf16" | "fp8";
  readonly utilization?: number;
}

/** How a server's memory comes out, in GiB on each of its GPUs. */
export interface Fit {
  readonly fits: boolean;
  readonly weightsGib: number;
  readonly overheadGib: number;
  /** What is left for the cache; below zero where not even the weights fit. */
  readonly cacheGib: number;
  /** What the cache of one longest request takes. */
  readonly requestGib: number;
  /** What the server may fill of each GPU: weights, overhead and cache together. */
  readonly usableGib: number;
  /** Tokens that all GPUs of the server cache together, of requests of the longest kind. */
  readonly kvTokens: number;
}

/** Bytes that the cache of one request of so many tokens takes on each GPU of those that share its layers. */
export function cacheBytes(
  architecture: Architecture,
  tokens: number,
  tensorParallel: number,
  precision: FitOptions["kvPrecision"] = "bf16",
): number {
  const { layers, kvHeads, headDim, latent, slidingWindow } = architecture;
  // Latent attention's cache cannot be divided by heads; neither can one head's. Each GPU then has its own.
  const values = latent ? latent.kvRank + latent.ropeDim : 2 * Math.max(1, kvHeads / tensorParallel) * headDim;
  const windowed = slidingWindow?.layers ?? 0;
  const kept = (layers - windowed) * tokens + windowed * Math.min(tokens, slidingWindow?.tokens ?? 0);
  return kept * values * (precision === "fp8" ? 1 : 2);
}

/** Whether a model fits the GPUs of one server, with a cache for at least one longest request. */
export function memoryFit(architecture: Architecture, gpu: GpuMemory, layout: Layout, options: FitOptions = {}): Fit {
  const { share = 1, maxContext = architecture.maxContext, utilization = memoryUtilization } = options;
  const { tensorParallel } = layout;
  const all = layout.gpus * layout.nodes;
  const weights = weightsPerGpu(architecture, layout);
  const fixed =
    (all > 1 ? overhead.together : overhead.alone) +
    overhead.perLogit * batchLimit(gpu, share) * architecture.vocabulary;
  const usable = (gpu.memoryMib * 2 ** 20 - overhead.reserved) * share * utilization;
  const cache = usable - weights - fixed;
  const request = cacheBytes(architecture, maxContext, tensorParallel, options.kvPrecision);
  const requests = Math.max(0, cache / request) * (all / tensorParallel);
  return {
    fits: cache >= request,
    weightsGib: weights / gib,
    overheadGib: fixed / gib,
    cacheGib: cache / gib,
    requestGib: request / gib,
    usableGib: usable / gib,
    kvTokens: Math.floor(requests * maxContext),
  };
}

function weightsPerGpu(architecture: Architecture, { gpus, nodes, tensorParallel }: Layout): number {
  const { layers, experts, vocabulary, whole } = weightsOf(architecture);
  return (layers + vocabulary) / tensorParallel + experts / (gpus * nodes) + whole;
}

/** Why a model cannot be divided by so many GPUs, where it cannot: vLLM's own checks. */
export function indivisible(
  { heads, kvHeads, latent, feedForward, experts }: Architecture,
  by: number,
): string | undefined {
  if (heads % by !== 0) return `its ${heads} attention heads cannot be divided by ${by}`;
  if (!latent && kvHeads % by !== 0 && by % kvHeads !== 0) return `its ${kvHeads} KV heads cannot be divided by ${by}`;
  const dense = experts === undefined || experts.denseLayers > 0;
  if (dense && feedForward % by !== 0) return `its feed-forward width of ${feedForward} cannot be divided by ${by}`;
  return undefined;
}
