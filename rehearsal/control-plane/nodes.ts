import { createHash } from "node:crypto";
import { type Accelerator, accelerators } from "../../catalog/accelerators";
import { simulatedDriver } from "../../catalog/simulation";
import { type Environment, isGpuPool, type Pool } from "../../stacks/environment";
import { ApiError, type ControlPlaneClient, type KubeObject } from "./client";

/** The label by which a simulated object is known as the rehearsal's own. */
const owner = { key: "rehearsal", value: "simulated-node" } as const;

/** What one simulated node is: `8 x h100-80gb` is `{ accelerator: "h100-80gb", perNode: 8 }`. */
export interface SimulatedNode {
  readonly name: string;
  readonly pool: Pool;
  readonly region: string;
  readonly zone: string;
  readonly kubernetesVersion: string;
}

/** The nodes that the pools of an environment start with. A pool without zones gets one of its region's name. */
export function nodesOf(
  environment: Pick<Environment, "pools" | "cluster">,
  kubernetesVersion: string,
): SimulatedNode[] {
  const { region } = environment.cluster;
  return environment.pools.flatMap((pool) => {
    const zones = pool.zones ?? [`${region}-a`];
    return Array.from({ length: pool.min }, (_, index) => ({
      name: `${pool.name}-${index}`,
      pool,
      region,
      zone: zones[index % zones.length]!,
      kubernetesVersion,
    }));
  });
}

/** The objects of one node: the Node as its kubelet would register it, and the ResourceSlice of its GPUs. */
export function objectsOf(node: SimulatedNode): KubeObject[] {
  return isGpuPool(node.pool)
    ? [nodeObject(node), resourceSlice(node, accelerators[node.pool.accelerator], node.pool.perNode)]
    : [nodeObject(node)];
}

function nodeObject(node: SimulatedNode): KubeObject {
  const { pool } = node;
  const accelerator = isGpuPool(pool) ? accelerators[pool.accelerator] : undefined;
  const architecture = accelerator?.multiNodeNvlink ? "arm64" : "amd64";
  const resources = {
    cpu: String(pool.machine.cpus),
    memory: `${pool.machine.memoryGib}Gi`,
    "ephemeral-storage": "1Ti",
    pods: "110",
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        [owner.key]: owner.value,
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture,
        "topology.kubernetes.io/region": node.region,
        "topology.kubernetes.io/zone": node.zone,
        "ai-platform/pool": pool.name,
        ...(accelerator && isGpuPool(pool) ? featureLabels(node, accelerator, pool.perNode) : {}),
      },
    },
    // Clouds and the GPU Operator's users keep other pods off GPU nodes with this taint.
    spec: accelerator ? { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] } : {},
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: "Hostname", address: node.name }],
      nodeInfo: {
        architecture,
        operatingSystem: "linux",
        kubeletVersion: `v${node.kubernetesVersion}`,
        kubeProxyVersion: "",
        containerRuntimeVersion: "kwok",
        kernelVersion: "kwok",
        osImage: "simulated",
        bootID: "",
        machineID: "",
        systemUUID: "",
      },
      phase: "Running",
    },
  };
}

/** Labels as NVIDIA's GPU Feature Discovery sets them. */
function featureLabels(node: SimulatedNode, accelerator: Accelerator, count: number): Record<string, string> {
  const [major = "", minor = ""] = accelerator.cudaComputeCapability.split(".");
  return {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": accelerator.productName.replace(/ /g, "-"),
    "nvidia.com/gpu.family": accelerator.architecture.toLowerCase().replace(/ /g, "-"),
    "nvidia.com/gpu.count": String(count),
    "nvidia.com/gpu.memory": String(accelerator.memoryMib),
    "nvidia.com/gpu.compute.major": major,
    "nvidia.com/gpu.compute.minor": minor,
    "nvidia.com/mig.capable": String(accelerator.mig),
    // Nodes of one NVLink domain share a clique: <cluster uuid>.<clique id>.
    ...(accelerator.multiNodeNvlink
      ? { "nvidia.com/gpu.clique": `${uuid(`${node.region}/${node.pool.name}`)}.0` }
      : {}),
  };
}

/** A ResourceSlice as the NVIDIA DRA driver publishes it for whole GPUs (cmd/gpu-kubelet-plugin/deviceinfo.go). */
function resourceSlice(node: SimulatedNode, accelerator: Accelerator, count: number): KubeObject {
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceSlice",
    metadata: { name: `${node.name}-gpu.nvidia.com`, labels: { [owner.key]: owner.value } },
    spec: {
      driver: "gpu.nvidia.com",
      nodeName: node.name,
      pool: { name: node.name, generation: 1, resourceSliceCount: 1 },
      devices: Array.from({ length: count }, (_, index) => ({
        name: `gpu-${index}`,
        attributes: {
          type: { string: "gpu" },
          uuid: { string: `GPU-${uuid(`${node.region}/${node.name}/${index}`)}` },
          productName: { string: accelerator.productName },
          brand: { string: accelerator.brand },
          architecture: { string: accelerator.architecture },
          cudaComputeCapability: { version: accelerator.cudaComputeCapability },
          driverVersion: { version: simulatedDriver.driverVersion },
          cudaDriverVersion: { version: simulatedDriver.cudaDriverVersion },
          "resource.kubernetes.io/pciBusID": { string: `0000:${hex(0x10 + index)}:00.0` },
          // Two GPUs a root complex, as on the usual eight-GPU boards.
          "resource.kubernetes.io/pcieRoot": { string: `pci0000:${hex(0x10 * (1 + (index >> 1)))}` },
        },
        capacity: { memory: { value: `${accelerator.memoryMib}Mi` } },
      })),
    },
  };
}

const hex = (value: number) => value.toString(16).padStart(2, "0");

/** A stable UUID for a name, so that a second run publishes the same devices. */
function uuid(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ].join("-");
}

const collections: Record<string, string> = {
  Node: "/api/v1/nodes",
  ResourceSlice: "/apis/resource.k8s.io/v1/resourceslices",
};

/** Makes the simulated nodes of the cluster exactly these: adds, changes and removes. */
export async function applyNodes(client: ControlPlaneClient, nodes: readonly SimulatedNode[]): Promise<void> {
  const wanted = nodes.flatMap(objectsOf);
  await Promise.all(
    Object.entries(collections).map(async ([kind, collection]) => {
      const names = new Set(wanted.filter((object) => object.kind === kind).map((object) => object.metadata.name));
      const found = await client.list(`${collection}?labelSelector=${owner.key}%3D${owner.value}`);
      await Promise.all(
        found
          .filter((object) => !names.has(object.metadata.name))
          .map((object) => client.delete(`${collection}/${object.metadata.name}`)),
      );
    }),
  );
  await Promise.all(wanted.map((object) => applyOne(client, object)));
}

async function applyOne(client: ControlPlaneClient, object: KubeObject): Promise<void> {
  const path = `${collections[object.kind]}/${encodeURIComponent(object.metadata.name)}`;
  try {
    await client.apply(path, object, { fieldManager: "rehearsal" });
    if (object.status) await client.apply(`${path}/status`, object, { fieldManager: "rehearsal-kubelet" });
  } catch (error) {
    // A slice's node and pool cannot change: a node that became another one needs a new slice.
    if (!(error instanceof ApiError && error.status === 422)) throw error;
    await client.delete(path);
    await client.apply(path, object, { fieldManager: "rehearsal" });
  }
}
