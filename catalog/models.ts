import type { CatalogModel } from "./architecture";
import { configs, day } from "./model-sources";
import { qwen3 } from "./qwen3-models";

export type { Architecture, CatalogModel } from "./architecture";

/** Where repositories of models are. */
export const huggingFaceUrl = "https://huggingface.co";

const llama3 = {
  attention: "grouped-query",
  vocabulary: 128_256,
  headDim: 128,
  kvHeads: 8,
  precision: "bf16",
  maxContext: 131_072,
  date: day,
} as const;

const gptOss = {
  hidden: 2880,
  heads: 64,
  kvHeads: 8,
  headDim: 64,
  vocabulary: 201_088,
  feedForward: 2880,
  attention: "grouped-query",
  precision: "mxfp4",
  maxContext: 131_072,
  license: "Apache-2.0",
  source: `${configs}; https://docs.studio.nebius.com/cookbook/models/gpt-oss (parameters, licence)`,
  date: day,
  note: "Experts in MXFP4, all else in BF16. Every other layer looks back over 128 tokens.",
} as const;

const deepseek3 = {
  layers: 61,
  hidden: 7168,
  heads: 128,
  kvHeads: 128,
  headDim: 128,
  vocabulary: 129_280,
  feedForward: 18_432,
  attention: "latent",
  latent: { kvRank: 512, ropeDim: 64, queryRank: 1536 },
  experts: { count: 256, perToken: 8, shared: 1, feedForward: 2048, denseLayers: 3 },
  parametersBillions: 671,
  activeParametersBillions: 37,
  precision: "fp8",
  weightsGib: 626.9,
  maxContext: 163_840,
  note: "Published in FP8; embeddings and norms in BF16. The published files hold 641.3 GiB: they have a multi-token prediction module too, which is not loaded unless it is asked for. The publisher states the context as 128K.",
} as const;

const table = {
  ...qwen3,
  "llama-3.1-8b": {
    ...llama3,
    huggingFace: "meta-llama/Llama-3.1-8B-Instruct",
    revision: "0e9e39f249a16976918f6564b8830bc894c89659",
    layers: 32,
    hidden: 4096,
    heads: 32,
    feedForward: 14_336,
    parametersBillions: 8.03,
    weightsGib: 14.96,
    license: "Llama 3.1 Community License",
    source: `${configs}, of meta-llama/Meta-Llama-3.1-8B; meta-llama/llama-models models/llama3_1/MODEL_CARD.md (licence)`,
  },
  "llama-3.3-70b": {
    ...llama3,
    huggingFace: "meta-llama/Llama-3.3-70B-Instruct",
    revision: "6f6073b423013f6a7d4d9f39144961bfbfbc386b",
    layers: 80,
    hidden: 8192,
    heads: 64,
    feedForward: 28_672,
    parametersBillions: 70.554,
    weightsGib: 131.42,
    license: "Llama 3.3 Community License",
    source: `${configs}, of meta-llama/Meta-Llama-3.1-70B; meta-llama/llama-models models/llama3_3/MODEL_CARD.md at 8c88b8c0d75dbd136b6895220c4f56ccbe2f2d24 (size, context, licence)`,
    note: "Its own config.json was not read: the shape is that of Llama 3.1 70B, whose size and context the model card repeats.",
  },
  "llama-3.1-405b": {
    ...llama3,
    huggingFace: "meta-llama/Llama-3.1-405B-Instruct",
    layers: 126,
    hidden: 16_384,
    heads: 128,
    feedForward: 53_248,
    parametersBillions: 405.853,
    weightsGib: 755.96,
    license: "Llama 3.1 Community License",
    source: `${configs}, of meta-llama/Meta-Llama-3.1-405B; meta-llama/llama-models models/llama3_1/MODEL_CARD.md (licence)`,
  },
  "gpt-oss-20b": {
    ...gptOss,
    huggingFace: "openai/gpt-oss-20b",
    revision: "6cee5e81ee83917806bbde320786a8fb61efebee",
    layers: 24,
    experts: { count: 32, perToken: 4, shared: 0, feedForward: 2880, denseLayers: 0 },
    slidingWindow: { tokens: 128, layers: 12 },
    parametersBillions: 20.9,
    activeParametersBillions: 3.6,
    weightsGib: 12.82,
  },
  "gpt-oss-120b": {
    ...gptOss,
    huggingFace: "openai/gpt-oss-120b",
    revision: "b5c939de8f754692c1647ca79fbf85e8c1e70f8a",
    layers: 36,
    experts: { count: 128, perToken: 4, shared: 0, feedForward: 2880, denseLayers: 0 },
    slidingWindow: { tokens: 128, layers: 18 },
    parametersBillions: 116.8,
    activeParametersBillions: 5.1,
    weightsGib: 60.77,
  },
  "deepseek-v3": {
    ...deepseek3,
    huggingFace: "deepseek-ai/DeepSeek-V3",
    revision: "e815299b0bcbac849fa540c768ef21845365c9eb",
    license: "DeepSeek License Agreement",
    source: configs,
    date: day,
  },
  "deepseek-r1": {
    ...deepseek3,
    huggingFace: "deepseek-ai/DeepSeek-R1",
    revision: "56d4cbbb4d29f4355bab4b9a39ccb717a14ad5ad",
    license: "MIT",
    source: `${configs}; deepseek-ai/DeepSeek-R1 README.md at 00f3296a1439 (parameters, licence)`,
    date: "2025-01-20",
  },
} as const satisfies Readonly<Record<string, CatalogModel>>;

export type ModelName = keyof typeof table;
export const models: Readonly<Record<ModelName, CatalogModel>> = table;
