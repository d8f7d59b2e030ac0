import type { ComponentResource, CustomResourceOptions } from "@pulumi/pulumi";
import { accelerators } from "../../catalog/accelerators";
import { networkLabels } from "../../catalog/topology";
import type { GpuPool } from "../../stacks/environment";
import { customResource } from "../custom-resource";

/** Source: KAI v0.17.0, topologies.kai.scheduler. Levels from the widest to the narrowest; they cannot be changed. */
interface TopologySpec {
  readonly levels: readonly { readonly nodeLabel: string }[];
}

const Topology = customResource<TopologySpec>("kai-scheduler", "Topology");

/**
 * How a workload names a topology and its place in it: `required` keeps it within one domain of that level, `preferred`
 * packs it as near as that level. Source: KAI v0.17.0 docs/topology/README.md.
 */
const annotation = {
  topology: "kai.scheduler/topology",
  required: "kai.scheduler/topology-required-placement",
  preferred: "kai.scheduler/topology-preferred-placement",
} as const;

/** The node itself; KAI's definition has it as the lowest level or not at all. */
const host = "kubernetes.io/hostname";
/** `<cluster uuid>.<clique id>` of an NVLink domain, which GPU Feature Discovery writes. */
const clique = "nvidia.com/gpu.clique";

const hasNvlink = (pool: GpuPool) => accelerators[pool.accelerator].multiNodeNvlink;

/**
 * Labels of the domains that the nodes of a pool lie in, the widest first: one NVLink domain, or where a cloud's network
 * has them. None where models do not span nodes, or where nothing is known of where nodes are. KAI leaves out nodes that
 * lack any of a topology's labels, so each pool has a topology of its own.
 */
function domains(pool: GpuPool, region: string): readonly string[] {
  if (!pool.multiNode) {
    return [];
  }
  const { type } = pool.machine;
  return hasNvlink(pool)
    ? [clique]
    : type === undefined
      ? []
      : networkLabels(region, type, pool.capacity === "reserved");
}

/** Makes a Topology for each pool that models span, by the pool's name. */
export function topologies(
  pools: readonly GpuPool[],
  region: string,
  opts: CustomResourceOptions & { readonly parent: ComponentResource },
): void {
  for (const pool of pools) {
    const levels = domains(pool, region);
    if (levels.length > 0) {
      new Topology(
        pool.name,
        { metadata: { name: pool.name }, spec: { levels: [...levels, host].map((nodeLabel) => ({ nodeLabel })) } },
        // Its levels are immutable.
        { ...opts, replaceOnChanges: ["spec.levels"], deleteBeforeReplace: true },
      );
    }
  }
}

/**
 * What a LeaderWorkerSet states so that each of its replicas stays together: within the widest domain, such as a zone or
 * an NVLink domain, and as near as the narrowest.
 */
export function topologyAnnotations(pool: GpuPool, region: string): Readonly<Record<string, string>> {
  const levels = domains(pool, region);
  const [widest, narrowest] = [levels[0], levels.at(-1)];
  if (widest === undefined || narrowest === undefined) {
    return {};
  }
  return {
    [annotation.topology]: pool.name,
    [annotation.required]: widest,
    ...(narrowest === widest ? {} : { [annotation.preferred]: narrowest }),
  };
}
