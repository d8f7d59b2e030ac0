import { describe, expect, it } from "vitest";
import { arn, endpointService, partitions, servicePrincipal } from "./partitions";
import { awsPartitionOf, type RegionName, regions, universeOf } from "./regions";

describe("partitions", () => {
  it.each(Object.entries(partitions))("%s says whose it is, and where that was read", (name, partition) => {
    expect(partition).toMatchObject({ source: expect.stringMatching(/\S/), date: expect.stringMatching(/^\d{4}-/) });
    expect(["us", "eu", "cn"]).toContain(partition.operatorJurisdiction);
    expect(name.startsWith("aws")).toBe(partition.provider === "aws");
  });

  it("tell the operator's law from that of its owners", () => {
    expect(partitions["aws-eusc"]).toMatchObject({
      operatorJurisdiction: "eu",
      note: expect.stringMatching(/US company/),
    });
  });

  it("differ in everything that is built from them", () => {
    expect(arn("aws-eusc", "iam", "", "123456789012", "role/nodes")).toBe("arn:aws-eusc:iam::123456789012:role/nodes");
    expect(arn("aws", "iam", "", "aws", "policy/AmazonEKSWorkerNodePolicy")).toBe(
      "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    );
    expect(arn("aws-cn", "sqs", "cn-north-1", "123456789012", "events")).toBe(
      "arn:aws-cn:sqs:cn-north-1:123456789012:events",
    );
  });
});

describe("service principals", () => {
  it.each([
    ["aws", "ec2", "ec2.amazonaws.com"],
    ["aws-us-gov", "ec2", "ec2.amazonaws.com"],
    // IAM there refuses ec2.amazonaws.eu, although that is the partition's DNS suffix.
    ["aws-eusc", "ec2", "ec2.amazonaws.com"],
    ["aws-cn", "ec2", "ec2.amazonaws.com.cn"],
    ["aws-cn", "eks", "eks.amazonaws.com"],
    ["aws-eusc", "pods.eks", "pods.eks.amazonaws.com"],
  ] as const)("in %s, %s is %s", (partition, service, principal) => {
    expect(servicePrincipal(partition, service)).toBe(principal);
  });
});

describe("VPC endpoint services", () => {
  it.each([
    ["aws", "eu-north-1", "ecr.api", "com.amazonaws.eu-north-1.ecr.api"],
    ["aws-us-gov", "us-gov-west-1", "sts", "com.amazonaws.us-gov-west-1.sts"],
    ["aws-eusc", "eusc-de-east-1", "ecr.dkr", "eu.amazonaws.eusc-de-east-1.ecr.dkr"],
    ["aws-eusc", "eusc-de-east-1", "sts", "com.amazonaws.eusc-de-east-1.sts"],
    ["aws-cn", "cn-north-1", "eks", "cn.com.amazonaws.cn-north-1.eks"],
    ["aws-cn", "cn-north-1", "s3", "com.amazonaws.cn-north-1.s3"],
  ] as const)("in %s, %s: %s is %s", (partition, region, service, name) => {
    expect(endpointService(partition, region, service)).toBe(name);
  });
});

describe("regions", () => {
  it("lie in a partition of their provider, and take its DNS suffix", () => {
    for (const [name, region] of Object.entries(regions)) {
      const partition = partitions[region.partition as keyof typeof partitions];
      expect(partition?.provider ?? "none", name).toBe(
        ["aws", "gcp"].includes(region.provider) ? region.provider : "none",
      );
      expect(region.dnsSuffix, name).toBe(partition?.dnsSuffix ?? "");
    }
    expect(regions["eusc-de-east-1"].dnsSuffix).toBe("amazonaws.eu");
    expect(regions["cn-north-1"].dnsSuffix).toBe("amazonaws.com.cn");
  });

  it("lead to the partition or universe that they lie in, and to no other provider's", () => {
    expect(awsPartitionOf("eusc-de-east-1")).toBe("aws-eusc");
    expect(universeOf("u-france-east1")).toMatchObject({ projectPrefix: "s3ns:", gke: ["autopilot"] });
    expect(universeOf("europe-west4")).toMatchObject({ projectPrefix: "", dnsSuffix: "googleapis.com" });
    for (const region of ["local", "GRA3", "europe-west4"] satisfies RegionName[]) {
      expect(() => awsPartitionOf(region)).toThrow(`${region} is not a region of AWS`);
    }
    expect(() => universeOf("eu-north-1")).toThrow("eu-north-1 is not a region of Google Cloud");
  });
});
