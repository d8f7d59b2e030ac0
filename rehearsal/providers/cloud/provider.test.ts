import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Properties, reveal, Secret, Unknown, unknown } from "../kubernetes/values";
import { failure, plain } from "../testing";
import { clusterInputs, configFor, makeNetwork, makePlatform, nodeGroupInputs, trust } from "./aws/testing";
import { tokens } from "./aws/tokens";
import { leftInCloud } from "./left";
import { type TestCloud, testCloud } from "./testing";

const region = "eu-north-1";
let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("aws", configFor(region));
});
afterEach(() => cloud.stop());

const check = (type: string, inputs: Properties) => failure(cloud.engine.create(type, "x", inputs));

describe("configuration", () => {
  it("needs a region of a partition and the account", async () => {
    expect(await cloud.engine.checkConfig({ region: "mars-1", allowedAccountIds: '["123456789012"]' })).toEqual([
      { property: "region", reason: '"mars-1" is no region of any AWS partition' },
    ]);
    expect((await cloud.engine.checkConfig({ region }))[0]).toMatchObject({ property: "allowedAccountIds" });
    expect(await cloud.engine.checkConfig({ region: unknown })).toEqual([]);
  });

  it("refuses types that the cloud does not know, and names those that it knows", async () => {
    const message = await check("aws:s3/bucket:Bucket", {});
    expect(message).toContain("the simulated aws provider does not know aws:s3/bucket:Bucket");
    expect(message).toContain("aws:eks/cluster:Cluster");
  });
});

describe("inputs", () => {
  it("must be fields that the SDK declares", async () => {
    expect(await check(tokens.vpc, { cidrBlok: "10.0.0.0/16" })).toBe(
      'cidrBlok: aws:ec2/vpc:Vpc has no field "cidrBlok"; did you mean "cidrBlock"?',
    );
    const vpcConfig = { subnetIds: ["subnet-1"], privateAccess: true };
    expect(await check(tokens.cluster, { name: "ai", roleArn: "a", vpcConfig })).toMatch(
      /^vpcConfig\.privateAccess: eks\.ClusterVpcConfig has no field "privateAccess"/,
    );
  });

  it("must be there if they are required", async () => {
    expect(await check(tokens.nodeGroup, { clusterName: "ai", nodeRoleArn: "a", subnetIds: [] })).toBe(
      'scalingConfig: aws:eks/nodeGroup:NodeGroup needs "scalingConfig", an object eks.NodeGroupScalingConfig, and it is missing',
    );
    expect(await check(tokens.subnet, { vpcId: null })).toContain('needs "vpcId"');
  });

  it("must be of the declared type, and a wrong one is not quoted", async () => {
    expect(await check(tokens.vpc, { enableDnsSupport: "swordfish" })).toBe(
      "enableDnsSupport: expected true or false, not text",
    );
    expect(await check(tokens.vpc, { tags: { a: 1 } })).toBe("tags.a: expected text, not 1");
    expect(await check(tokens.launchTemplate, { blockDeviceMappings: [{ ebs: { volumeSize: "big" } }] })).toBe(
      "blockDeviceMappings[0].ebs.volumeSize: expected a number, not text",
    );
  });

  it("pass as long as they are unknown or secret", async () => {
    const urn = cloud.engine.urn(tokens.nodeGroup, "x");
    const inputs = {
      clusterName: unknown,
      nodeRoleArn: new Secret(unknown),
      subnetIds: unknown,
      scalingConfig: unknown,
    };
    expect(await cloud.engine.check(urn, inputs)).toMatchObject({ clusterName: unknown });
  });

  it("become JSON where a document was written as an object", async () => {
    const document = { Version: "2012-10-17", Statement: [] };
    const role = await cloud.engine.create(tokens.role, "x", { assumeRolePolicy: document });
    expect(plain(role).assumeRolePolicy).toBe('{"Statement":[],"Version":"2012-10-17"}');
  });

  it("name what the program left nameless, and keep the name", async () => {
    const urn = cloud.engine.urn(tokens.role, "x");
    const named = await cloud.engine.check(urn, { assumeRolePolicy: "{}" });
    expect(named.name).toMatch(/^x-[0-9a-f]{7}$/);
    expect(named.__defaults).toEqual(["name"]);
    const again = await cloud.engine.check(urn, { assumeRolePolicy: "{}" }, { ...named, name: "kept" });
    expect(again.name).toBe("kept");
  });
});

describe("previews", () => {
  it("show what is known, and leave open what the cloud will fill", async () => {
    const { outputs } = await cloud.engine.create(tokens.vpc, "main", { cidrBlock: "10.0.0.0/16" }, true);
    expect(outputs).toMatchObject({ cidrBlock: "10.0.0.0/16", region });
    expect(outputs.arn).toBeInstanceOf(Unknown);
    expect(outputs).not.toHaveProperty("ipv4IpamPoolId");
    const inputs = { name: "ai", roleArn: "a", vpcConfig: { subnetIds: unknown } };
    const cluster = await cloud.engine.create(tokens.cluster, "ai", inputs, true);
    expect(cluster.outputs.vpcConfig).toMatchObject({ clusterSecurityGroupId: unknown, vpcId: unknown });
    expect(cluster.outputs.certificateAuthority).toBeInstanceOf(Unknown);
    expect(await leftInCloud(cloud)).toEqual([]);
  });

  it("of updates keep what is there", async () => {
    const { cluster, subnets, role } = await makePlatform(cloud.engine, region);
    const { outputs } = await cloud.engine.update(
      cluster,
      clusterInputs(subnets, role, { enabledClusterLogTypes: ["audit"] }),
      true,
    );
    expect(reveal(outputs)).toMatchObject({
      endpoint: cloud.plane.endpoint,
      enabledClusterLogTypes: ["audit"],
      vpcConfig: { clusterSecurityGroupId: plain(cluster).vpcConfig.clusterSecurityGroupId },
    });
  });
});

describe("differences", () => {
  it("replace where the provider does, and update elsewhere", async () => {
    const { engine } = cloud;
    const { subnets, role, nodeGroup } = await makePlatform(engine, region);
    const changed = (more: Properties) => engine.diff(nodeGroup, nodeGroupInputs(subnets, role, more));
    expect(await changed({})).toMatchObject({ changed: false, replaces: [] });
    expect(await changed({ labels: { "ai-platform/pool": "other" } })).toMatchObject({ changed: true, replaces: [] });
    expect(await changed({ instanceTypes: ["m7i.xlarge"] })).toMatchObject({
      replaces: ["instanceTypes[0]"],
      deleteBeforeReplace: true,
      detailed: { "instanceTypes[0]": "UPDATE_REPLACE" },
    });
    const renamed = await changed({ nodeGroupName: "new" });
    expect(renamed).toMatchObject({ replaces: ["nodeGroupName"], deleteBeforeReplace: false });
  });

  it("are none for what the program leaves to the cloud", async () => {
    const vpc = await cloud.engine.create(tokens.vpc, "main", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
    expect((await cloud.engine.diff(vpc, { cidrBlock: "10.0.0.0/16" })).changed).toBe(false);
    expect((await cloud.engine.diff(vpc, { cidrBlock: "10.0.0.0/16", enableDnsHostnames: false })).changed).toBe(true);
  });
});

describe("drift", () => {
  it("is found by a refresh and put right by an update", async () => {
    const { engine } = cloud;
    const inputs = { cidrBlock: "10.0.0.0/16", tags: { owner: "platform" } };
    const vpc = await engine.create(tokens.vpc, "main", inputs);
    expect(await engine.refresh(vpc)).toEqual(vpc);
    cloud.edit(([object]) => {
      object!.state.tags = { owner: "somebody", extra: "x" };
      object!.state.enableDnsSupport = false;
    });
    const drifted = await engine.refresh(vpc);
    expect(drifted.inputs).toEqual({
      cidrBlock: "10.0.0.0/16",
      tags: { owner: "somebody", extra: "x" },
      enableDnsSupport: false,
    });
    expect((await engine.diff(drifted, inputs)).detailed).toEqual({
      "tags.owner": "UPDATE",
      "tags.extra": "DELETE",
      enableDnsSupport: "DELETE",
    });
    expect(plain(await engine.update(drifted, inputs))).toMatchObject({ tags: inputs.tags, enableDnsSupport: true });
  });

  it("is a resource that is gone", async () => {
    const vpc = await cloud.engine.create(tokens.vpc, "main", { cidrBlock: "10.0.0.0/16" });
    cloud.edit((objects) => objects.splice(0));
    expect((await cloud.engine.refresh(vpc)).id).toBe("");
    expect(await failure(cloud.engine.update(vpc, { cidrBlock: "10.0.0.0/16" }))).toContain("is not there any more");
    await cloud.engine.delete(vpc);
  });
});

describe("imports", () => {
  it("give inputs and outputs by id", async () => {
    const { engine } = cloud;
    const { cluster, nodeGroup, vpc, subnets, role } = await makePlatform(engine, region);
    for (const held of [cluster, nodeGroup, vpc]) {
      const type = held.urn.split("::")[2]!;
      expect(await engine.import(type, "found", held.id)).toMatchObject({
        id: held.id,
        inputs: held.inputs,
        outputs: held.outputs,
      });
    }
    const imported = await engine.import(tokens.nodeGroup, "found", nodeGroup.id);
    expect((await engine.diff(imported, nodeGroupInputs(subnets, role))).changed).toBe(false);
    expect((await engine.import(tokens.vpc, "found", "vpc-1")).id).toBe("");
  });

  it("know some by another name than their id", async () => {
    const { engine } = cloud;
    const { vpc, subnets } = await makeNetwork(engine, region);
    const table = await engine.create(tokens.routeTable, "private", { vpcId: vpc.id });
    const inputs = { routeTableId: table.id, subnetId: subnets[0]!.id };
    const type = "aws:ec2/routeTableAssociation:RouteTableAssociation";
    const held = await engine.create(type, "a", inputs);
    expect((await engine.import(type, "a", `${inputs.subnetId}/${table.id}`)).id).toBe(held.id);
  });

  it("take what a tool put into the world", async () => {
    await makeNetwork(cloud.engine, region);
    cloud.edit((objects) => {
      const [{ scope }] = objects as unknown as [{ scope: string }];
      const made = { type: tokens.vpc, id: "vpc-by-hand", scope, state: { cidrBlock: "10.9.0.0/16", arn: "arn:x" } };
      objects.push(made);
    });
    const found = await cloud.engine.import(tokens.vpc, "old", "vpc-by-hand");
    expect(found.inputs).toEqual({ cidrBlock: "10.9.0.0/16" });
  });
});

describe("secrets", () => {
  it("come back secret wherever they turn up", async () => {
    const inputs = { assumeRolePolicy: new Secret(trust("eks.amazonaws.com")), name: new Secret("hidden") };
    const role = await cloud.engine.create(tokens.role, "x", inputs);
    expect(role.outputs.assumeRolePolicy).toBeInstanceOf(Secret);
    expect(role.outputs.name).toBeInstanceOf(Secret);
    expect((await cloud.engine.refresh(role)).inputs.name).toEqual(new Secret("hidden"));
    expect(role.outputs.path).toBe("/");
  });
});

describe("the world", () => {
  it("outlives the provider and is shared by its processes", async () => {
    const other = await cloud.another(configFor("eu-central-1"));
    await Promise.all(
      [cloud.engine, other].flatMap((engine) =>
        Array.from({ length: 10 }, (_, index) =>
          engine.create(tokens.vpc, `main-${index}`, { cidrBlock: `10.${index}.0.0/16` }),
        ),
      ),
    );
    expect(await leftInCloud(cloud)).toHaveLength(20);
  });

  it("says what is wrong with it", async () => {
    cloud.write("aws.json", { objects: [{ id: "vpc-1" }] });
    expect(await check(tokens.vpc, { cidrBlock: "10.0.0.0/16" })).toContain("an object (id vpc-1) needs its type");
  });
});
