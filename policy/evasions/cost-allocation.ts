import { contextOfStack, servers } from "../cost/testing";
import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { type Properties, type Resource, unknown } from "../rule";

/** Ways to a bill of which nobody can tell what it is for. */

const local = contextOfStack("local");
const aws = contextOfStack("prod-aws");
const google = contextOfStack("prod-gcp");

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

const onAws = (type: string, props: Properties, provider: Properties = {}, over: Partial<Resource> = {}) =>
  resourceWith(type, props, {
    provider: { type: "aws", name: "aws", props: { defaultTags: JSON.stringify({ tags }), ...provider } },
    ...over,
  });

const onGoogle = (type: string, props: Properties, provider: Properties = {}, over: Partial<Resource> = {}) =>
  resourceWith(type, props, {
    provider: { type: "gcp", name: "google", props: { defaultLabels: JSON.stringify(labels), ...provider } },
    ...over,
  });

export const allocationEvasions: readonly Evasion[] = [
  {
    rule: "cost-allocation",
    attempt: "a second provider of AWS, without default tags",
    resources: [onAws("aws:s3/bucket:Bucket", { tags: { Name: "logs" } }, { defaultTags: undefined })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "a tag of the resource that overrides the provider's with another stack",
    resources: [onAws("aws:s3/bucket:Bucket", { tags: { "ai-platform/stack": "dev-aws" } })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "tags whose keys differ in case alone, which AWS takes for others",
    resources: [
      onAws(
        "aws:s3/bucket:Bucket",
        {},
        {
          defaultTags: JSON.stringify({ tags: { "AI-Platform/Stack": "prod-aws", "ai-platform/tier": "production" } }),
        },
      ),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "a provider that is told to ignore the tags that it should set",
    resources: [onAws("aws:s3/bucket:Bucket", {}, { ignoreTags: JSON.stringify({ keyPrefixes: ["ai-platform/"] }) })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "changes of tags that are ignored",
    resources: [onAws("aws:s3/bucket:Bucket", {}, {}, { options: { protect: false, ignoreChanges: ["tagsAll"] } })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "tags of a node group, which do not reach its machines",
    resources: [onAws("aws:eks/nodeGroup:NodeGroup", { tags, instanceTypes: ["m7i.4xlarge"] })],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "a launch template that tags machines, and not their volumes",
    resources: [
      onAws("aws:ec2/launchTemplate:LaunchTemplate", { tagSpecifications: [{ resourceType: "instance", tags }] }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "an auto scaling group that keeps its tags to itself",
    resources: [
      onAws("aws:autoscaling/group:Group", {
        tags: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
      }),
    ],
    context: aws,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "default tags that depend on another resource",
    resources: [onAws("aws:s3/bucket:Bucket", {}, { defaultTags: unknown })],
    context: aws,
    caught: "deferred",
  },
  {
    rule: "cost-allocation",
    attempt: "labels of Google that are spelt as tags of AWS",
    resources: [onGoogle("gcp:storage/bucket:Bucket", { labels: { "ai-platform/Stack": "prod-gcp" } })],
    context: google,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "labels of Kubernetes on nodes, instead of labels of the machines",
    resources: [onGoogle("gcp:container/nodePool:NodePool", { nodeConfig: { labels } })],
    context: google,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "pods with GPUs that name a model of another tenant",
    resources: [
      servers({
        spec: {
          template: {
            metadata: { labels: { "llm-d.ai/model": "somebody-elses" } },
            spec: { containers: [{ resources: { limits: { "nvidia.com/gpu": "1" } } }] },
          },
        },
      }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "a patch of a tenant's namespace that puts it down to another one",
    resources: [
      resourceWith("kubernetes:core/v1:NamespacePatch", {
        metadata: { name: "tenant-search", labels: { "ai-platform/tenant": "platform" } },
      }),
    ],
    context: local,
    caught: "violation",
  },
  {
    rule: "cost-allocation",
    attempt: "volumes that a storage class of its own makes without tags",
    resources: [
      resourceWith("kubernetes:storage.k8s.io/v1:StorageClass", {
        metadata: { name: "fast" },
        provisioner: "ebs.csi.aws.com",
        parameters: { type: "io2", tagSpecification_1: "ai-platform/stack=prod-aws" },
      }),
    ],
    context: aws,
    caught: "violation",
  },
];
