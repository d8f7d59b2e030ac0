/**
 * Where data rests on AWS, and which property names the key that it rests under. Tokens and properties are those of
 * @pulumi/aws 7.48.0, which `encryption.test.ts` holds them against; paths are those of `fieldsAt`.
 */
export interface Rest {
  readonly type: string;
  /** Where the key is named. */
  readonly key: string;
  /** A switch without which nothing is encrypted. */
  readonly on?: string;
  /** A choice, and those of its values by which the key is used. */
  readonly by?: readonly [path: string, values: readonly string[]];
  /** A property that must be stated, or must not, for there to be anything to encrypt. */
  readonly where?: string;
  readonly unless?: string;
}

const s3Rule = "rule.applyServerSideEncryptionByDefault";
const s3Rules = "rules.applyServerSideEncryptionByDefault";
const kms = ["aws:kms", "aws:kms:dsse"];
const mapped = "blockDeviceMappings.ebs?";

/** Disks and files. */
const volumes: readonly Rest[] = [
  { type: "ebs/volume:Volume", key: "kmsKeyId", on: "encrypted" },
  { type: "ebs/snapshotCopy:SnapshotCopy", key: "kmsKeyId", on: "encrypted" },
  { type: "ebs/snapshotImport:SnapshotImport", key: "kmsKeyId", on: "encrypted" },
  { type: "ebs/defaultKmsKey:DefaultKmsKey", key: "keyArn" },
  { type: "ec2/amiCopy:AmiCopy", key: "kmsKeyId", on: "encrypted" },
  { type: "ec2/launchTemplate:LaunchTemplate", key: `${mapped}.kmsKeyId`, on: `${mapped}.encrypted` },
  ...["instance:Instance", "spotInstanceRequest:SpotInstanceRequest"].flatMap((kind) => [
    { type: `ec2/${kind}`, key: "rootBlockDevice.kmsKeyId", on: "rootBlockDevice.encrypted", unless: "launchTemplate" },
    { type: `ec2/${kind}`, key: "ebsBlockDevices?.kmsKeyId", on: "ebsBlockDevices?.encrypted" },
  ]),
  { type: "efs/fileSystem:FileSystem", key: "kmsKeyId", on: "encrypted" },
  { type: "fsx/fileCache:FileCache", key: "kmsKeyId" },
  { type: "fsx/lustreFileSystem:LustreFileSystem", key: "kmsKeyId" },
  { type: "fsx/ontapFileSystem:OntapFileSystem", key: "kmsKeyId" },
  { type: "fsx/openZfsFileSystem:OpenZfsFileSystem", key: "kmsKeyId" },
  { type: "fsx/windowsFileSystem:WindowsFileSystem", key: "kmsKeyId" },
  { type: "backup/vault:Vault", key: "kmsKeyArn" },
  { type: "backup/logicallyAirGappedVault:LogicallyAirGappedVault", key: "encryptionKeyArn" },
];

/** Buckets, registries, queues, streams, logs and secrets. */
const stores: readonly Rest[] = [
  ...["bucketServerSideEncryptionConfiguration", "bucketServerSideEncryptionConfigurationV2"].map((kind) => ({
    type: `s3/${kind}:${kind[0]!.toUpperCase()}${kind.slice(1)}`,
    key: `${s3Rules}.kmsMasterKeyId`,
    by: [`${s3Rules}.sseAlgorithm`, kms] as const,
  })),
  ...[
    ["bucket:Bucket", `serverSideEncryptionConfiguration.${s3Rule}`],
    ["bucketV2:BucketV2", `serverSideEncryptionConfigurations.rules.applyServerSideEncryptionByDefaults`],
  ].map(([kind, at]) => ({
    type: `s3/${kind}`,
    key: `${at}.kmsMasterKeyId`,
    by: [`${at}.sseAlgorithm`, kms] as const,
  })),
  {
    type: "s3tables/tableBucket:TableBucket",
    key: "encryptionConfiguration.kmsKeyArn",
    by: ["encryptionConfiguration.sseAlgorithm", kms],
  },
  {
    type: "s3/vectorsVectorBucket:VectorsVectorBucket",
    key: "encryptionConfigurations.kmsKeyArn",
    by: ["encryptionConfigurations.sseType", kms],
  },
  ...["repository:Repository", "repositoryCreationTemplate:RepositoryCreationTemplate"].map((kind) => ({
    type: `ecr/${kind}`,
    key: "encryptionConfigurations.kmsKey",
    by: ["encryptionConfigurations.encryptionType", ["KMS", "KMS_DSSE"]] as const,
  })),
  { type: "sqs/queue:Queue", key: "kmsMasterKeyId" },
  { type: "sns/topic:Topic", key: "kmsMasterKeyId" },
  { type: "kinesis/stream:Stream", key: "kmsKeyId", by: ["encryptionType", ["KMS"]] },
  {
    type: "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    key: "serverSideEncryption.keyArn",
    on: "serverSideEncryption.enabled",
    by: ["serverSideEncryption.keyType", ["CUSTOMER_MANAGED_CMK"]],
    unless: "kinesisSourceConfiguration",
  },
  { type: "msk/cluster:Cluster", key: "encryptionInfo.encryptionAtRestKmsKeyArn" },
  { type: "mq/broker:Broker", key: "encryptionOptions.kmsKeyId" },
  { type: "cloudwatch/logGroup:LogGroup", key: "kmsKeyId" },
  { type: "cloudwatch/eventArchive:EventArchive", key: "kmsKeyIdentifier" },
  { type: "cloudtrail/trail:Trail", key: "kmsKeyId" },
  { type: "cloudtrail/eventDataStore:EventDataStore", key: "kmsKeyId" },
  { type: "secretsmanager/secret:Secret", key: "kmsKeyId" },
  { type: "secretsmanager/secret:Secret", key: "replicas?.kmsKeyId" },
  { type: "codeartifact/domain:Domain", key: "encryptionKey" },
  { type: "lambda/function:Function", key: "kmsKeyArn", where: "environment" },
  { type: "sagemaker/domain:Domain", key: "kmsKeyId" },
  { type: "sagemaker/notebookInstance:NotebookInstance", key: "kmsKeyId" },
];

/** Databases and caches. */
const databases: readonly Rest[] = [
  // A replica in the same region rests under the key of what it is a replica of.
  { type: "rds/instance:Instance", key: "kmsKeyId", on: "storageEncrypted", unless: "replicateSourceDb" },
  { type: "rds/cluster:Cluster", key: "kmsKeyId", on: "storageEncrypted" },
  ...["instance:Instance", "cluster:Cluster"].flatMap((kind) => [
    { type: `rds/${kind}`, key: "masterUserSecretKmsKeyId", where: "manageMasterUserPassword" },
    { type: `rds/${kind}`, key: "performanceInsightsKmsKeyId", where: "performanceInsightsEnabled" },
  ]),
  { type: "rds/snapshotCopy:SnapshotCopy", key: "kmsKeyId" },
  { type: "rds/clusterSnapshotCopy:ClusterSnapshotCopy", key: "kmsKeyId" },
  { type: "rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication", key: "kmsKeyId" },
  { type: "rds/exportTask:ExportTask", key: "kmsKeyId" },
  { type: "docdb/cluster:Cluster", key: "kmsKeyId", on: "storageEncrypted" },
  { type: "docdb/elasticCluster:ElasticCluster", key: "kmsKeyId" },
  { type: "neptune/cluster:Cluster", key: "kmsKeyArn", on: "storageEncrypted" },
  { type: "dynamodb/table:Table", key: "serverSideEncryption.kmsKeyArn", on: "serverSideEncryption.enabled" },
  { type: "dynamodb/table:Table", key: "replicas?.kmsKeyArn" },
  { type: "dynamodb/tableReplica:TableReplica", key: "kmsKeyArn" },
  { type: "dynamodb/tableExport:TableExport", key: "s3SseKmsKeyId" },
  { type: "elasticache/replicationGroup:ReplicationGroup", key: "kmsKeyId", on: "atRestEncryptionEnabled" },
  { type: "elasticache/serverlessCache:ServerlessCache", key: "kmsKeyId" },
  { type: "memorydb/cluster:Cluster", key: "kmsKeyArn" },
  { type: "memorydb/snapshot:Snapshot", key: "kmsKeyArn" },
  { type: "opensearch/domain:Domain", key: "encryptAtRest.kmsKeyId", on: "encryptAtRest.enabled" },
  { type: "elasticsearch/domain:Domain", key: "encryptAtRest.kmsKeyId", on: "encryptAtRest.enabled" },
  { type: "redshift/cluster:Cluster", key: "kmsKeyId", on: "encrypted" },
  { type: "redshiftserverless/namespace:Namespace", key: "kmsKeyId" },
  { type: "timestreamwrite/database:Database", key: "kmsKeyId" },
];

/** The cluster and its nodes. */
const clusters: readonly Rest[] = [{ type: "eks/cluster:Cluster", key: "encryptionConfig.provider.keyArn" }];

export const restsOnAws: readonly Rest[] = [...clusters, ...volumes, ...stores, ...databases].map((rest) => ({
  ...rest,
  type: `aws:${rest.type}`,
}));
