import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CallError, failure, plain } from "../testing";
import { clusterInputs, configFor, makeNetwork, makePlatform, nodeGroupInputs, trust } from "./aws/testing";
import { tokens } from "./aws/tokens";
import { leftInCloud } from "./left";
import { type TestCloud, testCloud } from "./testing";

const region = "eu-north-1";
const vpc = { cidrBlock: "10.0.0.0/16" };
let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("aws", configFor(region));
});
afterEach(() => cloud.stop());

const fault = (more: object) =>
  cloud.write("faults.json", [{ provider: "aws", type: tokens.vpc, operation: "create", ...more }]);

describe("faults", () => {
  it("fail in the cloud's own words, as often as they say, and leave nothing behind", async () => {
    fault({ fault: "quota", times: 1 });
    expect(await failure(cloud.engine.create(tokens.vpc, "main", vpc))).toBe(
      "creating Vpc main: VpcLimitExceeded: The maximum number of VPCs has been reached.",
    );
    expect(await leftInCloud(cloud)).toEqual([]);
    expect((await cloud.engine.create(tokens.vpc, "main", vpc)).id).toMatch(/^vpc-/);
  });

  it("strike the named resource and operation only", async () => {
    fault({ fault: "capacity", name: "main" });
    const other = await cloud.engine.create(tokens.vpc, "other", vpc);
    expect(await failure(cloud.engine.create(tokens.vpc, "main", vpc))).toContain("InsufficientInstanceCapacity");
    fault({ fault: "quota", operation: "delete" });
    await cloud.engine.create(tokens.vpc, "main", vpc);
    expect(await failure(cloud.engine.delete(other))).toContain("deleting Vpc other: VpcLimitExceeded");
  });

  it("pass by themselves where the client retries", async () => {
    fault({ fault: "throttling", times: 3 });
    expect((await cloud.engine.create(tokens.vpc, "main", vpc)).id).toMatch(/^vpc-/);
    fault({ fault: "throttling", times: 100 });
    expect(await failure(cloud.engine.create(tokens.vpc, "more", vpc))).toContain(
      "exceeded maximum number of attempts, 25, RequestLimitExceeded: Request limit exceeded.",
    );
  });

  it("take time, and end with the update", async () => {
    fault({ fault: "slow", seconds: 0.1 });
    await cloud.engine.create(tokens.vpc, "main", vpc);
    fault({ fault: "slow", seconds: 600 });
    const waiting = failure(cloud.engine.create(tokens.vpc, "more", vpc));
    await cloud.engine.cancel();
    expect(await waiting).toBe("the update was cancelled");
  });

  it("leave a node group behind that has no nodes, which the next update brings up", async () => {
    const { engine } = cloud;
    const { subnets } = await makeNetwork(engine, region);
    const role = await engine.create(tokens.role, "eks", { assumeRolePolicy: trust("eks.amazonaws.com") });
    await engine.create(tokens.cluster, "ai", clusterInputs(subnets, role));
    fault({ type: tokens.nodeGroup, fault: "capacity", times: 1 });
    const inputs = nodeGroupInputs(subnets, role);
    const error: CallError = await engine.create(tokens.nodeGroup, "h100", inputs).catch((thrown) => thrown);
    expect(error.init).toMatchObject({ id: "ai:h100", outputs: { status: "CREATE_FAILED" } });
    expect(error.init!.reasons[0]).toContain(
      "InsufficientInstanceCapacity - We currently do not have sufficient p5.48xlarge capacity",
    );
    expect(cloud.plane.nodes).toEqual([]);
    const urn = engine.urn(tokens.nodeGroup, "h100");
    const held = { urn, id: "ai:h100", inputs, outputs: error.init!.outputs };
    expect(plain(await engine.update(held, inputs)).status).toBe("ACTIVE");
    expect(cloud.plane.nodes).toHaveLength(2);
  });

  it("are refused when they name what is not known", async () => {
    const refused = async (entry: unknown) => {
      cloud.write("faults.json", entry);
      return failure(cloud.engine.create(tokens.vpc, "main", vpc));
    };
    const good = { provider: "aws", type: tokens.vpc, operation: "create", fault: "quota" };
    expect(await refused([{ ...good, fault: "fire" }])).toContain("faults.json: entry 0.fault:");
    expect(await refused([good, { ...good, often: 1 }])).toContain('faults.json: entry 1: Unrecognized key: "often"');
    expect(await refused([{ ...good, type: "aws:s3/bucket:Bucket" }])).toContain(
      "entry 0.type: the simulated aws provider does not know aws:s3/bucket:Bucket",
    );
    expect(await refused({ good })).toContain("faults.json:");
  });
});

describe("nodes that do not come up", () => {
  it("leave the node group recorded, and one that could not be emptied is not gone", async () => {
    const { engine } = cloud;
    const { nodeGroup, subnets, role } = await makePlatform(engine, region);
    cloud.plane.failure = new Error("the API server is away");
    const scalingConfig = { minSize: 3, desiredSize: 3, maxSize: 3 };
    const error: CallError = await engine
      .update(nodeGroup, nodeGroupInputs(subnets, role, { scalingConfig }))
      .catch((thrown) => thrown);
    expect(error.init?.reasons).toEqual(["its nodes did not come up: the API server is away"]);
    expect(await leftInCloud(cloud)).toContain(`${tokens.nodeGroup} ai:h100`);
  });
});
