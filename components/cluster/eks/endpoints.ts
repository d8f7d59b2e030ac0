import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { endpointService } from "../../../catalog/partitions";
import type { Location } from "./location";

export interface EndpointsArgs {
  readonly location: Location;
  readonly vpcId: Input<string>;
  /** Range of the network, from which the endpoints are reached. */
  readonly cidr: string;
  /** Subnets of nodes. */
  readonly subnetIds: readonly Input<string>[];
  /** Route tables of those subnets. */
  readonly routeTableIds: readonly Input<string>[];
  /** Whether the network has no other way to AWS's services. */
  readonly closed: boolean;
}

/**
 * Services that nodes, add-ons and Karpenter call, and what for. Image layers come from S3, which has a gateway.
 * Source: docs.aws.amazon.com/eks/latest/userguide/private-clusters.html (ec2, ecr, elasticloadbalancing, logs, sts,
 * eks-auth, eks, autoscaling); karpenter.sh/v1.14 getting-started, "Private Clusters" (ssm, sqs); read 2026-11.
 */
export const interfaceServices = [
  "autoscaling",
  "ec2",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "kms",
  "logs",
  "sqs",
  "ssm",
  "sts",
] as const;

/**
 * Ways to AWS's services that stay inside its network. That to S3 is always there, since it costs nothing and image layers
 * are large. The others are paid by the hour, so an open network goes through NAT instead.
 */
export class Endpoints extends ComponentResource {
  constructor(name: string, args: EndpointsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksEndpoints", name, {}, opts);
    const { location, vpcId } = args;
    const child = { parent: this };
    const serviceName = (service: string) => endpointService(location.partition, location.region, service);
    new ec2.VpcEndpoint(
      "s3",
      {
        vpcId,
        serviceName: serviceName("s3"),
        vpcEndpointType: "Gateway",
        routeTableIds: [...args.routeTableIds],
        tags: { Name: `${location.cluster}-s3` },
      },
      child,
    );
    if (args.closed) {
      const group = new ec2.SecurityGroup(
        name,
        {
          name: `${location.cluster}-endpoints`,
          description: "Reaches the endpoints of AWS services from inside the network",
          vpcId,
          tags: { Name: `${location.cluster}-endpoints` },
        },
        child,
      );
      new vpc.SecurityGroupIngressRule(
        name,
        {
          securityGroupId: group.id,
          description: "HTTPS from the network",
          cidrIpv4: args.cidr,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
        },
        child,
      );
      for (const service of interfaceServices) {
        new ec2.VpcEndpoint(
          service,
          {
            vpcId,
            serviceName: serviceName(service),
            vpcEndpointType: "Interface",
            privateDnsEnabled: true,
            subnetIds: [...args.subnetIds],
            securityGroupIds: [group.id],
            tags: { Name: `${location.cluster}-${service}` },
          },
          child,
        );
      }
    }
    this.registerOutputs();
  }
}
