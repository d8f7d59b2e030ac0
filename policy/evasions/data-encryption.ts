import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { type Properties, unknown } from "../rule";
import { contextOn } from "../sovereignty/testing";

const rule = "sovereignty-encryption";
const aws = contextOn("eks", { sovereign: true });
const google = contextOn("gke", { sovereign: true });
const caught = "violation";
const key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const googleKey = "projects/acme-ai/locations/europe-west4/keyRings/ai/cryptoKeys/disks";

const on = (
  context: typeof aws,
  attempt: string,
  type: string,
  props: Properties,
  ends: Evasion["caught"] = caught,
): Evasion => ({
  rule,
  attempt,
  resources: [resourceWith(type, props)],
  context,
  caught: ends,
});

export const encryptionEvasions: readonly Evasion[] = [
  on(aws, "a managed key by the ARN of its alias", "aws:sqs/queue:Queue", {
    kmsMasterKeyId: "arn:aws:kms:eu-central-1:111122223333:alias/aws/sqs",
  }),
  on(aws, "a managed key in other letters", "aws:sns/topic:Topic", { kmsMasterKeyId: "ALIAS/AWS/SNS" }),
  on(aws, "an empty key", "aws:cloudwatch/logGroup:LogGroup", { kmsKeyId: "" }),
  on(aws, "a key, and encryption turned off as a text", "aws:ebs/volume:Volume", { encrypted: "false", kmsKeyId: key }),
  on(aws, "the second of two disks", "aws:ec2/launchTemplate:LaunchTemplate", {
    blockDeviceMappings: [
      { deviceName: "/dev/xvda", ebs: { encrypted: "true", kmsKeyId: key } },
      { deviceName: "/dev/xvdb", ebs: { volumeSize: 500 } },
    ],
  }),
  on(aws, "one disk that is an object and no list", "aws:ec2/launchTemplate:LaunchTemplate", {
    blockDeviceMappings: { deviceName: "/dev/xvda", ebs: { encrypted: "true" } },
  }),
  on(aws, "nodes that EKS gives disks by itself", "aws:eks/nodeGroup:NodeGroup", {
    diskSize: 200,
    amiType: "AL2023_x86_64_STANDARD",
  }),
  on(aws, "a bucket that is left to a second resource", "aws:s3/bucketV2:BucketV2", { bucket: "weights" }),
  on(
    aws,
    "a second resource by which a bucket has no key",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    {
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    },
  ),
  on(
    aws,
    "KMS without a key, which takes AWS's",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    {
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }],
    },
  ),
  on(aws, "a replica of a secret", "aws:secretsmanager/secret:Secret", {
    kmsKeyId: key,
    replicas: [{ region: "eu-central-1" }],
  }),
  on(aws, "another provider of the same cloud", "aws-native:s3:Bucket", { bucketName: "weights" }),
  on(
    aws,
    "a key that is not known before the update",
    "aws:rds/instance:Instance",
    { storageEncrypted: true, kmsKeyId: unknown },
    "deferred",
  ),
  on(
    aws,
    "a switch that is not known before the update",
    "aws:efs/fileSystem:FileSystem",
    { encrypted: unknown, kmsKeyId: key },
    "deferred",
  ),
  on(aws, "a managed key in a type that no table has", "aws:glue/securityConfiguration:SecurityConfiguration", {
    encryptionConfiguration: {
      s3Encryption: { kmsKeyArn: "arn:aws:kms:eu-central-1:1:alias/aws/s3", s3EncryptionMode: "SSE-KMS" },
    },
  }),
  on(aws, "a key of EBS's driver in other letters, which is managed", "kubernetes:storage.k8s.io/v1:StorageClass", {
    provisioner: "ebs.csi.aws.com",
    parameters: { ENCRYPTED: "true", KmsKeyID: "alias/aws/ebs" },
  }),
  on(aws, "the driver of old", "kubernetes:storage.k8s.io/v1:StorageClass", {
    provisioner: "kubernetes.io/aws-ebs",
    parameters: { type: "gp2" },
  }),
  on(aws, "the class that EKS once made, by a stateful set's template", "kubernetes:apps/v1:StatefulSet", {
    spec: { volumeClaimTemplates: [{ spec: { storageClassName: "gp2" } }] },
  }),
  on(google, "GKE's own class", "kubernetes:core/v1:PersistentVolumeClaim", {
    spec: { storageClassName: "standard-rwo" },
  }),
  on(
    google,
    "parameters of a class that are not known before the update",
    "kubernetes:storage.k8s.io/v1:StorageClass",
    { provisioner: "pd.csi.storage.gke.io", parameters: unknown },
    "deferred",
  ),
  on(google, "a pool inside the cluster", "gcp:container/cluster:Cluster", {
    databaseEncryption: { state: "ENCRYPTED", keyName: googleKey },
    nodePools: [{ name: "gpu", nodeConfig: { machineType: "g2-standard-48" } }],
  }),
  on(google, "a key by which nothing is encrypted", "gcp:container/cluster:Cluster", {
    databaseEncryption: { state: "DECRYPTED", keyName: googleKey },
    nodeConfig: { bootDiskKmsKey: googleKey },
  }),
  on(google, "pools that GKE makes by itself", "gcp:container/cluster:Cluster", {
    databaseEncryption: { state: "ENCRYPTED", keyName: googleKey },
    nodeConfig: { bootDiskKmsKey: googleKey },
    clusterAutoscaling: { enabled: true, autoProvisioningDefaults: {} },
  }),
  on(google, "a disk by a key that is handed over", "gcp:compute/disk:Disk", {
    diskEncryptionKey: { rawKey: "c2VjcmV0" },
  }),
  on(google, "one replica of a secret that has no key", "gcp:secretmanager/secret:Secret", {
    replication: {
      userManaged: {
        replicas: [
          { location: "europe-west4", customerManagedEncryption: { kmsKeyName: googleKey } },
          { location: "europe-west1" },
        ],
      },
    },
  }),
  on(google, "a key that is destroyed within a day", "gcp:kms/cryptoKey:CryptoKey", {
    rotationPeriod: "7776000s",
    destroyScheduledDuration: "86400s",
  }),
];
