import type { Role, Version } from "../../../stacks/model";
import type { GpuPool } from "../../../stacks/pool";
import type { Source } from "../../../stacks/source";

/**
 * How long a replica takes from its pod's start until it answers. What follows from it are waits, for which the order of
 * magnitude is what counts; a service that measured its own states `cooldownSeconds`.
 */

/**
 * GiB per second at which weights come to a node, by where they come from. Measured is Hugging Face alone: 16 GB in 61 s,
 * https://tensorfuse.io/docs/blogs/reducing_gpu_cold_start, undated, read 2026-11-21 (vLLM, Llama-3.1-8B, one L40S on AWS).
 * The others are assumptions, not measured: a registry is taken for as fast as Hugging Face, a bucket of the same region
 * for twice that, and a volume is there already.
 */
const fetched: Readonly<Record<Source["kind"], number>> = {
  huggingFace: 0.25,
  oci: 0.25,
  s3: 0.5,
  gs: 0.5,
  pvc: Infinity,
};

/** GiB per second from a node's disk into its GPUs: 16 GB in 33 s in the same measurement. */
const read = 0.45;

/** Seconds of imports, compilation and graph capture, which do not grow with the weights: 94 + 10 + 42 + 54 in the same. */
const startup = 200;

export interface Load {
  readonly weightsGib: number;
  readonly source: Source["kind"];
  /** Nodes over which one replica's weights are spread; each fetches all and reads its part. */
  readonly nodes: number;
  /** Whether nodes keep weights that they fetched once. */
  readonly cached: boolean;
}

/** What a replica of a role loads on a pool. */
export const loadOf = (
  { architecture, source }: Version,
  { nodes }: Pick<Role, "nodes">,
  pool: Pick<GpuPool, "modelCache"> | undefined,
): Load => ({
  weightsGib: architecture.weightsGib,
  source: source.kind,
  nodes,
  cached: pool?.modelCache !== undefined,
});

/** Seconds. */
export const loadSeconds = ({ weightsGib, source, nodes, cached }: Load): number =>
  Math.ceil(startup + (cached ? 0 : weightsGib / fetched[source]) + weightsGib / nodes / read);

/**
 * Seconds of less load before a replica is taken away. As long as a load takes: a replica kept for nothing then costs no
 * more than the one that would be missed. Never below the five minutes that Kubernetes' own autoscaler waits.
 */
export const cooldownSeconds = (load: Load, stated: number | undefined): number =>
  stated ?? Math.max(300, loadSeconds(load));
