import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Properties, unknown } from "../../kubernetes/values";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import { config, enable, makeNetwork, project, region, subnetworkInputs, tokens } from "./testing";

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("gcp", config);
});
afterEach(() => cloud.stop());

const compute = "https://www.googleapis.com/compute/v1";
const create = (type: string, name: string, inputs: object) => cloud.engine.create(type, name, inputs as never);

describe("a network", () => {
  it("comes up with ids and links in Google's shapes", async () => {
    const { network, subnetwork } = await makeNetwork(cloud.engine);
    expect(network.id).toBe(`projects/${project}/global/networks/main`);
    expect(plain(network)).toMatchObject({
      project,
      selfLink: `${compute}/${network.id}`,
      numericId: expect.stringMatching(/^[1-9]\d{18}$/),
      deletionPolicy: "DELETE",
    });
    expect(subnetwork.id).toBe(`projects/${project}/regions/${region}/subnetworks/nodes`);
    expect(plain(subnetwork)).toMatchObject({
      region,
      gatewayAddress: "10.64.0.1",
      selfLink: `${compute}/${subnetwork.id}`,
      privateIpGoogleAccess: false,
    });
  });

  it("needs its API first", async () => {
    await enable(cloud.engine, ["container"]);
    expect(await failure(create(tokens.Network, "main", {}))).toMatch(
      /^creating Network main: googleapi: Error 403: Compute Engine API has not been used in project acme-ai before/,
    );
  });

  it("is named after its resource when it has no name, and once only in a project", async () => {
    await enable(cloud.engine);
    const network = await create(tokens.Network, "main", {});
    expect(plain(network).name).toMatch(/^main-[0-9a-f]{7}$/);
    await create(tokens.Network, "one", { name: "taken" });
    expect(await failure(create(tokens.Network, "two", { name: "taken" }))).toContain(
      `googleapi: Error 409: The resource 'projects/${project}/global/networks/taken' already exists, alreadyExists`,
    );
  });

  it("is refused with a name that is none", async () => {
    expect(await failure(create(tokens.Network, "main", { name: "Main" }))).toMatch(
      /name: "name" \("Main"\) doesn't match regexp/,
    );
  });

  it("cannot go while something is in it", async () => {
    const { network, subnetwork } = await makeNetwork(cloud.engine);
    expect(await failure(cloud.engine.delete(network))).toContain(
      `The network resource '${network.id}' is already being used by '${subnetwork.id}', resourceInUseByAnotherResource`,
    );
    await cloud.engine.delete(subnetwork);
    await cloud.engine.delete(network);
    expect(cloud.objects().filter(({ type }) => type === tokens.Network)).toEqual([]);
  });

  it("is protected by its deletion policy", async () => {
    await enable(cloud.engine);
    const inputs = { name: "main", deletionPolicy: "PREVENT" };
    const network = await create(tokens.Network, "main", inputs);
    expect(await failure(cloud.engine.delete(network))).toMatch(
      /cannot destroy "projects\/acme-ai\/global\/networks\/main" without setting deletion_policy="DELETE"/,
    );
    await cloud.engine.delete(await cloud.engine.update(network, { ...inputs, deletionPolicy: "DELETE" }));
  });

  it("is made anew for what cannot change", async () => {
    await enable(cloud.engine);
    const network = await create(tokens.Network, "main", { name: "main", autoCreateSubnetworks: false });
    const diff = (inputs: object) => cloud.engine.diff(network, inputs as never);
    expect((await diff({ name: "main", autoCreateSubnetworks: true })).replaces).toEqual(["autoCreateSubnetworks"]);
    expect((await diff({ name: "main", autoCreateSubnetworks: false, mtu: 8896 })).replaces).toEqual([]);
  });
});

describe("a subnetwork", () => {
  it("needs a network that is there", async () => {
    await enable(cloud.engine);
    const inputs = { name: "nodes", network: "main", ipCidrRange: "10.0.0.0/20" };
    expect(await failure(create(tokens.Subnetwork, "nodes", inputs))).toContain(
      `googleapi: Error 404: The resource 'projects/${project}/global/networks/main' was not found, notFound`,
    );
  });

  it("takes its network by id, self link or name", async () => {
    const { network } = await makeNetwork(cloud.engine);
    for (const [index, by] of [network.id, plain(network).selfLink, "main"].entries()) {
      const inputs = { name: `more-${index}`, network: by, ipCidrRange: `10.0.${index}.0/24` };
      await create(tokens.Subnetwork, `more-${index}`, inputs);
    }
  });

  it.each([
    ["another's primary range", { ipCidrRange: "10.64.8.0/24" }, "ipCidrRange", "10.64.8.0/24"],
    ["another's secondary range", { ipCidrRange: "10.69.0.0/24" }, "ipCidrRange", "10.69.0.0/24"],
    [
      "its own range",
      {
        ipCidrRange: "10.1.0.0/24",
        secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.1.0.0/16" }],
      },
      "secondaryIpRanges[0].ipCidrRange",
      "10.1.0.0/16",
    ],
  ])("cannot overlap with %s", async (_, ranges, field, range) => {
    const { network } = await makeNetwork(cloud.engine);
    const inputs = { name: "more", network: network.id, ...ranges };
    const message = await failure(create(tokens.Subnetwork, "more", inputs));
    expect(message).toContain(`Invalid value for field 'resource.${field}': '${range}'`);
    expect(message).toMatch(/conflicts with existing subnetwork '(nodes|more)' in region 'europe-west4'/);
  });

  it("may have the ranges of a subnetwork in another network", async () => {
    await makeNetwork(cloud.engine);
    const other = await create(tokens.Network, "other", { name: "other" });
    await create(tokens.Subnetwork, "other", subnetworkInputs(other, { name: "other" }));
  });

  it("grows, and does not shrink", async () => {
    const { network, subnetwork } = await makeNetwork(cloud.engine);
    const smaller = subnetworkInputs(network, { ipCidrRange: "10.64.0.0/24" });
    expect(await failure(cloud.engine.update(subnetwork, smaller))).toMatch(/can only grow/);
    const larger = subnetworkInputs(network, { ipCidrRange: "10.64.0.0/19" });
    expect(plain(await cloud.engine.update(subnetwork, larger)).ipCidrRange).toBe("10.64.0.0/19");
  });

  it("is refused with a range that is none, at preview already", async () => {
    const { network } = await makeNetwork(cloud.engine);
    const inputs = subnetworkInputs(network, { name: "more", ipCidrRange: "10.0.0.1/24" });
    const message = await failure(cloud.engine.create(tokens.Subnetwork, "more", inputs, true));
    expect(message).toMatch(/^ipCidrRange: expected an IPv4 range by its first address/);
  });
});

describe("a preview", () => {
  it("takes what is not known yet", async () => {
    const preview = (type: string, inputs: Properties) => cloud.engine.create(type, "new", inputs, true);
    const subnetwork = await preview(tokens.Subnetwork, {
      network: unknown,
      ipCidrRange: unknown,
      secondaryIpRanges: unknown,
    });
    expect(subnetwork.outputs.selfLink).toBe(unknown);
    await preview(tokens.RouterNat, { router: unknown, sourceSubnetworkIpRangesToNat: unknown, subnetworks: unknown });
    await preview(tokens.Firewall, { network: unknown, allows: unknown, sourceRanges: unknown, direction: unknown });
    await preview(tokens.Cluster, { name: unknown, location: unknown, subnetwork: unknown, resourceLabels: unknown });
    await preview(tokens.NodePool, { cluster: unknown, autoscaling: unknown, nodeCount: unknown, nodeConfig: unknown });
    await preview(tokens.CryptoKey, { keyRing: unknown, rotationPeriod: unknown, labels: unknown });
    await preview(tokens.KeyMember, { cryptoKeyId: unknown, role: unknown, member: unknown });
    await preview(tokens.ProjectMember, { project: unknown, role: unknown, member: unknown });
    await preview(tokens.Policy, { defaultAdmissionRule: unknown, clusterAdmissionRules: unknown });
    await preview(tokens.RecordSet, { managedZone: unknown, name: unknown, type: unknown, rrdatas: unknown });
    await preview(tokens.Workload, {
      organization: unknown,
      location: unknown,
      displayName: unknown,
      complianceRegime: unknown,
      resourceSettings: unknown,
    });
  });
});

describe("what stands around a subnetwork", () => {
  it("is a router with address translation, which holds the subnetwork", async () => {
    const { network, subnetwork } = await makeNetwork(cloud.engine);
    await create(tokens.Router, "router", { name: "ai", network: network.id, region });
    const inputs = {
      name: "ai",
      router: "ai",
      region,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: subnetwork.id, sourceIpRangesToNats: ["PRIMARY_IP_RANGE"] }],
    };
    const nat = await create(tokens.RouterNat, "nat", inputs);
    expect(nat.id).toBe(`${project}/${region}/ai/ai`);
    expect(await failure(cloud.engine.delete(subnetwork))).toContain(`already being used by '${nat.id}'`);
    expect(await failure(create(tokens.RouterNat, "again", inputs))).toContain(
      "Unable to create RouterNat, existing object already found: ai",
    );
    expect(await failure(create(tokens.RouterNat, "lost", { ...inputs, router: "gone" }))).toContain(
      `The resource 'projects/${project}/regions/${region}/routers/gone' was not found`,
    );
    const { subnetworks: _, ...none } = inputs;
    expect(await failure(create(tokens.RouterNat, "none", none))).toMatch(/^subnetworks: a list of subnetworks/);
    const all = { ...none, name: "all", sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES" };
    expect(await failure(create(tokens.RouterNat, "all", all))).toMatch(/Router ai has the NAT 'ai'/);
  });

  it("are firewall rules that do one thing on one side", async () => {
    const { network } = await makeNetwork(cloud.engine);
    const rule = (more: object) => create(tokens.Firewall, "rule", { name: "rule", network: network.id, ...more });
    const refusal = async (more: object) => await failure(rule(more));
    const denies = [{ protocol: "all" }];
    expect(await refusal({ direction: "EGRESS" })).toMatch(/^allows: exactly one of allows and denies/);
    expect(await refusal({ denies })).toMatch(/^sourceRanges: one of source_tags, source_ranges/);
    expect(await refusal({ denies, direction: "EGRESS", sourceTags: ["a"] })).toMatch(
      /^sourceTags: a rule of direction/,
    );
    expect(plain(await rule({ denies, sourceRanges: ["0.0.0.0/0"] }))).toMatchObject({
      direction: "INGRESS",
      priority: 1000,
      enableLogging: false,
    });
  });

  it("are found again in another region by their region alone", async () => {
    const { network } = await makeNetwork(cloud.engine);
    const there = { name: "ai", network: network.id, region: "europe-west1" };
    const here = await create(tokens.Router, "here", { ...there, region });
    const router = await create(tokens.Router, "there", there);
    const only = await create(tokens.Router, "only", { ...there, name: "only" });
    const sourceSubnetworkIpRangesToNat = "ALL_SUBNETWORKS_ALL_IP_RANGES";
    expect(
      await failure(
        create(tokens.RouterNat, "nat", { name: "nat", router: "only", region, sourceSubnetworkIpRangesToNat }),
      ),
    ).toContain("routers/only' was not found");
    await cloud.engine.delete(only);
    expect(router.id).toBe(`projects/${project}/regions/europe-west1/routers/ai`);
    expect((await cloud.engine.refresh(router)).id).toBe(router.id);
    await cloud.engine.delete(router);
    expect((await cloud.engine.refresh(router)).id).toBe("");
    expect((await cloud.engine.refresh(here)).id).toBe(here.id);
  });
});

describe("the place of a resource", () => {
  it("has to be known from the resource or the provider", async () => {
    const nowhere = await cloud.another({});
    expect(await failure(nowhere.create(tokens.Network, "main", {}))).toMatch(
      /^project: project: required field is not set/,
    );
    expect(await failure(nowhere.create(tokens.Router, "main", { project, network: "main" }))).toMatch(
      /^region: Cannot determine region/,
    );
  });

  it("decides labels with the provider", async () => {
    const labelled = await cloud.another({ ...config, defaultLabels: JSON.stringify({ stack: "prod" }) });
    await enable(labelled);
    const inputs = { name: "zone", dnsName: "example.org.", labels: { team: "search" } };
    const zone = plain(await labelled.create(tokens.ManagedZone, "zone", inputs));
    expect(zone.effectiveLabels).toEqual({ stack: "prod", team: "search", "goog-pulumi-provisioned": "true" });
    expect(zone.labels).toEqual({ team: "search" });
  });

  it("is refused in a universe that the catalog does not know", async () => {
    expect(await cloud.engine.checkConfig({ universeDomain: "example.com" })).toEqual([
      { property: "universeDomain", reason: expect.stringMatching(/"example\.com" is no universe.*s3nsapis\.fr/) },
    ]);
    expect(await cloud.engine.checkConfig({ universeDomain: "s3nsapis.fr", project, region })).toEqual([]);
  });
});

describe("another universe", () => {
  it("has names of its own throughout", async () => {
    const s3ns = await cloud.another({
      project: "s3ns:acme-ai",
      region: "u-france-east1",
      universeDomain: "s3nsapis.fr",
    });
    await enable(s3ns);
    const network = await s3ns.create(tokens.Network, "main", { name: "main" });
    expect(network.id).toBe("projects/s3ns:acme-ai/global/networks/main");
    expect(plain(network).selfLink).toBe(`https://www.s3nsapis.fr/compute/v1/${network.id}`);
    const account = plain(await s3ns.create(tokens.Account, "nodes", { accountId: "nodes-of-ai" }));
    expect(account.email).toBe("nodes-of-ai@acme-ai.s3ns.iam.gserviceaccount.com");
  });
});
