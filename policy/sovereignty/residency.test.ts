import { describe, expect, test } from "vitest";
import { type Context, evaluateStack, type Properties, type Resource, describe as text, unknown } from "../rule";
import { residency } from "./residency";
import { contextOn, named, ownAccountId, ownProject } from "./testing";

const aws = contextOn("eks");
const google = contextOn("gke");

const run = (resources: readonly Resource[], context: Context) => evaluateStack(residency, resources, context);
const one = (type: string, props: Properties, context: Context) => run([named("thing", type, props)], context);

const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Principal: unknown, Condition?: object) => ({
  Effect: "Allow",
  Principal,
  Action: "s3:GetObject",
  Resource: "*",
  ...(Condition && { Condition }),
});

test("says what it is", () => {
  expect(residency).toMatchObject({ id: "sovereignty-residency", concern: "sovereignty", severity: "critical" });
  expect(residency.title).toBe("Data is stored and copied in the jurisdiction alone");
});

describe("places", () => {
  test.each<[string, string, Properties, string]>([
    ["a multi-region key", "aws:kms/key:Key", { multiRegion: true }, "multiRegion"],
    ["a replica of a key", "aws:kms/replicaKey:ReplicaKey", { primaryKeyArn: "x" }, "primaryKeyArn"],
    ["a global database", "aws:rds/globalCluster:GlobalCluster", { globalClusterIdentifier: "g" }, "type"],
    [
      "a guardrail across regions",
      "aws:bedrock/guardrail:Guardrail",
      { crossRegionConfig: { guardrailProfileIdentifier: "us.x" } },
      "crossRegionConfig.guardrailProfileIdentifier",
    ],
    [
      "a secret that Google replicates",
      "gcp:secretmanager/secret:Secret",
      { replication: { auto: {} } },
      "replication.auto",
    ],
    ["a snapshot of no place", "gcp:compute/snapshot:Snapshot", { sourceDisk: "d" }, "storageLocations"],
    [
      "scheduled snapshots of no place",
      "gcp:compute/resourcePolicy:ResourcePolicy",
      { snapshotSchedulePolicy: { schedule: {} } },
      "snapshotSchedulePolicy.snapshotProperties.storageLocations",
    ],
    [
      "messages that may rest anywhere",
      "gcp:pubsub/topic:Topic",
      { name: "t" },
      "messageStoragePolicy.allowedPersistenceRegions",
    ],
    [
      "backups of no place",
      "gcp:sql/databaseInstance:DatabaseInstance",
      { settings: { backupConfiguration: { enabled: true } } },
      "settings.backupConfiguration.location",
    ],
    ["a dataset in the US by default", "gcp:bigquery/dataset:Dataset", { datasetId: "d" }, "location"],
    ["Spanner in several regions", "gcp:spanner/instance:Instance", { config: "eur3" }, "config"],
  ])("%s is refused", (_name, type, props, field) => {
    expect(one(type, props, google)).toMatchObject([{ kind: "violation", field, name: "thing" }]);
  });

  test.each<[string, string, Properties]>([
    ["a key of one region", "aws:kms/key:Key", { multiRegion: false }],
    [
      "a secret in places that are named",
      "gcp:secretmanager/secret:Secret",
      { replication: { userManaged: { replicas: [{ location: "europe-west4" }] } } },
    ],
    ["a snapshot in a place", "gcp:compute/snapshot:Snapshot", { storageLocations: ["europe-west4"] }],
    ["Spanner in one region", "gcp:spanner/instance:Instance", { config: "regional-europe-west4" }],
    ["a policy that schedules nothing", "gcp:compute/resourcePolicy:ResourcePolicy", { groupPlacementPolicy: {} }],
  ])("%s is let through", (_name, type, props) => {
    expect(one(type, props, google)).toEqual([]);
  });
});

describe("copies", () => {
  const replication = (bucket: unknown) =>
    named("copies", "aws:s3/bucketReplicationConfig:BucketReplicationConfig", {
      bucket: "source",
      rules: [{ destination: { bucket } }],
    } as Properties);

  test("to a bucket of the same stack are let through, to another are refused", () => {
    const bucket = named("backup", "aws:s3/bucket:Bucket", { bucket: "backup" });
    expect(run([bucket, replication("arn:aws:s3:::backup")], aws)).toEqual([]);
    const [finding] = run([bucket, replication("arn:aws:s3:::elsewhere")], aws);
    expect(text(finding!)).toBe(
      '[sovereignty-residency] copies (aws:s3/bucketReplicationConfig:BucketReplicationConfig): rules[0].destination.bucket is "arn:aws:s3:::elsewhere", ' +
        "which this stack does not make, and the name says no region. Remedy: make the destination in this stack, or state an exception that says where it is.",
    );
  });

  test("to what is not known yet are deferred", () => {
    expect(run([replication(unknown)], aws)).toMatchObject([{ kind: "deferred" }]);
    expect(run([replication(unknown)], { ...aws, preview: false })).toMatchObject([{ kind: "violation" }]);
  });

  test("of logs by a sink", () => {
    const sink = (destination: string) => named("sink", "gcp:logging/projectSink:ProjectSink", { destination });
    const bucket = named("logs", "gcp:storage/bucket:Bucket", { name: "logs" });
    expect(run([bucket, sink("storage.googleapis.com/logs")], google)).toEqual([]);
    expect(run([bucket, sink("storage.googleapis.com/other")], google)).toMatchObject([{ kind: "violation" }]);
    expect(
      run([sink(`logging.googleapis.com/projects/${ownProject}/locations/europe-west4/buckets/b`)], google),
    ).toEqual([]);
    expect(run([sink("logging.googleapis.com/projects/other")], google)).toMatchObject([{ kind: "violation" }]);
  });

  test("of traffic and trails to a bucket", () => {
    const flow = named("flow", "aws:ec2/flowLog:FlowLog", { logDestination: "arn:aws:s3:::elsewhere/prefix" });
    const trail = named("trail", "aws:cloudtrail/trail:Trail", { s3BucketName: "elsewhere" });
    expect(run([flow, trail], aws).map(({ field }) => field)).toEqual(["logDestination", "s3BucketName"]);
  });
});

describe("grants", () => {
  test.each<[string, string, Properties]>([
    [
      "of a snapshot",
      "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission",
      { accountId: "999988887777" },
    ],
    ["of an image to everybody", "aws:ec2/amiLaunchPermission:AmiLaunchPermission", { group: "all" }],
    ["of a key", "aws:kms/grant:Grant", { granteePrincipal: "arn:aws:iam::999988887777:role/x" }],
    [
      "of a registry",
      "aws:ecr/replicationConfiguration:ReplicationConfiguration",
      {
        replicationConfiguration: {
          rules: [{ destinations: [{ region: "eu-central-1", registryId: "999988887777" }] }],
        },
      },
    ],
    [
      "by a policy",
      "aws:s3/bucketPolicy:BucketPolicy",
      { policy: policy(allow({ AWS: "arn:aws:iam::999988887777:root" })) },
    ],
    ["by a policy for everybody", "aws:s3/bucketPolicy:BucketPolicy", { policy: policy(allow("*")) }],
    [
      "by a policy with a condition that lets others in",
      "aws:kms/key:Key",
      {
        policy: policy(allow({ AWS: "*" }, { StringEquals: { "kms:CallerAccount": [ownAccountId, "999988887777"] } })),
      },
    ],
    [
      "by a condition that passes what is missing",
      "aws:kms/key:Key",
      { policy: policy(allow({ AWS: "*" }, { StringEqualsIfExists: { "kms:CallerAccount": ownAccountId } })) },
    ],
    [
      "to all but some",
      "aws:sqs/queuePolicy:QueuePolicy",
      { policy: policy({ Effect: "Allow", NotPrincipal: { AWS: ownAccountId }, Action: "*" }) },
    ],
  ])("%s to another account are refused", (_name, type, props) => {
    expect(one(type, props, aws)).toMatchObject([{ kind: "violation" }]);
  });

  test.each<[string, Properties]>([
    ["own account", { policy: policy(allow({ AWS: `arn:aws:iam::${ownAccountId}:root` })) }],
    ["its callers", { policy: policy(allow({ AWS: "*" }, { StringEquals: { "kms:CallerAccount": ownAccountId } })) }],
    ["services", { policy: policy(allow({ Service: "logs.amazonaws.com" })) }],
    ["nobody", { policy: policy({ Effect: "Deny", Principal: "*", Action: "*" }) }],
  ])("to the %s are let through", (_name, props) => {
    expect(one("aws:kms/key:Key", props, aws)).toEqual([]);
  });

  test.each<[string, string, Properties]>([
    ["everybody", "gcp:storage/bucketIAMMember:BucketIAMMember", { member: "allUsers" }],
    [
      "another project's account",
      "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
      { member: "serviceAccount:a@other.iam.gserviceaccount.com" },
    ],
    [
      "another project's agent",
      "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
      { member: "serviceAccount:service-999@compute-system.iam.gserviceaccount.com" },
    ],
    [
      "one of several",
      "gcp:secretmanager/secretIamBinding:SecretIamBinding",
      { members: ["group:a@example.org", "allAuthenticatedUsers"] },
    ],
    ["everybody, by an ACL", "gcp:storage/bucketACL:BucketACL", { roleEntities: ["READER:allUsers"] }],
  ])("to %s of Google are refused", (_name, type, props) => {
    expect(one(type, props, google)).toMatchObject([{ kind: "violation" }]);
  });

  test("to agents and accounts of the project are let through", () => {
    for (const member of [
      "serviceAccount:service-123456789012@compute-system.iam.gserviceaccount.com",
      `serviceAccount:a@${ownProject}.iam.gserviceaccount.com`,
      "group:platform@example.org",
    ]) {
      expect(one("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", { member }, google)).toEqual([]);
    }
  });

  test("that are not known yet are deferred", () => {
    expect(one("aws:s3/bucketPolicy:BucketPolicy", { policy: unknown }, aws)).toMatchObject([
      { kind: "deferred", field: "policy" },
    ]);
    expect(one("gcp:storage/bucketIAMMember:BucketIAMMember", { member: unknown }, google)).toMatchObject([
      { kind: "deferred" },
    ]);
  });
});

test("what a VPC endpoint lets through is no grant: the default policy that AWS gives it is let through", () => {
  const anybody = { policy: policy({ ...allow("*"), Action: "*" }) };
  expect(one("aws:ec2/vpcEndpoint:VpcEndpoint", anybody, aws)).toEqual([]);
  expect(one("aws:sqs/queuePolicy:QueuePolicy", anybody, aws)).toMatchObject([{ kind: "violation" }]);
});
