import type { Architecture } from "../catalog/models";

/** Bytes of one value of each precision. MXFP4 has 32 values of 4 bits to a scale of 8. */
const bytes = { bf16: 2, fp8: 1, mxfp4: 4.25 / 8 } as const;
/** Values to which a kernel pads an expert's width in MXFP4. */
const paddedTo = 256;

/** Parts of a model's weights by how a server with several GPUs holds them. */
export interface Parts<T> {
  /** Attention and dense feed-forward layers: divided by the tensor parallelism. */
  readonly layers: T;
  /** Routed experts: divided by all GPUs of the server. */
  readonly experts: T;
  /** The embedding of tokens, and what turns the last layer's output into logits. */
  readonly vocabulary: T;
  /** What every GPU has whole: routers, and what compresses queries and keys of latent attention. */
  readonly whole: T;
}

/** Parameters of a model's parts, from its shape. Norms and biases, below 0.1 %, are left out. */
export function parametersOf(architecture: Architecture): Parts<number> {
  const { layers, hidden, heads, kvHeads, headDim, vocabulary, feedForward, latent, experts } = architecture;
  const compression = latent ? layers * hidden * ((latent.queryRank ?? 0) + latent.kvRank + latent.ropeDim) : 0;
  const attention = latent
    ? (latent.queryRank ?? hidden) * heads * (headDim + latent.ropeDim) +
      latent.kvRank * heads * 2 * headDim +
      heads * headDim * hidden
    : 2 * hidden * heads * headDim + 2 * hidden * kvHeads * headDim;
  const dense = experts ? experts.denseLayers : layers;
  const mixed = layers - dense;
  const expert = experts ? 3 * hidden * experts.feedForward : 0;
  return {
    layers: layers * attention + dense * 3 * hidden * feedForward + mixed * (experts?.shared ?? 0) * expert,
    experts: mixed * (experts?.count ?? 0) * expert,
    vocabulary: 2 * vocabulary * hidden,
    whole: compression + mixed * hidden * (experts?.count ?? 0),
  };
}

/**
 * Bytes of a model's parts. Their sum is `weightsGib`, which is published and so better known than its parts: what their
 * computed sum differs by (embeddings that are shared, scales, padding) is spread over them.
 */
export function weightsOf(architecture: Architecture): Parts<number> {
  const computed = computedWeights(architecture);
  const factor = (architecture.weightsGib * 2 ** 30) / sum(computed);
  const padding = paddingOf(architecture);
  return {
    layers: computed.layers * factor,
    experts: computed.experts * factor * padding,
    vocabulary: computed.vocabulary * factor,
    whole: computed.whole * factor,
  };
}

/** Bytes of a model's parts as they follow from its shape and precision alone. */
export function computedWeights({ precision, ...architecture }: Architecture): Parts<number> {
  const parameters = parametersOf({ precision, ...architecture });
  // Publishers quantize the large matrices: embeddings stay in BF16, and in MXFP4 all but the experts.
  const layer = precision === "mxfp4" ? bytes.bf16 : bytes[precision];
  return {
    layers: parameters.layers * layer,
    experts: parameters.experts * bytes[precision],
    vocabulary: parameters.vocabulary * bytes.bf16,
    whole: parameters.whole * layer,
  };
}

/** By how much a kernel's padding makes experts larger in memory than in the published files. */
function paddingOf({ precision, experts }: Architecture): number {
  if (precision !== "mxfp4" || experts === undefined) return 1;
  return (Math.ceil(experts.feedForward / paddedTo) * paddedTo) / experts.feedForward;
}

export const sum = ({ layers, experts, vocabulary, whole }: Parts<number>): number =>
  layers + experts + vocabulary + whole;

/** Parameters that one token is computed with: the experts that it is sent to, and one of the two tables of tokens. */
export function activeParameters(architecture: Architecture): Parts<number> {
  const { layers, experts, vocabulary, whole } = parametersOf(architecture);
  const share = architecture.experts ? architecture.experts.perToken / architecture.experts.count : 0;
  return { layers, experts: experts * share, vocabulary: vocabulary / 2, whole };
}
