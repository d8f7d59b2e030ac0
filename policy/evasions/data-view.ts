import type { Evasion } from "../evasion";
import { unknown } from "../rule";
import { contextOn, named, ownProject } from "../sovereignty/testing";

const caught = "violation";
const google = contextOn("gke", { sovereign: true });
const cluster = named("cluster", "gcp:container/cluster:Cluster", { project: ownProject });
const settings = "gcp:projects/accessApprovalSettings:AccessApprovalSettings";
const all = [{ cloudProduct: "all", enrollmentLevel: "BLOCK_ALL" }];

const kvm = contextOn("existing", { isolation: "kvm" });
const confidential = contextOn("existing", { isolation: "confidential" });
const nodes = contextOn("gke", { isolation: "confidential" });
const containers = [{ name: "server", image: "registry.example.eu/vllm" }];
const metadata = { name: "server", namespace: "tenant-search" };

export const viewEvasions: readonly Evasion[] = [
  {
    rule: "sovereignty-support-access",
    attempt: "approval for another project than the cluster's",
    resources: [cluster, named("approval", settings, { projectId: "acme-ai-test", enrolledServices: all })],
    context: google,
    caught,
  },
  {
    rule: "sovereignty-support-access",
    attempt: "approval for the products that come to mind, one by one",
    resources: [
      cluster,
      named("approval", settings, {
        projectId: ownProject,
        enrolledServices: [{ cloudProduct: "compute.googleapis.com" }, { cloudProduct: "storage.googleapis.com" }],
      }),
    ],
    context: google,
    caught,
  },
  {
    rule: "sovereignty-support-access",
    attempt: "a regime of Assured Workloads, which by itself has nobody ask",
    resources: [
      cluster,
      named("regime", "gcp:assuredworkloads/workload:Workload", { complianceRegime: "EU_REGIONS_AND_SUPPORT" }),
    ],
    context: google,
    caught,
  },
  {
    rule: "sovereignty-support-access",
    attempt: "products that are not known before the update",
    resources: [cluster, named("approval", settings, { projectId: ownProject, enrolledServices: unknown })],
    context: google,
    caught: "deferred",
  },
  {
    rule: "sovereignty-isolation",
    attempt: "a runtime class that is called Kata's and runs runc",
    resources: [
      named("class", "kubernetes:node.k8s.io/v1:RuntimeClass", { metadata: { name: "kata-qemu" }, handler: "runc" }),
    ],
    context: kvm,
    caught,
  },
  {
    rule: "sovereignty-isolation",
    attempt: "a class of Kata's that only tests what confidential would be",
    resources: [
      named("pod", "kubernetes:core/v1:Pod", {
        metadata,
        spec: { runtimeClassName: "kata-qemu-coco-dev", containers },
      }),
    ],
    context: confidential,
    caught,
  },
  {
    rule: "sovereignty-isolation",
    attempt: "a pod with containers that only start it, in a custom resource's template",
    resources: [
      named("job", "kubernetes:batch/v1:CronJob", {
        metadata,
        spec: { jobTemplate: { spec: { template: { spec: { initContainers: containers } } } } },
      }),
    ],
    context: kvm,
    caught,
  },
  {
    rule: "sovereignty-isolation",
    attempt: "a runtime class that starts like Kata's",
    resources: [
      named("pod", "kubernetes:core/v1:Pod", { metadata, spec: { runtimeClassName: "katalog", containers } }),
    ],
    context: kvm,
    caught,
  },
  {
    rule: "sovereignty-isolation",
    attempt: "a namespace that is not known before the update",
    resources: [
      named("pod", "kubernetes:core/v1:Pod", { metadata: { name: "x", namespace: unknown }, spec: { containers } }),
    ],
    context: kvm,
    caught: "deferred",
  },
  {
    rule: "sovereignty-isolation",
    attempt: "confidential nodes with GPUs, whose own memory anybody reads",
    resources: [
      named("pool", "gcp:container/nodePool:NodePool", {
        nodeConfig: {
          machineType: "a3-highgpu-8g",
          guestAccelerators: [{ type: "nvidia-h100-80gb", count: 8 }],
          confidentialNodes: { enabled: true, confidentialInstanceType: "TDX" },
        },
      }),
    ],
    context: nodes,
    caught,
  },
  {
    rule: "sovereignty-isolation",
    attempt: "a technology of encryption without turning it on",
    resources: [
      named("pool", "gcp:container/nodePool:NodePool", {
        nodeConfig: {
          machineType: "n2d-standard-8",
          confidentialNodes: { enabled: false, confidentialInstanceType: "SEV_SNP" },
        },
      }),
    ],
    context: nodes,
    caught,
  },
];
