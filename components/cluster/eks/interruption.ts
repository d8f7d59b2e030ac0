import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as sqs from "@pulumi/aws/sqs";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { servicePrincipal } from "../../../catalog/partitions";
import { type Location, regionalArn } from "./location";
import { policyDocument } from "./policy";

export interface InterruptionArgs {
  readonly location: Location;
  /** Key that messages are encrypted with; its policy lets EventBridge use it for this queue. */
  readonly keyArn: Input<string>;
}

/**
 * Events that machines are about to go. Rules' names stay within EventBridge's 64 characters.
 * Source: aws/karpenter-provider-aws website/content/en/v1.14/getting-started/getting-started-with-karpenter/
 * cloudformation.yaml, 2026-08.
 */
const events: readonly (readonly [name: string, source: string, detail: string])[] = [
  ["health", "aws.health", "AWS Health Event"],
  ["spot", "aws.ec2", "EC2 Spot Instance Interruption Warning"],
  ["rebalance", "aws.ec2", "EC2 Instance Rebalance Recommendation"],
  ["state", "aws.ec2", "EC2 Instance State-change Notification"],
  ["reservation", "aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"],
];

/** The queue on which Karpenter hears that machines are about to go, so that it empties their nodes in time. */
export class Interruption extends ComponentResource {
  readonly queueArn: Output<string>;
  readonly queueName: Output<string>;

  constructor(name: string, { location, keyArn }: InterruptionArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksInterruption", name, {}, opts);
    const { cluster, partition } = location;
    const child = { parent: this };
    const queue = new sqs.Queue(
      name,
      {
        name: `${cluster}-interruption`,
        // Older news is no news: the machine is gone.
        messageRetentionSeconds: 300,
        kmsMasterKeyId: keyArn,
      },
      child,
    );
    new sqs.QueuePolicy(
      name,
      {
        queueUrl: queue.url,
        policy: policyDocument(
          {
            Sid: "EventsOfThisCluster",
            Effect: "Allow",
            Principal: { Service: servicePrincipal(partition, "events") },
            Action: "sqs:SendMessage",
            Resource: queue.arn,
            Condition: { ArnLike: { "aws:SourceArn": regionalArn(location, "events", `rule/${cluster}-*`) } },
          },
          {
            Sid: "NothingUnencrypted",
            Effect: "Deny",
            Principal: "*",
            Action: "sqs:*",
            Resource: queue.arn,
            Condition: { Bool: { "aws:SecureTransport": false } },
          },
        ),
      },
      child,
    );
    for (const [event, source, detail] of events) {
      const rule = new cloudwatch.EventRule(
        event,
        {
          name: `${cluster}-${event}`,
          eventPattern: JSON.stringify({ source: [source], "detail-type": [detail] }),
        },
        child,
      );
      new cloudwatch.EventTarget(event, { rule: rule.name, targetId: "karpenter", arn: queue.arn }, child);
    }
    this.queueArn = queue.arn;
    this.queueName = queue.name;
    this.registerOutputs();
  }
}
