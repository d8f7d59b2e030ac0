import { beforeAll, describe, expect, it } from "vitest";
import type { Recording } from "../../recording";
import { cpuPool, recordEks, settings } from "./testing";

const cluster = "aws:eks/cluster:Cluster";
const entries = "aws:eks/accessEntry:AccessEntry";
const rules = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

describe("ControlPlane", () => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks());
  });

  it("knows administrators by access entries alone, and its maker only if it is among them", () => {
    expect(recording.resource(cluster, "control-plane").inputs.accessConfig).toEqual({
      authenticationMode: "API",
      bootstrapClusterCreatorAdminPermissions: false,
    });
    for (const role of settings().adminRoles) {
      const principalArn = `arn:aws:iam::111122223333:role/${role}`;
      const entry = recording.resource(entries, role);
      expect(entry.inputs).toMatchObject({ principalArn, type: "STANDARD" });
      const association = recording.resource("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", role);
      expect(association.inputs).toMatchObject({
        principalArn,
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      });
      expect(recording.waitsFor(association, entry)).toBe(true);
    }
  });

  it("is reached from the network and its peers alone", async () => {
    expect(recording.resource(cluster, "control-plane").inputs.vpcConfig).toEqual({
      subnetIds: ["nodes-a-id", "nodes-b-id", "nodes-c-id"],
      securityGroupIds: ["api-access-id"],
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
    });
    const peered = await recordEks({ network: { ...settings().network, peers: ["10.64.0.0/16"] } });
    const open = peered.recording.resources.filter(({ type, name }) => type === rules && name.startsWith("api-access"));
    expect(open.map(({ inputs }) => inputs.cidrIpv4)).toEqual(["10.80.0.0/16", "10.64.0.0/16"]);
  });

  it("opens its public endpoint to the ranges named, and keeps the private one", async () => {
    const { recording: restricted } = await recordEks({
      endpoint: { access: "restricted", cidrs: ["203.0.113.0/24"] },
    });
    expect(restricted.resource(cluster, "control-plane").inputs.vpcConfig).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });

  it("records all that it can into a log group that was there before it", () => {
    const made = recording.resource(cluster, "control-plane");
    expect(made.inputs.enabledClusterLogTypes).toEqual([
      "api",
      "audit",
      "authenticator",
      "controllerManager",
      "scheduler",
    ]);
    const logs = recording.resource("aws:cloudwatch/logGroup:LogGroup", "control-plane");
    expect(logs.inputs).toMatchObject({ name: "/aws/eks/ai-prod/cluster", retentionInDays: 365 });
    expect(recording.waitsFor(made, logs)).toBe(true);
  });

  it("goes before the network goes, so that what takes machines away still reaches AWS", () => {
    const made = recording.resource(cluster, "control-plane");
    for (const { type, name } of [
      { type: "aws:ec2/route:Route", name: "nodes-a" },
      { type: "aws:ec2/natGateway:NatGateway", name: "nat-c" },
      { type: "aws:ec2/vpcEndpoint:VpcEndpoint", name: "s3" },
    ]) {
      expect(recording.waitsFor(made, recording.resource(type, name)), name).toBe(true);
    }
  });

  it.each([
    ["production", undefined, true],
    ["development", undefined, false],
    ["production", false, false],
    ["development", true, true],
  ] as const)("refuses to be deleted in %s when deletionProtection is %s: %s", async (tier, stated, refuses) => {
    const { recording: other } = await recordEks({ deletionProtection: stated }, [cpuPool()], { tier });
    expect(other.resource(cluster, "control-plane").inputs.deletionProtection).toBe(refuses);
  });

  it("brings no add-on of its own, and leaves a version when its support ends", () => {
    expect(recording.resource(cluster, "control-plane").inputs).toMatchObject({
      version: "1.36",
      bootstrapSelfManagedAddons: false,
      upgradePolicy: { supportType: "STANDARD" },
      kubernetesNetworkConfig: { serviceIpv4Cidr: "172.20.0.0/16" },
    });
  });
});
