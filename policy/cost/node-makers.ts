import type { Pool } from "../../stacks/environment";
import { isObject, type Path, type Resource, unknown, type Value } from "../rule";
import { nodePool, poolOf } from "./pool";
import { at, listOf, numberOf, objectsIn, quantityOf, textOf } from "./values";

/**
 * The resources that really make nodes, whatever a NodePool beside them says: a program can make any of them, and bounds,
 * machines and the way to buy are theirs to state.
 */

/** A number and where it stands; undefined where none is stated, `unknown` while it is not known. */
export interface Stated<T> {
  readonly field: Path;
  readonly value: T | typeof unknown | undefined;
}

export interface NodeMaker {
  readonly resource: Resource;
  /** What it is, as in "the node group". */
  readonly what: string;
  /** Nodes that it may come to, by count, by GPUs and by CPUs; the first that is stated counts. */
  readonly most: readonly (Stated<number> & { readonly unit: "nodes" | "gpus" | "cpus" })[];
  /** Nodes that always run, where it grows from there. */
  readonly least?: Stated<number>;
  /** Whether its machines may go at any time: all of them, some, or none. */
  readonly spot: Stated<"all" | "some" | "none">;
}

/** Zones that a regional GKE cluster has where none are stated; see components/cluster/gke/zones.ts. */
const defaultZones = 3;

const stated = (resource: Resource, ...field: Path): Stated<number> => {
  const value = at(resource.props, ...field);
  return { field, value: value === unknown ? unknown : quantityOf(value) };
};

const nodes = (bound: Stated<number>) => [{ ...bound, unit: "nodes" as const }];

const bought = (field: Path, value: Value, isSpot: boolean): NodeMaker["spot"] => ({
  field,
  value: value === unknown ? unknown : isSpot ? "all" : "none",
});

const makers: Readonly<Record<string, (resource: Resource) => readonly NodeMaker[]>> = {
  "aws:eks/nodeGroup:NodeGroup": (resource) => [
    {
      resource,
      what: "node group",
      most: nodes(stated(resource, "scalingConfig", "maxSize")),
      least: stated(resource, "scalingConfig", "minSize"),
      spot: bought(
        ["capacityType"],
        resource.props.capacityType,
        textOf(resource.props.capacityType)?.toUpperCase() === "SPOT",
      ),
    },
  ],
  "aws:autoscaling/group:Group": (resource) => {
    const field = ["mixedInstancesPolicy", "instancesDistribution", "onDemandPercentageAboveBaseCapacity"];
    const share = at(resource.props, ...field);
    const percent = numberOf(share) ?? 100;
    return [
      {
        resource,
        what: "auto scaling group",
        most: nodes(stated(resource, "maxSize")),
        least: stated(resource, "minSize"),
        spot: { field, value: share === unknown ? unknown : percent === 0 ? "all" : percent < 100 ? "some" : "none" },
      },
    ];
  },
  "aws:ec2/fleet:Fleet": (resource) => {
    const field = ["targetCapacitySpecification", "defaultTargetCapacityType"];
    const type = at(resource.props, ...field);
    return [
      {
        resource,
        what: "fleet",
        most: nodes(stated(resource, "targetCapacitySpecification", "totalTargetCapacity")),
        spot: bought(field, type, textOf(type)?.toLowerCase() === "spot"),
      },
    ];
  },
  "aws:ec2/spotFleetRequest:SpotFleetRequest": (resource) => [
    {
      resource,
      what: "spot fleet",
      most: nodes(stated(resource, "targetCapacity")),
      spot: { field: ["targetCapacity"], value: "all" },
    },
  ],
  "gcp:container/nodePool:NodePool": (resource) => [gkePool(resource, [])],
  "gcp:container/cluster:Cluster": (resource) => [
    ...listOf(resource.props.nodePools).map((_, index) => gkePool(resource, ["nodePools", index])),
    // GKE makes a first pool with every cluster, which stays unless it is removed.
    ...(resource.props.removeDefaultNodePool === true ||
    listOf(resource.props.nodePools).length > 0 ||
    resource.props.enableAutopilot === true
      ? []
      : [gkePool(resource, [], "default node pool")]),
  ],
  ...Object.fromEntries(
    ["instanceGroupManager:InstanceGroupManager", "regionInstanceGroupManager:RegionInstanceGroupManager"].map(
      (type) => [
        `gcp:compute/${type}`,
        (resource: Resource): readonly NodeMaker[] => [
          {
            resource,
            what: "instance group",
            most: nodes(stated(resource, "targetSize")),
            spot: { field: ["targetSize"], value: "none" },
          },
        ],
      ],
    ),
  ),
  ...Object.fromEntries(
    ["autoscaler:Autoscaler", "regionAutoscaler:RegionAutoscaler"].map((type) => [
      `gcp:compute/${type}`,
      (resource: Resource): readonly NodeMaker[] => [
        {
          resource,
          what: "autoscaler",
          most: nodes(stated(resource, "autoscalingPolicy", "maxReplicas")),
          least: stated(resource, "autoscalingPolicy", "minReplicas"),
          spot: { field: ["autoscalingPolicy"], value: "none" },
        },
      ],
    ]),
  ),
};

/** A pool of GKE, at the root of its resource or inside a cluster. Counts of one zone are multiplied by the zones. */
function gkePool(resource: Resource, prefix: Path, what = "node pool"): NodeMaker {
  const of = (...path: Path) => at(resource.props, ...prefix, ...path);
  const locations = of("nodeLocations");
  const zonal = /-[a-z]$/.test(textOf(resource.props.location) ?? "");
  const zones = Array.isArray(locations) ? locations.length : zonal ? 1 : defaultZones;
  const perZone = (field: Path): Stated<number> => {
    const { value } = stated(resource, ...prefix, ...field);
    return {
      field: [...prefix, ...field],
      value: typeof value === "number" && locations !== unknown ? value * zones : value === undefined ? value : unknown,
    };
  };
  const scales = of("autoscaling") !== undefined;
  const total = stated(resource, ...prefix, "autoscaling", "totalMaxNodeCount");
  const fixed = of("nodeCount") === undefined ? perZone(["initialNodeCount"]) : perZone(["nodeCount"]);
  const least = stated(resource, ...prefix, "autoscaling", "totalMinNodeCount");
  const config = [...prefix, "nodeConfig"];
  const spot = at(resource.props, ...config, "spot");
  const preemptible = at(resource.props, ...config, "preemptible");
  return {
    resource,
    what,
    most: nodes(!scales ? fixed : total.value === undefined ? perZone(["autoscaling", "maxNodeCount"]) : total),
    ...(scales && { least: least.value === undefined ? perZone(["autoscaling", "minNodeCount"]) : least }),
    spot: bought([...config, "spot"], spot === unknown ? spot : preemptible, spot === true || preemptible === true),
  };
}

/** What Karpenter may make: the limits and requirements of a NodePool, or of a Provisioner as it once was called. */
function karpenterPools(resource: Resource): readonly NodeMaker[] {
  return objectsIn(resource)
    .filter(({ group, kind }) => group === "karpenter.sh" && (kind === "NodePool" || kind === "Provisioner"))
    .map(({ kind, at: prefix }) => {
      const limits = [...prefix, "spec", "limits", ...(kind === "Provisioner" ? ["resources"] : [])];
      const limit = (key: string, unit: "nodes" | "gpus" | "cpus") => ({ ...stated(resource, ...limits, key), unit });
      const { field, value } = requirement(resource, prefix, kind, /^karpenter\.sh\/capacity-type$/);
      const types = value === unknown ? undefined : (value ?? ["on-demand"]).map((type) => type.toLowerCase());
      return {
        resource,
        what: `Karpenter ${kind}`,
        most: [limit("nodes", "nodes"), limit("nvidia.com/gpu", "gpus"), limit("cpu", "cpus")],
        spot: {
          field,
          value: types === undefined ? unknown : !types.includes("spot") ? "none" : types.length > 1 ? "some" : "all",
        },
      } satisfies NodeMaker;
    });
}

/** What a requirement of Karpenter's allows by name; undefined where nothing does, and so everything is allowed. */
export function requirement(resource: Resource, prefix: Path, kind: string, key: RegExp): Stated<readonly string[]> {
  const list = [...prefix, "spec", ...(kind === "Provisioner" ? [] : ["template", "spec"]), "requirements"];
  const requirements = at(resource.props, ...list);
  if (requirements === unknown) return { field: list, value: unknown };
  for (const [index, item] of listOf(requirements).entries()) {
    const field = [...list, index, "values"];
    if (item === unknown) return { field: [...list, index], value: unknown };
    if (isObject(item) && key.test(textOf(item.key) ?? "") && item.operator === "In") {
      const values = listOf(item.values);
      return item.values === unknown || values.includes(unknown)
        ? { field, value: unknown }
        : { field, value: values.flatMap((value) => textOf(value) ?? []) };
    }
  }
  return { field: list, value: undefined };
}

export const makersIn = (resource: Resource): readonly NodeMaker[] => [
  ...(makers[resource.type]?.(resource) ?? []),
  ...karpenterPools(resource),
];

/** What a NodePool of the platform states, by the URN of its component. */
export type Pools = ReadonlyMap<string, { readonly resource: Resource; readonly pool: Pool | typeof unknown }>;

export const poolsIn = (resources: readonly Resource[]): Pools =>
  new Map(
    resources
      .filter(({ type }) => type === nodePool)
      .flatMap((resource) => {
        const pool = poolOf(resource);
        return pool === undefined ? [] : [[resource.urn, { resource, pool }] as const];
      }),
  );

/** The URN of the NodePool below which a resource stands, at whatever depth. */
export function homeOf(resource: Resource, pools: Pools, all: readonly Resource[]): string | undefined {
  const byUrn = new Map(all.map((candidate) => [candidate.urn, candidate]));
  const seen = new Set<string>();
  let parent = resource.options.parent;
  while (parent !== undefined && !seen.has(parent)) {
    if (pools.has(parent)) return parent;
    seen.add(parent);
    parent = byUrn.get(parent)?.options.parent;
  }
  return undefined;
}

/** Nodes that a maker may come to where a node is one of the pool's; undefined where nothing bounds them. */
export function mostNodes(maker: NodeMaker, pool?: Pool): Stated<number> {
  const each = { nodes: 1, gpus: pool?.perNode, cpus: pool?.machine.cpus };
  const bounds = maker.most.flatMap(({ field, value, unit }) => {
    const size = each[unit];
    if (value === undefined || size === undefined) return [];
    return [{ field, value: value === unknown ? unknown : Math.floor(value / size) }] as const;
  });
  const known = bounds.filter((bound): bound is { field: Path; value: number } => bound.value !== unknown);
  if (known.length > 0) return known.sort((one, other) => one.value - other.value)[0]!;
  return bounds[0] ?? { field: maker.most[0]!.field.slice(0, -1), value: undefined };
}
