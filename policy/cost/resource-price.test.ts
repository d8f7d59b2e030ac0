import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { planOf } from "../plan";
import { type Properties, type Resource, unknown } from "../rule";
import { type CostContext, mayCost, resourceCost } from "./resource-price";

const of = (stack: string, change?: object): CostContext =>
  contextOf(loadEnvironment(stack, change && { config: { extends: stack, ...change } }));
const aws = of("dev-aws");
const gcp = of("prod-gcp");

const cost = (type: string, props: Properties, context: CostContext = aws, over: Partial<Resource> = {}) =>
  resourceCost(resourceWith(type, props, over), context);
const usd = (...args: Parameters<typeof cost>): number => {
  const found = cost(...args);
  if (found.kind !== "priced") throw new Error(`${found.kind}: ${"why" in found ? found.why : ""}`);
  return Math.round(found.usd * 100) / 100;
};
const why = (...args: Parameters<typeof cost>): string => {
  const found = cost(...args);
  return found.kind === "unknown" ? found.why : found.kind;
};

describe("every resource that the blueprint makes", () => {
  const stacks = ["dev-aws", "prod-aws", "sovereign-aws-eu", "dev-gcp", "prod-gcp", "sovereign-gcp-eu", "onprem"];
  test.each(stacks)("of %s has a known price", async (stack) => {
    const context = of(stack);
    const plan = await planOf(context.environment);
    const strange = plan.filter((resource) => ["unknown", "deferred"].includes(resourceCost(resource, context).kind));
    expect(strange.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    for (const resource of plan) {
      const found = resourceCost(resource, context);
      if (found.kind !== "priced") continue;
      expect(found.usd, resource.name).toBeCloseTo(found.items.reduce((sum, item) => sum + item.usd, 0));
      for (const item of found.items) {
        expect(item, resource.name).toMatchObject({ source: expect.stringMatching(/\S/), what: expect.any(String) });
        expect(item.usd, `${resource.name}: ${item.what}`).toBeGreaterThan(0);
        expect(item.date).toMatch(/^(unknown|20\d\d-\d\d-\d\d)$/);
      }
    }
  });

  test("is of a cloud, or makes one bill, or has no price to know", async () => {
    const context = of("prod-aws");
    const plan = await planOf(context.environment);
    const judged = new Set(plan.filter((resource) => mayCost(resource, context)).map(({ type }) => type.split(":")[0]));
    expect([...judged].sort()).toEqual(["ai-platform", "aws", "kubernetes"]);
    expect(mayCost(resourceWith("kubernetes:apps/v1:Deployment", {}), context)).toBe(false);
    expect(mayCost(resourceWith("ai-platform:serving:Serving", {}), context)).toBe(false);
  });
});

describe("on AWS", () => {
  test("what stands by the hour costs 730 of them", () => {
    expect(usd("aws:ec2/natGateway:NatGateway", {})).toBe(37.96);
    expect(usd("aws:ec2/eip:Eip", {})).toBe(3.65);
    expect(usd("aws:eks/cluster:Cluster", { upgradePolicy: { supportType: "STANDARD" } })).toBe(73);
    expect(usd("aws:eks/cluster:Cluster", {})).toBe(438);
    expect(usd("aws:kms/key:Key", {})).toBe(1);
  });

  test("an interface endpoint costs by zone, and a gateway endpoint nothing", () => {
    const props = { vpcEndpointType: "Interface", subnetIds: ["a", "b", "c"] };
    expect(usd("aws:ec2/vpcEndpoint:VpcEndpoint", props)).toBe(26.28);
    expect(cost("aws:ec2/vpcEndpoint:VpcEndpoint", {})).toMatchObject({ kind: "free" });
    expect(why("aws:ec2/vpcEndpoint:VpcEndpoint", { vpcEndpointType: "GatewayLoadBalancer" })).toContain("no price");
  });

  test("the region is the resource's, its provider's, or the cluster's", () => {
    const provider = { type: "aws", name: "aws", props: { region: "us-east-1" } };
    expect(usd("aws:ec2/natGateway:NatGateway", {}, aws, { provider })).toBe(32.85);
    expect(usd("aws:ec2/natGateway:NatGateway", { region: "EU-NORTH-1" }, aws, { provider })).toBe(33.58);
    expect(why("aws:ec2/natGateway:NatGateway", { region: "eu-south-2" })).toBe(
      "the catalog has no price of nat-gateway in eu-south-2",
    );
    const late: Resource["provider"] = { type: "aws", name: "aws", props: { region: unknown } };
    expect(cost("aws:ec2/natGateway:NatGateway", {}, aws, { provider: late })).toMatchObject({ kind: "deferred" });
  });

  test("another region's prices stand in where the environment says so, and only where the own is not known", () => {
    const like = of("dev-aws", { budget: { pricesLike: "eu-north-1" } });
    expect(cost("aws:ec2/natGateway:NatGateway", { region: "eu-south-2" }, like)).toMatchObject({
      items: [{ what: "NAT gateway, as in eu-north-1" }],
    });
    expect(usd("aws:ec2/natGateway:NatGateway", {}, like)).toBe(37.96);
    // A partition of its own does not have the prices of all regions.
    expect(why("aws:kms/key:Key", { region: "eusc-de-east-1" })).toContain("no price of kms-key in eusc-de-east-1");
    expect(usd("aws:kms/key:Key", { region: "eusc-de-east-1" }, like)).toBe(1);
  });

  test("prices in EUR are converted by the dated rate", () => {
    const volume = { region: "eusc-de-east-1", type: "gp3", size: 100 };
    expect(usd("aws:ebs/volume:Volume", volume)).toBe(10.54);
  });

  test("disks cost by their size and by what they do beyond the usual", () => {
    const disk = (ebs: Properties) => ({ region: "eusc-de-east-1", type: "gp3", size: "100", ...ebs });
    expect(usd("aws:ebs/volume:Volume", disk({ iops: 4000 }))).toBe(17.19);
    expect(why("aws:ebs/volume:Volume", disk({ throughput: 500 }))).toContain("no price of ebs-gp3-throughput");
    expect(why("aws:ebs/volume:Volume", disk({ type: "io2" }))).toContain("volumes of type io2");
    expect(cost("aws:ebs/volume:Volume", disk({ size: unknown }))).toEqual({ kind: "deferred", field: ["size"] });
  });

  test("a launch template has the disks of all nodes of its pool, and no price without a pool", () => {
    const props = { blockDeviceMappings: [{ ebs: { volumeSize: 100, volumeType: "gp3" } }] };
    const named = (name: string) => cost("aws:ec2/launchTemplate:LaunchTemplate", props, aws, { name });
    expect(named("system")).toMatchObject({ items: [{ what: "2 x 100 GiB of gp3" }] });
    expect(named("mine")).toMatchObject({ kind: "unknown", why: expect.stringContaining("no pool mine") });
  });

  test("a node group is counted by its pool, as long as it is no more than that", () => {
    const group = (over: Properties) => ({
      nodeGroupName: "system",
      instanceTypes: ["m7i.4xlarge"],
      scalingConfig: { maxSize: 2 },
      ...over,
    });
    const type = "aws:eks/nodeGroup:NodeGroup";
    expect(cost(type, group({}))).toEqual({ kind: "counted", by: "the node pool system" });
    expect(usd(type, group({ scalingConfig: { maxSize: 3 } }))).toBe(2115.54);
    expect(usd(type, group({ instanceTypes: ["m7i.4xlarge", "p4de.24xlarge"] }))).toBe(50065.18);
    expect(usd(type, group({ nodeGroupName: "other" }))).toBe(1410.36);
    expect(why(type, group({ nodeGroupName: "other", instanceTypes: [] }))).toContain("machine type is not stated");
    expect(why(type, group({ instanceTypes: ["x2idn.metal"] }))).toContain("no price of aws/eu-central-1/x2idn.metal");
    expect(cost(type, group({ scalingConfig: { maxSize: unknown } }))).toMatchObject({ kind: "deferred" });
  });

  test("what cannot be known is said", () => {
    expect(why("aws:rds/instance:Instance", {})).toBe(
      "what a resource of type aws:rds/instance:Instance costs is not known",
    );
    expect(why("azure-native:compute:VirtualMachine", {})).toContain("is not known");
    expect(why("aws:eks/cluster:Cluster", { computeConfig: { enabled: true } })).toContain("Auto Mode");
    expect(cost("aws:cloudwatch/logGroup:LogGroup", {})).toMatchObject({
      kind: "usage",
      why: expect.stringContaining("GB"),
    });
  });
});

describe("on Google Cloud", () => {
  const pool = (over: Properties, config: Properties = {}) => ({
    name: "h100",
    location: "europe-west4",
    nodeCount: 2,
    nodeLocations: ["europe-west4-b"],
    nodeConfig: { machineType: "a3-highgpu-8g", diskSizeGb: 200, ...config },
    ...over,
  });
  const type = "gcp:container/nodePool:NodePool";

  test("a node pool has the disks of its nodes, and their machines where no pool is priced by just those", () => {
    expect(usd(type, pool({}), gcp)).toBe(44);
    expect(usd(type, pool({}, { ephemeralStorageLocalSsdConfig: { localSsdCount: 16 } }), gcp)).toBe(1100);
    expect(usd(type, pool({ nodeCount: 3 }), gcp)).toBe(244945.65);
    expect(why(type, pool({ name: "mine" }, { machineType: "a4-highgpu-8g" }), gcp)).toContain("a4-highgpu-8g");
    expect(why(type, pool({}, { diskType: "pd-extreme" }), gcp)).toContain("disks of type pd-extreme");
    const { nodeLocations: _, ...regional } = pool({ name: "system" }, { machineType: "e2-standard-8" });
    expect(cost(type, regional, gcp)).toMatchObject({ items: [{ what: "6 x 200 GiB of pd-balanced" }] });
  });

  test("what a cluster may cost besides is not passed over", () => {
    const cluster = (props: Properties) =>
      why("gcp:container/cluster:Cluster", { removeDefaultNodePool: true, ...props }, gcp);
    expect(cluster({})).toBe("priced");
    expect(cluster({ enableAutopilot: true })).toContain("Autopilot");
    expect(cluster({ releaseChannel: { channel: "EXTENDED" } })).toContain("Extended channel");
    expect(cluster({ removeDefaultNodePool: false })).toContain("default node pool");
    expect(cluster({ clusterAutoscaling: { enabled: true } })).toContain("by itself");
  });

  test("keys, zones and gateways stand", () => {
    expect(usd("gcp:compute/routerNat:RouterNat", { natIpAllocateOption: "AUTO_ONLY" }, gcp)).toBe(36.35);
    expect(usd("gcp:kms/cryptoKey:CryptoKey", {}, gcp)).toBe(0.06);
    expect(why("gcp:kms/cryptoKey:CryptoKey", { versionTemplate: { protectionLevel: "HSM" } }, gcp)).toContain("HSM");
    expect(usd("gcp:dns/managedZone:ManagedZone", {}, gcp)).toBe(0.2);
    expect(why("gcp:assuredworkloads/workload:Workload", { complianceRegime: "ITAR" }, gcp)).toContain("ITAR");
  });
});

describe("in Kubernetes", () => {
  test("the schema of a kind that has volumes costs nothing", () => {
    const schema = { properties: { spec: { properties: { volumeClaimTemplates: { type: "array", items: {} } } } } };
    const definition = { spec: { versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }] } };
    const of = (type: string) => cost(type, { ...definition, ...schema.properties });
    expect(of("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition").kind).toBe("free");
  });

  const claim = (storage: string, storageClassName?: string) => ({
    ...(storageClassName === undefined ? {} : { storageClassName }),
    resources: { requests: { storage } },
  });

  test("load balancers cost, by a Service, a Gateway or an Ingress; the inner ones without addresses", () => {
    const service = (annotations: Properties = {}) => ({ metadata: { annotations }, spec: { type: "LoadBalancer" } });
    expect(usd("kubernetes:core/v1:Service", service())).toBe(30.66);
    const internal = { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" };
    expect(usd("kubernetes:core/v1:Service", service(internal))).toBe(19.71);
    expect(usd("kubernetes:gateway.networking.k8s.io/v1:Gateway", {}, gcp)).toBe(20.44);
    expect(usd("kubernetes:networking.k8s.io/v1:Ingress", {}, gcp)).toBe(20.44);
    expect(cost("kubernetes:core/v1:Service", { spec: {} })).toMatchObject({ kind: "free" });
    expect(cost("kubernetes:core/v1:Service", { spec: { type: unknown } })).toMatchObject({ kind: "deferred" });
    expect(cost("kubernetes:core/v1:Service", service(), of("onprem"))).toMatchObject({ kind: "free" });
  });

  test("volumes cost where they are claimed: by themselves, by each copy of a pod, and by a pod's own", () => {
    expect(usd("kubernetes:core/v1:PersistentVolumeClaim", { spec: claim("500Gi") })).toBe(47.6);
    expect(usd("kubernetes:core/v1:PersistentVolumeClaim", { spec: claim("1Ti", "encrypted") }, gcp)).toBe(112.64);
    const set = { spec: { replicas: 3, volumeClaimTemplates: [{ spec: claim("10Gi", "gp3") }] } };
    expect(usd("kubernetes:apps/v1:StatefulSet", set)).toBe(2.86);
    const ephemeral = {
      spec: { template: { spec: { volumes: [{ ephemeral: { volumeClaimTemplate: { spec: claim("10Gi") } } }] } } },
    };
    expect(usd("kubernetes:apps/v1:Deployment", ephemeral)).toBe(0.95);
    expect(why("kubernetes:core/v1:PersistentVolumeClaim", { spec: claim("1Gi", "efs") })).toContain(
      "storage class efs",
    );
    const list = { items: [{ spec: claim("10Gi") }, { spec: claim("20Gi") }] };
    expect(usd("kubernetes:core/v1:PersistentVolumeClaimList", list)).toBe(2.86);
  });

  test("what makes machines or a cloud's resources has no price of its own", () => {
    const karpenter = (name: string, nodes: string | undefined) =>
      why("kubernetes:karpenter.sh/v1:NodePool", { metadata: { name }, spec: { limits: { ...(nodes && { nodes }) } } });
    expect(karpenter("gpu", "2")).toBe("counted");
    expect(karpenter("gpu", "3")).toContain("no Karpenter pool");
    expect(karpenter("gpu", undefined)).toContain("no Karpenter pool");
    expect(karpenter("mine", "1")).toContain("no Karpenter pool");
    expect(why("kubernetes:rds.services.k8s.aws/v1alpha1:DBInstance", {})).toContain("by an operator");
    expect(why("kubernetes:sql.cnrm.cloud.google.com/v1beta1:SQLInstance", {}, of("onprem"))).toContain(
      "by an operator",
    );
  });
});

test("a pool is priced as it says; without a pool or a price it has none", () => {
  const context = contextWith({ environment: environmentWith() });
  const type = "ai-platform:cluster:NodePool";
  const pool = {
    name: "gpu",
    accelerator: "h100-80gb",
    perNode: 8,
    min: 1,
    max: 2,
    machine: { cpus: 192, memoryGib: 2048 },
  };
  const own = { eurPerGpuHour: 2, source: "contract 7", date: "2026-01-01" };
  expect(cost(type, { pool: { ...pool, price: own } }, context)).toEqual({
    kind: "priced",
    usd: 2 * 8 * 2 * 1.1225 * 730,
    items: [
      {
        what: "2 nodes",
        usd: 2 * 8 * 2 * 1.1225 * 730,
        source: "contract 7 (EUR at 1.1225 USD, ECB reference rate of 2026-10-02)",
        date: "2026-01-01",
      },
    ],
  });
  expect(why(type, { pool }, context)).toBe("no price is stated");
  expect(why(type, {}, context)).toContain("no pool");
});
