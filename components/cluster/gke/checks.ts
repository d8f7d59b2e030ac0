import type { GoogleUniverse } from "../../../catalog/partitions";
import { isGpuPool, type Mirror, type Pool, scales } from "../../../stacks/environment";
import { fabricOf, freeRange } from "./fabric";
import type { GkeSettings } from "./settings";
import { nodesPerZone, zoneCount } from "./zones";

export interface GkeWish {
  readonly cluster: GkeSettings;
  readonly universe: GoogleUniverse;
  readonly pools: readonly Pool[];
  readonly mirror: Mirror;
}

/** GKE cannot make what the environment asks for. `problems` holds one line each, and the message all of them. */
export class GkeError extends Error {
  override readonly name = "GkeError";

  constructor(
    cluster: string,
    readonly problems: readonly string[],
  ) {
    super([`GKE cannot make cluster "${cluster}" as it is stated:`, ...problems.map((line) => `  ${line}`)].join("\n"));
  }
}

/** What GKE, or the universe, does not have or allow. One line each: where, what is there, what to do. */
export function obstacles({ cluster, universe, pools, mirror }: GkeWish): string[] {
  const found = [...ofUniverse(cluster, universe)];
  const { key } = cluster.encryption;
  if (key !== "create" && key.split("/")[3] !== cluster.region) {
    found.push(
      `cluster.encryption.key: ${key.split("/")[3]} is where the key is; it must be in ${cluster.region}, as what it encrypts`,
    );
  }
  if (cluster.network.egress === "none" && mirror.images === undefined) {
    found.push(
      "cluster.network.egress: none, and no mirror.images: nodes would reach no registry; name one inside, or use nat",
    );
  }
  if (systemPool(pools) === undefined) {
    found.push(
      'pools: none is a CPU pool with nodes: "group" and a min of at least 1; the platform needs one to run on',
    );
  }
  const drivers = new Set(pools.filter(isGpuPool).map(({ driver }) => driver));
  if (drivers.size > 1) {
    found.push(
      `pools: their drivers differ (${[...drivers].sort().join(", ")}), and so would the place where the platform looks for them; choose one`,
    );
  }
  return [...found, ...pools.flatMap((pool) => ofPool(pool)), ...ofFabric(pools, cluster)];
}

/** Throws a GkeError when there is any obstacle. */
export function checkGke(wish: GkeWish): void {
  const problems = obstacles(wish);
  if (problems.length > 0) {
    throw new GkeError(wish.cluster.name, problems);
  }
}

/** The CPU pool that is there first, so that there is something to run what the cluster is given. */
export const systemPool = (pools: readonly Pool[]): Pool | undefined =>
  pools.find((pool) => !isGpuPool(pool) && pool.nodes === "group" && pool.capacity !== "spot" && pool.min > 0);

function ofUniverse({ region, project, assuredWorkload }: GkeSettings, universe: GoogleUniverse): string[] {
  const { dnsSuffix, gke, projectPrefix } = universe;
  return [
    ...(gke.includes("standard")
      ? []
      : [
          `cluster.region: ${region} is in the universe ${dnsSuffix}, whose GKE offers ${gke.join(", ")} only; the platform needs node pools of its own, for DRA: use another region, or a cluster of kind existing there`,
        ]),
    ...(project.startsWith(projectPrefix)
      ? []
      : [`cluster.project: ${project} must start with ${projectPrefix} in the universe ${dnsSuffix}`]),
    // Google's own universe is the one whose projects have no prefix.
    ...(assuredWorkload !== undefined && projectPrefix !== ""
      ? [`cluster.assuredWorkload: there are no Assured Workloads in the universe ${dnsSuffix}; leave it out`]
      : []),
  ];
}

function ofPool(pool: Pool): string[] {
  const found: string[] = [];
  const problem = (field: string, text: string) => found.push(`pools.${pool.name}.${field}: ${text}`);
  if (pool.nodes === "auto-provisioned") {
    return ofProvisioned(pool);
  }
  if (!/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(pool.name)) {
    problem("name", "a node pool of GKE has at most 40 characters and starts with a letter");
  }
  const zones = zoneCount(pool);
  if (nodesPerZone(pool) * zones > pool.max) {
    problem(
      scales(pool) ? "max" : "zones",
      `${zones} zones with ${nodesPerZone(pool)} nodes each are more than ${pool.max}; a pool has equally many nodes in each zone: state other zones, or a multiple of ${zones}`,
    );
  }
  return found;
}

/** What GKE cannot do for pools that it makes by itself. */
function ofProvisioned(pool: Pool): string[] {
  const cannot: readonly (readonly [boolean, string, string])[] = [
    [pool.multiNode, "multiNode", "nodes next to each other, and the networks between their GPUs"],
    [pool.capacity === "reserved", "capacity", "nodes of a reservation"],
    [pool.capacity === "spot", "capacity", "spot nodes unless each pod asks for them"],
    [
      isGpuPool(pool) && pool.devices.owner !== "device-plugin",
      "devices.owner",
      "nodes whose GPUs another than its device plugin hands out (docs.cloud.google.com/kubernetes-engine/docs/how-to/set-up-dra)",
    ],
    [isGpuPool(pool) && pool.driver !== "image", "driver", "nodes without the driver of its node image"],
  ];
  return cannot.flatMap(([asked, field, what]) =>
    asked ? [`pools.${pool.name}.${field}: GKE provisions no ${what}; use nodes: group`] : [],
  );
}

function ofFabric(pools: readonly Pool[], cluster: GkeSettings): string[] {
  const spanning = pools.filter((pool) => fabricOf(pool) !== undefined);
  if (spanning.length === 0) {
    return [];
  }
  const rdma = spanning.filter((pool) => fabricOf(pool)?.kind === "gpudirect-rdma");
  const zones = [...new Set(rdma.flatMap((pool) => pool.zones ?? []))];
  return [
    ...(zones.length > 1
      ? [
          `pools: ${rdma.map(({ name }) => name).join(", ")}: an RDMA network is of one zone; they name ${zones.join(", ")}`,
        ]
      : []),
    ...(freeRange(cluster) === undefined
      ? [
          "cluster.network: leaves no /16 of 192.168.0.0/16, 172.16.0.0/12 or 100.64.0.0/10 free for the networks between GPUs",
        ]
      : []),
  ];
}
