import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../control-plane";
import type { Properties } from "../../kubernetes/values";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import {
  clusterInputs,
  config,
  keyUser,
  makeCluster,
  makeKey,
  makeNetwork,
  nodePoolInputs,
  project,
  region,
  tokens,
} from "./testing";

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("gcp", config);
});
afterEach(() => cloud.stop());

const create = (type: string, name: string, inputs: Properties) => cloud.engine.create(type, name, inputs);
const pool = (more: Properties = {}, nodeConfig: Properties = {}) =>
  create(tokens.NodePool, "h100", nodePoolInputs(more, nodeConfig));
const cpus = (more: Properties = {}) => ({
  nodeLocations: undefined as never,
  nodeConfig: { machineType: "e2-standard-8" },
  ...more,
});
const labels = ({ metadata }: KubeObject) => metadata.labels as Record<string, string>;
const zones = () =>
  cloud.plane.nodes
    .map((node) => labels(node)["topology.kubernetes.io/zone"]!.slice(-1))
    .sort()
    .join("");

describe("a node pool", () => {
  it("has its nodes as kubelets and GKE register them", async () => {
    await makeCluster(cloud.engine);
    const held = await pool();
    expect(held.id).toBe(`projects/${project}/locations/${region}/clusters/ai/nodePools/h100`);
    expect(cloud.plane.nodes).toHaveLength(2);
    const [node] = cloud.plane.nodes;
    expect(node!.metadata.name).toMatch(/^gke-ai-h100-[0-9a-f]{8}-[0-9a-f]{4}$/);
    expect(labels(node!)).toMatchObject({
      "ai-platform/pool": "h100",
      "cloud.google.com/gke-nodepool": "h100",
      "cloud.google.com/gke-accelerator": "nvidia-h100-80gb",
      "cloud.google.com/gke-provisioning": "standard",
      "cloud.google.com/machine-family": "a3",
      "node.kubernetes.io/instance-type": "a3-highgpu-8g",
      "topology.kubernetes.io/region": region,
      "topology.kubernetes.io/zone": `${region}-b`,
      "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
    });
    expect(node!.spec.taints).toEqual([{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]);
    expect(node!.status.capacity).toMatchObject({ cpu: "208", memory: "1872Gi" });
    expect(node!.status.nodeInfo.kubeletVersion).toMatch(/^v1\.36\.\d+-gke\./);
    expect(plain(held)).toMatchObject({
      nodeCount: 2,
      nodeLocations: [`${region}-b`],
      version: expect.stringMatching(/^1\.36\./),
      instanceGroupUrls: [
        expect.stringMatching(/zones\/europe-west4-b\/instanceGroupManagers\/gke-ai-h100-[0-9a-f]{8}-grp$/),
      ],
    });
  });

  it.each<[string, Properties, string]>([
    ["so many in each zone", cpus({ nodeCount: 2 }), "aabbcc"],
    ["so many in each zone to start with", cpus({ nodeCount: undefined as never, initialNodeCount: 1 }), "abc"],
    [
      "its minimum in each zone",
      cpus({ nodeCount: undefined as never, autoscaling: { minNodeCount: 1, maxNodeCount: 2 } }),
      "abc",
    ],
    [
      "its minimum in total, spread evenly",
      cpus({ nodeCount: undefined as never, autoscaling: { totalMinNodeCount: 4, totalMaxNodeCount: 9 } }),
      "aabc",
    ],
    [
      "what it started with, though its minimum is higher",
      cpus({
        nodeCount: undefined as never,
        initialNodeCount: 0,
        autoscaling: { totalMinNodeCount: 4, totalMaxNodeCount: 9 },
      }),
      "",
    ],
    ["none, unless some are asked for", cpus({ nodeCount: undefined as never }), ""],
    ["those of its own zones", cpus({ nodeCount: 1, nodeLocations: [`${region}-a`, `${region}-c`] }), "ac"],
  ])("has as many nodes as it says: %s", async (_, more, expected) => {
    await makeCluster(cloud.engine);
    await pool(more);
    expect(zones()).toBe(expected);
  });

  it("grows, shrinks and goes, and its nodes with it", async () => {
    await makeCluster(cloud.engine);
    const held = await pool();
    const names = () => cloud.plane.nodes.map(({ metadata }) => metadata.name);
    const before = names();
    const grown = await cloud.engine.update(held, nodePoolInputs({ nodeCount: 3 }));
    expect(names()).toEqual(expect.arrayContaining(before));
    expect(names()).toHaveLength(3);
    await cloud.engine.delete(grown);
    expect(names()).toEqual([]);
  });

  it("differs from other pools in its nodes' names alone where it is like them", async () => {
    await makeCluster(cloud.engine);
    await pool(cpus({ nodeCount: 1 }));
    await create(tokens.NodePool, "more", nodePoolInputs(cpus({ name: "more", nodeCount: 1 })));
    expect(new Set(cloud.plane.nodes.map(({ metadata }) => metadata.name)).size).toBe(6);
  });

  it("of spot machines says so on its nodes, and is not tainted for it", async () => {
    await makeCluster(cloud.engine);
    await pool(cpus({ nodeConfig: { machineType: "e2-standard-8", spot: true } }));
    expect(labels(cloud.plane.nodes[0]!)).toMatchObject({
      "cloud.google.com/gke-spot": "true",
      "cloud.google.com/gke-provisioning": "spot",
    });
    expect(cloud.plane.nodes[0]!.spec.taints ?? []).toEqual([]);
  });

  it("of GPUs is tainted, whether or not it says so", async () => {
    await makeCluster(cloud.engine);
    await pool({}, { taints: [{ key: "team", value: "a", effect: "PREFER_NO_SCHEDULE" }] });
    expect(cloud.plane.nodes[0]!.spec.taints).toEqual([
      { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
      { key: "team", value: "a", effect: "PreferNoSchedule" },
    ]);
  });

  it("of a reservation says of which", async () => {
    await makeCluster(cloud.engine);
    const reservationAffinity = {
      consumeReservationType: "SPECIFIC_RESERVATION",
      key: "x/reservation-name",
      values: ["r"],
    };
    await pool({}, { reservationAffinity });
    expect(labels(cloud.plane.nodes[0]!)).toMatchObject({ "cloud.google.com/reservation-name": "r" });
    expect(await failure(pool({ name: "spot" }, { reservationAffinity, spot: true }))).toContain(
      "cannot consume a reservation",
    );
  });

  it("side by side has nodes that know where they stand, in one zone", async () => {
    await makeCluster(cloud.engine);
    await create(tokens.ResourcePolicy, "policy", {
      name: "near",
      region,
      groupPlacementPolicy: { collocation: "COLLOCATED" },
    });
    const placementPolicy = { type: "COMPACT", policyName: "near" };
    await pool({ placementPolicy });
    const [one, two] = cloud.plane.nodes.map(labels);
    const at = (level: string) => `cloud.google.com/gce-topology-${level}`;
    expect(one![at("block")]).toBe(two![at("block")]);
    expect(one![at("host")]).not.toBe(two![at("host")]);
    const spread = { name: "spread", placementPolicy, nodeLocations: [`${region}-b`, `${region}-c`] };
    expect(await failure(pool(spread))).toContain("Compact placement puts nodes into one zone");
    expect(await failure(pool({ ...cpus({ nodeLocations: [`${region}-b`] }), name: "e2", placementPolicy }))).toContain(
      'Compact placement is not available with machine type "e2-standard-8"',
    );
    const gone = { ...placementPolicy, policyName: "gone" };
    expect(await failure(pool({ name: "gone", placementPolicy: gone }))).toContain(
      "resourcePolicies/gone' was not found",
    );
  });

  it("is refused when there is no such cluster, or another such pool", async () => {
    const network = await makeNetwork(cloud.engine);
    expect(await failure(pool())).toContain(
      `googleapi: Error 404: Not found: projects/${project}/locations/${region}/clusters/ai.`,
    );
    const gone = `projects/${project}/locations/${region}/clusters/gone`;
    expect(await failure(pool({ cluster: gone }))).toContain(`Not found: ${gone}.`);
    const cluster = await create(tokens.Cluster, "ai", clusterInputs(network));
    const held = await pool({ cluster: cluster.id, location: undefined as never });
    expect(await failure(create(tokens.NodePool, "again", nodePoolInputs()))).toContain(
      `resource - ${held.id} - already exists`,
    );
  });

  it.each<[string, Properties, Properties, string]>([
    ["a machine that there is not", {}, { machineType: "x9-mega" }, 'Machine type with name "x9-mega" does not exist'],
    [
      "a machine that the region has not",
      {},
      { machineType: "a3-highgpu-8g-nolssd", guestAccelerators: [] },
      'does not exist in zone "europe-west4-b"',
    ],
    ["no machine, which is one that the catalog lacks", {}, { machineType: undefined as never }, '"e2-medium"'],
    [
      "GPUs that the machine does not come with",
      {},
      { guestAccelerators: [{ type: "nvidia-l4", count: 1 }] },
      'Machine type "a3-highgpu-8g" comes with 8 x "nvidia-h100-80gb"',
    ],
    [
      "GPUs for a machine that takes none",
      {},
      { machineType: "e2-standard-8" },
      'Accelerator type "nvidia-h100-80gb" cannot be attached to machine type "e2-standard-8"',
    ],
    ["a zone of another region", { nodeLocations: ["europe-west1-b"] }, {}, 'Zone "europe-west1-b" is not in the'],
    [
      "upgrades switched off",
      { management: { autoUpgrade: false, autoRepair: true } },
      {},
      "Auto_upgrade and auto_repair cannot be false when release_channel REGULAR is set.",
    ],
    ["a version before the control plane's", { version: "1.37.0-gke.1" }, {}, 'Node version "1.37.0-gke.1" must be'],
    [
      "a service account that is gone",
      {},
      { serviceAccount: `gone@${project}.iam.gserviceaccount.com` },
      "does not exist",
    ],
    [
      "two counts",
      { initialNodeCount: 1 },
      {},
      "nodeCount: Cannot set both initial_node_count and node_count on node pool h100",
    ],
    [
      "two kinds of limits",
      { autoscaling: { minNodeCount: 1, totalMaxNodeCount: 2 } },
      {},
      "autoscaling: has limits for each zone",
    ],
    [
      "a minimum above its maximum",
      { autoscaling: { minNodeCount: 3, maxNodeCount: 2 } },
      {},
      "autoscaling: its minimum, 3, is above its maximum, 2",
    ],
  ])("is refused with %s", async (_, more, nodeConfig, message) => {
    await makeCluster(cloud.engine);
    expect(await failure(pool(more, nodeConfig))).toContain(message);
    expect(cloud.plane.nodes).toEqual([]);
  });

  it("encrypts disks once Compute Engine's agent has been granted the key", async () => {
    await makeCluster(cloud.engine);
    const { key } = await makeKey(cloud.engine);
    expect(await failure(pool({}, { bootDiskKmsKey: key.id }))).toContain("cloudkms.cryptoKeyVersions.useToEncrypt");
    await create(tokens.KeyMember, "disks", keyUser(key, "compute-system"));
    await pool({}, { bootDiskKmsKey: key.id });
  });

  it("is made anew for what its machines cannot become", async () => {
    await makeCluster(cloud.engine);
    const held = await pool();
    const diff = (more: Properties, nodeConfig: Properties = {}) =>
      cloud.engine.diff(held, nodePoolInputs(more, nodeConfig));
    expect((await diff({}, { spot: true })).replaces).toEqual(["nodeConfig.spot"]);
    expect((await diff({ nodeCount: 5 }, { labels: { a: "b" } })).replaces).toEqual([]);
  });

  it("stays without nodes when there are no machines, and is filled by the next update", async () => {
    await makeCluster(cloud.engine);
    cloud.write("faults.json", [
      { provider: "gcp", type: tokens.NodePool, operation: "create", fault: "capacity", times: 1 },
    ]);
    expect(await failure(pool())).toContain(
      "does not have enough resources available to fulfill request: europe-west4-b.",
    );
    expect(cloud.plane.nodes).toEqual([]);
    const [object] = cloud.objects().filter(({ type }) => type === tokens.NodePool);
    const held = await cloud.engine.import(tokens.NodePool, "h100", object!.id);
    await cloud.engine.update(held, nodePoolInputs());
    expect(cloud.plane.nodes).toHaveLength(2);
  });
});

describe("the default pool of a cluster", () => {
  it("has nodes as well, unless it is removed", async () => {
    const more = { removeDefaultNodePool: false, nodeConfig: { machineType: "e2-standard-4" } };
    const { cluster } = await makeCluster(cloud.engine, more);
    expect(zones()).toBe("abc");
    expect(labels(cloud.plane.nodes[0]!)).toMatchObject({ "cloud.google.com/gke-nodepool": "default-pool" });
    await cloud.engine.delete(cluster);
    expect(cloud.plane.nodes).toEqual([]);
  });
});
