import { isSecret } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type { Recording } from "../../recording";
import type { EksCluster } from "./eks";
import { burstPool, cpuPool, gpuPool, recordEks } from "./testing";

/** All that a cluster is made of on AWS; a rehearsal's simulated cloud knows these and no others. */
const types = [
  "cloudwatch:EventRule",
  "cloudwatch:EventTarget",
  "cloudwatch:LogGroup",
  "ec2:DefaultSecurityGroup",
  "ec2:Eip",
  "ec2:FlowLog",
  "ec2:InternetGateway",
  "ec2:LaunchTemplate",
  "ec2:NatGateway",
  "ec2:PlacementGroup",
  "ec2:Route",
  "ec2:RouteTable",
  "ec2:RouteTableAssociation",
  "ec2:SecurityGroup",
  "ec2:Subnet",
  "ec2:Vpc",
  "ec2:VpcEndpoint",
  "eks:AccessEntry",
  "eks:AccessPolicyAssociation",
  "eks:Addon",
  "eks:Cluster",
  "eks:NodeGroup",
  "eks:PodIdentityAssociation",
  "iam:InstanceProfile",
  "iam:Role",
  "iam:RolePolicy",
  "iam:RolePolicyAttachment",
  "kms:Alias",
  "kms:Key",
  "sqs:Queue",
  "sqs:QueuePolicy",
  "vpc:SecurityGroupIngressRule",
];

describe("EksCluster", () => {
  let recording: Recording;
  let cluster: EksCluster;
  beforeAll(async () => {
    ({ recording, cluster } = await recordEks());
  });

  it("is made of these types and no others", () => {
    const made = recording.resources.filter(({ type }) => type.startsWith("aws:"));
    const short = made.map(({ type }) => type.replace(/^aws:(\w+)\/\w+:/, "$1:"));
    expect([...new Set(short)].sort()).toEqual(types);
  });

  it("makes everything through one provider, for one account and region, that tags what it makes", () => {
    const provider = recording.resource("pulumi:providers:aws", "aws");
    expect(provider.inputs).toMatchObject({
      region: "eu-north-1",
      allowedAccountIds: '["111122223333"]',
      defaultTags:
        '{"tags":{"ai-platform/stack":"prod","ai-platform/tier":"production","ai-platform/managed-by":"pulumi"}}',
    });
    const made = recording.resources.filter(({ type }) => type.startsWith("aws:"));
    expect(made.length).toBeGreaterThan(80);
    for (const { urn, provider: used } of made) {
      expect(used.startsWith(`${provider.urn}::`), urn).toBe(true);
    }
  });

  it("applies Kubernetes objects once they would be let in and their pods would run", () => {
    const provider = recording.resource("pulumi:providers:kubernetes", "kubernetes");
    expect(provider.inputs.enableServerSideApply).toBe("true");
    for (const [type, name] of [
      ["aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "deploy/Pipeline"],
      ["aws:eks/nodeGroup:NodeGroup", "system"],
      ["aws:eks/addon:Addon", "vpc-cni"],
      ["aws:eks/addon:Addon", "coredns"],
      ["aws:eks/addon:Addon", "aws-ebs-csi-driver"],
    ] as const) {
      expect(recording.waitsFor(provider, recording.resource(type, name)), `${type} ${name}`).toBe(true);
    }
    // Machines with GPUs may be hours away.
    expect(recording.waitsFor(provider, recording.resource("aws:eks/nodeGroup:NodeGroup", "h100"))).toBe(false);
  });

  it("is reached with the caller's own credentials, by a kubeconfig that is a secret all the same", async () => {
    expect(await isSecret(cluster.access.kubeconfig!)).toBe(true);
    const config = JSON.parse(
      recording.resource("pulumi:providers:kubernetes", "kubernetes").inputs.kubeconfig as string,
    );
    expect(config.clusters[0].cluster).toEqual({ server: "https://api.example", "certificate-authority-data": "Y2E=" });
    expect(config.users[0].user.exec).toMatchObject({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "aws",
      args: ["eks", "get-token", "--cluster-name", "ai-prod", "--region", "eu-north-1", "--output", "json"],
      env: [{ name: "AWS_STS_REGIONAL_ENDPOINTS", value: "regional" }],
    });
    expect(config["current-context"]).toBe("ai-prod");
  });

  it("says of itself what the rest of the platform must know", () => {
    expect(cluster).toMatchObject({
      clusterName: "ai-prod",
      region: "eu-north-1",
      capabilities: { nvidiaDriverRoot: "/", criticalPodsNeedQuota: false, autoscaler: "karpenter", provides: [] },
    });
  });

  it("states each pool and where it stands, with what it is made of below it", () => {
    expect(cluster.pools.map(({ pool }) => pool.name)).toEqual(["system", "h100", "burst"]);
    for (const [name, type] of [
      ["system", "aws:eks/nodeGroup:NodeGroup"],
      ["h100", "aws:ec2/placementGroup:PlacementGroup"],
      ["burst", "kubernetes:karpenter.sh/v1:NodePool"],
    ] as const) {
      const pool = recording.resource("ai-platform:cluster:NodePool", name);
      expect(pool.inputs.region).toBe("eu-north-1");
      expect(recording.resource(type, name).parent).toBe(pool.urn);
    }
  });

  it("makes nothing at all when no node would run the cluster itself", async () => {
    await expect(recordEks({}, [cpuPool({ nodes: "karpenter", min: 0 }), gpuPool(), burstPool()])).rejects.toThrow(
      'pools: no CPU pool has nodes from the start: state one with nodes: "group" and min of at least 1',
    );
  });

  it.each([
    [{ kubernetes: "1.29" }, 'cluster.kubernetes: "1.29" is no version that EKS offers: state 1.36, 1.35, 1.34'],
    [{ region: "europe-west4" }, "catalog: europe-west4 is not a region of AWS, so it lies in no partition"],
  ] as const)("refuses %j", async (change, message) => {
    await expect(recordEks(change as Parameters<typeof recordEks>[0])).rejects.toThrow(message);
  });
});
