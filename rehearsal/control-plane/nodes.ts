import { type AcceleratorName, accelerators } from "../../catalog/accelerators";
import { poolLabel } from "../../components/labels";
import type { Environment, Pool } from "../../stacks/environment";
import { ApiError, type ControlPlaneClient, type KubeObject } from "./client";
import { nodeObject } from "./node-object";
import { resourceSlices } from "./resource-slices";

/** The label by which a simulated object is known as the rehearsal's own. */
const owner = { key: "rehearsal", value: "simulated-node" } as const;
/** The annotation that says to which group a simulated object belongs. Groups' names are free, so it is no label. */
const groupAnnotation = "rehearsal/group";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What one simulated node is, as whoever made the machine would say. */
export interface SimulatedNode {
  readonly name: string;
  /** Who made it, such as a node group: the nodes of a group are replaced together. */
  readonly group: string;
  /** Labels besides those that kubelets, clouds and GPU Feature Discovery set everywhere; they win over those. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly region: string;
  readonly zone: string;
  readonly architecture: "amd64" | "arm64";
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator?: AcceleratorName;
  /** GPUs in the node; 0 without an accelerator. */
  readonly gpus: number;
  /** Who hands out its GPUs, and how they are shared: what the node publishes follows from it. */
  readonly devices: Pool["devices"];
  /** With or without a leading `v`. */
  readonly kubernetesVersion: string;
}

/** The group of the nodes that an existing cluster brings. */
export const existingGroup = "existing";

/** What keeps other pods off GPU nodes, on clouds and where the GPU Operator's users have it. */
export const gpuTaint: Taint = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" };

/**
 * The nodes that an existing cluster's pools have; none where the platform makes the cluster, as its cloud makes the
 * nodes. A pool without zones gets one of its region's name.
 */
export function nodesOf(
  environment: Pick<Environment, "pools" | "cluster">,
  kubernetesVersion: string,
): SimulatedNode[] {
  if (environment.cluster.kind !== "existing") return [];
  const { region } = environment.cluster;
  return environment.pools.flatMap((pool) => {
    const zones = pool.zones ?? [`${region}-a`];
    return Array.from({ length: pool.min }, (_, index) => ({
      name: `${pool.name}-${index}`,
      group: existingGroup,
      labels: { ...pool.labels, [poolLabel]: pool.name },
      taints: pool.accelerator ? [gpuTaint] : [],
      region,
      zone: zones[index % zones.length]!,
      // Beside the GPUs whose NVLink spans nodes stands an Arm CPU (Grace).
      architecture: pool.accelerator && accelerators[pool.accelerator].multiNodeNvlink ? "arm64" : "amd64",
      cpus: pool.machine.cpus,
      memoryGib: pool.machine.memoryGib,
      accelerator: pool.accelerator,
      gpus: pool.perNode ?? 0,
      devices: pool.devices,
      kubernetesVersion,
    }));
  });
}

/** The objects of one node: the Node as its kubelet would register it, and what the driver publishes of its GPUs. */
export function objectsOf(node: SimulatedNode): KubeObject[] {
  return [nodeObject(node), ...resourceSlices(node)].map((object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, [owner.key]: owner.value },
      annotations: { ...object.metadata.annotations, [groupAnnotation]: node.group },
    },
  }));
}

const collections: Record<string, string> = {
  Node: "/api/v1/nodes",
  ResourceSlice: "/apis/resource.k8s.io/v1/resourceslices",
};

/**
 * Makes the simulated nodes of one group exactly these: adds, changes and removes. Those of other groups stay.
 *
 * @throws Error for a node whose name another group has taken, or that says it is of another group.
 */
export async function applyNodes(
  client: ControlPlaneClient,
  group: string,
  nodes: readonly SimulatedNode[],
): Promise<void> {
  const stranger = nodes.find((node) => node.group !== group);
  if (stranger) {
    throw new Error(`node ${stranger.name} of group "${stranger.group}" was given as one of group "${group}"`);
  }
  const wanted = nodes.flatMap(objectsOf);
  await Promise.all(
    Object.entries(collections).map(async ([kind, collection]) => {
      const names = new Set(wanted.filter((object) => object.kind === kind).map((object) => object.metadata.name));
      const found = await client.list(`${collection}?labelSelector=${owner.key}%3D${owner.value}`);
      const groupOf = (object: KubeObject) => object.metadata.annotations?.[groupAnnotation];
      const taken = found.find((object) => names.has(object.metadata.name) && groupOf(object) !== group);
      if (taken) {
        throw new Error(`${kind} ${taken.metadata.name} is wanted by group "${group}" and is of "${groupOf(taken)}"`);
      }
      await Promise.all(
        found
          .filter((object) => groupOf(object) === group && !names.has(object.metadata.name))
          .map((object) => client.delete(`${collection}/${object.metadata.name}`)),
      );
    }),
  );
  await Promise.all(wanted.map((object) => applyOne(client, object)));
}

/** Removes every simulated node, whatever its group. */
export async function removeNodes(client: ControlPlaneClient): Promise<void> {
  const found = await client.list(`${collections.Node}?labelSelector=${owner.key}%3D${owner.value}`);
  const groups = new Set(found.map((object) => object.metadata.annotations?.[groupAnnotation] ?? ""));
  await Promise.all([...groups].map((group) => applyNodes(client, group, [])));
}

async function applyOne(client: ControlPlaneClient, object: KubeObject): Promise<void> {
  const path = `${collections[object.kind]}/${encodeURIComponent(object.metadata.name)}`;
  const apply = async () => {
    await client.apply(path, object, { fieldManager: "rehearsal" });
    if (object.status) await client.apply(`${path}/status`, object, { fieldManager: "rehearsal-kubelet" });
  };
  try {
    await apply();
  } catch (error) {
    // A slice's node and pool cannot change: a node that became another one needs a new slice.
    if (!(error instanceof ApiError && error.status === 422)) throw error;
    await client.delete(path);
    await apply();
  }
}
