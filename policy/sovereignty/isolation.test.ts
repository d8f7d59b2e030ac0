import { describe, expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { type Context, evaluate, type Properties, describe as text, unknown, type Value } from "../rule";
import { isolation } from "./isolation";
import { contextOn } from "./testing";

const run = (type: string, props: Properties, context: Context) =>
  evaluate(isolation, resourceWith(type, props), context);
const aws = contextOn("eks", { isolation: "confidential" });
const google = contextOn("gke", { isolation: "confidential" });
const kvm = contextOn("existing", { isolation: "kvm" });
const confidential = contextOn("existing", { isolation: "confidential" });

const pool = "gcp:container/nodePool:NodePool";
const pod = (spec: Properties, namespace: Value = "tenant-search"): Properties => ({ metadata: { namespace }, spec });
const containers = [{ name: "server", image: "x" }];

test("says what it is", () => {
  expect(isolation).toMatchObject({ id: "sovereignty-isolation", concern: "sovereignty", severity: "high" });
  expect(isolation.title).toBe("Workloads are kept apart as the jurisdiction asks");
});

test("asks nothing where nothing is asked", () => {
  expect(run(pool, { nodeConfig: {} }, contextOn("gke"))).toEqual([]);
  expect(run("kubernetes:core/v1:Pod", pod({ containers }), contextOn("existing"))).toEqual([]);
});

describe("nodes", () => {
  test("that are confidential are let through", () => {
    expect(
      run(pool, { nodeConfig: { machineType: "n2d-standard-8", confidentialNodes: { enabled: true } } }, google),
    ).toEqual([]);
    const gpu = {
      machineType: "a3-highgpu-1g",
      guestAccelerators: [{ type: "nvidia-h100-80gb", count: 1 }],
      confidentialNodes: { enabled: true, confidentialInstanceType: "TDX" },
    };
    expect(run(pool, { nodeConfig: gpu }, google)).toEqual([]);
    expect(run("aws:ec2/launchTemplate:LaunchTemplate", { cpuOptions: { amdSevSnp: "enabled" } }, aws)).toEqual([]);
    expect(run("aws:eks/nodeGroup:NodeGroup", { instanceTypes: ["m6a.4xlarge"] }, aws)).toEqual([]);
  });

  test.each<[string, string, Properties, Context, string]>([
    [
      "GKE's plain nodes",
      pool,
      { nodeConfig: { machineType: "n2d-standard-8" } },
      google,
      "nodeConfig.confidentialNodes.enabled",
    ],
    [
      "nodes that GKE makes by itself",
      "gcp:container/cluster:Cluster",
      { clusterAutoscaling: { enabled: true } },
      google,
      "confidentialNodes.enabled",
    ],
    [
      "a confidential GPU by another technology",
      pool,
      {
        nodeConfig: {
          machineType: "a3-highgpu-1g",
          guestAccelerators: [{ count: 1 }],
          confidentialNodes: { enabled: true, confidentialInstanceType: "SEV" },
        },
      },
      google,
      "nodeConfig.confidentialNodes.confidentialInstanceType",
    ],
    ["EC2's plain machines", "aws:ec2/launchTemplate:LaunchTemplate", {}, aws, "cpuOptions.amdSevSnp"],
    [
      "machines of another make",
      "aws:eks/nodeGroup:NodeGroup",
      { instanceTypes: ["m7i.4xlarge"] },
      aws,
      "instanceTypes[0]",
    ],
    ["Karpenter's nodes", "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", { spec: {} }, aws, "spec.cpuOptions"],
    [
      "bare metal, where virtual machines are asked",
      "aws:eks/nodeGroup:NodeGroup",
      { instanceTypes: ["m6a.metal"] },
      contextOn("eks", { isolation: "kvm" }),
      "instanceTypes[0]",
    ],
  ])("%s are refused", (_name, type, props, context, field) => {
    expect(run(type, props, context)).toMatchObject([{ kind: "violation", field }]);
  });

  test("with GPUs that cannot be confidential are refused in so many words", () => {
    const eight = { machineType: "a3-highgpu-8g", guestAccelerators: [{ type: "nvidia-h100-80gb", count: 8 }] };
    expect(text(run(pool, { nodeConfig: eight }, google)[0]!)).toContain(
      'nodeConfig.machineType is "a3-highgpu-8g", whose GPUs cannot be confidential; GKE has that for a3-highgpu-1g alone, with one H100.',
    );
    expect(text(run("aws:eks/nodeGroup:NodeGroup", { instanceTypes: ["p5.48xlarge"] }, aws)[0]!)).toContain(
      'instanceTypes[0] is "p5.48xlarge", which cannot be confidential; EC2 has that for machines of m6a, c6a, r6a, and for none with GPUs.',
    );
  });

  test("that are not known yet are deferred", () => {
    expect(run(pool, { nodeConfig: unknown }, google)).toMatchObject([{ kind: "deferred", field: "nodeConfig" }]);
    expect(run("aws:ec2/launchTemplate:LaunchTemplate", { cpuOptions: unknown }, aws)).toMatchObject([
      { kind: "deferred" },
    ]);
  });
});

describe("pods of tenants on a cluster of one's own", () => {
  test("in virtual machines are let through, and so are others' pods", () => {
    expect(run("kubernetes:core/v1:Pod", pod({ runtimeClassName: "kata-qemu", containers }), kvm)).toEqual([]);
    expect(
      run("kubernetes:core/v1:Pod", pod({ runtimeClassName: "kata-qemu-nvidia-gpu-snp", containers }), confidential),
    ).toEqual([]);
    expect(run("kubernetes:core/v1:Pod", pod({ containers }, "kube-system"), kvm)).toEqual([]);
  });

  test.each<[string, string, Properties, Context, string]>([
    ["a pod", "kubernetes:core/v1:Pod", pod({ containers }), kvm, "spec.runtimeClassName"],
    [
      "a deployment's",
      "kubernetes:apps/v1:Deployment",
      pod({ template: { spec: { containers } } }),
      kvm,
      "spec.template.spec.runtimeClassName",
    ],
    [
      "a set's of leaders and workers",
      "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet",
      pod({ leaderWorkerTemplate: { workerTemplate: { spec: { containers } } } }),
      kvm,
      "spec.leaderWorkerTemplate.workerTemplate.spec.runtimeClassName",
    ],
    [
      "a pod in gVisor",
      "kubernetes:core/v1:Pod",
      pod({ runtimeClassName: "gvisor", containers }),
      kvm,
      "spec.runtimeClassName",
    ],
    [
      "a virtual machine that anybody can read",
      "kubernetes:core/v1:Pod",
      pod({ runtimeClassName: "kata-qemu", containers }),
      confidential,
      "spec.runtimeClassName",
    ],
    [
      "a class that only seems confidential",
      "kubernetes:core/v1:Pod",
      pod({ runtimeClassName: "kata-qemu-coco-dev", containers }),
      confidential,
      "spec.runtimeClassName",
    ],
    [
      "a class that is called Kata's",
      "kubernetes:node.k8s.io/v1:RuntimeClass",
      { metadata: { name: "kata-qemu" }, handler: "runc" },
      kvm,
      "handler",
    ],
  ])("%s is refused", (_name, type, props, context, field) => {
    expect(run(type, props, context)).toMatchObject([{ kind: "violation", field }]);
  });

  test("whose class or namespace is not known yet are deferred", () => {
    expect(run("kubernetes:core/v1:Pod", pod({ runtimeClassName: unknown, containers }), kvm)).toMatchObject([
      { kind: "deferred", field: "spec.runtimeClassName" },
    ]);
    expect(run("kubernetes:core/v1:Pod", pod({ containers }, unknown), kvm)).toMatchObject([
      { kind: "deferred", field: "metadata.namespace" },
    ]);
    expect(
      run("kubernetes:apps/v1:Deployment", { metadata: { namespace: "tenant-search" }, spec: unknown }, kvm),
    ).toMatchObject([{ kind: "deferred", field: "spec" }]);
  });
});
