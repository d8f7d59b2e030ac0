import { isObject, type Path, type Resource } from "../rule";
import {
  amount,
  Bill,
  type CostContext,
  countedByPool,
  free,
  known,
  poolNamed,
  type ResourceCost,
  regionOf,
  text,
  Unpriced,
  usage,
} from "./resource-cost";
import { listOf } from "./values";

/**
 * What resources of AWS cost, by type. Sources of what is free: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html,
 * https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html, https://aws.amazon.com/vpc/pricing/, 2026-09.
 */

type Cost = (resource: Resource, context: CostContext) => ResourceCost;

const bill = (resource: Resource, context: CostContext) => new Bill("aws", regionOf(resource, context), context);

const gib = 2 ** 30;

/** What a gp3 volume has without paying for it. Source: https://aws.eu/ebs/pricing. */
const included = { iops: 3000, throughput: 125 };

/** Adds disks of EBS, `count` of each, as they stand at a path. */
function disks(to: Bill, resource: Resource, at: Path, count: number, fields: DiskFields = launchTemplateDisk): Bill {
  const stated = amount(resource, ...at, fields.size);
  // Karpenter writes a quantity, such as 500Gi; EC2 a number of GiB.
  const size = stated !== undefined && stated >= gib ? stated / gib : stated;
  const type = text(resource, ...at, fields.type);
  if (size === undefined) throw new Unpriced("the size of its disk is not stated");
  if (type !== "gp3") throw new Unpriced(`the catalog has no price of volumes of type ${type ?? "(none stated)"}`);
  to.add("ebs-gp3", size * count, `${count} x ${size} GiB of gp3`);
  const iops = amount(resource, ...at, "iops") ?? included.iops;
  const throughput = amount(resource, ...at, "throughput") ?? included.throughput;
  if (iops > included.iops) {
    to.add("ebs-gp3-iops", (iops - included.iops) * count, `${count} x ${iops - included.iops} further IOPS`);
  }
  if (throughput > included.throughput) {
    to.add("ebs-gp3-throughput", (throughput - included.throughput) * count, "further throughput");
  }
  return to;
}

interface DiskFields {
  readonly size: string;
  readonly type: string;
}
const launchTemplateDisk: DiskFields = { size: "volumeSize", type: "volumeType" };

/** The disks that each node of a pool is made with: those of its launch template, or of Karpenter's class of nodes. */
export function nodeDisks(
  resource: Resource,
  mappings: Path,
  name: string | undefined,
  context: CostContext,
): ResourceCost {
  const pool = poolNamed(name, context);
  if (pool === undefined) {
    throw new Unpriced(
      `the environment has no pool ${name ?? "of that name"}, so that the number of its machines is not known`,
    );
  }
  const to = bill(resource, context);
  const devices = listOf(known(resource, ...mappings));
  if (devices.length === 0) throw new Unpriced("the disks of its machines are not stated");
  for (const index of devices.keys()) disks(to, resource, [...mappings, index, "ebs"], pool.max);
  return to.total();
}

/** A node group is priced by its pool, as long as it makes no more than the pool says, of what the pool says. */
const nodeGroup: Cost = (resource, context) => {
  const pool = poolNamed(text(resource, "nodeGroupName") ?? resource.name, context);
  const types = listOf(known(resource, "instanceTypes"));
  const most = amount(resource, "scalingConfig", "maxSize") ?? 0;
  const spot = text(resource, "capacityType")?.toUpperCase() === "SPOT";
  if (
    pool !== undefined &&
    pool.nodes === "group" &&
    most <= pool.max &&
    types.every((type) => type === pool.machine.type) &&
    (pool.capacity === "spot") === spot
  ) {
    return countedByPool(pool);
  }
  if (types.length === 0) throw new Unpriced("its machine type is not stated, and it is no pool of the environment");
  const costs = types.map((type) => bill(resource, context).machines(String(type), most, spot).total());
  // Of several types, any may be the one that all nodes are of.
  return costs.reduce((most, cost) => (usdOf(cost) > usdOf(most) ? cost : most));
};

const usdOf = (cost: ResourceCost): number => (cost.kind === "priced" ? cost.usd : 0);

const cluster: Cost = (resource, context) => {
  if (known(resource, "computeConfig", "enabled") === true) {
    throw new Unpriced("what Auto Mode adds to each machine is not in the catalog");
  }
  const tier = text(resource, "controlPlaneScalingConfig", "tier")?.toLowerCase() ?? "standard";
  if (tier !== "standard") throw new Unpriced(`the catalog has no price of a control plane of tier ${tier}`);
  // Without it, a version that is out of standard support stays, and costs more.
  return text(resource, "upgradePolicy", "supportType")?.toUpperCase() === "STANDARD"
    ? bill(resource, context).add("eks-cluster", 1, "control plane").total()
    : bill(resource, context).add("eks-cluster-extended", 1, "control plane, in extended support").total();
};

const vpcEndpoint: Cost = (resource, context) => {
  const kind = text(resource, "vpcEndpointType") ?? "Gateway";
  if (kind === "Gateway") return free("gateway endpoints cost nothing");
  if (kind !== "Interface") throw new Unpriced(`the catalog has no price of endpoints of type ${kind}`);
  const subnets = listOf(known(resource, "subnetIds")).length;
  const zones = Math.max(1, subnets, listOf(known(resource, "subnetConfigurations")).length);
  return bill(resource, context).add("vpc-endpoint", zones, `endpoint in ${zones} zones`).total();
};

const loadBalancer: Cost = (resource, context) => {
  const to = bill(resource, context).add("load-balancer", 1, "load balancer");
  const subnets = Math.max(
    listOf(known(resource, "subnets")).length,
    listOf(known(resource, "subnetMappings")).length,
    1,
  );
  if (known(resource, "internal") !== true) to.add("public-ipv4", subnets, `${subnets} public IPv4 addresses`);
  return to.total();
};

const instance: Cost = (resource, context) => {
  const type = text(resource, "instanceType");
  if (type === undefined) throw new Unpriced("its machine type is not stated");
  const to = bill(resource, context).machines(type, 1, isObject(known(resource, "instanceMarketOptions")));
  disks(to, resource, ["rootBlockDevice"], 1);
  for (const index of listOf(known(resource, "ebsBlockDevices")).keys())
    disks(to, resource, ["ebsBlockDevices", index], 1);
  if (known(resource, "associatePublicIpAddress") === true) to.add("public-ipv4", 1, "public IPv4 address");
  return to.total();
};

const one =
  (sku: Parameters<Bill["add"]>[0], what: string): Cost =>
  (resource, context) =>
    bill(resource, context).add(sku, 1, what).total();

const all = (types: readonly string[], cost: ResourceCost): [string, Cost][] => types.map((type) => [type, () => cost]);

export const awsCosts: Readonly<Record<string, Cost>> = {
  "aws:eks/cluster:Cluster": cluster,
  "aws:eks/nodeGroup:NodeGroup": nodeGroup,
  "aws:ec2/launchTemplate:LaunchTemplate": (resource, context) =>
    nodeDisks(resource, ["blockDeviceMappings"], resource.name, context),
  "aws:ec2/natGateway:NatGateway": one("nat-gateway", "NAT gateway"),
  "aws:ec2/eip:Eip": one("public-ipv4", "public IPv4 address"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": vpcEndpoint,
  "aws:ec2/instance:Instance": instance,
  "aws:ebs/volume:Volume": (resource, context) =>
    disks(bill(resource, context), resource, [], 1, { size: "size", type: "type" }).total(),
  "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:alb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:kms/key:Key": one("kms-key", "key and its first version"),
  "aws:kms/replicaKey:ReplicaKey": one("kms-key", "key and its first version"),
  ...Object.fromEntries([
    ...all(
      ["aws:cloudtrail/trail:Trail", "aws:cloudwatch/logGroup:LogGroup", "aws:ec2/flowLog:FlowLog"],
      usage("logs cost by GB taken in and kept; nothing is counted"),
    ),
    ...all(["aws:sqs/queue:Queue"], usage("queues cost by request")),
    ...all(
      ["aws:cloudwatch/eventRule:EventRule"],
      usage("events cost by their number; those of AWS itself cost nothing"),
    ),
    ...all(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"], usage("buckets cost by GB kept and by request")),
    ...all(["aws:ecr/repository:Repository"], usage("registries cost by GB kept")),
    ...all(
      [
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/networkAcl:NetworkAcl",
        "aws:ec2/placementGroup:PlacementGroup",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      ],
      free("a VPC and its rules cost nothing; what passes through it may"),
    ),
    ...all(
      [
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      ],
      free("identities cost nothing"),
    ),
    ...all(
      [
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/addon:Addon",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      ],
      free("part of the cluster, whose control plane has the price"),
    ),
    ...all(
      [
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:kms/alias:Alias",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:sqs/queuePolicy:QueuePolicy",
      ],
      free("part of what it is a setting of"),
    ),
  ]),
};
