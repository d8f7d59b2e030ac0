import { describe, expect, test } from "vitest";
import { Declarations, type Fields, type Type } from "../../rehearsal/providers/cloud/declarations";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { type Context, evaluate, type Properties, describe as text, unknown } from "../rule";
import { encryption } from "./encryption";
import { restsOnAws } from "./encryption-aws";
import { restsOnGoogle } from "./encryption-gcp";

const key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const googleKey = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
const sovereign = contextWith({ jurisdiction: { sovereign: true } });

const run = (type: string, props: Properties, context: Context = contextWith()) =>
  evaluate(encryption, resourceWith(type, props), context);

test("says what it is", () => {
  expect(encryption).toMatchObject({ id: "sovereignty-encryption", concern: "sovereignty", severity: "critical" });
  expect(encryption.title).toBe("Data rests under keys of one's own");
});

/** Whether a path leads somewhere in what the SDK declares. */
function leads(fields: Fields, path: readonly string[]): boolean {
  const [first = "", ...rest] = path;
  const into = (type: Type): boolean =>
    rest.length === 0
      ? true
      : type.kind === "object"
        ? leads(type.fields(), rest)
        : type.kind === "list" || type.kind === "map"
          ? into(type.of)
          : type.kind === "union" && type.of.some(into);
  const field = fields.get(first.replace(/\?$/, ""));
  return field !== undefined && into(field.type);
}

describe.each([
  ["@pulumi/aws", restsOnAws],
  ["@pulumi/gcp", restsOnGoogle],
])("the table of %s", (sdk, rests) => {
  test("names types and properties that the SDK declares", () => {
    const declarations = new Declarations(sdk);
    const stray = rests.flatMap(({ type, key: at, on, by, where, unless }) => {
      const { inputs } = declarations.of(type);
      return [at, on, by?.[0], ...(where?.split("|") ?? []), ...(unless?.split("|") ?? [])]
        .filter((path) => path !== undefined)
        .filter((path) => !leads(inputs, path.split(".")))
        .map((path) => `${type} ${path}`);
    });
    expect(stray).toEqual([]);
  });
});

describe("lets through", () => {
  test.each<[string, string, Properties]>([
    ["a volume under a key", "aws:ebs/volume:Volume", { encrypted: true, kmsKeyId: key }],
    ["a key by its id", "aws:cloudwatch/logGroup:LogGroup", { kmsKeyId: "1234abcd-12ab-34cd-56ef-1234567890ab" }],
    ["a key by an alias", "aws:sqs/queue:Queue", { kmsMasterKeyId: "alias/platform" }],
    [
      "a launch template with a disk that is none",
      "aws:ec2/launchTemplate:LaunchTemplate",
      {
        blockDeviceMappings: [
          { deviceName: "/dev/xvda", ebs: { encrypted: "true", kmsKeyId: key } },
          { deviceName: "/dev/xvdb", virtualName: "ephemeral0" },
        ],
      },
    ],
    [
      "a cluster whose secrets have a key",
      "aws:eks/cluster:Cluster",
      { encryptionConfig: { provider: { keyArn: key }, resources: ["secrets"] } },
    ],
    [
      "a bucket that states its key",
      "aws:s3/bucket:Bucket",
      {
        serverSideEncryptionConfiguration: {
          rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key } },
        },
      },
    ],
    ["a parameter that is no secret", "aws:ssm/parameter:Parameter", { type: "String", value: "x" }],
    ["a rotated key", "aws:kms/key:Key", { enableKeyRotation: true, deletionWindowInDays: 30 }],
    ["a signing key", "aws:kms/key:Key", { customerMasterKeySpec: "ECC_NIST_P384", keyUsage: "SIGN_VERIFY" }],
    ["a rotated key of Cloud KMS", "gcp:kms/cryptoKey:CryptoKey", { rotationPeriod: "7776000s" }],
    ["a Google disk under a key", "gcp:compute/disk:Disk", { diskEncryptionKey: { kmsKeySelfLink: googleKey } }],
    ["a node pool under a key", "gcp:container/nodePool:NodePool", { nodeConfig: { bootDiskKmsKey: googleKey } }],
    [
      "a class of EBS in other letters",
      "kubernetes:storage.k8s.io/v1:StorageClass",
      { provisioner: "ebs.csi.aws.com", parameters: { Encrypted: "true", kmskeyid: key } },
    ],
    [
      "a class of persistent disks",
      "kubernetes:storage.k8s.io/v1:StorageClass",
      { provisioner: "pd.csi.storage.gke.io", parameters: { "disk-encryption-kms-key": googleKey } },
    ],
    [
      "a class of Filestore",
      "kubernetes:storage.k8s.io/v1:StorageClass",
      { provisioner: "filestore.csi.storage.gke.io", parameters: { "instance-encryption-kms-key": googleKey } },
    ],
  ])("%s", (_name, type, props) => {
    expect(run(type, props, sovereign)).toEqual([]);
  });
});

describe("refuses", () => {
  test.each<[string, string, Properties, string]>([
    ["a volume without key", "aws:ebs/volume:Volume", { encrypted: true }, "kmsKeyId"],
    ["a volume that is not encrypted", "aws:ebs/volume:Volume", { kmsKeyId: key }, "encrypted"],
    ["a key that AWS manages", "aws:ebs/volume:Volume", { encrypted: true, kmsKeyId: "alias/aws/ebs" }, "kmsKeyId"],
    [
      "a launch template without disks",
      "aws:ec2/launchTemplate:LaunchTemplate",
      {},
      "blockDeviceMappings.ebs.encrypted",
    ],
    ["nodes without launch template", "aws:eks/nodeGroup:NodeGroup", { diskSize: 100 }, "launchTemplate"],
    ["a cluster without key", "aws:eks/cluster:Cluster", {}, "encryptionConfig.provider.keyArn"],
    [
      "a cluster whose key is for something else",
      "aws:eks/cluster:Cluster",
      { encryptionConfig: { provider: { keyArn: key }, resources: ["configmaps"] } },
      "encryptionConfig.resources",
    ],
    ["a log group", "aws:cloudwatch/logGroup:LogGroup", {}, "kmsKeyId"],
    ["SQS's own encryption", "aws:sqs/queue:Queue", { sqsManagedSseEnabled: true }, "kmsMasterKeyId"],
    [
      "a repository by AES256",
      "aws:ecr/repository:Repository",
      { encryptionConfigurations: [{ encryptionType: "AES256" }] },
      "encryptionConfigurations[0].encryptionType",
    ],
    ["a table of DynamoDB's own key", "aws:dynamodb/table:Table", {}, "serverSideEncryption.enabled"],
    ["a secret parameter", "aws:ssm/parameter:Parameter", { type: "SecureString" }, "keyId"],
    [
      "an object by AES256",
      "aws:s3/bucketObjectv2:BucketObjectv2",
      { serverSideEncryption: "AES256" },
      "serverSideEncryption",
    ],
    [
      "account-wide encryption turned off",
      "aws:ebs/encryptionByDefault:EncryptionByDefault",
      { enabled: false },
      "enabled",
    ],
    ["a key that is never rotated", "aws:kms/key:Key", {}, "enableKeyRotation"],
    [
      "a key that is gone in a week",
      "aws:kms/key:Key",
      { enableKeyRotation: true, deletionWindowInDays: 7 },
      "deletionWindowInDays",
    ],
    ["a key of Cloud KMS that is never rotated", "gcp:kms/cryptoKey:CryptoKey", {}, "rotationPeriod"],
    [
      "one that is gone in a day",
      "gcp:kms/cryptoKey:CryptoKey",
      { rotationPeriod: "7776000s", destroyScheduledDuration: "86400s" },
      "destroyScheduledDuration",
    ],
    [
      "etcd without key",
      "gcp:container/cluster:Cluster",
      { enableAutopilot: false, nodeConfig: { bootDiskKmsKey: googleKey }, databaseEncryption: { state: "DECRYPTED" } },
      "databaseEncryption.state",
    ],
    ["a Google bucket", "gcp:storage/bucket:Bucket", { location: "europe-west4" }, "encryption.defaultKmsKeyName"],
    [
      "a Google disk by a raw key",
      "gcp:compute/disk:Disk",
      { diskEncryptionKey: { rawKey: "c2VjcmV0" } },
      "diskEncryptionKey.kmsKeySelfLink",
    ],
    ["a Google database", "gcp:sql/databaseInstance:DatabaseInstance", {}, "encryptionKeyName"],
    [
      "a class of EBS without key",
      "kubernetes:storage.k8s.io/v1:StorageClass",
      { provisioner: "ebs.csi.aws.com", parameters: { encrypted: "true" } },
      "parameters.kmsKeyId",
    ],
    [
      "a class of EBS without anything",
      "kubernetes:storage.k8s.io/v1:StorageClass",
      { provisioner: "ebs.csi.aws.com" },
      "parameters.encrypted",
    ],
    [
      "Karpenter's disks",
      "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
      { spec: { blockDeviceMappings: [{ ebs: { encrypted: true } }] } },
      "spec.blockDeviceMappings[0].ebs.kmsKeyID",
    ],
  ])("%s", (_name, type, props, field) => {
    const findings = run(type, props);
    expect(findings.map(({ kind, field: at }) => `${kind} ${at}`)).toEqual([`violation ${field}`]);
  });

  test("with what is wrong, and what to do", () => {
    expect(text(run("aws:sns/topic:Topic", { kmsMasterKeyId: "alias/aws/sns" })[0]!)).toBe(
      '[sovereignty-encryption] thing (aws:sns/topic:Topic): kmsMasterKeyId is "alias/aws/sns", which is a key that AWS ' +
        "manages and not one's own. Remedy: name a customer-managed key, such as the one that cluster.encryption makes.",
    );
  });
});

describe("what is not known", () => {
  test.each<[string, string, Properties, string]>([
    ["a key", "aws:sqs/queue:Queue", { kmsMasterKeyId: unknown }, "kmsMasterKeyId"],
    ["all of a disk", "aws:ec2/launchTemplate:LaunchTemplate", { blockDeviceMappings: unknown }, "blockDeviceMappings"],
    ["a rotation", "aws:kms/key:Key", { enableKeyRotation: unknown }, "enableKeyRotation"],
    ["the kind of a parameter", "aws:ssm/parameter:Parameter", { type: unknown }, "type"],
    ["a driver", "kubernetes:storage.k8s.io/v1:StorageClass", { provisioner: unknown }, "provisioner"],
  ])("%s: deferred to up, and refused there", (_name, type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "deferred", field }]);
    expect(run(type, props, contextWith({ preview: false }))).toMatchObject([{ kind: "violation", field }]);
  });

  test("a driver that nobody here knows is said, and refused where a sovereign cluster is a cloud's", () => {
    const props = { provisioner: "driver.longhorn.io" };
    const storageClass = "kubernetes:storage.k8s.io/v1:StorageClass";
    expect(run(storageClass, props, sovereign)).toMatchObject([{ kind: "unverified", field: "provisioner" }]);
  });

  test("a bucket that another resource may encrypt is said, and refused where the environment is sovereign", () => {
    expect(run("aws:s3/bucket:Bucket", {})).toMatchObject([{ kind: "unverified" }]);
    expect(run("aws:s3/bucket:Bucket", {}, sovereign)).toMatchObject([{ kind: "violation" }]);
  });

  test("resources of providers that the tables do not know, likewise", () => {
    expect(run("aws-native:s3:Bucket", {})).toMatchObject([{ kind: "unverified" }]);
    expect(run("azure-native:storage:StorageAccount", {}, sovereign)).toMatchObject([{ kind: "violation" }]);
  });
});

test("claims that name a cloud's own class are refused on that cloud, and not elsewhere", () => {
  const claim = { spec: { storageClassName: "gp2" } };
  const eks = environmentWith({
    jurisdiction: { name: "eu", regions: ["eu-central-1"], registries: ["registry.example.eu"] },
    cluster: {
      kind: "eks",
      name: "ai",
      account: "111122223333",
      region: "eu-central-1",
      kubernetes: "1.36",
      network: { cidr: "10.64.0.0/16", zones: ["a", "b", "c"] },
      endpoint: { access: "private" },
      encryption: { key: "create" },
      adminRoles: ["Admin"],
    },
    pools: [{ name: "system", min: 1, max: 1, machine: { cpus: 16, memoryGib: 64 } }],
    tenants: [{ name: "search", gpus: { quota: 0 } }],
  });
  const type = "kubernetes:core/v1:PersistentVolumeClaim";
  expect(run(type, claim, contextWith({ environment: eks }))).toMatchObject([
    { kind: "violation", field: "spec.storageClassName" },
  ]);
  expect(run(type, claim)).toEqual([]);
});

test("secrets are judged and not printed", () => {
  const resource = resourceWith(
    "aws:sqs/queue:Queue",
    { kmsMasterKeyId: "alias/aws/sqs" },
    { secrets: [["kmsMasterKeyId"]] },
  );
  expect(text(evaluate(encryption, resource, contextWith())[0]!)).not.toContain("alias/aws");
});
