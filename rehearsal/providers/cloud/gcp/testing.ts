import type { Properties } from "../../kubernetes/values";
import type { Held, ProviderEngine } from "../../testing";

export const project = "acme-ai";
export const region = "europe-west4";
export const config = { project, region };

/** Tokens by the SDK's name of the class. */
export const tokens = {
  Service: "gcp:projects/service:Service",
  ProjectMember: "gcp:projects/iAMMember:IAMMember",
  Account: "gcp:serviceaccount/account:Account",
  Workload: "gcp:assuredworkloads/workload:Workload",
  Network: "gcp:compute/network:Network",
  Subnetwork: "gcp:compute/subnetwork:Subnetwork",
  Router: "gcp:compute/router:Router",
  RouterNat: "gcp:compute/routerNat:RouterNat",
  Firewall: "gcp:compute/firewall:Firewall",
  ResourcePolicy: "gcp:compute/resourcePolicy:ResourcePolicy",
  KeyRing: "gcp:kms/keyRing:KeyRing",
  CryptoKey: "gcp:kms/cryptoKey:CryptoKey",
  KeyMember: "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
  Cluster: "gcp:container/cluster:Cluster",
  NodePool: "gcp:container/nodePool:NodePool",
  Policy: "gcp:binaryauthorization/policy:Policy",
  ManagedZone: "gcp:dns/managedZone:ManagedZone",
  RecordSet: "gcp:dns/recordSet:RecordSet",
  AuditConfig: "gcp:projects/iAMAuditConfig:IAMAuditConfig",
  AccessApproval: "gcp:projects/accessApprovalSettings:AccessApprovalSettings",
  LogBucket: "gcp:logging/projectBucketConfig:ProjectBucketConfig",
  LogSink: "gcp:logging/projectSink:ProjectSink",
} as const;

/** Enables APIs; all that any kind needs, unless some are named. */
export async function enable(
  engine: ProviderEngine,
  apis = ["accessapproval", "binaryauthorization", "cloudkms", "compute", "container", "dns", "iam", "logging"],
): Promise<void> {
  for (const api of apis) await engine.create(tokens.Service, api, { service: `${api}.googleapis.com` });
}

export const subnetworkInputs = (network: Held, more: Properties = {}): Properties => ({
  name: "nodes",
  network: network.id,
  region,
  ipCidrRange: "10.64.0.0/20",
  secondaryIpRanges: [
    { rangeName: "pods", ipCidrRange: "10.68.0.0/14" },
    { rangeName: "services", ipCidrRange: "10.65.0.0/20" },
  ],
  ...more,
});

export interface Network {
  readonly network: Held;
  readonly subnetwork: Held;
}

/** A network with one VPC-native subnetwork, with all APIs enabled. */
export async function makeNetwork(engine: ProviderEngine): Promise<Network> {
  await enable(engine);
  const network = await engine.create(tokens.Network, "main", { name: "main", autoCreateSubnetworks: false });
  const subnetwork = await engine.create(tokens.Subnetwork, "nodes", subnetworkInputs(network));
  return { network, subnetwork };
}

export const clusterInputs = ({ network, subnetwork }: Network, more: Properties = {}): Properties => ({
  name: "ai",
  location: region,
  network: network.id,
  subnetwork: subnetwork.id,
  minMasterVersion: "1.36",
  removeDefaultNodePool: true,
  initialNodeCount: 1,
  deletionProtection: false,
  ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
  privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true, masterIpv4CidrBlock: "172.16.0.0/28" },
  ...more,
});

export const nodePoolInputs = (more: Properties = {}, nodeConfig: Properties = {}): Properties => ({
  name: "h100",
  cluster: "ai",
  location: region,
  nodeLocations: [`${region}-b`],
  nodeCount: 2,
  nodeConfig: {
    machineType: "a3-highgpu-8g",
    labels: { "ai-platform/pool": "h100", "ai-platform/devices": "dra" },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
    guestAccelerators: [{ type: "nvidia-h100-80gb", count: 8 }],
    ...nodeConfig,
  },
  ...more,
});

/** A cluster in a network of its own. */
export async function makeCluster(
  engine: ProviderEngine,
  more: Properties = {},
): Promise<Network & { readonly cluster: Held }> {
  const network = await makeNetwork(engine);
  return { ...network, cluster: await engine.create(tokens.Cluster, "ai", clusterInputs(network, more)) };
}

/** A key ring with one key, for the use of no one yet. */
export async function makeKey(engine: ProviderEngine, location = region): Promise<{ ring: Held; key: Held }> {
  const ring = await engine.create(tokens.KeyRing, "ring", { name: "ai", location });
  return { ring, key: await engine.create(tokens.CryptoKey, "disks", { name: "disks", keyRing: ring.id }) };
}

export const keyUser = (key: Held, agent: string): Properties => ({
  cryptoKeyId: key.id,
  role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
  member: `serviceAccount:service-123456789012@${agent}.iam.gserviceaccount.com`,
});
