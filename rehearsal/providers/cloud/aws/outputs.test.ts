import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../kubernetes/values";
import { type Held, plain } from "../../testing";
import { Declarations } from "../declarations";
import { type TestCloud, testCloud } from "../testing";
import { aws } from ".";
import { clusterInputs, configFor, makeNetwork, nodeGroupInputs, trust } from "./testing";
import { tokens } from "./tokens";

const region = "eu-north-1";
let cloud: TestCloud;
/** One of every kind, by its type. */
const made = new Map<string, Held>();

beforeAll(async () => {
  cloud = await testCloud("aws", configFor(region));
  const make = async (type: string, inputs: Properties) => {
    made.set(type, await cloud.engine.create(type, "one", inputs));
    return made.get(type)!;
  };
  const { vpc, subnets } = await makeNetwork(cloud.engine, region);
  made.set(tokens.vpc, vpc).set(tokens.subnet, subnets[0]!).set("the other subnet", subnets[1]!);
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const [vpcId, subnetId] = [vpc.id, subnets[0]!.id];
  const gateway = await make(tokens.internetGateway, { vpcId });
  const eip = await make(tokens.eip, { domain: "vpc" });
  await make(tokens.natGateway, { allocationId: eip.id, subnetId });
  const table = await make(tokens.routeTable, { vpcId });
  const route = { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id };
  await make("aws:ec2/route:Route", route);
  await make("aws:ec2/routeTableAssociation:RouteTableAssociation", { routeTableId: table.id, subnetId });
  const group = await make(tokens.securityGroup, { vpcId });
  await make(tokens.defaultSecurityGroup, { vpcId });
  const rule = { securityGroupId: group.id, ipProtocol: "-1", cidrIpv4: "10.0.0.0/16" };
  await make("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", rule);
  await make("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", rule);
  const serviceName = `com.amazonaws.${region}.s3`;
  await make(tokens.vpcEndpoint, { vpcId, serviceName, routeTableIds: [table.id] });
  const key = await make(tokens.key, {});
  await make(tokens.alias, { targetKeyId: key.id });
  const role = await make(tokens.role, { assumeRolePolicy: trust("eks.amazonaws.com") });
  await make(tokens.rolePolicy, { role: role.id, policy });
  const policyArn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";
  await make(tokens.rolePolicyAttachment, { role: role.id, policyArn });
  await make(tokens.instanceProfile, { role: role.id });
  await make(tokens.placementGroup, { strategy: "cluster" });
  const template = await make(tokens.launchTemplate, { vpcSecurityGroupIds: [group.id] });
  const log = await make(tokens.logGroup, { kmsKeyId: plain(key).arn });
  await make("aws:ec2/flowLog:FlowLog", { vpcId, logDestination: plain(log).arn, iamRoleArn: plain(role).arn });
  const accessConfig = { authenticationMode: "API" };
  await make(tokens.cluster, clusterInputs(subnets, role, { accessConfig }));
  const entry = { clusterName: "ai", principalArn: plain(role).arn };
  await make(tokens.accessEntry, entry);
  const accessPolicy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
  const association = { ...entry, policyArn: accessPolicy, accessScope: { type: "cluster" } };
  await make("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", association);
  await make("aws:eks/addon:Addon", { clusterName: "ai", addonName: "coredns" });
  const identity = { clusterName: "ai", namespace: "kube-system", serviceAccount: "x", roleArn: plain(role).arn };
  await make("aws:eks/podIdentityAssociation:PodIdentityAssociation", identity);
  const launchTemplate = { id: template.id, version: "1" };
  await make(tokens.nodeGroup, nodeGroupInputs(subnets, role, { launchTemplate }));
  const queue = await make(tokens.queue, {});
  await make("aws:sqs/queuePolicy:QueuePolicy", { queueUrl: queue.id, policy });
  const event = await make(tokens.eventRule, { eventPattern: '{"source":["aws.health"]}' });
  await make("aws:cloudwatch/eventTarget:EventTarget", { rule: event.id, arn: plain(queue).arn });
});
afterAll(() => cloud?.stop());

/** What AWS fills and a simulation cannot know. */
const unknowable = new Set([
  "availabilityZoneId",
  "publicDns",
  "computeConfig",
  "storageConfig",
  "kubeApiServerConfig",
  "kubeControllerManagerConfig",
  "kubeSchedulerConfig",
]);

describe("what is made", () => {
  const declarations = new Declarations("@pulumi/aws");

  it.each(aws.kinds.map(({ token }) => token))("%s has the outputs that the SDK promises, and no others", (token) => {
    const outputs = plain(made.get(token)!);
    const declared = declarations.of(token).outputs;
    expect(Object.keys(outputs).filter((name) => !declared.has(name))).toEqual([]);
    const promised = [...declared].filter(([name, { required }]) => required && !unknowable.has(name));
    expect(promised.map(([name]) => name).filter((name) => outputs[name] === undefined)).toEqual([]);
  });

  it.each(aws.kinds.map(({ token }) => token))("%s stays as it is when nothing changes", async (token) => {
    const held = made.get(token)!;
    expect(await cloud.engine.refresh(held)).toEqual(held);
    expect((await cloud.engine.diff(held, held.inputs)).changed).toBe(false);
    const { outputs } = await cloud.engine.update(held, held.inputs);
    expect({ ...outputs, modifiedAt: held.outputs.modifiedAt }).toEqual({
      ...held.outputs,
      modifiedAt: held.outputs.modifiedAt,
    });
  });

  it("goes in the reverse order", async () => {
    for (const held of [...made.values()].reverse()) await cloud.engine.delete(held);
    expect(cloud.objects()).toEqual([]);
  });
});
