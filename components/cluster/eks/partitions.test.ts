import { beforeAll, describe, expect, it } from "vitest";
import type { Recording } from "../../recording";
import { recordEks, settings } from "./testing";

const endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint";

/** Every service that is trusted, as each partition's IAM knows it. */
const global = ["ec2", "eks", "events", "logs", "pods.eks", "vpc-flow-logs"].map(
  (service) => `${service}.amazonaws.com`,
);
const partitions = [
  { region: "eu-north-1", partition: "aws", principals: global, prefixed: [], prefix: "com" },
  {
    region: "eusc-de-east-1",
    partition: "aws-eusc",
    principals: global,
    prefixed: ["ecr.api", "ecr.dkr"],
    prefix: "eu",
  },
  { region: "us-gov-west-1", partition: "aws-us-gov", principals: global, prefixed: [], prefix: "com" },
  {
    region: "cn-north-1",
    partition: "aws-cn",
    principals: ["ec2.amazonaws.com.cn", ...global.slice(1)],
    prefixed: ["autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "sqs", "sts"],
    prefix: "cn.com",
  },
] as const;

const matches = (text: string, pattern: RegExp) => [...new Set(text.match(pattern) ?? [])].sort();

describe.each(partitions)("a cluster in $partition", ({ region, partition, principals, prefixed, prefix }) => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks({ region, network: { ...settings().network, egress: "none" } }));
  });

  it("names nothing of another partition or region", () => {
    const text = JSON.stringify(recording.resources.map(({ inputs }) => inputs));
    expect(matches(text, /arn:[a-z-]+:/g)).toEqual([`arn:${partition}:`]);
    expect(matches(text, /\b(us|eu|eusc|ap|cn)(-[a-z]+)+-\d/g)).toEqual([region]);
  });

  it("trusts services under the names that the partition has for them, and names no other host of AWS", () => {
    const others = recording.resources.filter(({ type }) => type !== endpoint);
    const text = JSON.stringify(others.map(({ inputs }) => inputs));
    expect(matches(text, /[a-z0-9.-]*amazonaws[a-z0-9.-]*/g)).toEqual([...principals].sort());
  });

  it("names the services that it reaches as the partition names them", () => {
    for (const { inputs, name } of recording.resources.filter(({ type }) => type === endpoint)) {
      const start = (prefixed as readonly string[]).includes(name) ? prefix : "com";
      expect(inputs.serviceName).toBe(`${start}.amazonaws.${region}.${name}`);
    }
  });
});
