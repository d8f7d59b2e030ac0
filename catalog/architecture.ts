/** What a transformer's `config.json` says of its shape: enough to tell its memory and its work. */
export interface Architecture {
  readonly layers: number;
  readonly hidden: number;
  /** Query heads. */
  readonly heads: number;
  /** Heads that keys and values have of their own; `heads` where none are shared. */
  readonly kvHeads: number;
  /** Values of one head; of latent attention, those without a position. */
  readonly headDim: number;
  readonly vocabulary: number;
  /** Width of a dense feed-forward layer. */
  readonly feedForward: number;
  readonly attention: "grouped-query" | "latent";
  /** Of latent attention: values that are cached for a token and layer, without and with its position. */
  readonly latent?: {
    readonly kvRank: number;
    readonly ropeDim: number;
    /** Width to which queries are compressed; absent where they are not. */
    readonly queryRank?: number;
  };
  readonly experts?: {
    readonly count: number;
    /** Experts that one token is sent to. */
    readonly perToken: number;
    /** Experts that every token is sent to. */
    readonly shared: number;
    /** Width of one expert. */
    readonly feedForward: number;
    /** Layers, of all, that have no experts. */
    readonly denseLayers: number;
  };
  /** Layers that look back over so many tokens alone, and so keep no more. */
  readonly slidingWindow?: { readonly tokens: number; readonly layers: number };
  readonly parametersBillions: number;
  /** Parameters active for one token, where the model is a mixture of experts. */
  readonly activeParametersBillions?: number;
  readonly precision: "bf16" | "fp8" | "mxfp4";
  /** GiB of the weights that a server loads. */
  readonly weightsGib: number;
  /** Tokens of the longest request that the published configuration allows. */
  readonly maxContext: number;
}

/** A model as its publisher describes it. */
export interface CatalogModel extends Architecture {
  /** Repository on Hugging Face. */
  readonly huggingFace: string;
  /** Commit of that repository; only where sources name it. */
  readonly revision?: string;
  readonly license: string;
  readonly source: string;
  /** ISO day on which the source was read, or of the publication that it is. */
  readonly date: string;
  readonly note?: string;
}
