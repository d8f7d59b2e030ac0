import { describe, expect, it } from "vitest";
import type { KubeObject } from "./client";
import { driverObjects } from "./node-drivers";

const node: KubeObject = {
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: "n",
    uid: "u",
    labels: {
      "karpenter.sh/nodepool": "gpu",
      "ai-platform/pool": "gpu",
      "node.kubernetes.io/instance-type": "p5.48xlarge",
      "topology.kubernetes.io/region": "eu-north-1",
    },
  },
};
const status = "/api/v1/nodes/n/status";

describe("what runs on a node that Karpenter made", () => {
  it("is the DRA driver, whose slices go with the node", () => {
    const objects = new Map(driverObjects(node, { gpu: { owner: "dra" } }));
    expect(objects.get("/api/v1/nodes/n")!.metadata).toMatchObject({
      uid: "u",
      labels: { "nvidia.com/gpu.count": "8", "nvidia.com/gpu.present": "true" },
    });
    expect(objects.has(status)).toBe(false);
    const slice = objects.get("/apis/resource.k8s.io/v1/resourceslices/n-gpu.nvidia.com")!;
    expect(slice.metadata.ownerReferences).toMatchObject([{ kind: "Node", name: "n", uid: "u" }]);
    expect(slice.spec.devices).toHaveLength(8);
  });

  it("is the device plugin, which registers GPUs with the kubelet", () => {
    const objects = driverObjects(node, { gpu: { owner: "device-plugin" } });
    expect(objects.map(([path]) => path)).toEqual(["/api/v1/nodes/n", status]);
    expect(objects[1]![1].status).toEqual({
      capacity: { "nvidia.com/gpu": "8" },
      allocatable: { "nvidia.com/gpu": "8" },
    });
    expect(objects[1]![1].metadata.uid).toBe("u");
  });

  it("is nothing on a node without GPUs, or of no pool of the environment", () => {
    const { labels } = node.metadata;
    const cpu = {
      ...node,
      metadata: { ...node.metadata, labels: { ...labels, "node.kubernetes.io/instance-type": "m7i.2xlarge" } },
    };
    expect(driverObjects(cpu, { gpu: { owner: "dra" } })).toEqual([]);
    expect(driverObjects(node, { other: { owner: "dra" } })).toEqual([]);
  });
});
