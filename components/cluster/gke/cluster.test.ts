import { isSecret } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { type GkeRecording, gkeArgs, recordGke, s3nsArgs } from "./testing";

const cluster = "gcp:container/cluster:Cluster";
const nodePool = "gcp:container/nodePool:NodePool";

describe("GkeCluster", () => {
  let recording: GkeRecording;
  beforeAll(async () => {
    recording = await recordGke(gkeArgs());
  });

  it("goes through one provider of the project, region and universe, whose labels tell bills apart", () => {
    expect(recording.one("pulumi:providers:gcp", "google").inputs).toEqual({
      project: "acme-ai-prod",
      region: "europe-west4",
      universeDomain: "googleapis.com",
      addPulumiAttributionLabel: "false",
      defaultLabels: JSON.stringify({
        "managed-by": "pulumi",
        "ai-platform-stack": "prod-gcp",
        "ai-platform-tier": "production",
        "ai-platform-cluster": "ai-prod",
      }),
    });
    const google = recording.one("pulumi:providers:gcp", "google").urn;
    const cloud = recording.resources.filter(({ type }) => type.startsWith("gcp:"));
    expect(cloud.length).toBeGreaterThan(20);
    expect(cloud.filter(({ provider }) => !provider.startsWith(google)).map(({ name }) => name)).toEqual([]);
  });

  it("uses only the types of resources that the simulated cloud knows", () => {
    const known = [
      "compute/network:Network",
      "compute/subnetwork:Subnetwork",
      "compute/router:Router",
      "compute/routerNat:RouterNat",
      "compute/firewall:Firewall",
      "compute/resourcePolicy:ResourcePolicy",
      "container/cluster:Cluster",
      "container/nodePool:NodePool",
      "kms/keyRing:KeyRing",
      "kms/cryptoKey:CryptoKey",
      "kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
      "serviceaccount/account:Account",
      "projects/service:Service",
      "projects/iAMMember:IAMMember",
      "binaryauthorization/policy:Policy",
      "assuredworkloads/workload:Workload",
      "dns/managedZone:ManagedZone",
      "dns/recordSet:RecordSet",
      "projects/iAMAuditConfig:IAMAuditConfig",
      "projects/accessApprovalSettings:AccessApprovalSettings",
      "logging/projectBucketConfig:ProjectBucketConfig",
      "logging/projectSink:ProjectSink",
    ].map((type) => `gcp:${type}`);
    const used = new Set(recording.resources.map(({ type }) => type).filter((type) => type.startsWith("gcp:")));
    expect([...used].filter((type) => !known.includes(type))).toEqual([]);
  });

  it("is the contract's cluster", () => {
    const { clusterName, region, capabilities, pools } = recording.cluster;
    expect({ clusterName, region }).toEqual({ clusterName: "ai-prod", region: "europe-west4" });
    expect(capabilities).toEqual({
      nvidiaDriverRoot: "/home/kubernetes/bin/nvidia",
      criticalPodsNeedQuota: true,
      autoscaler: "gke",
      provides: [],
    });
    expect(pools.map(({ pool }) => pool.name)).toEqual(["system", "h100"]);
  });

  it("hands on a kubeconfig without credentials, as a secret", async () => {
    expect(await isSecret(recording.cluster.access.kubeconfig)).toBe(true);
    expect(JSON.parse(recording.kubeconfig)).toMatchObject({
      clusters: [
        {
          cluster: { server: "https://172.16.1.2", "certificate-authority-data": "Y2VydGlmaWNhdGU=" },
          name: "ai-prod",
        },
      ],
      users: [
        {
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1beta1",
              command: "gke-gcloud-auth-plugin",
              provideClusterInfo: true,
              installHint: expect.stringContaining("gcloud"),
            },
          },
        },
      ],
      "current-context": "ai-prod",
    });
  });

  it("gives the Kubernetes provider a cluster with nodes and administrators", () => {
    const provider = recording.one("pulumi:providers:kubernetes", "kubernetes");
    expect(provider.inputs.enableServerSideApply).toBe("true");
    expect(provider.inputs.kubeconfig).toBe(recording.kubeconfig);
    for (const earlier of [
      recording.one(nodePool, "system"),
      recording.one("gcp:projects/iAMMember:IAMMember", "admin-group:platform@example.org"),
    ]) {
      expect(recording.waitsFor(provider, earlier)).toBe(true);
    }
    expect(recording.waitsFor(provider, recording.one(nodePool, "h100"))).toBe(false);
  });

  it("makes volumes under the customer's key, unless they ask for others", () => {
    const storage = recording.one("kubernetes:storage.k8s.io/v1:StorageClass", "encrypted");
    expect(storage.inputs.metadata.annotations).toEqual({ "storageclass.kubernetes.io/is-default-class": "true" });
    expect(storage.inputs.parameters["disk-encryption-kms-key"]).toBe("CryptoKey/disks");
    expect(storage.provider).toContain("kubernetes");
  });

  it("holds what stands on nothing yet until the APIs are on", () => {
    const apis = recording.of("gcp:projects/service:Service");
    expect(apis.map(({ inputs }) => inputs.service)).toContain("container.googleapis.com");
    for (const [type, name] of [
      ["gcp:compute/network:Network", "network"],
      ["gcp:kms/keyRing:KeyRing", "key-ring"],
      ["gcp:serviceaccount/account:Account", "nodes"],
      ["gcp:binaryauthorization/policy:Policy", "admission"],
    ] as const) {
      const resource = recording.one(type, name);
      expect(
        apis.every((api) => recording.waitsFor(resource, api)),
        name,
      ).toBe(true);
    }
  });

  it("makes the cluster after its way out, its keys' users, its identities and its admission", () => {
    const made = recording.one(cluster, "cluster");
    for (const [type, name] of [
      ["gcp:compute/routerNat:RouterNat", "nat"],
      ["gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "secrets-key-user"],
      ["gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "disks-key-user"],
      ["gcp:projects/iAMMember:IAMMember", "nodes-defaultNodeServiceAccount"],
      ["gcp:binaryauthorization/policy:Policy", "admission"],
    ] as const) {
      expect(recording.waitsFor(made, recording.one(type, name)), name).toBe(true);
    }
  });
});

describe("in another universe", () => {
  /** Names that are the same in every universe: of APIs as they are switched on, of scopes and of labels. */
  const shared = (text: string) =>
    text.replaceAll(/https:\/\/www\.googleapis\.com\/auth\/[a-z-]+|"[a-z]+\.googleapis\.com(?=\\?"|\/projects\/)/g, "");

  const said = ({ resources }: GkeRecording) =>
    shared(JSON.stringify(resources.map(({ inputs }) => inputs))).replaceAll("\\", "");

  it("says nothing of S3NS where Google's own cloud is meant", async () => {
    const text = said(
      await recordGke(gkeArgs({ cluster: { network: { ...gkeArgs().cluster.network, egress: "none" } } })),
    );
    expect(text).toContain("acme-ai-prod.svc.id.goog");
    expect(text).toContain("nodes@acme-ai-prod.iam.gserviceaccount.com");
    expect(text).toContain('"restricted.googleapis.com."');
    expect(text).toContain("199.36.153.4/30");
    expect(text).not.toMatch(/s3ns|177\.222\.88/);
  });

  it("says nothing of Google's own cloud where S3NS is meant", async () => {
    const network = { ...gkeArgs().cluster.network, egress: "none" as const };
    const recording = await recordGke(s3nsArgs({ network }));
    const text = said(recording);
    expect(recording.one("pulumi:providers:gcp", "google").inputs.universeDomain).toBe("s3nsapis.fr");
    expect(text).toContain("s3ns:acme-ai-prod.s3ns.svc.id.goog");
    expect(text).toContain("@container-engine-robot.s3ns-system.iam.gserviceaccount.com");
    expect(text).toContain('"restricted.s3nsapis.fr."');
    expect(text).toContain("177.222.88.4/30");
    expect(text).not.toMatch(/googleapis\.com|pkg\.dev|gcr\.io|199\.36\.153/);
    expect(text).not.toMatch(/(?<!s3ns)\.svc\.id\.goog|(?<!s3ns|s3ns-system)\.iam\.gserviceaccount/);
  });
});
