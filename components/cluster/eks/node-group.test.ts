import { beforeAll, describe, expect, it } from "vitest";
import { eksImageRelease } from "../../../catalog/eks";
import type { Recording } from "../../recording";
import { cpuPool, gpuPool, recordEks } from "./testing";

const group = "aws:eks/nodeGroup:NodeGroup";
const template = "aws:ec2/launchTemplate:LaunchTemplate";
const placement = "aws:ec2/placementGroup:PlacementGroup";

describe("nodeGroup", () => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks({}, [
      cpuPool(),
      gpuPool({ multiNode: true, zones: ["b"] }),
      gpuPool({ name: "cheap", capacity: "spot" }),
      gpuPool({
        name: "booked",
        capacity: "reserved",
        reservation: "cr-0123456789abcdef0",
        zones: ["c"],
        multiNode: true,
      }),
    ]));
  });

  it("has as many nodes as the pool states, of its machine, labelled and tainted", () => {
    expect(recording.resource(group, "h100").inputs).toMatchObject({
      clusterName: "ai-prod",
      nodeGroupName: "h100",
      instanceTypes: ["p5.48xlarge"],
      scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 2 },
      labels: { "ai-platform/pool": "h100", "nvidia.com/gpu.present": "true" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
      subnetIds: ["nodes-b-id"],
      nodeRepairConfig: { enabled: true },
      launchTemplate: { id: "h100-id", version: "7" },
    });
  });

  it("runs a pinned Amazon Linux, which brings NVIDIA's driver and no device plugin", () => {
    expect(recording.resource(group, "h100").inputs).toMatchObject({
      amiType: "AL2023_x86_64_NVIDIA",
      version: "1.36",
      releaseVersion: eksImageRelease("1.36"),
    });
    expect(recording.resource(group, "system").inputs.amiType).toBe("AL2023_x86_64_STANDARD");
  });

  it("lets no pod at a machine's credentials, and nobody in by SSH", () => {
    for (const { inputs, name } of recording.resources.filter(({ type }) => type === template)) {
      expect(inputs.metadataOptions, name).toMatchObject({ httpTokens: "required", httpPutResponseHopLimit: 1 });
      expect(inputs.keyName, name).toBeUndefined();
    }
    for (const { inputs, name } of recording.resources.filter(({ type }) => type === group)) {
      expect(inputs.remoteAccess, name).toBeUndefined();
    }
  });

  it("encrypts volumes with the customer's key", () => {
    for (const [name, volumeSize] of [
      ["system", 100],
      ["h100", 500],
    ] as const) {
      expect(recording.resource(template, name).inputs.blockDeviceMappings).toEqual([
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeType: "gp3",
            volumeSize,
            encrypted: "true",
            kmsKeyId: "<arn of key>",
            deleteOnTermination: "true",
          },
        },
      ]);
    }
  });

  it("joins machines that work together by EFA, close to each other", () => {
    const { inputs } = recording.resource(template, "h100");
    expect(inputs.networkInterfaces).toHaveLength(33);
    for (const networkInterface of inputs.networkInterfaces as { securityGroups: string[] }[]) {
      expect(networkInterface.securityGroups).toEqual(["sg-cluster"]);
    }
    // EC2 refuses security groups beside interfaces.
    expect(inputs.vpcSecurityGroupIds).toBeUndefined();
    expect(inputs.placement).toEqual({ groupName: "ai-prod-h100" });
    expect(recording.resource(placement, "h100").inputs).toMatchObject({ name: "ai-prod-h100", strategy: "cluster" });
  });

  it("leaves the interface to EC2 where nothing spans nodes", () => {
    const { inputs } = recording.resource(template, "cheap");
    expect(inputs).toMatchObject({ vpcSecurityGroupIds: ["sg-cluster"] });
    expect(inputs.networkInterfaces).toBeUndefined();
    expect(inputs.placement).toBeUndefined();
  });

  it("buys spot capacity for nodes that say so", () => {
    const { inputs } = recording.resource(group, "cheap");
    expect(inputs).toMatchObject({ capacityType: "SPOT" });
    expect(inputs.taints).toContainEqual({ key: "ai-platform/spot", value: "true", effect: "NO_SCHEDULE" });
    expect(recording.resource(group, "h100").inputs.capacityType).toBe("ON_DEMAND");
  });

  it("takes reserved machines from the reservation or not at all", () => {
    expect(recording.resource(template, "booked").inputs).toMatchObject({
      capacityReservationSpecification: {
        capacityReservationPreference: "capacity-reservations-only",
        capacityReservationTarget: { capacityReservationId: "cr-0123456789abcdef0" },
      },
    });
    expect(recording.resource(group, "booked").inputs).toMatchObject({
      capacityType: "ON_DEMAND",
      subnetIds: ["nodes-c-id"],
    });
    expect(recording.resources.filter(({ type }) => type === placement).map(({ name }) => name)).toEqual(["h100"]);
  });

  it("replaces GPU nodes without needing more of them at once", () => {
    expect(recording.resource(group, "h100").inputs.updateConfig).toEqual({
      maxUnavailable: 1,
      updateStrategy: "MINIMAL",
    });
    expect(recording.resource(group, "system").inputs.updateConfig).toMatchObject({ updateStrategy: "DEFAULT" });
  });

  it("tags machines, volumes and interfaces, which the provider's own tags do not reach", () => {
    const specifications = recording.resource(template, "h100").inputs.tagSpecifications as {
      resourceType: string;
      tags: Record<string, string>;
    }[];
    expect(specifications.map(({ resourceType }) => resourceType)).toEqual(["instance", "volume", "network-interface"]);
    for (const { tags } of specifications) {
      expect(tags).toEqual({
        "ai-platform/stack": "prod",
        "ai-platform/tier": "production",
        "ai-platform/managed-by": "pulumi",
        Name: "ai-prod-h100",
      });
    }
  });

  it("waits for what a node needs from its first minute, and for its role's rights", () => {
    const nodes = recording.resource(group, "h100");
    for (const name of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
      expect(recording.waitsFor(nodes, recording.resource("aws:eks/addon:Addon", name)), name).toBe(true);
    }
    const rights = recording.resource(
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "node-AmazonEKSWorkerNodePolicy",
    );
    expect(recording.waitsFor(nodes, rights)).toBe(true);
  });
});
