import type { Output } from "@pulumi/pulumi";
import { arn, servicePrincipal } from "../../../catalog/partitions";
import { volumeEncryption } from "./encryption";
import { iamArn, type Location, regionalArn } from "./location";
import type { Statement } from "./policy";

export interface KarpenterPolicyArgs {
  readonly location: Location;
  /** Role that its nodes are given. */
  readonly nodeRoleArn: Output<string>;
  /** Queue that says which machines are about to go. */
  readonly queueArn: Output<string>;
  /** Key of its nodes' volumes. */
  readonly keyArn: Output<string>;
}

/**
 * What Karpenter's controller may do: start and end machines of this cluster and no others, known by their tags.
 *
 * As upstream has it, without what makes instance profiles (its node classes name one that is there) and without zonal
 * shifts (off here), and with the key of the volumes.
 * Source: aws/karpenter-provider-aws website/content/en/v1.14/getting-started/getting-started-with-karpenter/
 * cloudformation.yaml, reference/cloudformation.md and concepts/nodeclasses.md (spec.instanceProfile), 2026-08.
 */
export function karpenterStatements(args: KarpenterPolicyArgs): readonly Statement[] {
  const { location } = args;
  const { partition, region, cluster } = location;
  /** Of any account: reservations may be shared, and so may images. */
  const ec2 = (...kinds: string[]) => kinds.map((kind) => arn(partition, "ec2", region, "*", `${kind}/*`));
  const ec2Public = (...kinds: string[]) => kinds.map((kind) => arn(partition, "ec2", region, "", `${kind}/*`));
  const ownedBy = `kubernetes.io/cluster/${cluster}`;
  const launched = ["fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"];
  const launch = ["ec2:RunInstances", "ec2:CreateFleet"];
  const owned = {
    StringEquals: { [`aws:ResourceTag/${ownedBy}`]: "owned" },
    StringLike: { "aws:ResourceTag/karpenter.sh/nodepool": "*" },
  };
  const asked = {
    StringEquals: { [`aws:RequestTag/${ownedBy}`]: "owned", "aws:RequestTag/eks:eks-cluster-name": cluster },
    StringLike: { "aws:RequestTag/karpenter.sh/nodepool": "*" },
  };
  return [
    {
      Sid: "LaunchFrom",
      Effect: "Allow",
      Action: launch,
      Resource: [
        ...ec2Public("image", "snapshot"),
        ...ec2("security-group", "subnet", "capacity-reservation", "placement-group"),
      ],
    },
    { Sid: "LaunchByTemplate", Effect: "Allow", Action: launch, Resource: ec2("launch-template"), Condition: owned },
    {
      Sid: "LaunchWithTags",
      Effect: "Allow",
      Action: [...launch, "ec2:CreateLaunchTemplate"],
      Resource: ec2(...launched),
      Condition: asked,
    },
    {
      Sid: "TagWhatIsLaunched",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ec2(...launched),
      Condition: {
        ...asked,
        StringEquals: {
          ...asked.StringEquals,
          "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
        },
      },
    },
    {
      Sid: "TagWhatRuns",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ec2("instance"),
      Condition: {
        ...owned,
        StringEqualsIfExists: { "aws:RequestTag/eks:eks-cluster-name": cluster },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"] },
      },
    },
    {
      Sid: "EndWhatIsOwned",
      Effect: "Allow",
      Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
      Resource: ec2("instance", "launch-template"),
      Condition: owned,
    },
    {
      Sid: "GiveNodesTheirRole",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: args.nodeRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": servicePrincipal(partition, "ec2") } },
    },
    {
      Sid: "ReadTheCluster",
      Effect: "Allow",
      Action: "eks:DescribeCluster",
      Resource: regionalArn(location, "eks", `cluster/${cluster}`),
    },
    {
      Sid: "ReadInterruptions",
      Effect: "Allow",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      Resource: args.queueArn,
    },
    {
      Sid: "ReadTheRegion",
      Effect: "Allow",
      Action: [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
      ],
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "FindImages",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: arn(partition, "ssm", region, "", "parameter/aws/service/*"),
    },
    {
      Sid: "ReadPricesAndProfiles",
      Effect: "Allow",
      Action: ["pricing:GetProducts", "iam:ListInstanceProfiles"],
      Resource: "*",
    },
    {
      Sid: "ReadProfiles",
      Effect: "Allow",
      Action: "iam:GetInstanceProfile",
      Resource: iamArn(location, "instance-profile/*"),
    },
    ...volumeEncryption(args.keyArn),
  ];
}
