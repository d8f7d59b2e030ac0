import { beforeAll, describe, expect, it } from "vitest";
import { type Change, gkeArgs, recordGke } from "./testing";

const made = async (change: Change = {}) =>
  (await recordGke(gkeArgs(change))).one("gcp:container/cluster:Cluster", "cluster").inputs;

describe("the control plane", () => {
  // biome-ignore lint/suspicious/noExplicitAny: inputs of a resource.
  let inputs: any;
  beforeAll(async () => {
    inputs = await made();
  });

  it("is regional, of the stated version and channel, and without nodes of its own", () => {
    expect(inputs).toMatchObject({
      name: "ai-prod",
      location: "europe-west4",
      minMasterVersion: "1.36",
      releaseChannel: { channel: "REGULAR" },
      removeDefaultNodePool: true,
      initialNodeCount: 1,
    });
  });

  it("cannot be deleted in production, and can in development", async () => {
    expect(inputs.deletionProtection).toBe(true);
    expect((await made({ tier: "development" })).deletionProtection).toBe(false);
  });

  it("is VPC-native on dataplane V2", () => {
    expect(inputs).toMatchObject({
      network: "Network/ai-prod",
      subnetwork: "Subnetwork/ai-prod-nodes",
      networkingMode: "VPC_NATIVE",
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
      datapathProvider: "ADVANCED_DATAPATH",
      enableMultiNetworking: false,
    });
  });

  it("guards identities, images and secrets, and knows no old ways in", () => {
    expect(inputs).toMatchObject({
      workloadIdentityConfig: { workloadPool: "acme-ai-prod.svc.id.goog" },
      binaryAuthorization: { evaluationMode: "PROJECT_SINGLETON_POLICY_ENFORCE" },
      databaseEncryption: { state: "ENCRYPTED" },
      enableShieldedNodes: true,
      enableLegacyAbac: false,
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      securityPostureConfig: { mode: "BASIC" },
      anonymousAuthenticationConfig: { mode: "LIMITED" },
    });
  });

  it("leaves the Gateway API's definitions and the metrics of workloads to the platform", () => {
    expect(inputs.gatewayApiConfig).toEqual({ channel: "CHANNEL_DISABLED" });
    expect(inputs.monitoringConfig.managedPrometheus).toEqual({ enabled: false });
    expect(inputs.loggingConfig.enableComponents).not.toContain("WORKLOADS");
  });

  it("is maintained in windows that GKE accepts: at least 48 hours in 32 days, each of at least four", () => {
    const { startTime, endTime, recurrence } = inputs.maintenancePolicy.recurringWindow;
    const hours = (Date.parse(endTime) - Date.parse(startTime)) / 3_600_000;
    const days = /^FREQ=WEEKLY;BYDAY=(.+)$/.exec(recurrence)![1]!.split(",").length;
    expect(hours).toBeGreaterThanOrEqual(4);
    expect(hours * days * 4).toBeGreaterThanOrEqual(48);
  });

  it("is reached from inside alone when its endpoint is private", () => {
    expect(inputs.privateClusterConfig).toEqual({
      enablePrivateNodes: true,
      enablePrivateEndpoint: true,
      masterIpv4CidrBlock: "172.16.1.0/28",
      masterGlobalAccessConfig: { enabled: false },
    });
    expect(inputs.masterAuthorizedNetworksConfig.cidrBlocks).toEqual([
      { cidrBlock: "10.64.0.0/20", displayName: "peer-1" },
    ]);
    expect(inputs.controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic).toBe(false);
  });

  it("is reached from the ranges named when its endpoint is restricted", async () => {
    const restricted = await made({ cluster: { endpoint: { access: "restricted", cidrs: ["203.0.113.0/24"] } } });
    expect(restricted.privateClusterConfig).toMatchObject({ enablePrivateNodes: true, enablePrivateEndpoint: false });
    expect(restricted.masterAuthorizedNetworksConfig).toMatchObject({
      cidrBlocks: [
        { cidrBlock: "10.64.0.0/20", displayName: "peer-1" },
        { cidrBlock: "203.0.113.0/24", displayName: "restricted-1" },
      ],
      gcpPublicCidrsAccessEnabled: false,
    });
  });
});
