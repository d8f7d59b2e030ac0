/** A model as its publisher describes it. `weightsGib` is the size of the published weights, `maxContext` in tokens. */
export interface CatalogModel {
  readonly huggingFace: string;
  /** Commit of the Hugging Face repository; only where a source names it. */
  readonly revision?: string;
  readonly parametersBillions: number;
  /** Parameters active for one token, where the model is a mixture of experts. */
  readonly activeParametersBillions?: number;
  /** GiB of the weights in `precision`, computed from the parameter count. */
  readonly weightsGib: number;
  readonly precision: "bf16" | "fp8";
  readonly maxContext: number;
  readonly license: string;
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

const table = {
  "qwen3-32b": {
    huggingFace: "Qwen/Qwen3-32B",
    parametersBillions: 32.8,
    weightsGib: 61.1,
    precision: "bf16",
    maxContext: 32_768,
    license: "Apache-2.0",
    source: "https://openrouter.ai/qwen/qwen3-32b (parameters, context); model card Qwen/Qwen3-32B (licence)",
    date: "2025-04-29",
    note: "Native context; 131,072 tokens with YaRN.",
  },
  "deepseek-r1": {
    huggingFace: "deepseek-ai/DeepSeek-R1",
    parametersBillions: 671,
    activeParametersBillions: 37,
    weightsGib: 624.9,
    precision: "fp8",
    maxContext: 131_072,
    license: "MIT",
    source: "deepseek-ai/DeepSeek-R1 README.md at 00f3296a1439",
    date: "2025-01-20",
    note: "A mixture of experts, published in FP8. The context is stated as 128K. The published files are larger: they hold a multi-token prediction module too, which the parameter count leaves out.",
  },
} as const satisfies Readonly<Record<string, CatalogModel>>;

export type ModelName = keyof typeof table;
export const models: Readonly<Record<ModelName, CatalogModel>> = table;
