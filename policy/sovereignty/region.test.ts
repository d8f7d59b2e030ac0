import { describe, expect, test } from "vitest";
import { contextWith, resourceWith } from "../fixtures";
import { type Context, evaluate, type Properties, describe as text, unknown } from "../rule";
import { region } from "./region";

const sovereign = { jurisdiction: { sovereign: true } };

const run = (type: string, props: Properties, context: Context = contextWith(), over = {}) =>
  evaluate(region, resourceWith(type, props, over), context);

const provider = (type: string, props: Properties) => ({ provider: { type, name: "default", props } });

test("says what it is", () => {
  expect(region).toMatchObject({ id: "sovereignty-region", concern: "sovereignty", severity: "critical" });
  expect(region.title).toBe("Everything stays in the regions of the jurisdiction");
});

test("a word that ends like a place states none", () => {
  const placement = { groupPlacementPolicy: { collocation: "COLLOCATED" }, subregion: "whatever" };
  expect(evaluate(region, resourceWith("gcp:compute/resourcePolicy:ResourcePolicy", placement), contextWith())).toEqual(
    [],
  );
});

test("a violation names rule, resource, field, value, what is allowed, and the remedy", () => {
  const [finding] = run("aws:s3/bucketV2:BucketV2", { region: "us-east-1" });
  expect(text(finding!)).toBe(
    '[sovereignty-region] thing (aws:s3/bucketV2:BucketV2): region is "us-east-1", which is outside eu; ' +
      "allowed: eu-central-1, europe-west4, local. " +
      "Remedy: use a region of jurisdiction.regions, or have its owner add this one.",
  );
});

describe("lets through", () => {
  test.each<[string, string, Properties]>([
    ["no place at all", "kubernetes:core/v1:ConfigMap", { metadata: { name: "x" }, data: { region: "us-east-1" } }],
    ["a region of the jurisdiction", "aws:ec2/vpc:Vpc", { region: "eu-central-1" }],
    ["other spellings of it", "aws:ec2/vpc:Vpc", { region: "EU-Central-1." }],
    ["its zones", "aws:ec2/subnet:Subnet", { availabilityZone: "eu-central-1a" }],
    ["its local zones", "aws:ec2/subnet:Subnet", { availabilityZone: "eu-central-1-ham-1a" }],
    [
      "zones of a Google region",
      "gcp:container/cluster:Cluster",
      { location: "europe-west4-b", nodeLocations: ["europe-west4-c"] },
    ],
    [
      "an ARN inside, or without a region",
      "aws:iam/policy:Policy",
      { policy: "arn:aws:kms:eu-central-1:1:key/x arn:aws:iam::1:role/y" },
    ],
    [
      "a self-link inside",
      "gcp:compute/disk:Disk",
      { snapshot: "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west4-a/disks/d" },
    ],
    [
      "a node pool at home",
      "ai-platform:cluster:NodePool",
      { region: "local", pool: { name: "gpu", zones: ["local-rack-2"] } },
    ],
    ["a hosted zone", "aws:route53/record:Record", { zoneId: "Z1", hostedZone: "example.org", zone: "example.org" }],
    [
      "a label that forbids",
      "kubernetes:core/v1:Pod",
      {
        spec: {
          affinity: {
            nodeAffinity: { x: [{ key: "topology.kubernetes.io/region", operator: "NotIn", values: ["us-east-1"] }] },
          },
        },
      },
    ],
    [
      "an address as location",
      "aws:glue/catalogTable:CatalogTable",
      { storageDescriptor: { location: "s3://bucket/path" } },
    ],
    [
      "documentation",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
      { spec: { description: "arn:aws:acm:us-east-1:1:x" } },
    ],
  ])("%s", (_name, type, props) => {
    expect(run(type, props, contextWith(sovereign))).toEqual([]);
  });
});

describe("refuses", () => {
  test.each<[string, string, Properties, string, string]>([
    ["a region", "aws:ec2/vpc:Vpc", { region: "us-east-1" }, "region", "us-east-1"],
    ["a region in capitals with a dot", "aws:ec2/vpc:Vpc", { region: "US-EAST-1." }, "region", "US-EAST-1."],
    ["a zone", "aws:ec2/subnet:Subnet", { availabilityZone: "us-east-1a" }, "availabilityZone", "us-east-1a"],
    [
      "a local zone",
      "aws:ec2/subnet:Subnet",
      { availabilityZone: "us-east-1-atl-1a" },
      "availabilityZone",
      "us-east-1-atl-1a",
    ],
    [
      "one zone of several",
      "aws:rds/cluster:Cluster",
      { availabilityZones: ["eu-central-1a", "us-east-1b"] },
      "availabilityZones[1]",
      "us-east-1b",
    ],
    ["a zone by id", "aws:ec2/subnet:Subnet", { availabilityZoneId: "use1-az1" }, "availabilityZoneId", "use1-az1"],
    ["a region that nobody knows", "aws:ec2/vpc:Vpc", { region: "mars-north-1" }, "region", "mars-north-1"],
    [
      "a longer name that starts like an allowed one",
      "gcp:compute/disk:Disk",
      { region: "europe-west44" },
      "region",
      "europe-west44",
    ],
    [
      "an allowed name with something behind it",
      "aws:ec2/vpc:Vpc",
      { region: "eu-central-1-us-east-1" },
      "region",
      "eu-central-1-us-east-1",
    ],
    ["a Google zone", "gcp:compute/instance:Instance", { zone: "us-central1-a" }, "zone", "us-central1-a"],
    ["a multi-region", "gcp:storage/bucket:Bucket", { location: "US" }, "location", "US"],
    ["a global key ring", "gcp:kms/keyRing:KeyRing", { location: "global" }, "location", "global"],
    ["a region of the catalog in another case", "ovh:cloud:Instance", { region: "gra3" }, "region", "gra3"],
    [
      "a replica",
      "aws:secretsmanager/secret:Secret",
      { replicas: [{ region: "us-east-1" }] },
      "replicas[0].region",
      "us-east-1",
    ],
    [
      "a replication target",
      "gcp:secretmanager/secret:Secret",
      { replication: { userManaged: { replicas: [{ location: "us-central1" }] } } },
      "replication.userManaged.replicas[0].location",
      "us-central1",
    ],
    [
      "a prefixed property",
      "aws:dynamodb/tableReplica:TableReplica",
      { replicaRegion: "us-east-1" },
      "replicaRegion",
      "us-east-1",
    ],
    [
      "dual-region placement",
      "gcp:storage/bucket:Bucket",
      { customPlacementConfig: { dataLocations: ["EUROPE-WEST4", "US-CENTRAL1"] } },
      "customPlacementConfig.dataLocations[1]",
      "US-CENTRAL1",
    ],
    [
      "an ARN",
      "aws:s3/bucketReplicationConfig:X",
      { rule: { kmsKeyId: "arn:aws:kms:us-east-1:1:key/k" } },
      "rule.kmsKeyId",
      "arn:aws:kms:us-east-1:1:key/k",
    ],
    [
      "an ARN in capitals inside a document",
      "aws:iam/policy:Policy",
      { policy: '{"Resource":"ARN:AWS:SQS:US-EAST-1:1:q"}' },
      "policy",
      "ARN:AWS:SQS:US-EAST-1:1:q",
    ],
    [
      "a self-link",
      "gcp:compute/disk:Disk",
      { image: "projects/p/zones/us-central1-a/disks/d" },
      "image",
      "projects/p/zones/us-central1-a",
    ],
    [
      "an endpoint",
      "pulumi:providers:kubernetes",
      { kubeconfig: "server: https://A1.gr7.us-east-1.eks.amazonaws.com" },
      "kubeconfig",
      "us-east-1.eks.amazonaws",
    ],
    [
      "a legacy endpoint",
      "kubernetes:core/v1:ConfigMap",
      { data: { e: "https://b.s3-us-east-1.amazonaws.com" } },
      "data.e",
      "us-east-1.amazonaws",
    ],
    [
      "a Google endpoint",
      "kubernetes:core/v1:ConfigMap",
      { data: { e: "us-central1-aiplatform.googleapis.com" } },
      "data.e",
      "us-central1-aiplatform.googleapis.com",
    ],
    [
      "a node selector",
      "kubernetes:apps/v1:Deployment",
      { spec: { template: { spec: { nodeSelector: { "topology.kubernetes.io/zone": "us-east-1a" } } } } },
      'spec.template.spec.nodeSelector["topology.kubernetes.io/zone"]',
      "us-east-1a",
    ],
    [
      "a volume's own topology",
      "kubernetes:storage.k8s.io/v1:StorageClass",
      {
        allowedTopologies: [
          { matchLabelExpressions: [{ key: "topology.ebs.csi.aws.com/zone", values: ["us-east-1a"] }] },
        ],
      },
      "allowedTopologies[0].matchLabelExpressions[0].values[0]",
      "us-east-1a",
    ],
    [
      "an affinity",
      "kubernetes:core/v1:Pod",
      {
        spec: {
          affinity: {
            x: [{ key: "topology.kubernetes.io/region", operator: "In", values: ["eu-central-1", "us-east-1"] }],
          },
        },
      },
      "spec.affinity.x[0].values[1]",
      "us-east-1",
    ],
    ["a node pool", "ai-platform:cluster:NodePool", { region: "us-east-1", pool: {} }, "region", "us-east-1"],
    [
      "a zone of a node pool",
      "ai-platform:cluster:NodePool",
      { region: "local", pool: { zones: ["us-east-1a"] } },
      "pool.zones[0]",
      "us-east-1a",
    ],
    ["an existing cluster", "ai-platform:cluster:ExistingCluster", { region: "us-east-1" }, "region", "us-east-1"],
    [
      "a provider's list in JSON",
      "pulumi:providers:gcp",
      { region: "europe-west4", regions: '["us-central1"]' },
      "regions",
      "us-central1",
    ],
  ])("%s", (_name, type, props, field, value) => {
    const findings = run(type, props);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: "violation", rule: "sovereignty-region", field, value, name: "thing" });
  });

  test("a resource whose provider is elsewhere", () => {
    const findings = run("aws:s3/bucketV2:BucketV2", {}, contextWith(), provider("aws", { region: "us-east-1" }));
    expect(findings).toMatchObject([{ kind: "violation", field: "provider.region", value: "us-east-1" }]);
  });
});

describe("what is not known", () => {
  test.each<[string, string, Properties, string]>([
    ["a region", "aws:ec2/vpc:Vpc", { region: unknown }, "region"],
    [
      "one zone of several",
      "aws:rds/cluster:Cluster",
      { availabilityZones: ["eu-central-1a", unknown] },
      "availabilityZones[1]",
    ],
    [
      "a node selector's zone",
      "kubernetes:core/v1:Pod",
      { spec: { nodeSelector: { "topology.kubernetes.io/zone": unknown } } },
      'spec.nodeSelector["topology.kubernetes.io/zone"]',
    ],
  ])("%s: deferred to up, refused there and where the environment is sovereign", (_name, type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "deferred", field }]);
    expect(run(type, props, contextWith({ preview: false }))).toMatchObject([{ kind: "violation", field }]);
    expect(run(type, props, contextWith(sovereign))).toMatchObject([{ kind: "violation", field }]);
  });

  test.each<[string, string, Properties, string]>([
    ["an ARN", "aws:lambda/function:Function", { roleArn: unknown }, "roleArn"],
    ["a pod's placement", "kubernetes:core/v1:Pod", { spec: { nodeSelector: unknown } }, "spec.nodeSelector"],
    ["a whole spec", "kubernetes:apps/v1:Deployment", { spec: unknown }, "spec"],
  ])("%s: deferred, because it need not name a place", (_name, type, props, field) => {
    expect(run(type, props, contextWith(sovereign))).toMatchObject([{ kind: "deferred", field }]);
  });

  test("a region of the jurisdiction that the catalog lacks is said, and refused when sovereign", () => {
    const extra = { regions: ["mars-north-1"] };
    const props = { region: "mars-north-1" };
    expect(run("aws:ec2/vpc:Vpc", props, contextWith({ jurisdiction: extra }))).toMatchObject([{ kind: "unverified" }]);
    const strict = contextWith({ jurisdiction: { ...extra, sovereign: true } });
    expect(run("aws:ec2/vpc:Vpc", props, strict)).toMatchObject([
      { kind: "violation", message: expect.stringContaining("the catalog does not know") },
    ]);
  });

  test("a zone label that is no zone of a known region", () => {
    const props = { spec: { nodeSelector: { "topology.kubernetes.io/zone": "rack-1" } } };
    expect(run("kubernetes:core/v1:Pod", props)).toMatchObject([{ kind: "unverified", value: "rack-1" }]);
    expect(run("kubernetes:core/v1:Pod", props, contextWith(sovereign))).toMatchObject([{ kind: "violation" }]);
  });

  test("a cloud provider that states no region", () => {
    expect(run("pulumi:providers:aws", {})).toMatchObject([{ kind: "unverified", field: "region" }]);
    expect(run("pulumi:providers:aws", {}, contextWith(sovereign))).toMatchObject([{ kind: "violation" }]);
    expect(run("pulumi:providers:gcp", { zone: "europe-west4-a" }, contextWith(sovereign))).toEqual([]);
  });
});

test("secrets are judged and not printed", () => {
  const [finding] = run("aws:ec2/vpc:Vpc", { region: "us-east-1" }, contextWith(), { secrets: [["region"]] });
  expect(text(finding!)).toContain('region is "(secret)", which is outside eu');
  expect(text(finding!)).not.toContain("us-east-1");
  const [nested] = run(
    "pulumi:providers:kubernetes",
    { kubeconfig: "https://A1.gr7.us-east-1.eks.amazonaws.com" },
    contextWith(),
    { secrets: [["kubeconfig"]] },
  );
  expect(text(nested!)).not.toContain("us-east-1");
});
