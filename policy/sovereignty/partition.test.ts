import { describe, expect, test } from "vitest";
import { regions } from "../../catalog/regions";
import { contextWith, resourceWith } from "../fixtures";
import { type Context, evaluate, type Properties, describe as text, unknown } from "../rule";
import { partition } from "./partition";

const inRegions = (list: readonly string[], over: Partial<Context> = {}, more = {}) =>
  contextWith({ jurisdiction: { regions: list, sovereign: true, ...more }, regions, ...over });
const eusc = inRegions(["eusc-de-east-1"]);
const google = inRegions(["europe-west4"]);
const s3ns = inRegions(["u-france-east1"]);
const home = inRegions(["fr-par"]);

const run = (type: string, props: Properties, context: Context, provider?: Properties) =>
  evaluate(
    partition,
    resourceWith(
      type,
      props,
      provider && { provider: { type: type.split(":")[0]!, name: "default", props: provider } },
    ),
    context,
  );

test("says what it is", () => {
  expect(partition).toMatchObject({
    id: "sovereignty-partition",
    concern: "sovereignty",
    severity: "critical",
  });
});

test("a violation names field, value and what is allowed", () => {
  const [finding] = run("aws:eks/cluster:Cluster", { roleArn: "arn:aws:iam::1:role/a" }, eusc);
  expect(text(finding!)).toBe(
    '[sovereignty-partition] thing (aws:eks/cluster:Cluster): roleArn is "arn:aws:iam::1:role/a", an ARN of partition aws; ' +
      "allowed: aws-eusc. " +
      "Remedy: use what the cloud of cluster.region has under its own name: catalog/partitions.ts makes it.",
  );
});

describe("lets through", () => {
  test.each<[string, string, Properties, Context, Properties?]>([
    [
      "an own ARN",
      "aws:eks/cluster:Cluster",
      { roleArn: "arn:aws-eusc:iam::1:role/a" },
      eusc,
      { region: "eusc-de-east-1" },
    ],
    [
      "a service by the name that IAM knows",
      "aws:iam/role:Role",
      { assumeRolePolicy: '{"Statement":[{"Principal":{"Service":"ec2.amazonaws.com"}}]}' },
      eusc,
    ],
    [
      "an endpoint service under either name",
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      { serviceName: "eu.amazonaws.eusc-de-east-1.ecr.api" },
      eusc,
    ],
    [
      "an own endpoint",
      "kubernetes:core/v1:ConfigMap",
      { data: { u: "https://s3.eusc-de-east-1.amazonaws.eu" } },
      eusc,
    ],
    ["a label's name", "kubernetes:core/v1:Pod", { spec: { x: [{ key: "eks.amazonaws.com/nodegroup" }] } }, eusc],
    ["an own universe", "gcp:storage/bucket:Bucket", {}, google, { universeDomain: "googleapis.com" }],
    ["the public one where it is not stated", "gcp:storage/bucket:Bucket", {}, google, {}],
    ["another universe of one's own", "gcp:storage/bucket:Bucket", {}, s3ns, { universeDomain: "S3nsapis.fr." }],
    [
      "a service's name, alike in every universe",
      "gcp:projects/service:Service",
      { service: "container.googleapis.com" },
      s3ns,
      { universeDomain: "s3nsapis.fr" },
    ],
    [
      "a scope, which nobody calls",
      "gcp:container/nodePool:NodePool",
      { nodeConfig: { oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"] } },
      s3ns,
      { universeDomain: "s3nsapis.fr" },
    ],
    [
      "what is in no cloud",
      "kubernetes:apps/v1:Deployment",
      { spec: { template: { spec: { containers: [{ image: "registry.example.eu/a:1" }] } } } },
      home,
    ],
    [
      "documentation",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
      { spec: { d: "arn:aws:s3:::a" } },
      eusc,
    ],
  ])("%s", (_name, type, props, context, provider) => {
    expect(run(type, props, context, provider)).toEqual([]);
  });

  test("a host that the environment declares, where it is not sovereign", () => {
    const endpoints = [
      { host: "bedrock-runtime.eu-central-1.amazonaws.com", operator: "AWS", jurisdiction: "us", purpose: "x" },
    ];
    const props = { data: { u: "https://bedrock-runtime.eu-central-1.amazonaws.com" } };
    const type = "kubernetes:core/v1:ConfigMap";
    expect(run(type, props, inRegions(["fr-par"], {}, { sovereign: false, endpoints }))).toEqual([]);
    expect(run(type, props, inRegions(["fr-par"], {}, { endpoints }))).toMatchObject([{ kind: "violation" }]);
  });

  test("a simulated cloud, in a rehearsal alone", () => {
    const endpoints = JSON.stringify([{ sqs: "http://127.0.0.1:4566" }]);
    const provider = { region: "eusc-de-east-1", endpoints };
    const rehearsal = inRegions(["eusc-de-east-1"], { state: { rehearsal: true } });
    expect(run("aws:sqs/queue:Queue", {}, rehearsal, provider)).toEqual([]);
    expect(run("aws:sqs/queue:Queue", {}, eusc, provider)).toMatchObject([{ field: "provider.endpoints[0].sqs" }]);
  });
});

describe("refuses", () => {
  test.each<[string, string, Properties, Context, string, Properties?]>([
    ["an ARN of another partition", "aws:eks/cluster:Cluster", { roleArn: "arn:aws:iam::1:role/a" }, eusc, "roleArn"],
    [
      "an ARN where there is no partition",
      "kubernetes:core/v1:ConfigMap",
      { data: { a: "arn:aws:iam::1:role/a" } },
      home,
      "data.a",
    ],
    ["a provider's region", "aws:sqs/queue:Queue", {}, eusc, "provider.region", { region: "eu-central-1" }],
    ["a provider's universe", "gcp:storage/bucket:Bucket", {}, s3ns, "provider.universeDomain", {}],
    [
      "a universe that nobody knows",
      "gcp:storage/bucket:Bucket",
      {},
      google,
      "provider.universeDomain",
      { universeDomain: "apis.evil.goog" },
    ],
    [
      "a provider's custom endpoint",
      "gcp:storage/bucket:Bucket",
      {},
      google,
      "provider.storageCustomEndpoint",
      { storageCustomEndpoint: "https://evil.com" },
    ],
    ["the provider itself", "pulumi:providers:gcp", { universeDomain: "s3nsapis.fr" }, google, "universeDomain"],
    [
      "an endpoint",
      "kubernetes:core/v1:ConfigMap",
      { data: { u: "https://s3.eu-central-1.amazonaws.com" } },
      eusc,
      "data.u",
    ],
    [
      "an endpoint of another universe",
      "kubernetes:core/v1:ConfigMap",
      { data: { u: "https://storage.googleapis.com/a" } },
      s3ns,
      "data.u",
    ],
    [
      "a principal that has no such name",
      "aws:iam/role:Role",
      { assumeRolePolicy: '{"Statement":[{"Principal":{"Service":"ec2.amazonaws.eu"}}]}' },
      eusc,
      "assumeRolePolicy",
    ],
    [
      "an endpoint service",
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      { serviceName: "com.amazonaws.us-east-1.s3" },
      eusc,
      "serviceName",
    ],
    [
      "an image's registry",
      "kubernetes:core/v1:Pod",
      { spec: { containers: [{ image: "europe-west4-docker.pkg.dev/p/r/a:1" }] } },
      s3ns,
      "spec.containers[0].image",
    ],
    [
      "an identity",
      "kubernetes:core/v1:ServiceAccount",
      { metadata: { annotations: { "iam.gke.io/gcp-service-account": "a@p.iam.gserviceaccount.com" } } },
      s3ns,
      'metadata.annotations["iam.gke.io/gcp-service-account"]',
    ],
    ["a cloud that the catalog does not know", "azure-native:storage:StorageAccount", {}, eusc, "type"],
  ])("%s", (_name, type, props, context, field, provider) => {
    expect(run(type, props, context, provider)).toMatchObject([{ kind: "violation", field }]);
  });
});

describe("what is not known is deferred to up, and refused there", () => {
  test.each<[string, string, Properties, string, Properties?]>([
    ["an ARN", "aws:eks/cluster:Cluster", { roleArn: unknown }, "roleArn"],
    ["a provider's region", "aws:sqs/queue:Queue", {}, "provider.region", { region: unknown }],
    [
      "a provider's endpoints",
      "aws:sqs/queue:Queue",
      {},
      "provider.endpoints",
      { region: "eusc-de-east-1", endpoints: unknown },
    ],
  ])("%s", (_name, type, props, field, provider) => {
    expect(run(type, props, eusc, provider)).toMatchObject([{ kind: "deferred", field }]);
    expect(run(type, props, { ...eusc, preview: false }, provider)).toMatchObject([{ kind: "violation", field }]);
  });
});
