import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import { type Context, evaluate, type Properties, type Resource, describe as text, unknown } from "../rule";
import { allowedHardware } from "./allowed-hardware";
import {
  contextOfStack,
  gkePool,
  instanceType,
  karpenterPool,
  limited,
  nodeGroup,
  oneOf,
  requirements,
} from "./testing";

const prod = contextOfStack("prod-aws");
const h100 = limited(prod, { accelerators: ["h100-80gb"] });
const machines = limited(prod, { machines: ["m7i.4xlarge", "p5.48xlarge"] });

const run = (resource: Resource, context: Context = h100) => evaluate(allowedHardware, resource, context);
const made = (type: string, props: Properties) => resourceWith(type, props);

test("says what it is", () => {
  expect(allowedHardware).toMatchObject({
    id: "cost-allowed-hardware",
    concern: "cost",
    severity: "high",
    frameworks: [],
  });
});

test("what the blueprint makes is let through where all of it is allowed, and anything where nothing is stated", async () => {
  const resources = await planOf(prod.environment);
  const all = limited(prod, {
    accelerators: ["h100-80gb", "l40s-48gb"],
    machines: ["m7i.4xlarge", "p5.48xlarge", "g6e.48xlarge"],
  });
  expect(resources.flatMap((resource) => run(resource, all))).toEqual([]);
  expect(resources.flatMap((resource) => run(resource, prod))).toEqual([]);
  expect(run(nodeGroup({ instanceTypes: undefined }), prod)).toEqual([]);
});

test("a pool, and what makes its nodes, are refused by themselves", async () => {
  const resources = await planOf(prod.environment);
  const found = resources.flatMap((resource) => run(resource)).map(({ type, field }) => `${type} ${field}`);
  expect(found).toEqual([
    "ai-platform:cluster:NodePool pool.accelerator",
    "ai-platform:cluster:NodePool pool.machine.type",
    "kubernetes:karpenter.sh/v1:NodePool spec.template.spec.requirements[0].values[0]",
  ]);
  const [finding] = run(nodeGroup({ instanceTypes: ["g6e.48xlarge"] }));
  expect(text(finding!)).toContain(
    'instanceTypes[0] is "g6e.48xlarge", with l40s-48gb, which is none of the accelerators allowed: h100-80gb.',
  );
});

const gke = limited(contextOfStack("prod-gcp"), { accelerators: ["h100-80gb"], machines: ["a3-highgpu-8g"] });
const autoscaling = (clusterAutoscaling: Properties) => made("gcp:container/cluster:Cluster", { clusterAutoscaling });
const computeClass = (...priorities: readonly Properties[]) =>
  made("kubernetes:cloud.google.com/v1:ComputeClass", { spec: { priorities } });

test.each<[string, Resource, Context, number]>([
  ["a machine that is allowed", nodeGroup(), machines, 0],
  ["one that is not", nodeGroup({ instanceTypes: ["p5e.48xlarge"] }), machines, 1],
  ["a node group without machines", nodeGroup({ instanceTypes: undefined }), machines, 1],
  ["an instance", made("aws:ec2/instance:Instance", { instanceType: "g6.xlarge" }), machines, 1],
  [
    "a fleet",
    made("aws:ec2/fleet:Fleet", { launchTemplateConfigs: [{ overrides: [{ instanceType: "p4d.24xlarge" }] }] }),
    h100,
    1,
  ],
  ["an accelerated machine of nobody's catalog", nodeGroup({ instanceTypes: ["p9.48xlarge"] }), h100, 1],
  ["a machine without GPUs", nodeGroup({ instanceTypes: ["c9.large"] }), h100, 0],
  ["Karpenter with allowed machines", karpenterPool(requirements(oneOf(instanceType, "p5.48xlarge"))), machines, 0],
  ["Karpenter without", karpenterPool(requirements()), machines, 1],
  ["EKS Auto Mode", made("aws:eks/cluster:Cluster", { computeConfig: { enabled: true } }), machines, 1],
  ["a GKE pool", gkePool({}), gke, 0],
  ["a GKE pool of another machine", gkePool({ nodeConfig: { machineType: "a3-megagpu-8g" } }), gke, 1],
  ["a GKE pool without one", gkePool({ nodeConfig: {} }), gke, 1],
  [
    "GPUs attached",
    gkePool({ nodeConfig: { machineType: "a3-highgpu-8g", guestAccelerators: [{ type: "nvidia-l4" }] } }),
    gke,
    1,
  ],
  ["auto-provisioning", autoscaling({ enabled: true }), gke, 1],
  ["auto-provisioning that is off", autoscaling({ enabled: false }), gke, 0],
  ["its limits", autoscaling({ resourceLimits: [{ resourceType: "cpu" }, { resourceType: "nvidia-l4" }] }), gke, 1],
  ["Autopilot", made("gcp:container/cluster:Cluster", { enableAutopilot: true }), gke, 1],
  ["a compute class", computeClass({ machineType: "a3-highgpu-8g" }), gke, 0],
  [
    "a compute class of a family, and its GPU",
    computeClass({ machineFamily: "g2", gpu: { type: "nvidia-l4" } }),
    gke,
    2,
  ],
])("%s", (_name, resource, context, count) => {
  expect(run(resource, context)).toHaveLength(count);
});

test.each<[string, Resource, string]>([
  ["a type", nodeGroup({ instanceTypes: [unknown] }), "instanceTypes[0]"],
  ["all types", nodeGroup({ instanceTypes: unknown }), "instanceTypes"],
  [
    "requirements",
    karpenterPool(requirements(oneOf(instanceType, unknown))),
    "spec.template.spec.requirements[0].values",
  ],
  ["a pool", made("ai-platform:cluster:NodePool", { pool: unknown }), "pool"],
  ["auto-provisioning", autoscaling({ enabled: unknown }), "clusterAutoscaling.enabled"],
])("%s not known yet is deferred to up, and refused there", (_name, resource, field) => {
  expect(run(resource, machines)).toMatchObject([{ kind: "deferred", field }]);
  expect(run(resource, { ...machines, preview: false })).toMatchObject([{ kind: "violation", field }]);
});
