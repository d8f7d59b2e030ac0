import type { input as inputs } from "@pulumi/gcp/types";
import { beforeAll, describe, expect, it } from "vitest";
import { type Change, type GkeRecording, gkeArgs, h100Pool, recordGke, systemPool } from "./testing";

const nodePool = "gcp:container/nodePool:NodePool";
type Pool = NonNullable<Change["pools"]>[number];

/** The inputs of a pool that stands beside the CPU pool. */
async function made(pool: Pool) {
  const recording = await recordGke(gkeArgs({ pools: [systemPool, pool] }));
  return { recording, inputs: recording.one(nodePool, pool.name).inputs };
}

describe("node pools", () => {
  let recording: GkeRecording;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of resources.
  let system: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  let h100: any;
  beforeAll(async () => {
    recording = await recordGke(gkeArgs());
    system = recording.one(nodePool, "system").inputs;
    h100 = recording.one(nodePool, "h100").inputs;
  });

  it("are children of what policies price and place", () => {
    for (const name of ["system", "h100"]) {
      const component = recording.one("ai-platform:cluster:NodePool", name);
      expect(component.inputs).toMatchObject({ pool: { name }, region: "europe-west4" });
      expect(recording.one(nodePool, name).parent).toBe(component.urn);
    }
  });

  it("count nodes of the whole pool, so that max means nodes", () => {
    expect(system.autoscaling).toMatchObject({ totalMinNodeCount: 3, totalMaxNodeCount: 6 });
    expect(system.autoscaling).not.toHaveProperty("maxNodeCount");
    expect(system.initialNodeCount).toBe(1);
    expect(system.nodeCount).toBeUndefined();
  });

  it("are left alone when they are as large as they may be", () => {
    expect(h100.autoscaling).toBeUndefined();
    expect(h100.nodeCount).toBe(2);
  });

  it("have private nodes that are guarded, repaired and upgraded", () => {
    for (const pool of [system, h100]) {
      expect(pool).toMatchObject({
        cluster: "ai-prod",
        location: "europe-west4",
        management: { autoRepair: true, autoUpgrade: true },
        networkConfig: { enablePrivateNodes: true },
        nodeConfig: {
          serviceAccount: "ai-prod-nodes@acme-ai-prod.iam.gserviceaccount.com",
          bootDiskKmsKey: "CryptoKey/disks",
          imageType: "COS_CONTAINERD",
          workloadMetadataConfig: { mode: "GKE_METADATA" },
          metadata: { "disable-legacy-endpoints": "true" },
          shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
          kubeletConfig: { insecureKubeletReadonlyPortEnabled: "FALSE" },
        },
      });
    }
    expect(system.nodeConfig.resourceLabels).toEqual({
      "ai-platform-stack": "prod-gcp",
      "ai-platform-tier": "production",
      "ai-platform-pool": "system",
    });
  });

  it("carry the pool's label, and of CPU nodes nothing else", () => {
    expect(system.nodeConfig.labels).toEqual({ "ai-platform/pool": "system" });
    expect(system.nodeConfig.taints).toEqual([]);
    expect(system.nodeConfig.guestAccelerators).toBeUndefined();
  });

  it("with DRA have neither GKE's device plugin nor its driver, and a label that claims scale by", () => {
    expect(h100.nodeLocations).toEqual(["europe-west4-b"]);
    expect(h100.nodeConfig).toMatchObject({
      machineType: "a3-highgpu-8g",
      guestAccelerators: [
        {
          type: "nvidia-h100-80gb",
          count: 8,
          gpuDriverInstallationConfig: { gpuDriverVersion: "INSTALLATION_DISABLED" },
        },
      ],
      ephemeralStorageLocalSsdConfig: { localSsdCount: 16 },
      labels: {
        "ai-platform/pool": "h100",
        "gke-no-default-nvidia-gpu-device-plugin": "true",
        "nvidia.com/gpu.present": "true",
        "cloud.google.com/gke-nvidia-gpu-dra-driver": "true",
      },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
    });
  });

  it("upgrade GPU nodes in place and CPU nodes with one more", () => {
    expect(h100.upgradeSettings).toEqual({ strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 });
    expect(system.upgradeSettings).toEqual({ strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 });
  });

  it("wait for the key and the roles that their nodes need", () => {
    const later = recording.one(nodePool, "system");
    for (const [type, name] of [
      ["gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "disks-key-user"],
      ["gcp:projects/iAMMember:IAMMember", "nodes-reader"],
    ] as const) {
      expect(recording.waitsFor(later, recording.one(type, name))).toBe(true);
    }
  });

  it("of GKE's own device plugin get its driver too, and no installer", async () => {
    const { inputs, recording: other } = await made({ ...h100Pool, devices: { owner: "device-plugin" } });
    const [gpu] = inputs.nodeConfig.guestAccelerators as inputs.container.NodePoolNodeConfigGuestAccelerator[];
    expect(gpu?.gpuDriverInstallationConfig).toEqual({ gpuDriverVersion: "DEFAULT" });
    expect(inputs.nodeConfig.labels["ai-platform/pool"]).toBe("h100");
    expect(Object.keys(inputs.nodeConfig.labels).filter((label) => /^(gke|nvidia|cloud)/.test(label))).toEqual([]);
    expect(other.of("kubernetes:apps/v1:DaemonSet")).toEqual([]);
  });

  it("whose driver the GPU Operator builds run what it can build on, without Secure Boot", async () => {
    const { inputs, recording: other } = await made({ ...h100Pool, driver: "operator" });
    expect(inputs.nodeConfig.imageType).toBe("UBUNTU_CONTAINERD");
    expect(inputs.nodeConfig.shieldedInstanceConfig.enableSecureBoot).toBe(false);
    expect(other.cluster.capabilities.nvidiaDriverRoot).toBe("/run/nvidia/driver");
    expect(other.of("kubernetes:apps/v1:DaemonSet")).toEqual([]);
  });

  it("of spot nodes say so to GKE and to pods, and start at nothing where that is the minimum", async () => {
    const { inputs } = await made({ ...h100Pool, name: "burst", min: 0, capacity: "spot" });
    expect(inputs.nodeConfig.spot).toBe(true);
    expect(inputs.nodeConfig.reservationAffinity).toEqual({ consumeReservationType: "NO_RESERVATION" });
    expect(inputs.nodeConfig.taints).toContainEqual({ key: "ai-platform/spot", value: "true", effect: "NO_SCHEDULE" });
    expect(inputs.initialNodeCount).toBe(0);
    expect(inputs.autoscaling).toEqual({ totalMinNodeCount: 0, totalMaxNodeCount: 2, locationPolicy: "ANY" });
  });

  it("of a reservation take from it and from nothing else, where it is", async () => {
    const { inputs, recording: other } = await made({
      ...h100Pool,
      capacity: "reserved",
      reservation: "h100-2027",
      multiNode: true,
    });
    expect(inputs.nodeConfig.reservationAffinity).toEqual({
      consumeReservationType: "SPECIFIC_RESERVATION",
      key: "compute.googleapis.com/reservation-name",
      values: ["h100-2027"],
    });
    expect(inputs.placementPolicy).toBeUndefined();
    expect(other.of("gcp:compute/resourcePolicy:ResourcePolicy")).toEqual([]);
  });

  it("that models span are next to each other", async () => {
    const { inputs, recording: other } = await made({ ...h100Pool, multiNode: true });
    expect(other.one("gcp:compute/resourcePolicy:ResourcePolicy", "h100").inputs).toEqual({
      name: "ai-prod-h100",
      region: "europe-west4",
      groupPlacementPolicy: { collocation: "COLLOCATED" },
    });
    expect(inputs.placementPolicy).toEqual({ type: "COMPACT", policyName: "ai-prod-h100" });
  });

  it("have a placement whose name fits Compute Engine's limit, however long theirs is", async () => {
    const pools = [systemPool, { ...h100Pool, name: "h".repeat(40), multiNode: true }];
    const other = await recordGke(gkeArgs({ pools, cluster: { name: "c".repeat(40) } }));
    const [policy] = other.of("gcp:compute/resourcePolicy:ResourcePolicy");
    expect(policy?.inputs.name).toMatch(/^[a-z][-a-z0-9]{0,61}[a-z0-9]$/);
  });
});
