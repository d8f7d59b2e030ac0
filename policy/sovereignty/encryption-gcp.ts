import type { Rest } from "./encryption-aws";

/**
 * Where data rests on Google Cloud, and which property names the key that it rests under. Tokens and properties are those
 * of @pulumi/gcp 9.37.0, which `encryption.test.ts` holds them against.
 */

const named = (at: string) => `${at}.kmsKeyName`;
const linked = (at: string) => `${at}.kmsKeySelfLink`;

const clusters: readonly Rest[] = [
  {
    type: "container/cluster:Cluster",
    key: "databaseEncryption.keyName",
    by: ["databaseEncryption.state", ["ENCRYPTED"]],
  },
  { type: "container/cluster:Cluster", key: "nodeConfig.bootDiskKmsKey", unless: "enableAutopilot|nodePools" },
  { type: "container/cluster:Cluster", key: "nodePools?.nodeConfig.bootDiskKmsKey" },
  {
    type: "container/cluster:Cluster",
    key: "clusterAutoscaling.autoProvisioningDefaults.bootDiskKmsKey",
    where: "clusterAutoscaling.enabled|enableAutopilot",
  },
  { type: "container/nodePool:NodePool", key: "nodeConfig.bootDiskKmsKey" },
];

const volumes: readonly Rest[] = [
  { type: "compute/disk:Disk", key: linked("diskEncryptionKey") },
  { type: "compute/regionDisk:RegionDisk", key: named("diskEncryptionKey") },
  { type: "compute/snapshot:Snapshot", key: linked("snapshotEncryptionKey") },
  { type: "compute/image:Image", key: linked("imageEncryptionKey") },
  { type: "compute/machineImage:MachineImage", key: named("machineImageEncryptionKey") },
  { type: "compute/instance:Instance", key: linked("bootDisk"), unless: "bootDisk.source" },
  { type: "compute/instanceTemplate:InstanceTemplate", key: linked("disks.diskEncryptionKey") },
  { type: "compute/regionInstanceTemplate:RegionInstanceTemplate", key: linked("disks.diskEncryptionKey") },
  { type: "filestore/instance:Instance", key: "kmsKeyName" },
  { type: "lustre/instance:Instance", key: "kmsKey" },
  { type: "netapp/storagePool:StoragePool", key: "kmsConfig" },
  { type: "backupdisasterrecovery/backupVault:BackupVault", key: named("encryptionConfig") },
  { type: "gkebackup/backupPlan:BackupPlan", key: "backupConfig.encryptionKey.gcpKmsEncryptionKey" },
];

const stores: readonly Rest[] = [
  { type: "storage/bucket:Bucket", key: "encryption.defaultKmsKeyName" },
  { type: "artifactregistry/repository:Repository", key: "kmsKeyName" },
  { type: "pubsub/topic:Topic", key: "kmsKeyName" },
  { type: "logging/projectBucketConfig:ProjectBucketConfig", key: named("cmekSettings") },
  { type: "logging/folderBucketConfig:FolderBucketConfig", key: named("cmekSettings") },
  { type: "logging/organizationBucketConfig:OrganizationBucketConfig", key: named("cmekSettings") },
  {
    type: "secretmanager/secret:Secret",
    key: named("replication.userManaged?.replicas.customerManagedEncryption"),
  },
  { type: "secretmanager/secret:Secret", key: named("replication.auto?.customerManagedEncryption") },
  { type: "secretmanager/regionalSecret:RegionalSecret", key: named("customerManagedEncryption") },
  { type: "parametermanager/regionalParameter:RegionalParameter", key: "kmsKey" },
  { type: "notebooks/instance:Instance", key: "kmsKey" },
  { type: "workstations/workstationConfig:WorkstationConfig", key: "encryptionKey.kmsKey" },
  { type: "vertex/aiDataset:AiDataset", key: named("encryptionSpec") },
  { type: "vertex/aiEndpoint:AiEndpoint", key: named("encryptionSpec") },
];

const databases: readonly Rest[] = [
  { type: "sql/databaseInstance:DatabaseInstance", key: "encryptionKeyName" },
  { type: "bigquery/dataset:Dataset", key: named("defaultEncryptionConfiguration") },
  { type: "bigtable/instance:Instance", key: named("clusters") },
  { type: "spanner/database:Database", key: named("encryptionConfig") },
  { type: "alloydb/cluster:Cluster", key: named("encryptionConfig") },
  { type: "alloydb/backup:Backup", key: named("encryptionConfig") },
  { type: "firestore/database:Database", key: named("cmekConfig") },
  { type: "redis/instance:Instance", key: "customerManagedKey" },
  { type: "redis/cluster:Cluster", key: "kmsKey" },
  { type: "memorystore/instance:Instance", key: "kmsKey" },
];

export const restsOnGoogle: readonly Rest[] = [...clusters, ...volumes, ...stores, ...databases].map((rest) => ({
  ...rest,
  type: `gcp:${rest.type}`,
}));
