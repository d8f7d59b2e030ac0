import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Properties } from "../../kubernetes/values";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import {
  clusterInputs,
  config,
  keyUser,
  makeCluster,
  makeKey,
  makeNetwork,
  nodePoolInputs,
  project,
  region,
  subnetworkInputs,
  tokens,
} from "./testing";

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("gcp", config);
});
afterEach(() => cloud.stop());

const create = (type: string, name: string, inputs: Properties) => cloud.engine.create(type, name, inputs);

describe("a GKE cluster", () => {
  it("answers with the rehearsal's control plane, whichever address is taken", async () => {
    const { cluster } = await makeCluster(cloud.engine);
    const endpoint = new URL(cloud.plane.endpoint).host;
    expect(cluster.id).toBe(`projects/${project}/locations/${region}/clusters/ai`);
    expect(plain(cluster)).toMatchObject({
      endpoint,
      masterAuth: { clusterCaCertificate: cloud.plane.certificateAuthority },
      privateClusterConfig: { enablePrivateNodes: true, privateEndpoint: endpoint, publicEndpoint: endpoint },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint } },
      masterVersion: expect.stringMatching(/^1\.36\.\d+-gke\.\d+$/),
      nodeLocations: [`${region}-a`, `${region}-b`, `${region}-c`],
      clusterIpv4Cidr: "10.68.0.0/14",
      servicesIpv4Cidr: "10.65.0.0/20",
      selfLink: `https://container.googleapis.com/v1/${cluster.id}`,
      deletionProtection: false,
    });
    // Without a default pool it has no nodes.
    expect(cloud.plane.nodes).toEqual([]);
  });

  it("leaves open in a preview what only GKE can tell, and keeps it over a later one", async () => {
    const network = await makeNetwork(cloud.engine);
    const preview = await cloud.engine.create(tokens.Cluster, "ai", clusterInputs(network), true);
    expect(plain(preview).endpoint).toMatchObject({});
    expect(plain(preview).name).toBe("ai");
    const made = await create(tokens.Cluster, "ai", clusterInputs(network));
    const changed = await cloud.engine.update(made, clusterInputs(network, { enableShieldedNodes: false }), true);
    expect(plain(changed).endpoint).toBe(plain(made).endpoint);
  });

  it("has the zones that the region has", async () => {
    const { network } = await makeNetwork(cloud.engine);
    const there = { name: "there", region: "europe-west1", ipCidrRange: "10.0.0.0/20", secondaryIpRanges: [] };
    const subnetwork = await create(tokens.Subnetwork, "there", subnetworkInputs(network, there));
    const { ipAllocationPolicy: _, ...inputs } = clusterInputs({ network, subnetwork }, { location: "europe-west1" });
    expect(plain(await create(tokens.Cluster, "there", inputs)).nodeLocations).toEqual(
      ["b", "c", "d"].map((letter) => `europe-west1-${letter}`),
    );
  });

  it("cannot be deleted while it is protected, as it is unless it says otherwise", async () => {
    const network = await makeNetwork(cloud.engine);
    const { deletionProtection: _, ...inputs } = clusterInputs(network);
    const cluster = await create(tokens.Cluster, "ai", inputs);
    expect(await failure(cloud.engine.delete(cluster))).toMatch(
      /^deleting Cluster ai: Cannot destroy cluster because deletion_protection is set to true\./,
    );
    await cloud.engine.delete(await cloud.engine.update(cluster, { ...inputs, deletionProtection: false }));
    expect(cloud.objects().filter(({ type }) => type === tokens.Cluster)).toEqual([]);
  });

  it("holds its network and subnetwork", async () => {
    const { subnetwork, cluster } = await makeCluster(cloud.engine);
    expect(await failure(cloud.engine.delete(subnetwork))).toContain(
      `The subnetwork resource '${subnetwork.id}' is already being used by '${cluster.id}'`,
    );
  });

  it("is made anew for another network, and upgraded in place", async () => {
    const network = await makeNetwork(cloud.engine);
    const cluster = await create(tokens.Cluster, "ai", clusterInputs(network));
    const diff = (more: Properties) => cloud.engine.diff(cluster, clusterInputs(network, more));
    expect(await diff({ datapathProvider: "ADVANCED_DATAPATH" })).toMatchObject({
      replaces: ["datapathProvider"],
      // Its name is in the way.
      deleteBeforeReplace: true,
    });
    expect((await diff({ minMasterVersion: "1.35" })).replaces).toEqual([]);
  });

  it("goes up one minor version at a time, and never down", async () => {
    const network = await makeNetwork(cloud.engine);
    const at = (minMasterVersion: string) => clusterInputs(network, { minMasterVersion });
    const cluster = await create(tokens.Cluster, "ai", at("1.34"));
    expect(await failure(cloud.engine.update(cluster, at("1.36")))).toMatch(
      /cannot upgrade the master more than a minor/,
    );
    const upgraded = await cloud.engine.update(cluster, at("1.35"));
    expect(plain(upgraded).masterVersion).toMatch(/^1\.35\./);
    expect(plain(upgraded).nodeVersion).toMatch(/^1\.34\./);
    expect(plain(await cloud.engine.update(upgraded, at("1.34"))).masterVersion).toMatch(/^1\.35\./);
  });

  it("exists once in its place", async () => {
    const { network, subnetwork, cluster } = await makeCluster(cloud.engine);
    const inputs = clusterInputs({ network, subnetwork });
    expect(await failure(create(tokens.Cluster, "again", inputs))).toContain(
      `googleapi: Error 409: Already exists: ${cluster.id}., alreadyExists`,
    );
  });

  it.each<[string, Properties, string]>([
    ["a version that there is not", { minMasterVersion: "1.10" }, 'No valid versions with the prefix "1.10" found'],
    [
      "a build that there is not",
      { minMasterVersion: "1.10.2-gke.1" },
      'Master version "1.10.2-gke.1" is unsupported., badRequest',
    ],
    ["no nodes to start with", { initialNodeCount: 0 }, "Cluster.initial_node_count must be greater than zero."],
    ["a network that is gone", { network: "gone" }, "projects/acme-ai/global/networks/gone' was not found"],
    [
      "a range that the subnetwork does not have",
      { ipAllocationPolicy: { clusterSecondaryRangeName: "pod", servicesSecondaryRangeName: "services" } },
      'Pod secondary range "pod" not found in network "https://www.googleapis.com/compute/v1/projects/acme-ai/global/networks/main", subnetwork "nodes".',
    ],
    [
      "one range for pods and services",
      { ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "pods" } },
      "Pod secondary range name (pods) should not be the same as service secondary range name.",
    ],
    [
      "a control plane within the nodes' range",
      { privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "10.64.1.0/28" } },
      "The given master_ipv4_cidr 10.64.1.0/28 overlaps with an existing network 10.64.0.0/20.",
    ],
    [
      "another project's identities",
      { workloadIdentityConfig: { workloadPool: "other.svc.id.goog" } },
      'the only supported one is that of the cluster\'s project, "acme-ai.svc.id.goog"',
    ],
    ["zones of another region", { nodeLocations: ["europe-west1-b"] }, 'Zone "europe-west1-b" is not in'],
    [
      "a region of another universe",
      { location: "u-france-east1", subnetwork: "" },
      'Location "u-france-east1" does not',
    ],
  ])("is refused with %s", async (_, more, message) => {
    const network = await makeNetwork(cloud.engine);
    expect(await failure(create(tokens.Cluster, "ai", clusterInputs(network, more)))).toContain(message);
  });

  it("has its services' range to itself", async () => {
    const { network, subnetwork } = await makeCluster(cloud.engine);
    const second = clusterInputs({ network, subnetwork }, { name: "second", privateClusterConfig: {} });
    expect(await failure(create(tokens.Cluster, "second", second))).toContain(
      'Services secondary range "services" is already in use by cluster "ai".',
    );
  });

  it("keeps its ranges in the subnetwork", async () => {
    const { network, subnetwork } = await makeCluster(cloud.engine);
    const without = subnetworkInputs(network, { secondaryIpRanges: [] });
    expect(await failure(cloud.engine.update(subnetwork, without))).toMatch(
      /The secondary range 'pods' of the subnetwork resource '.*' is already being used by '.*clusters\/ai'/,
    );
  });

  it("is refused what Google keeps to itself in an Autopilot cluster", async () => {
    const network = await makeNetwork(cloud.engine);
    const inputs = clusterInputs(network, { enableAutopilot: true });
    expect(await failure(create(tokens.Cluster, "ai", inputs))).toMatch(
      /^removeDefaultNodePool: "removeDefaultNodePool": conflicts with enable_autopilot/,
    );
    const { removeDefaultNodePool: _, initialNodeCount: __, ...rest } = inputs;
    await create(tokens.Cluster, "ai", rest);
    expect(await failure(create(tokens.NodePool, "h100", nodePoolInputs()))).toContain('Autopilot cluster "ai"');
  });

  it("has only the modes that its universe offers", async () => {
    const s3ns = { project: "s3ns:acme-ai", region: "u-france-east1", universeDomain: "s3nsapis.fr" };
    const engine = await cloud.another(s3ns);
    await engine.create(tokens.Service, "container", { service: "container.googleapis.com" });
    const inputs = { name: "ai", location: "u-france-east1", initialNodeCount: 1 };
    expect(await failure(engine.create(tokens.Cluster, "ai", inputs))).toContain("modes autopilot only, not standard");
  });
});

describe("the keys of a cluster", () => {
  const encrypted = (key: string): Properties => ({ databaseEncryption: { state: "ENCRYPTED", keyName: key } });

  it("are used only once GKE's agent has been granted them", async () => {
    const network = await makeNetwork(cloud.engine);
    const { key } = await makeKey(cloud.engine);
    const inputs = clusterInputs(network, encrypted(key.id));
    const denied = `Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '${key.id}'`;
    expect(await failure(create(tokens.Cluster, "ai", inputs))).toContain(denied);
    // Compute Engine's agent is another.
    await create(tokens.KeyMember, "disks", keyUser(key, "compute-system"));
    expect(await failure(create(tokens.Cluster, "ai", inputs))).toContain(denied);
    await create(tokens.KeyMember, "secrets", keyUser(key, "container-engine-robot"));
    await create(tokens.Cluster, "ai", inputs);
  });

  it("lie where the cluster is", async () => {
    const network = await makeNetwork(cloud.engine);
    const { key } = await makeKey(cloud.engine, "europe-west1");
    expect(await failure(create(tokens.Cluster, "ai", clusterInputs(network, encrypted(key.id))))).toContain(
      `Cloud KMS key "${key.id}" is in location "europe-west1"`,
    );
  });

  it("may be another project's, and must be there otherwise", async () => {
    const network = await makeNetwork(cloud.engine);
    const own = `projects/${project}/locations/${region}/keyRings/r/cryptoKeys/k`;
    expect(await failure(create(tokens.Cluster, "ai", clusterInputs(network, encrypted(own))))).toContain(
      `CryptoKey ${own} not found.`,
    );
    await create(tokens.Cluster, "ai", clusterInputs(network, encrypted(own.replace(project, "acme-keys"))));
  });
});
