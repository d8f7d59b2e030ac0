import { describe, expect, it } from "vitest";
import { type Change, gkeArgs, h100Pool, recordGke, systemPool } from "./testing";

const autoscaling = async (change: Change) => {
  const recording = await recordGke(gkeArgs(change));
  const { clusterAutoscaling } = recording.one("gcp:container/cluster:Cluster", "cluster").inputs;
  return { recording, clusterAutoscaling };
};

const burst = {
  name: "burst",
  accelerator: "l4-24gb",
  perNode: 1,
  min: 0,
  max: 4,
  zones: ["europe-west4-a", "europe-west4-b"],
  nodes: "auto-provisioned",
  devices: { owner: "device-plugin" },
} satisfies NonNullable<Change["pools"]>[number];

describe("node auto-provisioning", () => {
  it("is off where no pool asks for it, and idle nodes still go soon", async () => {
    const { clusterAutoscaling } = await autoscaling({});
    expect(clusterAutoscaling).toEqual({ autoscalingProfile: "OPTIMIZE_UTILIZATION", enabled: false });
  });

  it("may have what all pools may have together", async () => {
    const { recording, clusterAutoscaling } = await autoscaling({ pools: [systemPool, h100Pool, burst] });
    const [system, h100, l4] = gkeArgs({ pools: [systemPool, h100Pool, burst] }).pools.map(({ machine }) => machine);
    expect(clusterAutoscaling).toMatchObject({
      enabled: true,
      autoProvisioningLocations: ["europe-west4-a", "europe-west4-b"],
      resourceLimits: [
        { resourceType: "cpu", maximum: 6 * system!.cpus + 2 * h100!.cpus + 4 * l4!.cpus },
        { resourceType: "memory", maximum: 6 * system!.memoryGib + 2 * h100!.memoryGib + 4 * l4!.memoryGib },
        { resourceType: "nvidia-h100-80gb", maximum: 16 },
        { resourceType: "nvidia-l4", maximum: 4 },
      ],
    });
    const nodePools = recording.of("gcp:container/nodePool:NodePool").map(({ name }) => name);
    expect(nodePools).toEqual(["system", "h100"]);
    expect(recording.one("ai-platform:cluster:NodePool", "burst").inputs.pool.max).toBe(4);
  });

  it("makes nodes that are guarded as all others", async () => {
    const { clusterAutoscaling } = await autoscaling({ pools: [systemPool, burst] });
    expect(clusterAutoscaling.autoProvisioningDefaults).toMatchObject({
      serviceAccount: "ai-prod-nodes@acme-ai-prod.iam.gserviceaccount.com",
      bootDiskKmsKey: "CryptoKey/disks",
      management: { autoRepair: true, autoUpgrade: true },
      shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    });
  });
});
