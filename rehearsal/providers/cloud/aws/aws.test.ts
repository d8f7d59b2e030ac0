import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import { account, clusterInputs, configFor, makeNetwork, makePlatform, nodeGroupInputs, trust } from "./testing";
import { tokens } from "./tokens";

const region = "eu-north-1";
let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("aws", configFor(region));
});
afterEach(() => cloud.stop());

describe("a platform on EKS", () => {
  it("comes up, with ids and ARNs in AWS's shapes", async () => {
    const { vpc, subnets, role, key, cluster, nodeGroup } = await makePlatform(cloud.engine, region);
    expect(vpc.id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(plain(vpc)).toMatchObject({
      arn: `arn:aws:ec2:${region}:${account}:vpc/${vpc.id}`,
      cidrBlock: "10.0.0.0/16",
      enableDnsSupport: true,
      ownerId: account,
      region,
    });
    expect(new Set(subnets.map(({ id }) => id)).size).toBe(2);
    expect(plain(role)).toMatchObject({ name: role.id, arn: `arn:aws:iam::${account}:role/${role.id}`, path: "/" });
    expect(role.id).toMatch(/^eks-[0-9a-f]{7}$/);
    expect(key.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(plain(cluster)).toMatchObject({
      arn: `arn:aws:eks:${region}:${account}:cluster/ai`,
      endpoint: cloud.plane.endpoint,
      certificateAuthority: { data: cloud.plane.certificateAuthority },
      status: "ACTIVE",
      vpcConfig: { vpcId: vpc.id, endpointPrivateAccess: true, endpointPublicAccess: true },
    });
    expect(nodeGroup.id).toBe("ai:h100");
    expect(plain(nodeGroup).status).toBe("ACTIVE");
  });

  it("has the nodes of its node group, as kubelets and EKS register them", async () => {
    await makePlatform(cloud.engine, region);
    expect(cloud.plane.nodes.map(({ metadata }) => metadata.labels["topology.kubernetes.io/zone"]).sort()).toEqual([
      `${region}a`,
      `${region}b`,
    ]);
    const [node] = cloud.plane.nodes;
    expect(node!.metadata.labels).toMatchObject({
      "ai-platform/pool": "h100",
      "eks.amazonaws.com/nodegroup": "h100",
      "eks.amazonaws.com/capacityType": "ON_DEMAND",
      "node.kubernetes.io/instance-type": "p5.48xlarge",
      "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
    });
    expect(node!.spec.taints).toEqual([{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]);
    expect(node!.status.capacity).toMatchObject({ cpu: "192", memory: "2048Gi" });
  });

  it("changes its nodes with the node group, and loses them with it", async () => {
    const { nodeGroup, subnets, role } = await makePlatform(cloud.engine, region);
    const scalingConfig = { minSize: 1, desiredSize: 3, maxSize: 3 };
    const scaled = await cloud.engine.update(nodeGroup, nodeGroupInputs(subnets, role, { scalingConfig }));
    expect(cloud.plane.nodes).toHaveLength(3);
    await cloud.engine.delete(scaled);
    expect(cloud.plane.objects.size).toBe(0);
  });

  it("publishes the devices that the rehearsal says a pool has", async () => {
    cloud.write("given.json", { existing: [], devices: { h100: { owner: "device-plugin" } } });
    await makePlatform(cloud.engine, region);
    expect(cloud.plane.nodes[0]!.status.capacity["nvidia.com/gpu"]).toBe("8");
  });

  it("is made the same again in another folder", async () => {
    const ids = async (other: TestCloud) => {
      await makePlatform(other.engine, region);
      return other.objects().map(({ type, id }) => `${type} ${id}`);
    };
    const second = await testCloud("aws", configFor(region));
    try {
      expect(await ids(second)).toEqual(await ids(cloud));
    } finally {
      await second.stop();
    }
  });
});

describe("references", () => {
  it("must lead to something that is there", async () => {
    const { engine } = cloud;
    const { subnets } = await makeNetwork(engine, region);
    const role = await engine.create(tokens.role, "eks", { assumeRolePolicy: trust("eks.amazonaws.com") });
    expect(await failure(engine.create(tokens.subnet, "lost", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/20" }))).toBe(
      "creating Subnet lost: InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist",
    );
    expect(await failure(engine.create(tokens.nodeGroup, "lost", nodeGroupInputs(subnets, role)))).toBe(
      "creating NodeGroup lost: ResourceNotFoundException: No cluster found for name: ai.",
    );
    const absent = clusterInputs(subnets, role, { roleArn: `arn:aws:iam::${account}:role/nobody` });
    expect(await failure(engine.create(tokens.cluster, "ai", absent))).toContain("NoSuchEntity: The role with name");
    const keyArn = `arn:aws:kms:${region}:${account}:key/none`;
    const keyless = clusterInputs(subnets, role, {
      encryptionConfig: { provider: { keyArn }, resources: ["secrets"] },
    });
    expect(await failure(engine.create(tokens.cluster, "ai", keyless))).toBe(
      `creating Cluster ai: NotFoundException: Key '${keyArn}' does not exist`,
    );
    expect(cloud.objects().map(({ type }) => type)).not.toContain(tokens.cluster);
  });

  it("may lead to what the environment says to be there", async () => {
    const { engine } = cloud;
    const { subnets } = await makeNetwork(engine, region);
    const role = await engine.create(tokens.role, "eks", { assumeRolePolicy: trust("eks.amazonaws.com") });
    const accessConfig = { authenticationMode: "API" };
    await engine.create(tokens.cluster, "ai", clusterInputs(subnets, role, { accessConfig }));
    const principalArn = `arn:aws:iam::${account}:role/admin`;
    const entry = () => engine.create(tokens.accessEntry, "admin", { clusterName: "ai", principalArn });
    expect(await failure(entry())).toContain("NoSuchEntity");
    cloud.write("given.json", { existing: [principalArn], devices: {} });
    expect((await entry()).id).toBe(`ai:${principalArn}`);
  });

  it("keep within an account and region", async () => {
    const { vpc } = await makeNetwork(cloud.engine, region);
    const other = await cloud.another(configFor("eu-central-1"));
    expect(await failure(other.create(tokens.subnet, "far", { vpcId: vpc.id, cidrBlock: "10.0.64.0/20" }))).toContain(
      "InvalidVpcID.NotFound",
    );
  });

  it("keep what they lead to from being deleted", async () => {
    const { engine } = cloud;
    const { vpc, subnets, role, cluster, nodeGroup, key } = await makePlatform(engine, region);
    const policyArn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";
    const attached = await engine.create(tokens.rolePolicyAttachment, "cluster", { role: role.id, policyArn });
    expect(await failure(engine.delete(vpc))).toBe(
      `deleting Vpc main: DependencyViolation: The vpc '${vpc.id}' has dependencies and cannot be deleted.`,
    );
    expect(await failure(engine.delete(cluster))).toBe(
      "deleting Cluster ai: ResourceInUseException: Cluster has nodegroups attached",
    );
    expect(await failure(engine.delete(role))).toBe(
      "deleting Role eks: DeleteConflict: Cannot delete entity, must detach all policies first.",
    );
    for (const held of [nodeGroup, cluster, attached, role, ...subnets, vpc, key]) await engine.delete(held);
    expect(cloud.objects()).toEqual([]);
  });
});

describe("the cloud's own rules", () => {
  it("keep subnets within their VPC and apart", async () => {
    const { vpc } = await makeNetwork(cloud.engine, region);
    const subnet = (cidrBlock: string) => cloud.engine.create(tokens.subnet, "more", { vpcId: vpc.id, cidrBlock });
    expect(await failure(subnet("10.1.0.0/20"))).toContain("InvalidSubnet.Range: The CIDR '10.1.0.0/20' is invalid.");
    expect(await failure(subnet("10.0.8.0/21"))).toContain(
      "InvalidSubnet.Conflict: The CIDR '10.0.8.0/21' conflicts with another subnet",
    );
    expect(await failure(subnet("10.0.32.1/20"))).toContain("the range by its first address, 10.0.32.0/20");
  });

  it("keep names unique", async () => {
    const role = { name: "admin", assumeRolePolicy: trust("eks.amazonaws.com") };
    await cloud.engine.create(tokens.role, "one", role);
    expect(await failure(cloud.engine.create(tokens.role, "two", role))).toBe(
      "creating Role two: EntityAlreadyExists: Role with name admin already exists.",
    );
    const { subnets, role: own } = await makePlatform(cloud.engine, region);
    expect(await failure(cloud.engine.create(tokens.cluster, "again", clusterInputs(subnets, own)))).toContain(
      "ResourceInUseException: Cluster already exists with name: ai",
    );
  });

  it("want a cluster in two zones and of a version that EKS has", async () => {
    const { subnets } = await makeNetwork(cloud.engine, region, ["a", "b"]);
    const role = await cloud.engine.create(tokens.role, "eks", { assumeRolePolicy: trust("eks.amazonaws.com") });
    expect(await failure(cloud.engine.create(tokens.cluster, "ai", clusterInputs(subnets.slice(1), role)))).toContain(
      "Subnets specified must be in at least two different AZs",
    );
    expect(
      await failure(cloud.engine.create(tokens.cluster, "ai", clusterInputs(subnets, role, { version: "1.12" }))),
    ).toContain("unsupported Kubernetes version 1.12");
  });

  it("want machines that the region has, a cluster that is active, and sizes in order", async () => {
    const { subnets, role } = await makePlatform(cloud.engine, region);
    const more = (inputs: object) =>
      failure(
        cloud.engine.create(
          tokens.nodeGroup,
          "more",
          nodeGroupInputs(subnets, role, { nodeGroupName: "more", ...inputs }),
        ),
      );
    expect(await more({ instanceTypes: ["p6-b300.48xlarge"] })).toContain(
      "InvalidParameterException: The following supplied instance types do not exist: [p6-b300.48xlarge]",
    );
    expect(await more({ scalingConfig: { minSize: 3, desiredSize: 2, maxSize: 3 } })).toContain(
      "Minimum capacity 3 can't be greater than desired size 2",
    );
    cloud.edit((objects) => {
      objects.find(({ type }) => type === tokens.cluster)!.state.status = "UPDATING";
    });
    expect(await more({})).toContain("Cluster 'ai' is not in ACTIVE status");
  });

  it("want access entries before policies, and entries that the cluster takes", async () => {
    const { engine } = cloud;
    const { role } = await makePlatform(engine, region);
    const principalArn = plain(role).arn;
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
    const inputs = { clusterName: "ai", principalArn, policyArn, accessScope: { type: "cluster" } };
    expect(
      await failure(engine.create("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "x", inputs)),
    ).toContain("The specified principalArn could not be found");
    expect(await failure(engine.create(tokens.accessEntry, "x", { clusterName: "ai", principalArn }))).toContain(
      "authentication mode must be set to one of [API, API_AND_CONFIG_MAP]",
    );
  });

  it("keep an internet gateway while addresses are mapped through it", async () => {
    const { engine } = cloud;
    const { vpc, subnets } = await makeNetwork(engine, region);
    const natInputs = async () => ({
      allocationId: (await engine.create(tokens.eip, "nat", {})).id,
      subnetId: subnets[0]!.id,
    });
    const inputs = await natInputs();
    expect(await failure(engine.create(tokens.natGateway, "nat", inputs))).toContain(
      "has no Internet gateway attached",
    );
    const gateway = await engine.create(tokens.internetGateway, "out", { vpcId: vpc.id });
    const nat = await engine.create(tokens.natGateway, "nat", inputs);
    expect(plain(nat).publicIp).toMatch(/^203\.0\.113\./);
    expect(await failure(engine.delete(gateway))).toContain("has some mapped public address(es)");
    await engine.delete(nat);
    await engine.delete(gateway);
  });
});
