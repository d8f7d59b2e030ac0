import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { releases } from "../../catalog/releases";
import type { Environment } from "../../stacks/environment";
import { DefinitionSource } from "../mirror/definitions";
import { eventually, processesOf } from "../testing";
import { ensureTools } from "../toolchain";
import type { ControlPlane, KubeObject } from ".";
import { karpenterMachines } from "./karpenter";
import { gpuTaint } from "./nodes";
import { type OwnControlPlane, ownControlPlane } from "./testing";

/** A pool of eight-GPU machines that holds two at most, its GPUs handed out by one or the other. */
const pool = (name: string, owner: "dra" | "device-plugin") => ({
  name,
  accelerator: "h100-80gb",
  perNode: 8,
  min: 0,
  max: 2,
  capacity: "on-demand",
  nodes: "karpenter",
  machine: { cpus: 192, memoryGib: 2048, type: "p5.48xlarge" },
  devices: { owner },
});

const environment = {
  cluster: { kind: "eks", region: "eu-north-1", network: { zones: ["a", "b", "c"] } },
  pools: [
    pool("plugged", "device-plugin"),
    pool("claimed", "dra"),
    { ...pool("reserved", "device-plugin"), max: 1, capacity: "reserved", reservation: "cr-0123456789abcdef0" },
    // Its class names no reservation, so that it must not get at the other's.
    { ...pool("unreserved", "device-plugin"), nodes: "group", capacity: "reserved" },
  ],
} as unknown as Environment;

const extensions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const nodePools = "/apis/karpenter.sh/v1/nodepools";
const nodeClaims = "/apis/karpenter.sh/v1/nodeclaims";
const slices = "/apis/resource.k8s.io/v1/resourceslices";
const namespaced = "/api/v1/namespaces/default";

describe("Karpenter in a rehearsal", () => {
  let own: OwnControlPlane;
  let plane: ControlPlane;
  let binary: string;

  const apply = (target: string, object: KubeObject) => plane.client.apply(target, object, { fieldManager: "test" });
  const log = () => readFileSync(path.join(plane.folder, "logs", "karpenter.log"), "utf8");
  const nodesOf = (name: string) => plane.client.list(`/api/v1/nodes?labelSelector=ai-platform/pool%3D${name}`);

  const podsOf = (name: string) => plane.client.list(`${namespaced}/pods?labelSelector=app%3D${name}`);
  const running = async (name: string) =>
    (await podsOf(name)).filter((pod) => pod.status.phase === "Running" && !pod.metadata.deletionTimestamp).length;

  /** Pods of one GPU each, on the nodes of a pool. */
  const deploy = (name: string, replicas: number) =>
    apply(`/apis/apps/v1/namespaces/default/deployments/${name}`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "default" },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 0,
            nodeSelector: { "ai-platform/pool": name },
            tolerations: [{ key: gpuTaint.key, operator: "Exists" }],
            containers: [
              { name: "main", image: "example.test/image", resources: { limits: { "nvidia.com/gpu": "1" } } },
            ],
          },
        },
      },
    });

  /** As the AWS provider's own documentation has them; the rehearsal must take them as they are. */
  async function nodePool({ name, capacity, reservation }: Environment["pools"][number]) {
    await apply(`/apis/karpenter.k8s.aws/v1/ec2nodeclasses/${name}`, {
      apiVersion: "karpenter.k8s.aws/v1",
      kind: "EC2NodeClass",
      metadata: { name },
      spec: {
        role: "nodes",
        amiSelectorTerms: [{ alias: "al2023@v20260810" }],
        subnetSelectorTerms: [{ tags: { "karpenter.sh/discovery": "test" } }],
        securityGroupSelectorTerms: [{ tags: { "karpenter.sh/discovery": "test" } }],
        ...(reservation && { capacityReservationSelectorTerms: [{ id: reservation }] }),
      },
    });
    const requirement = (key: string, ...values: string[]) => ({ key, operator: "In", values });
    await apply(`${nodePools}/${name}`, {
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name },
      spec: {
        limits: { "nvidia.com/gpu": "16" },
        disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "1s" },
        template: {
          metadata: { labels: { "ai-platform/pool": name } },
          spec: {
            nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name },
            taints: [gpuTaint],
            requirements: [
              requirement("karpenter.sh/capacity-type", capacity),
              requirement("karpenter.k8s.aws/instance-family", "p5"),
              requirement("node.kubernetes.io/instance-type", "p5.48xlarge"),
              requirement("topology.kubernetes.io/zone", "eu-north-1a", "eu-north-1b"),
            ],
          },
        },
      },
    });
  }

  beforeAll(async () => {
    binary = (await ensureTools(["karpenter"])).karpenter!.path;
    own = await ownControlPlane({ karpenter: { binary, ...karpenterMachines(environment, "v1.36.3")! } });
    plane = own.plane;
  });

  afterAll(() => own?.stop());

  it("waits for its kinds in silence, and comes back when it ends", async () => {
    const karpenters = () => processesOf(plane.folder).filter(({ command }) => command.startsWith(binary));
    await eventually("it runs", () => karpenters().length === 1);
    const [first] = karpenters();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(karpenters()).toEqual([first]);
    // Upstream's own remark on how it was built is all that it says.
    expect(log().trim().split("\n").length).toBeLessThanOrEqual(1);
    process.kill(first!.pid);
    await eventually("another one runs", () => karpenters().some(({ pid }) => pid !== first!.pid));
    expect((await plane.client.get("/readyz")).text).toBe("ok");
  });

  it("takes the objects of a real cluster", async () => {
    const source = new DefinitionSource({ go: "go", crdDir: undefined, env: process.env });
    const { files, permissive } = await source.of(releases["karpenter-crd"]);
    expect(permissive).toEqual([]);
    for (const { name, text } of files) await apply(`${extensions}/${name}`, parse(text));
    for (const one of environment.pools) {
      await eventually(`node pool ${one.name} is served`, () =>
        nodePool(one).then(
          () => true,
          () => false,
        ),
      );
    }
    await eventually("the node pools are ready", async () =>
      (await plane.client.list(nodePools)).every(({ status }) =>
        status?.conditions?.some((entry: KubeObject) => entry.type === "Ready" && entry.status === "True"),
      ),
    );
  });

  it("makes nodes as pods need them, no more than the limit, and takes them away", async () => {
    await deploy("plugged", 12);
    await eventually("12 pods run", async () => (await running("plugged")) === 12, 60_000);
    const nodes = await nodesOf("plugged");
    expect(nodes.map(({ status }) => status.allocatable["nvidia.com/gpu"])).toEqual(["8", "8"]);
    expect(nodes[0]!.status.nodeInfo.kubeletVersion).toBe("v1.36.3");
    expect(nodes[0]!.metadata.labels).toMatchObject({
      "node.kubernetes.io/instance-type": "p5.48xlarge",
      "topology.kubernetes.io/region": "eu-north-1",
      "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
      "nvidia.com/gpu.count": "8",
    });
    expect(nodes[0]!.spec.taints).toContainEqual(expect.objectContaining(gpuTaint));
    expect(await plane.client.list(slices)).toEqual([]);

    await deploy("plugged", 20);
    await eventually("16 pods run", async () => (await running("plugged")) === 16, 60_000);
    await eventually("it says why it makes no third node", async () =>
      (await plane.client.list(`${namespaced}/events`)).some(
        ({ reason, message }) => reason === "FailedScheduling" && /limit/.test(message),
      ),
    );
    expect(await nodesOf("plugged")).toHaveLength(2);

    await deploy("plugged", 0);
    await eventually("the nodes are gone", async () => (await nodesOf("plugged")).length === 0, 180_000);
  });

  it("has pods that ask for the classic resource given devices by DRA", async () => {
    await apply("/apis/resource.k8s.io/v1/deviceclasses/gpu", {
      apiVersion: "resource.k8s.io/v1",
      kind: "DeviceClass",
      metadata: { name: "gpu" },
      spec: {
        selectors: [{ cel: { expression: 'device.driver == "gpu.nvidia.com"' } }],
        extendedResourceName: "nvidia.com/gpu",
      },
    });
    await deploy("claimed", 12);
    await eventually("12 pods run", async () => (await running("claimed")) === 12, 60_000);
    expect(await nodesOf("claimed")).toHaveLength(2);
    expect(await plane.client.list(slices)).toHaveLength(2);
    const claims = await plane.client.list("/apis/resource.k8s.io/v1/namespaces/default/resourceclaims");
    const devices = claims.flatMap(({ status }) => status.allocation.devices.results);
    expect(new Set(devices.map(({ pool: node, device }) => `${node}/${device}`)).size).toBe(12);
  });

  it("keeps a node whose GPUs no device plugin registered, as the real one does, until its pool goes", async () => {
    await deploy("claimed", 0);
    await eventually("the pods are gone", async () => (await podsOf("claimed")).length === 0, 60_000);
    const isKept = ({ status }: KubeObject) =>
      (status?.conditions ?? []).some(
        ({ type, status: holds, reason }: KubeObject) =>
          type === "Initialized" && holds === "Unknown" && reason === "ResourceNotRegistered",
      );
    // Karpenter says so after a look at the node, and lets go of those of other tests by and by.
    await eventually(
      "both nodes wait for their GPUs",
      async () => {
        const claims = await plane.client.list(nodeClaims);
        return claims.length === 2 && claims.every(isKept);
      },
      60_000,
    );
    await plane.client.delete(`${nodePools}/claimed`);
    await eventually("the nodes are gone", async () => (await nodesOf("claimed")).length === 0, 60_000);
    await eventually("their slices are gone", async () => (await plane.client.list(slices)).length === 0, 60_000);
  });

  it("draws on a reservation as far as it goes, for the class that names it", async () => {
    await deploy("unreserved", 1);
    await deploy("reserved", 12);
    await eventually("8 pods run", async () => (await running("reserved")) === 8, 60_000);
    const refused = new Set<string>();
    await eventually("it says why it makes no more nodes", async () => {
      for (const { reason, involvedObject } of await plane.client.list(`${namespaced}/events`)) {
        if (reason === "FailedScheduling") refused.add(involvedObject.name.replace(/-.*/, ""));
      }
      return refused.has("reserved") && refused.has("unreserved");
    });
    const [node, ...others] = await nodesOf("reserved");
    expect(node!.metadata.labels).toMatchObject({
      "karpenter.sh/capacity-type": "reserved",
      "karpenter.k8s.aws/capacity-reservation-id": "cr-0123456789abcdef0",
    });
    expect([...others, ...(await nodesOf("unreserved"))]).toEqual([]);
  });
});
