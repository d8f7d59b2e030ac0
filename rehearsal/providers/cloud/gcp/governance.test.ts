import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import { gcp } from ".";
import { config, enable, keyUser, makeKey, makeNetwork, project, region, tokens } from "./testing";

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("gcp", config);
  await enable(cloud.engine);
});
afterEach(() => cloud.stop());

const create = (type: string, name: string, inputs: object) => cloud.engine.create(type, name, inputs as never);
const refusal = async (type: string, inputs: object) => await failure(create(type, "refused", inputs));

describe("the simulated Google Cloud", () => {
  it("knows the types of resource that the platform uses, as the SDK spells them", () => {
    expect(gcp.kinds.map(({ token }) => token).sort()).toEqual([...Object.values(tokens)].sort());
    for (const { token } of gcp.kinds) {
      const [, file, name] = token.split(":");
      // File names are in lower case where the SDK's are.
      const path = `@pulumi/gcp/${file!.replace(/iAM./, (start) => start.toLowerCase())}`;
      expect(require(path)[name!].__pulumiType).toBe(token);
    }
  });

  it("words faults as Google does", () => {
    const settings = gcp.settings(config);
    const guestAccelerators = [{ type: "nvidia-h100-80gb", count: 8 }];
    expect(gcp.faults.quota(tokens.NodePool, { nodeConfig: { guestAccelerators } }, settings)).toMatch(
      /^googleapi: Error 403: Insufficient regional quota to satisfy request: resource "NVIDIA_H100_GPUS"/,
    );
    expect(gcp.faults.quota(tokens.Network, {}, settings)).toMatch(/resource "NETWORKS"/);
    expect(gcp.faults.capacity(tokens.NodePool, { nodeLocations: [`${region}-b`] }, settings)).toMatch(
      /does not have enough resources available to fulfill request: europe-west4-b\.$/,
    );
    expect(gcp.faults.throttling(tokens.Network)).toMatch(/rateLimitExceeded$/);
  });
});

describe("keys", () => {
  it("have Google's names, and versions", async () => {
    const { ring, key } = await makeKey(cloud.engine);
    expect(ring.id).toBe(`projects/${project}/locations/${region}/keyRings/ai`);
    expect(key.id).toBe(`${ring.id}/cryptoKeys/disks`);
    expect(plain(key)).toMatchObject({
      purpose: "ENCRYPT_DECRYPT",
      primaries: [{ name: `${key.id}/cryptoKeyVersions/1`, state: "ENABLED" }],
      versionTemplate: { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "SOFTWARE" },
    });
    const member = await create(tokens.KeyMember, "user", keyUser(key, "compute-system"));
    expect(member.id).toBe(
      `${key.id}/roles/cloudkms.cryptoKeyEncrypterDecrypter/serviceAccount:service-123456789012@compute-system.iam.gserviceaccount.com`,
    );
  });

  it("are there once, in a ring that is there", async () => {
    const { ring } = await makeKey(cloud.engine);
    expect(await refusal(tokens.KeyRing, { name: "ai", location: region })).toContain(
      `googleapi: Error 409: KeyRing ${ring.id} already exists.`,
    );
    expect(await refusal(tokens.CryptoKey, { name: "disks", keyRing: ring.id })).toContain(
      `CryptoKey ${ring.id}/cryptoKeys/disks already exists.`,
    );
    expect(await refusal(tokens.CryptoKey, { name: "a", keyRing: `${ring.id}-gone` })).toContain(
      `KeyRing ${ring.id}-gone not found.`,
    );
    expect(await refusal(tokens.KeyMember, { cryptoKeyId: "x", role: "roles/a", member: "user:a@b" })).toContain(
      "CryptoKey x not found.",
    );
  });

  it("are turned over once a day at most", async () => {
    const { ring } = await makeKey(cloud.engine);
    const inputs = { name: "often", keyRing: ring.id, rotationPeriod: "3600s" };
    expect(await refusal(tokens.CryptoKey, inputs)).toMatch(/^rotationPeriod: expected at least a day in seconds/);
  });

  it("are kept by Google when they are deleted", () => {
    const remains = (token: string, state: object) => {
      const kind = gcp.kinds.find((candidate) => candidate.token === token) as never as {
        remains(object: object): boolean;
      };
      return kind.remains({ state });
    };
    expect(remains(tokens.KeyRing, {})).toBe(true);
    expect(remains(tokens.CryptoKey, { deletionPolicy: "DELETE" })).toBe(true);
    expect(remains(tokens.Network, { deletionPolicy: "DELETE" })).toBe(false);
    expect(remains(tokens.Network, { deletionPolicy: "ABANDON" })).toBe(true);
    expect(remains(tokens.Service, {})).toBe(true);
    expect(remains(tokens.Service, { disableOnDestroy: true })).toBe(false);
  });
});

describe("identities", () => {
  it("are service accounts with an address in their project", async () => {
    const account = await create(tokens.Account, "nodes", { accountId: "nodes-of-ai" });
    const email = `nodes-of-ai@${project}.iam.gserviceaccount.com`;
    expect(account.id).toBe(`projects/${project}/serviceAccounts/${email}`);
    expect(plain(account)).toMatchObject({ email, member: `serviceAccount:${email}`, name: account.id });
    expect(await refusal(tokens.Account, { accountId: "nodes-of-ai" })).toContain(
      `Service account nodes-of-ai already exists within project projects/${project}.`,
    );
    expect(await refusal(tokens.Account, { accountId: "n" })).toMatch(/^accountId: "accountId" \("n"\) doesn't match/);
  });

  it("are given roles when they are there, or nobody's of this project", async () => {
    const member = `serviceAccount:nodes-of-ai@${project}.iam.gserviceaccount.com`;
    const role = "roles/container.admin";
    expect(await refusal(tokens.ProjectMember, { project, role, member })).toContain(
      `Service account nodes-of-ai@${project}.iam.gserviceaccount.com does not exist.`,
    );
    await create(tokens.Account, "nodes", { accountId: "nodes-of-ai" });
    const given = await create(tokens.ProjectMember, "given", { project, role, member });
    expect(given.id).toBe(`${project}/${role}/${member}`);
    await create(tokens.ProjectMember, "group", { project, role, member: "group:platform@example.org" });
    await create(tokens.ProjectMember, "agent", {
      project,
      role,
      member: "serviceAccount:service-1@container-engine-robot.iam.gserviceaccount.com",
    });
    expect(await refusal(tokens.ProjectMember, { project, role, member: "platform@example.org" })).toMatch(
      /^member: invalid value for member/,
    );
  });
});

describe("rules of a project and its organization", () => {
  it("are a policy of images", async () => {
    const rule = { evaluationMode: "ALWAYS_DENY", enforcementMode: "ENFORCED_BLOCK_AND_AUDIT_LOG" };
    const policy = await create(tokens.Policy, "images", { defaultAdmissionRule: rule });
    expect(policy.id).toBe(`projects/${project}`);
    expect(await refusal(tokens.Policy, { defaultAdmissionRule: { ...rule, evaluationMode: "DENY" } })).toMatch(
      /^defaultAdmissionRule\.evaluationMode: expected one of ALWAYS_ALLOW/,
    );
  });

  it("are a regime, with a folder of its own", async () => {
    const inputs = {
      organization: "123456789012",
      location: region,
      displayName: "ai-sovereign",
      complianceRegime: "EU_REGIONS_AND_SUPPORT",
      billingAccount: "billingAccounts/012345-6789AB-CDEF01",
      resourceSettings: [{ resourceType: "CONSUMER_FOLDER", displayName: "ai" }],
    };
    const workload = await create(tokens.Workload, "regime", inputs);
    expect(workload.id).toMatch(
      /^organizations\/123456789012\/locations\/europe-west4\/workloads\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    expect(plain(workload).resources).toEqual([{ resourceType: "CONSUMER_FOLDER", resourceId: expect.any(Number) }]);
    expect(await refusal(tokens.Workload, { ...inputs, complianceRegime: "EU" })).toMatch(
      /^complianceRegime: expected one of .*EU_REGIONS_AND_SUPPORT/,
    );
    expect(await refusal(tokens.Workload, { ...inputs, billingAccount: "012345" })).toMatch(
      /^billingAccount: expected/,
    );
    expect((await cloud.engine.diff(workload, { ...inputs, location: "europe-west3" })).replaces).toEqual(["location"]);
  });
});

describe("names", () => {
  const zoneInputs = (network: string) => ({
    name: "private",
    dnsName: "example.org.",
    visibility: "private",
    privateVisibilityConfig: { networks: [{ networkUrl: network }] },
  });

  it("are zones of networks that are there, with records in them", async () => {
    const { network } = await makeNetwork(cloud.engine);
    const zone = await create(tokens.ManagedZone, "zone", zoneInputs(network.id));
    const record = {
      managedZone: "private",
      name: "*.example.org.",
      type: "CNAME",
      rrdatas: ["a.example.org."],
      ttl: 1,
    };
    const set = await create(tokens.RecordSet, "any", record);
    expect(set.id).toBe(`projects/${project}/managedZones/private/rrsets/*.example.org./CNAME`);
    expect(await failure(cloud.engine.delete(zone))).toContain("containerNotEmpty");
    expect(await failure(cloud.engine.delete(network))).toContain(`already being used by`);
    expect(await refusal(tokens.RecordSet, { ...record, type: "A", rrdatas: ["10.0.0.1"] })).toContain(
      "cnameResourceRecordSetConflict",
    );
    expect(await refusal(tokens.RecordSet, record)).toContain("'*.example.org. (CNAME)' already exists");
    expect(await refusal(tokens.RecordSet, { ...record, name: "a.example.com." })).toContain("not in the zone");
    expect(await refusal(tokens.RecordSet, { ...record, name: "a.example.org" })).toMatch(
      /^name: expected .* ends in a dot/,
    );
    expect(await refusal(tokens.ManagedZone, { ...zoneInputs(network.id), name: "other", dnsName: "a.b" })).toMatch(
      /^dnsName: expected .* ends in a dot/,
    );
    expect(await refusal(tokens.ManagedZone, { ...zoneInputs("gone"), name: "other" })).toContain("was not found");
  });
});
