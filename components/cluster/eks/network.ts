import * as ec2 from "@pulumi/aws/ec2";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import type { AuditLogs } from "../audit-logs";
import { Endpoints } from "./endpoints";
import { FlowLogs } from "./flow-logs";
import type { EksSettings, Location } from "./location";
import { carve } from "./subnets";

export interface NetworkArgs {
  readonly location: Location;
  /** Ranges, zones and the way out. Source: `cluster.network` of the environment. */
  readonly network: EksSettings["network"];
  /** Key that flow logs are encrypted with. */
  readonly keyArn: Output<string>;
  /** Whether each zone has a way out of its own, so that none depends on another. Source: `tier`. */
  readonly highlyAvailable: boolean;
  /** How long records of who spoke with whom are kept. */
  readonly auditLogs: AuditLogs;
}

/** By which Karpenter finds the subnets of nodes; the value is the cluster's name. */
export const discoveryTag = "karpenter.sh/discovery";

/** What tells load balancers which subnets are theirs. Source: docs.aws.amazon.com/eks, network-reqs, 2026-11. */
const internalLoadBalancers = { "kubernetes.io/role/internal-elb": "1" };
const publicLoadBalancers = { "kubernetes.io/role/elb": "1" };

/** A VPC over three zones in which nodes have no public address, and no way out unless there is to be one. */
export class Network extends ComponentResource {
  readonly vpcId: Output<string>;
  /** Subnets of nodes by the letter of their zone, in the order of the environment. */
  readonly nodeSubnets: ReadonlyMap<string, Output<string>>;

  constructor(name: string, args: NetworkArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksNetwork", name, {}, opts);
    const { location, network } = args;
    const { cluster, region } = location;
    const ranges = carve(network.cidr, network.zones);
    const child = { parent: this };

    const vpc = new ec2.Vpc(
      name,
      {
        cidrBlock: network.cidr,
        enableDnsSupport: true,
        // Private names of the endpoints and of a private API server need both.
        enableDnsHostnames: true,
        tags: { Name: cluster },
      },
      child,
    );
    this.vpcId = vpc.id;
    // What names no security group of its own gets this one, and with it nothing.
    new ec2.DefaultSecurityGroup(
      name,
      { vpcId: vpc.id, ingress: [], egress: [], tags: { Name: `${cluster}-default` } },
      child,
    );

    const open = network.egress === "nat";
    const ways = open ? this.wayOut(vpc, args, ranges.public) : new Map<string, Output<string>>();
    const subnets = new Map<string, Output<string>>();
    const routeTables: Output<string>[] = [];
    for (const { zone, cidr } of ranges.private) {
      const subnet = new ec2.Subnet(
        `nodes-${zone}`,
        {
          vpcId: vpc.id,
          cidrBlock: cidr,
          availabilityZone: `${region}${zone}`,
          mapPublicIpOnLaunch: false,
          tags: { Name: `${cluster}-nodes-${zone}`, ...internalLoadBalancers, [discoveryTag]: cluster },
        },
        child,
      );
      const table = new ec2.RouteTable(
        `nodes-${zone}`,
        { vpcId: vpc.id, tags: { Name: `${cluster}-nodes-${zone}` } },
        child,
      );
      const association = new ec2.RouteTableAssociation(
        `nodes-${zone}`,
        { subnetId: subnet.id, routeTableId: table.id },
        child,
      );
      const natGatewayId = ways.get(zone);
      if (natGatewayId !== undefined) {
        new ec2.Route(
          `nodes-${zone}`,
          { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId },
          { parent: this, dependsOn: [association] },
        );
      }
      subnets.set(zone, subnet.id);
      routeTables.push(table.id);
    }
    this.nodeSubnets = subnets;

    new Endpoints(
      "endpoints",
      {
        location,
        vpcId: vpc.id,
        cidr: network.cidr,
        subnetIds: [...subnets.values()],
        routeTableIds: routeTables,
        closed: !open,
      },
      child,
    );
    new FlowLogs("flow-logs", { location, vpcId: vpc.id, keyArn: args.keyArn, auditLogs: args.auditLogs }, child);
    this.registerOutputs({ vpcId: this.vpcId });
  }

  /** Public subnets with NAT gateways; which gateway each zone leaves by. */
  private wayOut(
    vpc: ec2.Vpc,
    { location: { cluster, region }, highlyAvailable }: NetworkArgs,
    ranges: readonly { readonly zone: string; readonly cidr: string }[],
  ): Map<string, Output<string>> {
    const child = { parent: this };
    const gateway = new ec2.InternetGateway("internet", { vpcId: vpc.id, tags: { Name: cluster } }, child);
    const table = new ec2.RouteTable("public", { vpcId: vpc.id, tags: { Name: `${cluster}-public` } }, child);
    const route = new ec2.Route(
      "public",
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      child,
    );
    const ways = new Map<string, Output<string>>();
    for (const { zone, cidr } of ranges) {
      const subnet = new ec2.Subnet(
        `public-${zone}`,
        {
          vpcId: vpc.id,
          cidrBlock: cidr,
          availabilityZone: `${region}${zone}`,
          mapPublicIpOnLaunch: false,
          tags: { Name: `${cluster}-public-${zone}`, ...publicLoadBalancers },
        },
        child,
      );
      const association = new ec2.RouteTableAssociation(
        `public-${zone}`,
        { subnetId: subnet.id, routeTableId: table.id },
        child,
      );
      const [shared] = ways.values();
      if (shared !== undefined && !highlyAvailable) {
        ways.set(zone, shared);
        continue;
      }
      const address = new ec2.Eip(
        `nat-${zone}`,
        { domain: "vpc", tags: { Name: `${cluster}-nat-${zone}` } },
        { parent: this, dependsOn: [gateway] },
      );
      const nat = new ec2.NatGateway(
        `nat-${zone}`,
        { subnetId: subnet.id, allocationId: address.id, tags: { Name: `${cluster}-nat-${zone}` } },
        { parent: this, dependsOn: [route, association] },
      );
      ways.set(zone, nat.id);
    }
    return ways;
  }
}
