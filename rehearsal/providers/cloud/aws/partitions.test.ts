import { describe, expect, it } from "vitest";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import { account, configFor, trust } from "./testing";
import { tokens } from "./tokens";

const partitions = [
  {
    partition: "aws",
    region: "eu-north-1",
    suffix: "amazonaws.com",
    ec2: "ec2.amazonaws.com",
    prefix: "com.amazonaws",
  },
  {
    partition: "aws-eusc",
    region: "eusc-de-east-1",
    suffix: "amazonaws.eu",
    ec2: "ec2.amazonaws.com",
    prefix: "eu.amazonaws",
  },
  {
    partition: "aws-us-gov",
    region: "us-gov-west-1",
    suffix: "amazonaws.com",
    ec2: "ec2.amazonaws.com",
    prefix: "com.amazonaws",
  },
  {
    partition: "aws-cn",
    region: "cn-north-1",
    suffix: "amazonaws.com.cn",
    ec2: "ec2.amazonaws.com.cn",
    prefix: "cn.com.amazonaws",
  },
];

describe.each(partitions)("$partition", ({ partition, region, suffix, ec2, prefix }) => {
  const within = async (work: (cloud: TestCloud) => Promise<void>) => {
    const cloud = await testCloud("aws", configFor(region));
    try {
      await work(cloud);
    } finally {
      await cloud.stop();
    }
  };

  it("has ARNs and host names of its own", () =>
    within(async ({ engine }) => {
      const vpc = await engine.create(tokens.vpc, "main", { cidrBlock: "10.0.0.0/16" });
      expect(plain(vpc).arn).toBe(`arn:${partition}:ec2:${region}:${account}:vpc/${vpc.id}`);
      const role = await engine.create(tokens.role, "nodes", { name: "nodes", assumeRolePolicy: trust(ec2) });
      expect(plain(role).arn).toBe(`arn:${partition}:iam::${account}:role/nodes`);
      const queue = await engine.create(tokens.queue, "q", { name: "q" });
      expect(plain(queue).url).toBe(`https://sqs.${region}.${suffix}/${account}/q`);
      const serviceName = `${prefix}.${region}.ecr.api`;
      const endpoint = { vpcId: vpc.id, serviceName, vpcEndpointType: "Interface" };
      expect(plain(await engine.create(tokens.vpcEndpoint, "ecr", endpoint)).state).toBe("available");
    }));

  it("refuses what belongs to another", () =>
    within(async ({ engine }) => {
      const foreign = partition === "aws" ? "aws-eusc" : "aws";
      const role = await engine.create(tokens.role, "nodes", { name: "nodes", assumeRolePolicy: trust(ec2) });
      const attach = (of: string) =>
        engine.create(tokens.rolePolicyAttachment, of, {
          role: role.id,
          policyArn: `arn:${of}:iam::aws:policy/AmazonEKSWorkerNodePolicy`,
        });
      expect((await attach(partition)).id).toContain("nodes/arn:");
      expect(await failure(attach(foreign))).toContain("ValidationError: Invalid ARN partition");
      const policy = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:*", Resource: [`arn:${foreign}:s3:::models/*`] }],
      };
      expect(await failure(engine.create(tokens.rolePolicy, "s3", { role: role.id, policy }))).toContain(
        `MalformedPolicyDocument: Partition "${foreign}" is not valid for resource "arn:${foreign}:s3:::models/*".`,
      );
      const principal = ec2 === "ec2.amazonaws.com" ? "ec2.amazonaws.eu" : "ec2.amazonaws.com";
      expect(await failure(engine.create(tokens.role, "wrong", { assumeRolePolicy: trust(principal) }))).toContain(
        `MalformedPolicyDocument: Invalid principal in policy: "SERVICE":"${principal}"`,
      );
    }));

  it("puts the provider's tags on everything, and lets a resource's own win", () =>
    within(async (cloud) => {
      const defaultTags = JSON.stringify({ tags: { owner: "platform", tier: "dev" } });
      const engine = await cloud.another({ ...configFor(region), defaultTags });
      const vpc = await engine.create(tokens.vpc, "main", { cidrBlock: "10.0.0.0/16", tags: { tier: "prod" } });
      expect(plain(vpc)).toMatchObject({ tags: { tier: "prod" }, tagsAll: { owner: "platform", tier: "prod" } });
    }));
});

it("finds a resource in another region when it says so itself", async () => {
  const cloud = await testCloud("aws", configFor("eu-north-1"));
  try {
    const vpc = await cloud.engine.create(tokens.vpc, "far", { cidrBlock: "10.0.0.0/16", region: "eu-central-1" });
    expect(plain(vpc)).toMatchObject({ region: "eu-central-1", arn: expect.stringContaining(":eu-central-1:") });
    expect((await cloud.engine.refresh(vpc)).id).toBe(vpc.id);
  } finally {
    await cloud.stop();
  }
});
