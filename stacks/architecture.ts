import { z } from "zod";
import type { Architecture } from "../catalog/models";

export type { Architecture } from "../catalog/models";

const count = (most: number) => z.int().min(1).max(most);

/** Tells the issues of a value whose fields are each right and do not belong together. */
function check(value: Architecture, issue: (path: string, message: string) => void): void {
  const { heads, kvHeads, layers, attention, latent, experts, slidingWindow } = value;
  if (attention === "latent" && latent === undefined) issue("latent", "latent attention has one");
  if (attention !== "latent" && latent !== undefined) issue("latent", `${attention} attention has none`);
  if (heads % kvHeads !== 0) issue("kvHeads", `a divisor of heads, which is ${heads}`);
  if (slidingWindow !== undefined && slidingWindow.layers > layers)
    issue("slidingWindow", `at most all layers, which are ${layers}`);
  if (experts !== undefined && experts.perToken > experts.count)
    issue("experts", `perToken is at most count, which is ${experts.count}`);
  if (experts !== undefined && experts.denseLayers >= layers)
    issue("experts", `denseLayers is less than layers, which is ${layers}`);
}

/** The shape of a model that the catalog does not know: what its `config.json` says. */
export const architecture = z
  .strictObject({
    layers: count(1000).describe("num_hidden_layers"),
    hidden: count(1_000_000).describe("hidden_size"),
    heads: count(10_000).describe("num_attention_heads"),
    kvHeads: count(10_000).describe("num_key_value_heads; `heads` where there is none."),
    headDim: count(10_000).describe("head_dim; hidden / heads where there is none. Of latent attention, v_head_dim."),
    vocabulary: count(10_000_000).describe("vocab_size"),
    feedForward: count(1_000_000).describe("intermediate_size: the width of a dense feed-forward layer."),
    attention: z.enum(["grouped-query", "latent"]).describe("latent where the configuration has a kv_lora_rank."),
    latent: z
      .strictObject({
        kvRank: count(100_000).describe("kv_lora_rank"),
        ropeDim: count(10_000).describe("qk_rope_head_dim"),
        queryRank: count(100_000).optional().describe("q_lora_rank"),
      })
      .optional()
      .describe("Of latent attention: what is cached for a token and layer."),
    experts: z
      .strictObject({
        count: count(10_000).describe("num_experts, num_local_experts or n_routed_experts"),
        perToken: count(1000).describe("num_experts_per_tok"),
        shared: z.int().min(0).max(1000).describe("n_shared_experts; 0 where there is none."),
        feedForward: count(1_000_000).describe("moe_intermediate_size: the width of one expert."),
        denseLayers: z.int().min(0).max(1000).describe("first_k_dense_replace: layers without experts."),
      })
      .optional()
      .describe("Of a mixture of experts."),
    slidingWindow: z
      .strictObject({
        tokens: count(100_000_000).describe("sliding_window"),
        layers: count(1000).describe("Layers that have it."),
      })
      .optional()
      .describe("Layers that look back over so many tokens alone."),
    parametersBillions: z.number().positive().max(100_000),
    activeParametersBillions: z.number().positive().max(100_000).optional().describe("Of a mixture, for one token."),
    precision: z.enum(["bf16", "fp8", "mxfp4"]).describe("Of the published weights."),
    weightsGib: z.number().positive().max(1_000_000).describe("GiB of the weights that a server loads."),
    maxContext: count(1_000_000_000).describe("max_position_embeddings"),
  })
  .superRefine((value, context) =>
    check(value, (field, message) => {
      context.addIssue({ code: "custom", path: [field], message });
    }),
  );
