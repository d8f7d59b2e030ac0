import {
  contextOfStack,
  gkePool,
  instanceType,
  karpenterPool,
  limited,
  nodeGroup,
  oneOf,
  poolWith,
  requirements,
} from "../cost/testing";
import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { unknown } from "../rule";

/** Ways to other machines, and more GPUs, than the environment allows. */

const prod = contextOfStack("prod-aws");
const google = contextOfStack("prod-gcp");
const onlyH100 = limited(prod, { accelerators: ["h100-80gb"] });
const onlyTwo = limited(prod, { machines: ["m7i.4xlarge", "p5.48xlarge"] });
const fewHours = limited(prod, { gpuHours: 40 * 730 });

export const machineEvasions: readonly Evasion[] = [
  {
    rule: "cost-known-machine",
    attempt: "a node group of a machine that the region does not have, under a pool of one that it has",
    resources: poolWith(prod, "slices", nodeGroup({ instanceTypes: ["p4de.24xlarge"] })),
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-known-machine",
    attempt: "a second instance type behind one that is known",
    resources: [nodeGroup({ instanceTypes: ["p5.48xlarge", "u7in-32tb.224xlarge"] })],
    context: prod,
    caught: "violation",
  },
  {
    rule: "cost-known-machine",
    attempt: "a pool whose region is known only once it is there",
    resources: [
      resourceWith("ai-platform:cluster:NodePool", {
        pool: { name: "a", max: 1, machine: { type: "p5.48xlarge" } },
        region: unknown,
      }),
    ],
    context: prod,
    caught: "deferred",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "an instance type in capitals, and a space",
    resources: [nodeGroup({ instanceTypes: [" G6E.48xlarge "] })],
    context: onlyH100,
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "no instance type in the node group, but one in a launch template of somebody else's",
    resources: [nodeGroup({ instanceTypes: undefined, launchTemplate: { id: "lt-0123456789abcdef0", version: "1" } })],
    context: onlyTwo,
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "machines by what they must have, instead of by name",
    resources: [
      resourceWith("aws:ec2/launchTemplate:LaunchTemplate", {
        instanceRequirements: { acceleratorManufacturers: ["nvidia"], memoryMib: { min: 1 }, vcpuCount: { min: 1 } },
      }),
    ],
    context: onlyH100,
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "Karpenter with the family of a machine, and not its type",
    resources: [
      karpenterPool(requirements({ key: "karpenter.k8s.aws/instance-family", operator: "In", values: ["p5en"] })),
    ],
    context: onlyH100,
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "Karpenter with the types that it must not take",
    resources: [karpenterPool(requirements({ ...oneOf(instanceType, "p5.48xlarge"), operator: "NotIn" }))],
    context: onlyTwo,
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "Karpenter's Provisioner of old, whose requirements stand elsewhere",
    resources: [
      karpenterPool(
        { requirements: [oneOf(instanceType, "g6e.48xlarge")] },
        "kubernetes:karpenter.sh/v1beta1:Provisioner",
      ),
    ],
    context: onlyH100,
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "a machine type as a link, in one instance beside the cluster",
    resources: [
      resourceWith("gcp:compute/instance:Instance", {
        machineType: "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west4-b/machineTypes/a4-highgpu-8g",
      }),
    ],
    context: limited(google, { accelerators: ["h100-80gb", "l4-24gb"] }),
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "GPUs that are attached to a machine which has none",
    resources: [
      gkePool({
        nodeConfig: { machineType: "n1-standard-8", guestAccelerators: [{ type: "nvidia-tesla-v100", count: 8 }] },
      }),
    ],
    context: limited(google, { accelerators: ["h100-80gb"] }),
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "GPUs by a limit of what GKE makes by itself",
    resources: [
      resourceWith("gcp:container/cluster:Cluster", {
        clusterAutoscaling: { enabled: false, resourceLimits: [{ resourceType: "nvidia-b200", maximum: 8 }] },
      }),
    ],
    context: limited(google, { accelerators: ["h100-80gb"] }),
    caught: "violation",
  },
  {
    rule: "cost-allowed-hardware",
    attempt: "a machine type that depends on another resource",
    resources: [nodeGroup({ instanceTypes: [unknown] })],
    context: onlyTwo,
    caught: "deferred",
  },
  {
    rule: "cost-gpu-hours",
    attempt: "a GPU machine as an instance beside all pools",
    resources: [
      ...poolWith(prod, "h100"),
      ...poolWith(prod, "slices"),
      ...["a", "b", "c"].map((name) =>
        resourceWith("aws:ec2/instance:Instance", { instanceType: "p5.48xlarge" }, { name, urn: name }),
      ),
    ],
    context: fewHours,
    caught: "violation",
  },
  {
    rule: "cost-gpu-hours",
    attempt: "two node groups below one pool, each as large as it may be",
    resources: poolWith(
      prod,
      "h100",
      ...["one", "two", "three"].map((name) => ({ ...nodeGroup({ scalingConfig: { maxSize: 2 } }), name, urn: name })),
    ),
    context: fewHours,
    caught: "violation",
  },
  {
    rule: "cost-gpu-hours",
    attempt: "an accelerated machine of which the catalog does not know the GPUs",
    resources: [resourceWith("aws:ec2/instance:Instance", { instanceType: "p6e-gb300.36xlarge" })],
    context: fewHours,
    caught: "violation",
  },
  {
    rule: "cost-gpu-hours",
    attempt: "a maximum that is known only at up",
    resources: poolWith(prod, "h100", nodeGroup({ scalingConfig: unknown })),
    context: fewHours,
    caught: "deferred",
  },
];
