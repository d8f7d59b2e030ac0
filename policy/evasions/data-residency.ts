import type { Evasion } from "../evasion";
import { unknown } from "../rule";
import { contextOn, named, ownAccountId, ownProject } from "../sovereignty/testing";

const rule = "sovereignty-residency";
const aws = contextOn("eks", { sovereign: true });
const google = contextOn("gke", { sovereign: true });
const caught = "violation";
const stranger = "999988887777";

const policyOf = (statement: unknown) => JSON.stringify({ Version: "2012-10-17", Statement: statement });
const bucketPolicy = (statement: unknown) =>
  named("policy", "aws:s3/bucketPolicy:BucketPolicy", { bucket: "data", policy: policyOf(statement) });

export const residencyEvasions: readonly Evasion[] = [
  {
    rule,
    attempt: "replication by a second resource, to a bucket whose ARN says no region",
    resources: [
      named("data", "aws:s3/bucket:Bucket", { bucket: "data" }),
      named("copies", "aws:s3/bucketReplicationConfig:BucketReplicationConfig", {
        bucket: "data",
        rules: [{ status: "Enabled", destination: { bucket: "arn:aws:s3:::data-virginia" } }],
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a destination that starts like a bucket of the stack",
    resources: [
      named("data", "aws:s3/bucket:Bucket", { bucket: "data" }),
      named("inventory", "aws:s3/inventory:Inventory", {
        destination: { bucket: { bucketArn: "arn:aws:s3:::data-2", format: "CSV" } },
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a destination that another stack says, and that is not known before the update",
    resources: [
      named("copies", "aws:s3/bucketReplicationConfig:BucketReplicationConfig", {
        rules: [{ destination: { bucket: unknown } }],
      }),
    ],
    context: aws,
    caught: "deferred",
  },
  {
    rule,
    attempt: "flow logs to a bucket elsewhere, through the property that usually names a log group",
    resources: [named("flow", "aws:ec2/flowLog:FlowLog", { vpcId: "vpc-1", logDestination: "arn:aws:s3:::elsewhere" })],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a policy with one statement that is no list",
    resources: [bucketPolicy({ Effect: "Allow", Principal: { AWS: stranger }, Action: "s3:*", Resource: "*" })],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a principal that is everybody, behind a condition that passes whoever has no such key",
    resources: [
      bucketPolicy([
        {
          Effect: "Allow",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { StringEqualsIfExists: { "aws:PrincipalAccount": ownAccountId } },
        },
      ]),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a condition by an ARN pattern whose account is a star",
    resources: [
      bucketPolicy([
        {
          Effect: "Allow",
          Principal: { AWS: "*" },
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::*:role/${ownAccountId}` } },
        },
      ]),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "everybody but one, by NotPrincipal",
    resources: [
      named("queue", "aws:sqs/queuePolicy:QueuePolicy", {
        policy: policyOf([{ Effect: "Allow", NotPrincipal: { AWS: stranger }, Action: "sqs:*", Resource: "*" }]),
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "effect in small letters, principal by a bare account number among one's own",
    resources: [
      bucketPolicy([{ Effect: "allow", Principal: { AWS: [ownAccountId, stranger] }, Action: "s3:*", Resource: "*" }]),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a key granted to a role of another account, without any policy",
    resources: [
      named("grant", "aws:kms/grant:Grant", {
        granteePrincipal: `arn:aws:iam::${stranger}:role/copy`,
        operations: ["Decrypt"],
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "log events sent on to a stream of another account in the same region",
    resources: [
      named("filter", "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", {
        destinationArn: `arn:aws:logs:eu-central-1:${stranger}:destination:d`,
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a registry that copies itself to another account in the same region",
    resources: [
      named("copies", "aws:ecr/replicationConfiguration:ReplicationConfiguration", {
        replicationConfiguration: { rules: [{ destinations: [{ region: "eu-central-1", registryId: stranger }] }] },
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a multi-region key, as a text",
    resources: [named("key", "aws:kms/key:Key", { multiRegion: "true" })],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a secret that Google replicates, by an empty object",
    resources: [named("secret", "gcp:secretmanager/secret:Secret", { replication: { auto: {} } })],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "a dataset that says nothing, and so is in the US",
    resources: [named("data", "gcp:bigquery/dataset:Dataset", { datasetId: "data" })],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "an audit sink to a bucket of another stack, whose name is that of one's own topic",
    resources: [
      named("topic", "gcp:pubsub/topic:Topic", {
        name: "logs",
        messageStoragePolicy: { allowedPersistenceRegions: ["europe-west4"] },
      }),
      named("sink", "gcp:logging/projectSink:ProjectSink", { destination: "storage.googleapis.com/logs" }),
    ],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "a service account of another project that is named like one's own",
    resources: [
      named("member", "gcp:storage/bucketIAMMember:BucketIAMMember", {
        member: `serviceAccount:${ownProject}@${ownProject}-2.iam.gserviceaccount.com`,
      }),
    ],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "Google's own agent, of another project",
    resources: [
      named("member", "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", {
        member: "serviceAccount:service-999999999999@gs-project-accounts.iam.gserviceaccount.com",
      }),
    ],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "everybody, in a policy of IAM that is JSON",
    resources: [
      named("policy", "gcp:storage/bucketIAMPolicy:BucketIAMPolicy", {
        policyData: JSON.stringify({ bindings: [{ role: "roles/storage.objectViewer", members: ["allUsers"] }] }),
      }),
    ],
    context: google,
    caught,
  },
];
