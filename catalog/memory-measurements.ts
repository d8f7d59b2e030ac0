import type { AcceleratorName } from "./accelerators";
import type { ModelName } from "./models";

/** What a server of vLLM logged of its memory when it started, and who published that. */
export interface MemoryMeasurement {
  readonly model: ModelName;
  readonly accelerator: AcceleratorName;
  /** GPUs of the server, all of which share each layer. */
  readonly gpus: number;
  /** `--gpu-memory-utilization` */
  readonly utilization: number;
  /** Tokens of the longest request: `--max-model-len`. */
  readonly maxContext: number;
  /** Whether it started. */
  readonly fits: boolean;
  /** GiB on each GPU that were left for the cache; below zero where weights and working memory were too much. */
  readonly cacheGib?: number;
  /** Tokens of the cache, where they are stated. */
  readonly kvTokens?: number;
  readonly source: string;
}

const llmD =
  "llm-d/llm-d-benchmark config_explorer/empirical-vllm-memory-results.md at 4f4d44943c39b76b28e30dfa1fb0dfaf1ee894b5";
const lmCache = "https://github.com/LMCache/LMCache/pull/1769 (docs: KV Cache Sizes for Popular Models)";

const onH100 = { accelerator: "h100-80gb", gpus: 1, utilization: 0.9 } as const;

/**
 * Logs of models and GPUs of this catalog. One row of llm-d's table is left out, gpt-oss-120b: its figures add up with a
 * utilization of 0.95 and not with the 0.9 that it states.
 */
export const memoryMeasurements: readonly MemoryMeasurement[] = [
  { ...onH100, model: "qwen3-0.6b", maxContext: 32_000, fits: true, cacheGib: 64.45, source: llmD },
  { ...onH100, model: "llama-3.1-8b", maxContext: 16_000, fits: true, cacheGib: 51.38, source: llmD },
  { ...onH100, model: "gpt-oss-20b", maxContext: 16_000, fits: true, cacheGib: 50.28, source: llmD },
  { ...onH100, model: "qwen3-32b", maxContext: 16_000, fits: true, cacheGib: 4.45, source: llmD },
  { ...onH100, model: "qwen3-32b", maxContext: 32_000, fits: false, source: llmD },
  { ...onH100, model: "qwen3-32b", gpus: 2, maxContext: 16_000, fits: true, cacheGib: 34.49, source: llmD },
  { ...onH100, model: "deepseek-r1", maxContext: 16_000, fits: false, source: llmD },
  {
    ...onH100,
    model: "qwen3-32b",
    gpus: 2,
    maxContext: 40_960,
    fits: true,
    cacheGib: 33.66,
    kvTokens: 275_760,
    source: lmCache,
  },
  {
    ...onH100,
    // It was Llama 3.1 70B, of the same shape.
    model: "llama-3.3-70b",
    gpus: 4,
    maxContext: 131_072,
    fits: true,
    cacheGib: 32.06,
    kvTokens: 420_208,
    source: lmCache,
  },
  {
    ...onH100,
    model: "qwen3-235b-a22b-fp8",
    gpus: 4,
    maxContext: 40_960,
    fits: true,
    cacheGib: 8.11,
    kvTokens: 178_880,
    source: "https://github.com/vllm-project/vllm/issues/21348",
  },
  {
    ...onH100,
    model: "gpt-oss-120b",
    maxContext: 131_072,
    fits: false,
    cacheGib: -2.14,
    source: "https://github.com/vllm-project/vllm/issues/23278",
  },
  {
    model: "gpt-oss-20b",
    accelerator: "a100-80gb",
    gpus: 1,
    utilization: 0.65,
    maxContext: 131_072,
    fits: true,
    cacheGib: 36.56,
    source: "https://myoceane.fr/index.php/ai-vllm-a100-gemma-4/ (vLLM 0.19.0)",
  },
];
