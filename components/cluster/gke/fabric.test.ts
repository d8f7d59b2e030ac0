import { describe, expect, it } from "vitest";
import { fabricOf, freeRange } from "./fabric";
import { gkeArgs, h100Pool, recordGke, systemPool } from "./testing";

const network = "gcp:compute/network:Network";
const custom = "kubernetes:networking.gke.io/v1";
const h200Pool = { ...h100Pool, name: "h200", accelerator: "h200-141gb", multiNode: true } as const;

describe("the networks between GPUs", () => {
  it("are not there when no model spans nodes", async () => {
    const recording = await recordGke(gkeArgs());
    expect(recording.of(network).map(({ name }) => name)).toEqual(["network"]);
    expect(recording.one("gcp:container/nodePool:NodePool", "h100").inputs.networkConfig).toEqual({
      enablePrivateNodes: true,
    });
    expect(recording.of(`${custom}:Network`)).toEqual([]);
  });

  it("of GPUDirect-TCPX are four, each with a subnetwork and its own traffic", async () => {
    const recording = await recordGke(gkeArgs({ pools: [systemPool, { ...h100Pool, multiNode: true }] }));
    const names = ["vpc1", "vpc2", "vpc3", "vpc4"];
    for (const [index, name] of names.entries()) {
      expect(recording.one(network, name).inputs).toEqual({
        name: `ai-prod-${name}`,
        autoCreateSubnetworks: false,
        deleteDefaultRoutesOnCreate: true,
        mtu: 8244,
      });
      expect(recording.one("gcp:compute/subnetwork:Subnetwork", name).inputs).toMatchObject({
        network: `Network/ai-prod-${name}`,
        ipCidrRange: `192.168.${index * 16}.0/20`,
      });
      expect(recording.one("gcp:compute/firewall:Firewall", name).inputs).toMatchObject({
        direction: "INGRESS",
        sourceRanges: ["192.168.0.0/16"],
      });
    }
    expect(recording.of(network)).toHaveLength(5);
    const { inputs } = recording.one("gcp:container/nodePool:NodePool", "h100");
    expect(inputs.networkConfig.additionalNodeNetworkConfigs).toEqual(
      names.map((name) => ({ network: `ai-prod-${name}`, subnetwork: `ai-prod-${name}` })),
    );
    expect(recording.one("gcp:container/nodePool:NodePool", "system").inputs.networkConfig).toEqual({
      enablePrivateNodes: true,
    });
    expect(recording.one("gcp:container/cluster:Cluster", "cluster").inputs.enableMultiNetworking).toBe(true);
  });

  it("have a name that pods ask for them by", async () => {
    const recording = await recordGke(gkeArgs({ pools: [systemPool, { ...h100Pool, multiNode: true }] }));
    expect(recording.one(`${custom}:GKENetworkParamSet`, "vpc1-parameters").inputs).toMatchObject({
      metadata: { name: "vpc1" },
      spec: { vpc: "ai-prod-vpc1", vpcSubnet: "ai-prod-vpc1", deviceMode: "NetDevice" },
    });
    const object = recording.one(`${custom}:Network`, "vpc1");
    expect(object.inputs).toMatchObject({
      metadata: { name: "vpc1" },
      spec: {
        type: "Device",
        parametersRef: { group: "networking.gke.io", kind: "GKENetworkParamSet", name: "vpc1" },
      },
    });
    expect(recording.waitsFor(object, recording.one(`${custom}:GKENetworkParamSet`, "vpc1-parameters"))).toBe(true);
  });

  it("of RDMA are one of the zone with eight subnetworks, and one ordinary one", async () => {
    const recording = await recordGke(gkeArgs({ pools: [systemPool, h200Pool] }));
    expect(recording.one(network, "rdma").inputs).toEqual({
      name: "ai-prod-rdma",
      autoCreateSubnetworks: false,
      mtu: 8896,
      networkProfile: "projects/acme-ai-prod/global/networkProfiles/europe-west4-b-vpc-roce",
    });
    expect(recording.of(network).map(({ name }) => name)).toEqual(["network", "gvnic-1", "rdma"]);
    // Such a network takes no rules.
    expect(recording.of("gcp:compute/firewall:Firewall").map(({ name }) => name)).toEqual(["gvnic-1"]);
    const { inputs } = recording.one("gcp:container/nodePool:NodePool", "h200");
    expect(inputs.networkConfig.additionalNodeNetworkConfigs).toEqual([
      { network: "ai-prod-gvnic-1", subnetwork: "ai-prod-gvnic-1" },
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({
        network: "ai-prod-rdma",
        subnetwork: `ai-prod-rdma-${index}`,
      })),
    ]);
    const modes = recording.of(`${custom}:GKENetworkParamSet`).map(({ inputs: { spec } }) => spec.deviceMode);
    expect(modes).toEqual(["NetDevice", ...Array(8).fill("RDMA")]);
  });

  it("serve pools of both, each with its own", async () => {
    const pools = [systemPool, { ...h100Pool, multiNode: true }, h200Pool];
    const recording = await recordGke(gkeArgs({ pools }));
    const count = (name: string) =>
      recording.one("gcp:container/nodePool:NodePool", name).inputs.networkConfig.additionalNodeNetworkConfigs.length;
    expect([count("h100"), count("h200")]).toEqual([4, 9]);
    const ranges = recording.of("gcp:compute/subnetwork:Subnetwork").map(({ inputs }) => inputs.ipCidrRange);
    expect(new Set(ranges).size).toBe(ranges.length);
  });
});

describe("freeRange", () => {
  const settings = (peers: string[]) => {
    const { cluster } = gkeArgs();
    return { ...cluster, network: { ...cluster.network, peers } };
  };

  it("keeps clear of the cluster and of what it is connected with", () => {
    expect(freeRange(settings([]))).toBe("192.168.0.0/16");
    // 172.16.0.0/16 has the control plane.
    expect(freeRange(settings(["192.168.7.0/24"]))).toBe("172.17.0.0/16");
  });

  it("is undefined when all is taken", () => {
    expect(freeRange(settings(["192.168.0.0/16", "172.16.0.0/12", "100.64.0.0/10"]))).toBeUndefined();
  });
});

describe("fabricOf", () => {
  it("is only what models that span nodes need", () => {
    const [, pool] = gkeArgs().pools;
    expect(fabricOf(pool!)).toBeUndefined();
    expect(fabricOf({ ...pool!, multiNode: true })).toEqual({ kind: "gpudirect-tcpx", interfaces: 4 });
    expect(fabricOf({ ...pool!, multiNode: true, nodes: "auto-provisioned" })).toBeUndefined();
  });
});
