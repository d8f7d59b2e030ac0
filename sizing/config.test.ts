import { describe, expect, it } from "vitest";
import { type Architecture, models } from "../catalog/models";
import { architectureOf, ConfigError, configOf } from "./config";

/** The fields that are read of Qwen/Qwen3-8B's configuration. */
const qwen8b = {
  architectures: ["Qwen3ForCausalLM"],
  head_dim: 128,
  hidden_size: 4096,
  intermediate_size: 12_288,
  max_position_embeddings: 40_960,
  num_attention_heads: 32,
  num_hidden_layers: 36,
  num_key_value_heads: 8,
  sliding_window: null,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  use_sliding_window: false,
  vocab_size: 151_936,
};

const shapeOf = (architecture: Architecture) => {
  const { parametersBillions, activeParametersBillions, weightsGib, ...shape } = architecture;
  const { huggingFace, revision, license, source, date, note, ...rest } = shape as Record<string, unknown>;
  return rest;
};

describe("a config.json", () => {
  it("of a dense model gives its shape and size", () => {
    const architecture = architectureOf(qwen8b);
    expect(shapeOf(architecture)).toEqual(shapeOf(models["qwen3-8b"]));
    expect(architecture.parametersBillions).toBeCloseTo(8.19, 2);
    expect(architecture.weightsGib).toBeCloseTo(15.26, 1);
    expect(architecture.activeParametersBillions).toBeUndefined();
  });

  it("with one table of tokens counts it once", () => {
    const tied = architectureOf({ ...qwen8b, tie_word_embeddings: true });
    expect(tied.parametersBillions).toBeCloseTo(8.19 - (151_936 * 4096) / 1e9, 2);
  });

  it.each(Object.entries(models))("written of %s is read as the same shape", (_, model) => {
    const read = architectureOf(configOf(model));
    expect(shapeOf(read)).toEqual(shapeOf(model));
    // One table of tokens instead of two is all that may differ.
    expect(read.weightsGib / model.weightsGib).toBeGreaterThan(0.99);
    expect(read.weightsGib / model.weightsGib).toBeLessThan(1.3);
  });

  it("of a model that sees is read by its text part", () => {
    const { architectures, ...text } = qwen8b;
    expect(shapeOf(architectureOf({ architectures, text_config: text }))).toEqual(shapeOf(models["qwen3-8b"]));
  });

  it("without heads of keys or their width has the usual ones", () => {
    const { num_key_value_heads, head_dim, ...rest } = qwen8b;
    expect(architectureOf(rest)).toMatchObject({ kvHeads: 32, headDim: 128 });
  });

  it("counts the layers of a window, or takes all", () => {
    const windowed = { ...qwen8b, sliding_window: 4096, use_sliding_window: undefined };
    expect(architectureOf(windowed).slidingWindow).toEqual({ tokens: 4096, layers: 36 });
    const kinds = ["sliding_attention", "full_attention", "sliding_attention"];
    expect(architectureOf({ ...windowed, layer_types: kinds }).slidingWindow).toEqual({ tokens: 4096, layers: 2 });
    expect(architectureOf(qwen8b).slidingWindow).toBeUndefined();
  });

  it.each([
    [{ num_hidden_layers: undefined }, "config.json has no num_hidden_layers: expected a whole number"],
    [{ hidden_size: "4096" }, 'config.json: hidden_size is "4096", expected a whole number'],
    [{ vocab_size: -1 }, "config.json: vocab_size is -1, expected a whole number"],
    [{ quantization_config: { quant_method: "awq" } }, 'quant_method is "awq"; expected fp8, mxfp4'],
    [{ layer_types: ["linear_attention"] }, 'config.json has "linear_attention": its layers are neither'],
    [{ ssm_state_size: 128 }, 'config.json has "ssm_state_size": its layers are neither'],
    [{ kv_lora_rank: 512 }, "config.json has no qk_rope_head_dim"],
    [{ num_experts: 8 }, "config.json has no num_experts_per_tok or experts_per_token"],
  ])("is refused with %o", (change, message) => {
    const read = () => architectureOf({ ...qwen8b, ...change });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  });
});
