import { beforeAll, describe, expect, it } from "vitest";
import type { Recording } from "../../recording";
import { interfaceServices } from "./endpoints";
import { recordEks, settings } from "./testing";

const { network } = settings();
const of = (recording: Recording, type: string) => recording.resources.filter((resource) => resource.type === type);
const routes = "aws:ec2/route:Route";
const endpoints = "aws:ec2/vpcEndpoint:VpcEndpoint";

describe("Network with NAT", () => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks());
  });

  it("gives nodes subnets of their own in every zone, without public addresses", () => {
    for (const [zone, cidr] of [
      ["a", "10.80.0.0/18"],
      ["b", "10.80.64.0/18"],
      ["c", "10.80.128.0/18"],
    ]) {
      expect(recording.resource("aws:ec2/subnet:Subnet", `nodes-${zone}`).inputs).toMatchObject({
        cidrBlock: cidr,
        availabilityZone: `eu-north-1${zone}`,
        mapPublicIpOnLaunch: false,
        tags: { "kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": "ai-prod" },
      });
    }
  });

  it("lets Karpenter find no public subnet", () => {
    for (const { inputs } of of(recording, "aws:ec2/subnet:Subnet").filter(({ name }) => name.startsWith("public"))) {
      expect(inputs.tags).not.toHaveProperty("karpenter.sh/discovery");
    }
  });

  it("has each zone leave by its own gateway in production, so that none depends on another", () => {
    for (const zone of ["a", "b", "c"]) {
      expect(recording.resource(routes, `nodes-${zone}`).inputs).toMatchObject({
        routeTableId: `nodes-${zone}-id`,
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: `nat-${zone}-id`,
      });
    }
  });

  it("shares one gateway in development", async () => {
    const development = (await recordEks({}, undefined, { tier: "development" })).recording;
    expect(of(development, "aws:ec2/natGateway:NatGateway")).toHaveLength(1);
    expect(of(development, "aws:ec2/eip:Eip")).toHaveLength(1);
    for (const zone of ["a", "b", "c"]) {
      expect(development.resource(routes, `nodes-${zone}`).inputs.natGatewayId).toBe("nat-a-id");
    }
  });

  it("closes the default security group", () => {
    expect(recording.resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network").inputs).toMatchObject({
      ingress: [],
      egress: [],
    });
  });

  it("pays for no endpoint that NAT makes needless", () => {
    expect(of(recording, endpoints).map(({ name }) => name)).toEqual(["s3"]);
    expect(recording.resource(endpoints, "s3").inputs).toMatchObject({
      vpcEndpointType: "Gateway",
      routeTableIds: ["nodes-a-id", "nodes-b-id", "nodes-c-id"],
    });
  });

  it("records all traffic, encrypted, and keeps it for a year", () => {
    expect(recording.resource("aws:ec2/flowLog:FlowLog", "flow-logs").inputs).toMatchObject({
      vpcId: "network-id",
      trafficType: "ALL",
      logDestination: "<arn of flow-logs>",
    });
    expect(recording.resource("aws:cloudwatch/logGroup:LogGroup", "flow-logs").inputs).toMatchObject({
      kmsKeyId: "<arn of key>",
      retentionInDays: 365,
    });
  });
});

describe("Network without a way out", () => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks({ network: { ...network, egress: "none" } }));
  });

  it("has no route to the internet, and nothing that one could be made to", () => {
    for (const type of [
      routes,
      "aws:ec2/internetGateway:InternetGateway",
      "aws:ec2/natGateway:NatGateway",
      "aws:ec2/eip:Eip",
    ]) {
      expect(of(recording, type), type).toEqual([]);
    }
    expect(of(recording, "aws:ec2/subnet:Subnet").map(({ name }) => name)).toEqual(["nodes-a", "nodes-b", "nodes-c"]);
  });

  it("reaches every service that it needs by an endpoint of its own, under its usual name", () => {
    expect(
      of(recording, endpoints)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...interfaceServices, "s3"].sort());
    for (const service of interfaceServices) {
      expect(recording.resource(endpoints, service).inputs).toMatchObject({
        serviceName: `com.amazonaws.eu-north-1.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: ["nodes-a-id", "nodes-b-id", "nodes-c-id"],
        securityGroupIds: ["endpoints-id"],
      });
    }
  });

  it("opens the endpoints to the network alone", () => {
    const rule = recording.resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "endpoints");
    expect(rule.inputs).toMatchObject({ cidrIpv4: "10.80.0.0/16", fromPort: 443, toPort: 443, ipProtocol: "tcp" });
  });
});
