import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { unknown } from "../rule";
import { contextOn } from "../sovereignty/testing";

const rule = "sovereignty-region";
const context = contextOn("eks", { sovereign: true });
const caught = "violation";

export const regionEvasions: readonly Evasion[] = [
  {
    rule,
    attempt: "a replica of a table, whose region is called regionName",
    resources: [resourceWith("aws:dynamodb/table:Table", { replicas: [{ regionName: "us-east-1" }] })],
    context,
    caught,
  },
  {
    rule,
    attempt: "a witness of a global table, in an object below the table",
    resources: [resourceWith("aws:dynamodb/table:Table", { globalTableWitness: { regionName: "US-EAST-1" } })],
    context,
    caught,
  },
  {
    rule,
    attempt: "a database of Firestore, whose place is called locationId",
    resources: [resourceWith("gcp:firestore/database:Database", { locationId: "nam5" })],
    context,
    caught,
  },
  {
    rule,
    attempt: "a regional disk that is mirrored into a zone elsewhere",
    resources: [
      resourceWith("gcp:compute/regionDisk:RegionDisk", {
        region: "europe-west4",
        replicaZones: ["europe-west4-a", "us-central1-a"],
      }),
    ],
    context,
    caught,
  },
  {
    rule,
    attempt: "a multi-region whose name says where it is, but not that it is several places",
    resources: [resourceWith("gcp:storage/bucket:Bucket", { location: "EU" })],
    context,
    caught,
  },
  {
    rule,
    attempt: "an explicit provider elsewhere, for a resource that states nothing itself",
    resources: [
      resourceWith(
        "aws:s3/bucket:Bucket",
        {},
        { provider: { type: "aws", name: "backup", props: { region: "us-west-2" } } },
      ),
    ],
    context,
    caught,
  },
  {
    rule,
    attempt: "an ARN in a policy that is JSON in a text of JSON",
    resources: [
      resourceWith("kubernetes:core/v1:ConfigMap", {
        data: { settings: JSON.stringify({ policy: JSON.stringify({ key: "arn:aws:kms:us-east-1:1:key/k" }) }) },
      }),
    ],
    context,
    caught,
  },
  {
    rule,
    attempt: "a zone that comes from another stack and is not known before the update",
    resources: [resourceWith("aws:ec2/subnet:Subnet", { availabilityZone: unknown })],
    context: contextOn("eks"),
    caught: "deferred",
  },
  {
    rule,
    attempt: "a volume claimed in a child of a YAML file, by a topology label of its storage driver",
    resources: [
      resourceWith(
        "kubernetes:core/v1:PersistentVolume",
        {
          spec: {
            nodeAffinity: {
              required: {
                nodeSelectorTerms: [
                  {
                    matchExpressions: [
                      { key: "topology.ebs.csi.aws.com/zone", operator: "In", values: ["us-east-1a"] },
                    ],
                  },
                ],
              },
            },
          },
        },
        {
          options: {
            protect: false,
            ignoreChanges: [],
            parent: "urn:pulumi:test::ai-platform::kubernetes:yaml/v2:ConfigFile::volumes",
          },
        },
      ),
    ],
    context,
    caught,
  },
  {
    rule,
    attempt: "a region with a dot behind it, as DNS would have it",
    resources: [resourceWith("aws:ec2/vpc:Vpc", { region: "us-east-1." })],
    context,
    caught,
  },
];
