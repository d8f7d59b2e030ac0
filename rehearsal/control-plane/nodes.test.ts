import { describe, expect, it } from "vitest";
import type { Environment } from "../../stacks/environment";
import { h100Node } from "./fixtures";
import { gpuTaint, nodesOf, objectsOf, type SimulatedNode } from "./nodes";

const node = h100Node({ group: "group/of-mine", labels: { "ai-platform/pool": "gpu" } });

const kinds = (wanted: SimulatedNode) => objectsOf(wanted).map((object) => object.kind);
const capacity = (wanted: SimulatedNode) => objectsOf(wanted)[0]!.status.capacity;

describe("a simulated node", () => {
  it.each(["1.36.3", "v1.36.3"])("reports version %s as a kubelet does", (kubernetesVersion) => {
    expect(objectsOf({ ...node, kubernetesVersion })[0]!.status.nodeInfo.kubeletVersion).toBe("v1.36.3");
  });

  it("carries its own labels over those that everybody sets", () => {
    const { metadata } = objectsOf({ ...node, labels: { "nvidia.com/gpu.product": "mine" } })[0]!;
    expect(metadata.labels).toMatchObject({
      "nvidia.com/gpu.product": "mine",
      "nvidia.com/gpu.count": "8",
      "kubernetes.io/hostname": "gpu-0",
      "topology.kubernetes.io/region": "local",
    });
  });

  it("publishes its GPUs as whoever owns them does", () => {
    expect(kinds(node)).toEqual(["Node", "ResourceSlice"]);
    expect(capacity(node)).not.toHaveProperty(["nvidia.com/gpu"]);
    const plugin: SimulatedNode = { ...node, devices: { owner: "device-plugin" } };
    expect(kinds(plugin)).toEqual(["Node"]);
    expect(capacity(plugin)).toMatchObject({ "nvidia.com/gpu": "8" });
    const hami: SimulatedNode = { ...node, devices: { owner: "hami" } };
    expect(kinds(hami)).toEqual(["Node"]);
    expect(capacity(hami)).toMatchObject({
      "nvidia.com/gpumem": String(8 * 81559),
      "nvidia.com/gpucores": "800",
    });
    expect(kinds({ ...node, accelerator: undefined, gpus: 0 })).toEqual(["Node"]);
  });
});

describe("the nodes of an existing cluster", () => {
  const pools = [
    {
      name: "gpu",
      accelerator: "gb200-186gb",
      perNode: 4,
      min: 3,
      max: 3,
      machine: { cpus: 144, memoryGib: 960 },
      zones: ["a", "b"],
      labels: { "example.test/rack": "r1" },
      devices: { owner: "dra" },
    },
    { name: "cpu", min: 1, max: 1, machine: { cpus: 8, memoryGib: 32 }, labels: {}, devices: { owner: "dra" } },
  ];
  const environment = { cluster: { kind: "existing", region: "local" }, pools } as unknown as Environment;

  it("are what the pools say", () => {
    const nodes = nodesOf(environment, "v1.36.3");
    expect(nodes.map(({ name, zone }) => [name, zone])).toEqual([
      ["gpu-0", "a"],
      ["gpu-1", "b"],
      ["gpu-2", "a"],
      ["cpu-0", "local-a"],
    ]);
    expect(nodes[0]).toMatchObject({
      architecture: "arm64",
      gpus: 4,
      labels: { "ai-platform/pool": "gpu", "example.test/rack": "r1" },
      taints: [gpuTaint],
    });
    expect(nodes[3]).toMatchObject({ architecture: "amd64", gpus: 0, taints: [] });
  });

  it("are none where the platform makes the cluster", () => {
    const made = { ...environment, cluster: { kind: "eks", region: "local" } } as unknown as Environment;
    expect(nodesOf(made, "v1.36.3")).toEqual([]);
  });
});
