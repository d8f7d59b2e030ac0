import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import { type Context, evaluate, type Properties, type Resource, describe as text, unknown, type Value } from "../rule";
import { allocation } from "./allocation";
import { untagged } from "./allocation-aws";
import { unlabelled } from "./allocation-gcp";
import { contextOfStack, servers } from "./testing";

const aws = contextOfStack("prod-aws");
const google = contextOfStack("prod-gcp");

const run = (context: Context, resource: Resource) => evaluate(allocation, resource, context);

const tags = {
  "ai-platform/stack": "prod-aws",
  "ai-platform/tier": "production",
  "ai-platform/cost-centre": "ai-platform",
};
const labels = {
  "ai-platform-stack": "prod-gcp",
  "ai-platform-tier": "production",
  "ai-platform-cost-centre": "ai-platform",
};

const bucket = (props: Properties, provider: Properties = {}, over: Partial<Resource> = {}) =>
  resourceWith("aws:s3/bucket:Bucket", props, { provider: { type: "aws", name: "aws", props: provider }, ...over });

test("says what it is", () => {
  expect(allocation).toMatchObject({ id: "cost-allocation", concern: "cost", severity: "medium", frameworks: [] });
});

test.each(["prod-aws", "prod-gcp", "onprem", "onprem-team-assistants"])(
  "what the blueprint makes of %s is let through",
  async (stack) => {
    const context = contextOfStack(stack);
    const resources = await planOf(context.environment);
    expect(resources.flatMap((resource) => run(context, resource))).toEqual([]);
    expect(resources.some((resource) => allocation.applies(resource, context))).toBe(true);
  },
);

test("types that are said to take neither tags nor labels take none in the providers' SDKs", () => {
  const root = (name: string) => dirname(createRequire(__filename).resolve(`${name}/package.json`));
  const takes = (type: string, name: string, word: string) => {
    const [folder, file] = type.split(":")[1]!.split("/");
    const directory = join(root(name), folder!);
    // Tokens and file names spell abbreviations differently.
    const found = readdirSync(directory).find((entry) => entry.toLowerCase() === `${file!.toLowerCase()}.d.ts`);
    expect(found, type).toBeDefined();
    return readFileSync(join(directory, found!), "utf8").includes(word);
  };
  expect([...untagged].filter((type) => takes(type, "@pulumi/aws", "tagsAll"))).toEqual([]);
  expect([...unlabelled].filter((type) => takes(type, "@pulumi/gcp", "pulumiLabels"))).toEqual([]);
  expect(takes("aws:s3/bucket:Bucket", "@pulumi/aws", "tagsAll")).toBe(true);
});

describe("on AWS", () => {
  test("tags are the resource's own or its provider's", () => {
    expect(run(aws, bucket({}, { defaultTags: JSON.stringify({ tags }) }))).toEqual([]);
    expect(run(aws, bucket({}, { defaultTags: { tags } }))).toEqual([]);
    expect(run(aws, bucket({ tags }))).toEqual([]);
    expect(run(aws, bucket({ tags: { Name: "logs" } })).map(text)).toEqual([
      "[cost-allocation] thing (aws:s3/bucket:Bucket): tags lack the tags ai-platform/stack, ai-platform/tier, " +
        "ai-platform/cost-centre, without which nobody can tell what the cost is for. Remedy: let the component that makes " +
        "it carry what components/allocation.ts and components/labels.ts state.",
    ]);
  });

  test("tags of another stack are refused", () => {
    const [finding] = run(aws, bucket({ tags: { "ai-platform/stack": "dev" } }, { defaultTags: { tags } }));
    expect(text(finding!)).toContain(
      'tags["ai-platform/stack"] is "dev", which puts the cost to another account: it should be prod-aws.',
    );
  });

  test("what has no tags is not judged", () => {
    expect(run(aws, resourceWith("aws:kms/alias:Alias", {}))).toEqual([]);
  });

  test("tags stay what they are stated to be", () => {
    const defaultTags = { tags };
    expect(run(aws, bucket({}, { defaultTags, ignoreTags: '{"keys":["ai-platform/stack"]}' }))).toHaveLength(1);
    expect(run(aws, bucket({}, { defaultTags, ignoreTags: '{"keyPrefixes":["kubernetes.io/"]}' }))).toEqual([]);
    const ignoring = (change: string) => ({ options: { protect: false, ignoreChanges: [change] } });
    expect(run(aws, bucket({}, { defaultTags }, ignoring("tags")))).toHaveLength(1);
    expect(run(aws, bucket({}, { defaultTags }, ignoring('tags["Name"]')))).toHaveLength(1);
    expect(run(aws, bucket({}, { defaultTags }, ignoring("policy")))).toEqual([]);
  });

  test("what is launched carries them by itself", () => {
    const launched = (...kinds: readonly string[]) =>
      resourceWith("aws:ec2/launchTemplate:LaunchTemplate", {
        tags,
        tagSpecifications: kinds.map((resourceType) => ({ resourceType, tags })),
      });
    expect(run(aws, launched("instance", "volume"))).toEqual([]);
    expect(run(aws, launched("instance"))).toMatchObject([{ field: "tagSpecifications" }]);
    const group = (props: Properties) => resourceWith("aws:eks/nodeGroup:NodeGroup", { tags, ...props });
    expect(run(aws, group({ launchTemplate: { id: "lt-1" } }))).toEqual([]);
    expect(run(aws, group({}))).toMatchObject([{ field: "launchTemplate" }]);
    const scaling = (propagateAtLaunch: Value) =>
      resourceWith(
        "aws:autoscaling/group:Group",
        { tags: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch })) },
        { provider: { type: "aws", name: "aws", props: { defaultTags: { tags } } } },
      );
    expect(run(aws, scaling(true))).toEqual([]);
    expect(run(aws, scaling(false))).toHaveLength(3);
    const nodeClass = (of: Value) =>
      resourceWith("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", { spec: { tags: of } });
    expect(run(aws, nodeClass(tags))).toEqual([]);
    expect(run(aws, nodeClass(undefined))).toMatchObject([{ field: "spec.tags" }]);
  });

  test("volumes of a storage class carry them", () => {
    const storage = (parameters: Properties) =>
      resourceWith("kubernetes:storage.k8s.io/v1:StorageClass", { provisioner: "ebs.csi.aws.com", parameters });
    const stated = Object.entries(tags).map(([key, value], index) => [`tagSpecification_${index}`, `${key}=${value}`]);
    expect(run(aws, storage(Object.fromEntries(stated)))).toEqual([]);
    expect(run(aws, storage({ type: "gp3" }))).toMatchObject([{ field: "parameters" }]);
    const other = { provisioner: "rancher.io/local-path", parameters: {} };
    expect(run(aws, resourceWith("kubernetes:storage.k8s.io/v1:StorageClass", other))).toEqual([]);
  });
});

describe("on Google Cloud", () => {
  const disk = (props: Properties, provider: Properties = {}) =>
    resourceWith("gcp:compute/disk:Disk", props, { provider: { type: "gcp", name: "google", props: provider } });

  test("labels are the resource's own or its provider's", () => {
    expect(run(google, disk({}, { defaultLabels: JSON.stringify(labels) }))).toEqual([]);
    expect(run(google, disk({ labels }))).toEqual([]);
    expect(run(google, disk({}))).toMatchObject([{ field: "labels" }]);
    expect(run(google, disk({ labels: { ...labels, "ai-platform-tier": "development" } }))).toHaveLength(1);
  });

  test("labels are spelt as Google takes them", () => {
    const spelt = (over: Properties) => run(google, disk({ labels: { ...labels, ...over } }));
    expect(spelt({ größe_1: "größte" })).toEqual([]);
    for (const over of [
      { "ai-platform/stack": "a" },
      { Team: "a" },
      { "1st": "a" },
      { team: "A B" },
      { team: "x".repeat(64) },
    ]) {
      expect(spelt(over)).toMatchObject([{ message: expect.stringContaining("Google takes for no label") }]);
    }
  });

  test("nodes carry them by themselves, and a cluster tells namespaces apart", () => {
    const pool = (nodeConfig: Properties) => resourceWith("gcp:container/nodePool:NodePool", { nodeConfig });
    expect(run(google, pool({ resourceLabels: labels }))).toEqual([]);
    expect(run(google, pool({ labels }))).toMatchObject([{ field: "nodeConfig.resourceLabels" }]);
    const cluster = (enabled: Value) =>
      resourceWith("gcp:container/cluster:Cluster", { resourceLabels: labels, costManagementConfig: { enabled } });
    expect(run(google, cluster(true))).toEqual([]);
    expect(run(google, cluster(false))).toMatchObject([{ field: "costManagementConfig.enabled" }]);
  });

  test("disks of a storage class carry them", () => {
    const storage = (stated: Value) =>
      resourceWith("kubernetes:storage.k8s.io/v1:StorageClass", {
        provisioner: "pd.csi.storage.gke.io",
        parameters: { labels: stated },
      });
    const text_ = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    expect(run(google, storage(text_.join(",")))).toEqual([]);
    expect(run(google, storage(text_[0]!))).toHaveLength(1);
    expect(run(google, storage(unknown))).toMatchObject([{ kind: "deferred" }]);
  });
});

describe("in Kubernetes", () => {
  const namespace = (name: string, of: Value) =>
    resourceWith("kubernetes:core/v1:Namespace", { metadata: { name, labels: of } });

  test("a tenant's namespace says whose it is", () => {
    expect(run(aws, namespace("tenant-search", { "ai-platform/tenant": "search" }))).toEqual([]);
    expect(run(aws, namespace("keda", {}))).toEqual([]);
    expect(run(aws, namespace("tenant-search", {}))).toMatchObject([{ field: "metadata.labels" }]);
    expect(run(aws, namespace("tenant-search", { "ai-platform/tenant": "platform" }))).toHaveLength(1);
  });

  test("pods with GPUs say which model of their tenant they serve", () => {
    const labelled = (model: Value) =>
      servers({
        spec: {
          template: {
            metadata: { labels: { "llm-d.ai/model": model } },
            spec: { containers: [{ resources: { limits: { "nvidia.com/gpu": 1 } } }] },
          },
        },
      });
    expect(run(aws, servers())).toEqual([]);
    expect(run(aws, labelled("qwen3-32b-batch"))).toMatchObject([
      { value: "qwen3-32b-batch", message: "which is no model of tenant search" },
    ]);
    expect(run(aws, labelled(undefined))).toHaveLength(1);
    expect(run(aws, labelled(unknown))).toMatchObject([{ kind: "deferred" }]);
    expect(
      run(aws, servers({ pod: { containers: [{}] }, spec: { template: { spec: { containers: [{}] } } } })),
    ).toEqual([]);
  });
});

test.each<[string, Resource]>([
  ["tags", bucket({ tags: unknown }, { defaultTags: { tags } })],
  ["default tags", bucket({}, { defaultTags: unknown })],
  ["one of them", bucket({}, { defaultTags: { tags: { ...tags, "ai-platform/stack": unknown } } })],
  [
    "tags of what is launched",
    resourceWith("aws:ec2/launchTemplate:LaunchTemplate", { tags, tagSpecifications: unknown }),
  ],
])("%s not known yet are deferred to up, and refused there", (_name, resource) => {
  const found = run(aws, resource);
  expect(found.length).toBeGreaterThan(0);
  expect(found.every(({ kind }) => kind === "deferred")).toBe(true);
  expect(run({ ...aws, preview: false }, resource)).toMatchObject(found.map(() => ({ kind: "violation" })));
});
