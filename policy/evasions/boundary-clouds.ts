import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { type Resource, unknown, type Value } from "../rule";
import { atHome, onAws, onGoogle } from "./boundary-contexts";

const partition = (attempt: string, ...resources: readonly Resource[]): Evasion => ({
  attempt,
  rule: "sovereignty-partition",
  resources,
  context: onAws,
  caught: "violation",
});
const onGcp = (attempt: string, ...resources: readonly Resource[]): Evasion => ({
  ...partition(attempt, ...resources),
  context: onGoogle,
});

const by = (type: string, props: Record<string, Value>) => ({ provider: { type, name: "default", props } });
const env = (name: string, value: Value) =>
  resourceWith("kubernetes:core/v1:Pod", { spec: { containers: [{ name: "a", env: [{ name, value }] }] } });

/** Ways past the rule about whose cloud it is. */
export const cloudEvasions: readonly Evasion[] = [
  partition(
    "a default provider in a commercial region",
    resourceWith("aws:s3/bucketV2:BucketV2", {}, by("aws", { region: "eu-central-1" })),
  ),
  partition(
    "an ARN in capitals",
    resourceWith("aws:ec2/instance:Instance", { kmsKeyId: "ARN:AWS:kms:eusc-de-east-1:1:key/k" }),
  ),
  partition(
    "an ARN in JSON in JSON",
    resourceWith("aws:iam/rolePolicy:RolePolicy", {
      policy: JSON.stringify({ nested: JSON.stringify({ Resource: "arn:aws:s3:::bucket/*" }) }),
    }),
  ),
  partition(
    "an ARN of any partition",
    resourceWith("aws:iam/rolePolicy:RolePolicy", { policy: '{"Resource":"arn:*:s3:::bucket"}' }),
  ),
  partition(
    "a role of another partition that the provider assumes",
    resourceWith(
      "aws:sqs/queue:Queue",
      {},
      by("aws", {
        region: "eusc-de-east-1",
        assumeRoles: JSON.stringify([{ roleArn: "arn:aws:iam::444455556666:role/deploy" }]),
      }),
    ),
  ),
  partition(
    "an endpoint of the commercial cloud, given to the provider as text",
    resourceWith(
      "aws:sqs/queue:Queue",
      {},
      by("aws", {
        region: "eusc-de-east-1",
        endpoints: JSON.stringify([{ sqs: "https://sqs.eu-central-1.amazonaws.com" }]),
      }),
    ),
  ),
  partition(
    "an endpoint of nobody's cloud, given to the provider",
    resourceWith("pulumi:providers:aws", {
      region: "eusc-de-east-1",
      endpoints: JSON.stringify([{ s3: "https://s3.evil.example" }]),
    }),
  ),
  partition(
    "an endpoint in capitals with a final dot",
    env("AWS_ENDPOINT_URL", "HTTPS://S3.EU-CENTRAL-1.AMAZONAWS.COM./"),
  ),
  partition("an endpoint by IPv6", env("AWS_ENDPOINT_URL_S3", "https://s3.dualstack.eu-central-1.api.aws")),
  partition("an endpoint without a scheme", env("STS", "sts.eu-central-1.amazonaws.com:443")),
  partition(
    "an image from a registry of the commercial cloud",
    resourceWith("kubernetes:core/v1:Pod", {
      spec: { containers: [{ image: "444455556666.dkr.ecr.eu-central-1.amazonaws.com/a@sha256:1" }] },
    }),
  ),
  partition(
    "a principal by the name that looks right and is none",
    resourceWith("aws:iam/role:Role", {
      assumeRolePolicy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.eu" } }],
      }),
    }),
  ),
  partition(
    "an endpoint service of another partition",
    resourceWith("aws:ec2/vpcEndpoint:VpcEndpoint", { serviceName: "com.amazonaws.eu-central-1.s3" }),
  ),
  partition(
    "a role in an annotation",
    resourceWith("kubernetes:core/v1:ServiceAccount", {
      metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::444455556666:role/a" } },
    }),
  ),
  partition(
    "a cloud that no partition is known of",
    resourceWith("azure-native:storage:StorageAccount", { location: "germanywestcentral" }),
  ),
  {
    ...partition(
      "an ARN that is known only after the update",
      resourceWith("aws:eks/addon:Addon", { serviceAccountRoleArn: unknown }),
    ),
    caught: "deferred",
  },
  {
    ...partition(
      "a provider whose region is another stack's output",
      resourceWith("aws:sqs/queue:Queue", {}, by("aws", { region: unknown })),
    ),
    caught: "deferred",
  },
  onGcp(
    "a provider of another universe, under an alias",
    resourceWith("gcp:storage/bucket:Bucket", {}, by("gcp", { universeDomain: "s3nsapis.fr" })),
  ),
  onGcp(
    "a provider's own endpoint for one service",
    resourceWith(
      "gcp:storage/bucket:Bucket",
      {},
      by("gcp", {
        universeDomain: "googleapis.com",
        storageCustomEndpoint: "https://storage.evil.example/",
      }),
    ),
  ),
  onGcp(
    "a service account of another universe",
    resourceWith("gcp:container/nodePool:NodePool", {
      nodeConfig: { serviceAccount: "nodes@acme-ai-sovereign.s3ns.iam.gserviceaccount.com" },
    }),
  ),
  onGcp(
    "an image from another universe's registry",
    resourceWith("kubernetes:core/v1:Pod", {
      spec: { containers: [{ image: "u-france-east1-docker.s3nsregistry.fr/p/r/a@sha256:1" }] },
    }),
  ),
  {
    ...onGcp(
      "a universe that is known only after the update",
      resourceWith("gcp:storage/bucket:Bucket", {}, by("gcp", { universeDomain: unknown })),
    ),
    caught: "deferred",
  },
  {
    ...onGcp(
      "a provider that states no universe, where there is none",
      resourceWith("gcp:storage/bucket:Bucket", {}, by("gcp", {})),
    ),
    context: atHome,
  },
];
