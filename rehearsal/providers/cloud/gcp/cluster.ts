import { regions } from "../../../../catalog/regions";
import { overlap } from "../../../../stacks/cidr";
import type { CloudObject, Failure, Operation, Plain } from "../kind";
import { later, refuseLeap, resolveVersion } from "./gke-version";
import { accountToken, othersAccount } from "./iam";
import { cryptoKeyToken, requireKeyUse } from "./kms";
import { bringNetworkDefinitions } from "./multi-networking";
import { apiLink, fullName, isZone, partsOf, regionOf, zonesOf } from "./names";
import { anyName, networkToken } from "./network";
import { nodesOfPool, perZone } from "./nodes";
import { gcpKind, googleError, googleMessage, inLocation } from "./resource";
import type { GcpSettings } from "./settings";
import { secondaryRange, subnetworkToken } from "./subnetwork";

export const clusterToken = "gcp:container/cluster:Cluster";

/** Fields of `nodeConfig` whose change makes nodes, and with them their pool, anew. Terraform's schemaNodeConfig. */
export const fixedNodeConfig = [
  ...["advancedMachineFeatures", "bootDiskKmsKey", "confidentialNodes.confidentialInstanceType"],
  ...["enableConfidentialStorage", "ephemeralStorageConfig", "ephemeralStorageLocalSsdConfig", "flexStart"],
  ...["guestAccelerators", "hostMaintenancePolicy", "localNvmeSsdBlockConfig", "localSsdCount"],
  ...["localSsdEncryptionMode", "maxRunDuration", "metadata", "minCpuPlatform", "nodeGroup", "oauthScopes"],
  ...["preemptible", "reservationAffinity", "sandboxConfig", "secondaryBootDisks", "serviceAccount"],
  ...["shieldedInstanceConfig", "soleTenantConfig", "spot"],
].map((field) => `nodeConfig.${field}`);

/** Whether a name is of another project, which is not in this world and taken to have it. */
export const elsewhere = (value: string, { settings }: { settings: GcpSettings }): boolean => {
  const { projects } = partsOf(value);
  return projects !== undefined && projects !== settings.project;
};

/** The default node pool, unless the cluster is without one. Its nodes are named in `initialNodeCount` and `nodeConfig`. */
const hasDefaultPool = ({ enableAutopilot, removeDefaultNodePool, nodePools }: Plain): boolean =>
  enableAutopilot !== true && removeDefaultNodePool !== true && !(nodePools?.length > 0);

const nameOf = (settings: GcpSettings, name: string): string =>
  fullName(settings, `locations/${settings.location}/clusters/${name}`);

/** The zones of a cluster's nodes: those that it names, all of its region otherwise, of which GKE takes three. */
export function clusterZones({ location, nodeLocations }: Plain): string[] {
  if (isZone(location)) return [...new Set([location, ...(nodeLocations ?? [])])];
  return nodeLocations?.length > 0 ? nodeLocations : zonesOf(location).slice(0, 3);
}

/** A GKE cluster. Its API server is the rehearsal's control plane. */
export const cluster = gcpKind({
  token: clusterToken,
  api: "container",
  needs: ["project", "location"],
  namePattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  autoname: { field: "name", longest: 40 },
  immutable: [
    ...["name", "project", "location", "description", "network", "subnetwork", "networkingMode", "clusterIpv4Cidr"],
    ...["enableKubernetesAlpha", "enableTpu", "tpuConfig.enabled", "enableAutopilot", "initialNodeCount", "nodePools"],
    ...["confidentialNodes", "masterAuth.clientCertificateConfig", "defaultMaxPodsPerNode", "datapathProvider"],
    ...["dataplaneOptimizationMode", "clusterAutoscaling.autoProvisioningDefaults.bootDiskKmsKey"],
    ...["clusterIpv4CidrBlock", "servicesIpv4CidrBlock", "clusterSecondaryRangeName", "servicesSecondaryRangeName"].map(
      (field) => `ipAllocationPolicy.${field}`,
    ),
    ...["privateClusterConfig.masterIpv4CidrBlock", "privateClusterConfig.privateEndpointSubnetwork"],
    ...["clusterCa", "etcdApiCa", "etcdPeerCa", "aggregationCa"].map((field) => `userManagedKeysConfig.${field}`),
    ...fixedNodeConfig,
  ],
  references: [
    { path: "network", to: networkToken, by: anyName, outside: elsewhere },
    { path: "subnetwork", to: subnetworkToken, by: anyName, outside: elsewhere },
    { path: "databaseEncryption.keyName", to: cryptoKeyToken, by: "id", holds: false, outside: elsewhere },
    { path: "nodeConfig.bootDiskKmsKey", to: cryptoKeyToken, by: "id", holds: false, outside: elsewhere },
    { path: "nodeConfig.serviceAccount", to: accountToken, by: "email", holds: false, outside: othersAccount },
  ],
  identity: ({ name }) => name,
  conflict: ({ settings, inputs }) =>
    googleMessage(409, `Already exists: ${nameOf(settings, inputs.name)}.`, "alreadyExists"),
  missing: (value, { settings }) =>
    googleMessage(404, `Not found: ${value.includes("/") ? value : nameOf(settings, value)}.`, "notFound"),
  check,
  validate(operation) {
    requirePlace(operation);
    requireNodes(operation);
    requireRanges(operation);
    requireIdentity(operation);
    requireKeys(operation);
    const { inputs, previous } = operation;
    const version = resolveVersion(inputs.minMasterVersion, inputs.releaseChannel?.channel ?? "REGULAR");
    if (previous) refuseLeap(previous.state.masterVersion, version);
  },
  validateDelete({ state }) {
    if (state.deletionProtection) {
      throw new Error(
        "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with cluster deletion.",
      );
    }
  },
  id: ({ settings, inputs }) => nameOf(settings, inputs.name),
  outputs,
  nodes: (object, operation) =>
    hasDefaultPool(object.state)
      ? nodesOfPool(
          {
            cluster: object,
            name: "default-pool",
            zones: object.state.nodeLocations,
            counts: perZone(object.state.nodeLocations, object.state.initialNodeCount ?? 0),
            version: object.state.nodeVersion,
            nodeConfig: object.state.nodeConfig ?? {},
          },
          operation,
        )
      : [],
});

/** What the official provider refuses: what an Autopilot cluster leaves to Google. */
function check(inputs: Plain): Failure[] {
  if (inputs.enableAutopilot !== true) return [];
  return ["removeDefaultNodePool", "nodePools", "defaultMaxPodsPerNode", "enableIntranodeVisibility"]
    .filter((field) => inputs[field] !== undefined && inputs[field] !== false)
    .map((property) => ({ property, reason: `"${property}": conflicts with enable_autopilot` }));
}

function requirePlace({ settings, inputs }: Operation<GcpSettings>): void {
  const region = regionOf(settings.location!);
  const known: Record<string, { readonly dnsSuffix: string } | undefined> = regions;
  if (known[region] && known[region].dnsSuffix !== settings.universe.dnsSuffix) {
    throw googleError(400, `Location "${settings.location}" does not exist.`, "badRequest");
  }
  const stray = (inputs.nodeLocations ?? []).find((zone: string) => !inLocation(region, zone));
  if (stray !== undefined) {
    throw googleError(400, `Zone "${stray}" is not in the cluster's region "${region}".`, "badRequest");
  }
  const mode = inputs.enableAutopilot === true ? "autopilot" : "standard";
  if (!settings.universe.gke.includes(mode)) {
    throw googleError(
      400,
      `GKE in ${settings.universe.dnsSuffix} makes clusters in the modes ${settings.universe.gke.join(", ")} only, not ${mode}.`,
      "badRequest",
    );
  }
}

function requireNodes({ inputs }: Operation<GcpSettings>): void {
  if (inputs.enableAutopilot === true || inputs.nodePools?.length > 0 || inputs.initialNodeCount > 0) return;
  throw googleError(400, "Cluster.initial_node_count must be greater than zero.", "badRequest");
}

/** A VPC-native cluster takes its pods' and services' addresses from ranges of its subnetwork, the latter all for itself. */
function requireRanges({ inputs, world, previous }: Operation<GcpSettings>): void {
  const { clusterSecondaryRangeName: pods, servicesSecondaryRangeName: services } = inputs.ipAllocationPolicy ?? {};
  const subnetwork = inputs.subnetwork && world.find(subnetworkToken, anyName, inputs.subnetwork);
  if (pods !== undefined && pods === services) {
    throw googleError(
      400,
      `Pod secondary range name (${pods}) should not be the same as service secondary range name.`,
      "badRequest",
    );
  }
  if (!subnetwork) return;
  const network = world.find(networkToken, anyName, subnetwork.state.network);
  if (inputs.network && network && world.find(networkToken, anyName, inputs.network)?.id !== network.id) {
    throw googleError(
      400,
      `Subnetwork "${subnetwork.state.name}" is not in network "${inputs.network}", but in "${network.id}".`,
      "badRequest",
    );
  }
  for (const [use, name] of [
    ["Pod", pods],
    ["Services", services],
  ] as const) {
    if (name === undefined || secondaryRange(subnetwork, name) !== undefined) continue;
    throw googleError(
      400,
      `${use} secondary range "${name}" not found in network "${network?.state.selfLink}", subnetwork "${subnetwork.state.name}".`,
      "badRequest",
    );
  }
  const others = world.all(clusterToken).filter(({ id }) => id !== previous?.id);
  const rival = others.find(({ state }) => {
    const theirs = state.subnetwork && world.find(subnetworkToken, anyName, state.subnetwork);
    return theirs?.id === subnetwork.id && state.ipAllocationPolicy?.servicesSecondaryRangeName === services;
  });
  if (services !== undefined && rival) {
    throw googleError(
      400,
      `Services secondary range "${services}" is already in use by cluster "${rival.state.name}".`,
      "badRequest",
    );
  }
  requireControlPlaneRange(inputs, subnetwork, others, world.all(subnetworkToken));
}

function requireControlPlaneRange(
  { privateClusterConfig = {} }: Plain,
  { state }: CloudObject,
  clusters: readonly CloudObject[],
  subnetworks: readonly CloudObject[],
): void {
  const range: string | undefined = privateClusterConfig.masterIpv4CidrBlock;
  if (range === undefined) return;
  if (!range.endsWith("/28")) {
    throw googleError(400, `Invalid master_ipv4_cidr_block "${range}": a /28 is required.`, "badRequest");
  }
  const taken = [
    ...subnetworks
      .filter((other) => other.state.network === state.network)
      .flatMap((other) => [
        other.state.ipCidrRange,
        ...(other.state.secondaryIpRanges ?? []).map(({ ipCidrRange }: Plain) => ipCidrRange),
      ]),
    ...clusters
      .filter((other) => other.state.subnetwork === state.id || other.state.subnetwork === state.selfLink)
      .map((other) => other.state.privateClusterConfig?.masterIpv4CidrBlock),
  ].find((other) => typeof other === "string" && overlap(other, range));
  if (taken !== undefined) {
    throw googleError(
      400,
      `The given master_ipv4_cidr ${range} overlaps with an existing network ${taken}.`,
      "badRequest",
    );
  }
}

function requireIdentity({ inputs, settings }: Operation<GcpSettings>): void {
  const pool: string | undefined = inputs.workloadIdentityConfig?.workloadPool;
  const own = `${settings.project}.${settings.universe.workloadIdentityDomain}`;
  if (pool !== undefined && pool !== own) {
    throw googleError(
      400,
      `Invalid workload pool "${pool}": currently, the only supported one is that of the cluster's project, "${own}".`,
      "badRequest",
    );
  }
}

/** The agents that use keys: GKE's own for secrets in etcd, Compute Engine's for disks. */
function requireKeys({ inputs, settings, world }: Operation<GcpSettings>): void {
  const region = regionOf(settings.location!);
  const { databaseEncryption, nodeConfig } = inputs;
  if (databaseEncryption?.keyName) requireKeyUse(world, databaseEncryption.keyName, "container-engine-robot", region);
  if (nodeConfig?.bootDiskKmsKey) requireKeyUse(world, nodeConfig.bootDiskKmsKey, "compute-system", region);
}

async function outputs(operation: Operation<GcpSettings> & { readonly id: string }): Promise<Plain> {
  const { settings, inputs, id, previous, hex, world } = operation;
  const controlPlane = await operation.controlPlane();
  if (inputs.enableMultiNetworking === true) {
    await bringNetworkDefinitions(controlPlane.client);
  }
  const endpoint = new URL(controlPlane.endpoint).host;
  const wanted = resolveVersion(inputs.minMasterVersion, inputs.releaseChannel?.channel ?? "REGULAR");
  const masterVersion = previous ? later(previous.state.masterVersion, wanted) : wanted;
  const subnetwork = inputs.subnetwork && world.find(subnetworkToken, anyName, inputs.subnetwork);
  const { clusterSecondaryRangeName: pods, servicesSecondaryRangeName: services } = inputs.ipAllocationPolicy ?? {};
  const range = (name: string | undefined) => (name && subnetwork ? secondaryRange(subnetwork, name) : undefined);
  const { privateClusterConfig, controlPlaneEndpointsConfig: endpoints = {} } = inputs;
  return {
    endpoint,
    masterAuth: {
      clientCertificate: "",
      clientKey: "",
      clientCertificateConfig: { issueClientCertificate: false },
      ...inputs.masterAuth,
      clusterCaCertificate: controlPlane.certificateAuthority,
    },
    // Whichever of its addresses a program takes, the same control plane is behind it.
    privateClusterConfig: {
      peeringName: "",
      ...privateClusterConfig,
      privateEndpoint: endpoint,
      publicEndpoint: endpoint,
    },
    controlPlaneEndpointsConfig: {
      ipEndpointsConfig: { enabled: true },
      ...endpoints,
      dnsEndpointConfig: { allowExternalTraffic: false, ...endpoints.dnsEndpointConfig, endpoint },
    },
    masterVersion,
    nodeVersion: previous?.state.nodeVersion ?? inputs.nodeVersion ?? masterVersion,
    location: settings.location,
    nodeLocations: clusterZones({ ...inputs, location: settings.location }),
    selfLink: apiLink(settings, "container", `v1/${id}`),
    labelFingerprint: hex(8, JSON.stringify(inputs.resourceLabels ?? {})),
    clusterIpv4Cidr: inputs.clusterIpv4Cidr ?? range(pods),
    servicesIpv4Cidr: range(services),
    networkingMode: inputs.networkingMode ?? "VPC_NATIVE",
    datapathProvider: inputs.datapathProvider ?? "LEGACY_DATAPATH",
    defaultMaxPodsPerNode: inputs.defaultMaxPodsPerNode ?? 110,
    databaseEncryption: inputs.databaseEncryption ?? { state: "DECRYPTED" },
    releaseChannel: inputs.releaseChannel ?? { channel: "REGULAR" },
    deletionProtection: inputs.deletionProtection ?? true,
    enableShieldedNodes: inputs.enableShieldedNodes ?? true,
    operation: "",
  };
}
