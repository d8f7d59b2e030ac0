import type { Model } from "../../stacks/environment";

/**
 * GPUs that a model holds when all of its servers run, as a queue counts them: a slice of a GPU counts as one, because
 * KAI counts the devices of a claim and not their size (seen with v0.17.0).
 */
export const gpusOf = ({ serving }: Pick<Model, "serving">): number =>
  [serving.prefill, serving.decode].reduce((sum, { replicas, gpus, nodes }) => sum + replicas * gpus * nodes, 0);
