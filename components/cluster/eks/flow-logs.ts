import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate } from "@pulumi/pulumi";
import type { AuditLogs } from "../audit-logs";
import { type Location, regionalArn } from "./location";
import { lasting } from "./log-retention";
import { Role } from "./role";

export interface FlowLogsArgs {
  readonly location: Location;
  readonly vpcId: Input<string>;
  /** Key that the records are encrypted with. */
  readonly keyArn: Input<string>;
  /** How long records are kept. */
  readonly auditLogs: AuditLogs;
}

/** Who spoke with whom in the network, and what was refused. */
export class FlowLogs extends ComponentResource {
  constructor(name: string, args: FlowLogsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksFlowLogs", name, {}, opts);
    const { location } = args;
    const child = { parent: this };
    const group = new cloudwatch.LogGroup(
      name,
      {
        name: `/aws/vpc/${location.cluster}/flow-logs`,
        kmsKeyId: args.keyArn,
        ...lasting(args.auditLogs),
      },
      child,
    );
    const role = new Role(
      name,
      {
        location,
        service: "vpc-flow-logs",
        condition: {
          StringEquals: { "aws:SourceAccount": location.account },
          ArnLike: { "aws:SourceArn": regionalArn(location, "ec2", "vpc-flow-log/*") },
        },
        statements: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            Resource: interpolate`${group.arn}:*`,
          },
          { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
        ],
      },
      child,
    );
    new ec2.FlowLog(
      name,
      {
        vpcId: args.vpcId,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.arn,
        iamRoleArn: role.arn,
        tags: { Name: location.cluster },
      },
      { parent: this, dependsOn: [role] },
    );
    this.registerOutputs();
  }
}
