import type * as container from "@pulumi/gcp/container";
import type { Input } from "@pulumi/pulumi";
import type { GoogleUniverse } from "../../../catalog/partitions";
import type { Pool } from "../../../stacks/environment";
import { clusterAutoscaling } from "./auto-provisioning";
import type { GkeEncryption } from "./encryption";
import type { GkeIdentity } from "./identity";
import { cloudPlatformScope } from "./names";
import { type GkeNetwork, podRange, serviceRange } from "./network";
import { metadata, workloadMetadata } from "./node-config";
import type { GkeSettings } from "./settings";

export interface ControlPlaneArgs {
  readonly cluster: GkeSettings;
  readonly universe: GoogleUniverse;
  readonly pools: readonly Pool[];
  readonly protectedFromDeletion: boolean;
  readonly network: GkeNetwork;
  readonly encryption: GkeEncryption;
  readonly identity: GkeIdentity;
  /** Whether nodes have interfaces in further networks. */
  readonly multiNetworking: boolean;
  /** Whether GKE brings Gateways to life. */
  readonly gateway: boolean;
}

/**
 * Saturdays and Sundays, six hours each: GKE asks for 48 hours in 32 days, in windows of at least four.
 * Source: cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions, 2026-11.
 */
const maintenance = {
  startTime: "2026-01-03T01:00:00Z",
  endTime: "2026-01-03T07:00:00Z",
  recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
} as const;

/** The cluster as GKE is asked for it, without nodes of its own. What is not said here is GKE's default. */
export function controlPlane(args: ControlPlaneArgs): container.ClusterArgs {
  const { cluster, universe, pools, protectedFromDeletion, network, encryption, identity, multiNetworking } = args;
  return {
    name: cluster.name,
    location: cluster.region,
    deletionProtection: protectedFromDeletion,
    releaseChannel: { channel: cluster.releaseChannel },
    minMasterVersion: cluster.kubernetes,
    maintenancePolicy: { recurringWindow: maintenance },

    // GKE makes a cluster with a pool only. It goes at once, and is no less guarded while it is there.
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    nodeConfig: firstNodes(identity.nodes, encryption.disks),
    clusterAutoscaling: clusterAutoscaling(pools, { nodes: identity.nodes, disks: encryption.disks }),
    nodePoolDefaults: { nodeConfigDefaults: { insecureKubeletReadonlyPortEnabled: "FALSE" } },

    network: network.network.id,
    subnetwork: network.subnetwork.id,
    networkingMode: "VPC_NATIVE",
    ipAllocationPolicy: { clusterSecondaryRangeName: podRange, servicesSecondaryRangeName: serviceRange },
    // It enforces network policies as well.
    datapathProvider: "ADVANCED_DATAPATH",
    enableMultiNetworking: multiNetworking,
    enableIntranodeVisibility: true,
    defaultSnatStatus: { disabled: false },
    serviceExternalIpsConfig: { enabled: false },
    dnsConfig: { clusterDns: "CLOUD_DNS", clusterDnsScope: "CLUSTER_SCOPE", clusterDnsDomain: "cluster.local" },
    // The platform owns the definitions of the Gateway API, save where GKE implements them.
    gatewayApiConfig: { channel: args.gateway ? "CHANNEL_STANDARD" : "CHANNEL_DISABLED" },
    ...endpoint(cluster),

    databaseEncryption: { state: "ENCRYPTED", keyName: encryption.secrets },
    workloadIdentityConfig: { workloadPool: `${cluster.project}.${universe.workloadIdentityDomain}` },
    binaryAuthorization: { evaluationMode: "PROJECT_SINGLETON_POLICY_ENFORCE" },
    securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_DISABLED" },
    enableShieldedNodes: true,
    enableLegacyAbac: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    anonymousAuthenticationConfig: { mode: "LIMITED" },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },

    // What Google itself needs to run the cluster, and who did what to it. What workloads print may hold prompts, and
    // their metrics are the platform's own affair.
    loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER"] },
    monitoringConfig: {
      enableComponents: ["SYSTEM_COMPONENTS"],
      managedPrometheus: { enabled: false },
      // Not to be had together with multi-networking.
      advancedDatapathObservabilityConfig: { enableMetrics: false, enableRelay: false },
    },
    costManagementConfig: { enabled: true },
    addonsConfig: {
      gcePersistentDiskCsiDriverConfig: { enabled: true },
      httpLoadBalancing: { disabled: false },
      networkPolicyConfig: { disabled: true },
    },
  };
}

/** Who can reach the API server. Nodes always can, by its private address. */
function endpoint({ endpoint: wanted, network }: GkeSettings): Partial<container.ClusterArgs> {
  const inside = network.peers.map((cidrBlock, index) => ({ cidrBlock, displayName: `peer-${index + 1}` }));
  const outside =
    wanted.access === "restricted"
      ? wanted.cidrs.map((cidrBlock, index) => ({ cidrBlock, displayName: `restricted-${index + 1}` }))
      : [];
  return {
    privateClusterConfig: {
      enablePrivateNodes: true,
      enablePrivateEndpoint: wanted.access === "private",
      masterIpv4CidrBlock: network.controlPlane,
      masterGlobalAccessConfig: { enabled: false },
    },
    masterAuthorizedNetworksConfig: {
      cidrBlocks: [...inside, ...outside],
      gcpPublicCidrsAccessEnabled: false,
      privateEndpointEnforcementEnabled: true,
    },
    controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: false } },
  };
}

const firstNodes = (
  serviceAccount: Input<string>,
  bootDiskKmsKey: Input<string>,
): container.ClusterArgs["nodeConfig"] => ({
  serviceAccount,
  bootDiskKmsKey,
  oauthScopes: [cloudPlatformScope],
  metadata,
  workloadMetadataConfig: workloadMetadata,
  shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
});
