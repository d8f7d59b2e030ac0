import type { Evasion } from "../evasion";
import { type Properties, type Resource, unknown } from "../rule";
import { contextOn, named, ownProject } from "../sovereignty/testing";

const rule = "sovereignty-audit";
const caught = "violation";
const aws = contextOn("eks", { sovereign: true, auditRetentionDays: 365 });
const google = contextOn("gke", { sovereign: true, auditRetentionDays: 365 });

const logs = (props: Properties): Resource =>
  named("logs", "aws:cloudwatch/logGroup:LogGroup", {
    name: "/aws/eks/ai/cluster",
    retentionInDays: 365,
    skipDestroy: true,
    ...props,
  });
const cluster = named("cluster", "gcp:container/cluster:Cluster", {
  loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "APISERVER"] },
});
const everything = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"].map((logType) => ({ logType }));
const config = (auditLogConfigs: Properties[string]) =>
  named("config", "gcp:projects/iAMAuditConfig:IAMAuditConfig", { service: "allServices", auditLogConfigs });
const bucket = (props: Properties = {}) =>
  named("bucket", "gcp:logging/projectBucketConfig:ProjectBucketConfig", {
    bucketId: "audit",
    retentionDays: 365,
    locked: true,
    ...props,
  });
const sink = (filter: Properties[string], destination = "audit") =>
  named("sink", "gcp:logging/projectSink:ProjectSink", {
    destination: `logging.googleapis.com/projects/${ownProject}/locations/europe-west4/buckets/${destination}`,
    filter,
  });

export const auditEvasions: readonly Evasion[] = [
  {
    rule,
    attempt: "a class of logs that is deleted after two days, whatever is stated",
    resources: [logs({ logGroupClass: "DELIVERY" })],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a log group of another name than the cluster's",
    resources: [
      named("cluster", "aws:eks/cluster:Cluster", { name: "ai", enabledClusterLogTypes: ["audit", "authenticator"] }),
      logs({ name: "/aws/eks/ai-2/cluster" }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "days as a text, and too few",
    resources: [logs({ retentionInDays: "90" })],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "days that are not known before the update",
    resources: [logs({ retentionInDays: unknown })],
    context: aws,
    caught: "deferred",
  },
  {
    rule,
    attempt: "a flow log of what is let through, and not of what is refused",
    resources: [
      named("vpc", "aws:ec2/vpc:Vpc", {}),
      named("flow", "aws:ec2/flowLog:FlowLog", { vpcId: "vpc-1", trafficType: "ACCEPT" }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "an object lock that whoever has the right can lift",
    resources: [
      named("lock", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
        rule: { defaultRetention: { mode: "GOVERNANCE", years: 10 } },
      }),
    ],
    context: aws,
    caught,
  },
  {
    rule,
    attempt: "a sink whose filter names the audit logs to leave them out",
    resources: [cluster, config(everything), bucket(), sink('NOT logName:"cloudaudit.googleapis.com"')],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "a sink whose second line takes out what the first lets in",
    resources: [cluster, config(everything), bucket(), sink('logName:"cloudaudit.googleapis.com"\nseverity>=ERROR')],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "a sink to a bucket whose name ends like the locked one",
    resources: [cluster, config(everything), bucket(), sink("", "not-audit")],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "an audit configuration that exempts whoever it is about",
    resources: [
      cluster,
      config(everything.map((entry) => ({ ...entry, exemptedMembers: ["serviceAccount:operator@example.org"] }))),
      bucket(),
      sink(""),
    ],
    context: google,
    caught,
  },
  {
    rule,
    attempt: "a retention of zero days, which is thirty",
    resources: [cluster, config(everything), bucket({ retentionDays: 0 }), sink("")],
    context: google,
    caught,
  },
];
