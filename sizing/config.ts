import type { Architecture } from "../catalog/models";
import { computedWeights, parametersOf, sum } from "./weights";

/** A model's `config.json`, as far as it is read. */
type Config = Readonly<Record<string, unknown>>;

/** A `config.json` that says something that cannot be understood: what, and what was expected. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/**
 * The architecture that a `config.json` of Hugging Face describes.
 *
 * @throws ConfigError where it lacks a dimension, or describes layers of a kind that these formulae do not know.
 */
export function architectureOf(config: Config): Architecture {
  // Models that see have a part for text.
  const text = isRecord(config.text_config) ? { ...config, ...config.text_config } : config;
  const need = (...names: string[]): number => {
    const value = optional(text, ...names);
    if (value === undefined) throw new ConfigError(`config.json has no ${names.join(" or ")}: expected a whole number`);
    return value;
  };
  refuseUnknownLayers(text);
  const layers = need("num_hidden_layers");
  const hidden = need("hidden_size");
  const heads = need("num_attention_heads");
  const kvRank = optional(text, "kv_lora_rank");
  const queryRank = optional(text, "q_lora_rank");
  const latent =
    kvRank === undefined
      ? undefined
      : { kvRank, ropeDim: need("qk_rope_head_dim"), ...(queryRank === undefined ? {} : { queryRank }) };
  const experts = expertsOf(text, need);
  const slidingWindow = slidingWindowOf(text, layers);
  const shape = {
    layers,
    hidden,
    heads,
    kvHeads: latent ? heads : (optional(text, "num_key_value_heads") ?? heads),
    headDim: optional(text, latent ? "v_head_dim" : "head_dim") ?? hidden / heads,
    vocabulary: need("vocab_size"),
    feedForward: need("intermediate_size"),
    attention: latent ? "latent" : "grouped-query",
    ...(latent ? { latent } : {}),
    ...(experts ? { experts } : {}),
    ...(slidingWindow ? { slidingWindow } : {}),
    precision: precisionOf(config),
    maxContext: need("max_position_embeddings"),
  } as const;
  return { ...shape, ...sizesOf(shape, text.tie_word_embeddings === true) };
}

type Shape = Omit<Architecture, "parametersBillions" | "activeParametersBillions" | "weightsGib">;

function sizesOf(shape: Shape, tied: boolean) {
  const whole = { ...shape, parametersBillions: 1, weightsGib: 1 };
  const parameters = parametersOf(whole);
  const weights = computedWeights(whole);
  // Tied: the embedding of tokens is also what makes logits.
  const halved = <T extends { readonly vocabulary: number }>(parts: T): T =>
    tied ? { ...parts, vocabulary: parts.vocabulary / 2 } : parts;
  const round = (value: number) => Math.round(value * 1000) / 1000;
  const share = shape.experts ? shape.experts.perToken / shape.experts.count : 1;
  const own = halved(parameters);
  return {
    parametersBillions: round(sum(own) / 1e9),
    ...(shape.experts ? { activeParametersBillions: round(sum({ ...own, experts: own.experts * share }) / 1e9) } : {}),
    weightsGib: round(sum(halved(weights)) / 2 ** 30),
  };
}

const isRecord = (value: unknown): value is Config => typeof value === "object" && value !== null;

function optional(config: Config, ...names: string[]): number | undefined {
  const name = names.find((candidate) => config[candidate] !== undefined && config[candidate] !== null);
  if (name === undefined) return undefined;
  const value = config[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new ConfigError(`config.json: ${name} is ${JSON.stringify(value)}, expected a whole number`);
  return value;
}

/** Layers that keep a state instead of a cache, or that attend to chosen tokens alone. */
function refuseUnknownLayers(config: Config): void {
  const kinds = Array.isArray(config.layer_types) ? config.layer_types : [];
  const other = kinds.find((kind) => kind !== "full_attention" && kind !== "sliding_attention");
  const sign = [
    "index_topk",
    "ssm_state_size",
    "mamba_num_heads",
    "linear_num_key_heads",
    "hybrid_override_pattern",
  ].find((name) => config[name] !== undefined && config[name] !== null);
  const what = other ?? sign;
  if (what !== undefined)
    throw new ConfigError(
      `config.json has ${JSON.stringify(what)}: its layers are neither grouped-query nor latent attention, which alone are known here`,
    );
}

function expertsOf(config: Config, need: (...names: string[]) => number): Architecture["experts"] {
  const count = optional(config, "num_experts", "n_routed_experts", "num_local_experts");
  if (count === undefined || count === 0) return undefined;
  return {
    count,
    perToken: need("num_experts_per_tok", "experts_per_token"),
    shared: optional(config, "n_shared_experts") ?? 0,
    feedForward: need("moe_intermediate_size", "intermediate_size"),
    denseLayers: optional(config, "first_k_dense_replace") ?? 0,
  };
}

function slidingWindowOf(config: Config, layers: number): Architecture["slidingWindow"] {
  const tokens = optional(config, "sliding_window");
  if (tokens === undefined || tokens === 0 || config.use_sliding_window === false) return undefined;
  const kinds = Array.isArray(config.layer_types) ? config.layer_types : undefined;
  const windowed = kinds ? kinds.filter((kind) => kind === "sliding_attention").length : layers;
  return windowed === 0 ? undefined : { tokens, layers: windowed };
}

function precisionOf(config: Config): Architecture["precision"] {
  const quantization = config.quantization_config;
  if (!isRecord(quantization)) return "bf16";
  const method = `${quantization.quant_method}`;
  if (method === "fp8" || method === "mxfp4") return method;
  throw new ConfigError(
    `config.json: quantization_config.quant_method is "${method}"; expected fp8, mxfp4 or no quantization`,
  );
}

/** A `config.json` of a model of such a shape, for tools that read one. */
export function configOf(architecture: Architecture): Config {
  const { experts, latent, slidingWindow, precision, layers } = architecture;
  const [name, type] = latent
    ? ["DeepseekV3ForCausalLM", "deepseek_v3"]
    : slidingWindow
      ? ["GptOssForCausalLM", "gpt_oss"]
      : experts
        ? ["Qwen3MoeForCausalLM", "qwen3_moe"]
        : ["LlamaForCausalLM", "llama"];
  return {
    architectures: [name],
    model_type: type,
    torch_dtype: "bfloat16",
    num_hidden_layers: layers,
    hidden_size: architecture.hidden,
    num_attention_heads: architecture.heads,
    num_key_value_heads: architecture.kvHeads,
    head_dim: architecture.headDim,
    intermediate_size: architecture.feedForward,
    vocab_size: architecture.vocabulary,
    max_position_embeddings: architecture.maxContext,
    ...(latent
      ? {
          kv_lora_rank: latent.kvRank,
          qk_rope_head_dim: latent.ropeDim,
          qk_nope_head_dim: architecture.headDim,
          v_head_dim: architecture.headDim,
          q_lora_rank: latent.queryRank ?? null,
        }
      : {}),
    ...(experts
      ? {
          // The three names that families have for one thing.
          ...{ num_experts: experts.count, num_local_experts: experts.count, n_routed_experts: experts.count },
          num_experts_per_tok: experts.perToken,
          moe_intermediate_size: experts.feedForward,
          n_shared_experts: experts.shared,
          first_k_dense_replace: experts.denseLayers,
        }
      : {}),
    ...(slidingWindow
      ? {
          sliding_window: slidingWindow.tokens,
          layer_types: Array.from({ length: layers }, (_, layer) =>
            layer < slidingWindow.layers ? "sliding_attention" : "full_attention",
          ),
        }
      : {}),
    ...(precision === "bf16"
      ? {}
      : {
          quantization_config: {
            quant_method: precision,
            ...(precision === "fp8"
              ? { fmt: "e4m3", activation_scheme: "dynamic", weight_block_size: [128, 128] }
              : {}),
          },
        }),
  };
}
