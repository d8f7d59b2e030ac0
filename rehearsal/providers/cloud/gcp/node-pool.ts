import { Unknown } from "../../kubernetes/values";
import type { CloudObject, Failure, Operation, Plain, WorldView } from "../kind";
import { clusterToken, elsewhere, fixedNodeConfig } from "./cluster";
import { skew } from "./gke-version";
import { accountToken, othersAccount } from "./iam";
import { cryptoKeyToken, requireKeyUse } from "./kms";
import { machineOf, requireGpus } from "./machines";
import { computeLink, fullName, regionOf, shortName } from "./names";
import { anyName, networkToken } from "./network";
import { groupName, inTotal, type NodesOf, nodesOfPool, perZone } from "./nodes";
import { gcpKind, googleError, googleMessage, inLocation } from "./resource";
import { placesGroups, resourcePolicyToken } from "./resource-policy";
import type { GcpSettings } from "./settings";
import { subnetworkToken } from "./subnetwork";

const nodePoolToken = "gcp:container/nodePool:NodePool";

const nameOf = (settings: GcpSettings, { cluster, name }: Plain): string =>
  fullName(settings, `locations/${settings.location}/clusters/${shortName(cluster)}/nodePools/${name}`);

const clusterOf = (world: WorldView, { cluster }: Plain): CloudObject =>
  world.find(clusterToken, ["id", "name"], cluster)!;

const zonesOfPool = ({ nodeLocations }: Plain, cluster: CloudObject): string[] =>
  nodeLocations?.length > 0 ? nodeLocations : cluster.state.nodeLocations;

/** Nodes in each zone. A pool that scales stays at what it began with, be it below its minimum, until nodes are needed. */
function countsOf({ nodeCount, initialNodeCount, autoscaling = {} }: Plain, zones: readonly string[]): number[] {
  const stated = nodeCount ?? initialNodeCount;
  if (stated === undefined && autoscaling.totalMinNodeCount !== undefined) {
    return inTotal(zones, autoscaling.totalMinNodeCount);
  }
  return perZone(zones, stated ?? autoscaling.minNodeCount ?? 0);
}

function poolOf(object: Plain, cluster: CloudObject): NodesOf {
  const zones = zonesOfPool(object, cluster);
  return {
    cluster,
    zones,
    name: object.name,
    counts: countsOf(object, zones),
    version: object.version ?? cluster.state.nodeVersion,
    nodeConfig: object.nodeConfig ?? {},
    compact: object.placementPolicy?.type === "COMPACT" && !object.queuedProvisioning?.enabled,
  };
}

export const nodePool = gcpKind({
  token: nodePoolToken,
  api: "container",
  needs: ["project", "location"],
  namePattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  autoname: { field: "name", longest: 40 },
  immutable: [
    ...["name", "namePrefix", "project", "cluster", "location", "initialNodeCount", "maxPodsPerNode"],
    ...["placementPolicy", "queuedProvisioning"],
    ...[
      "acceleratorNetworkProfile",
      "additionalNodeNetworkConfigs",
      "additionalPodNetworkConfigs",
      "createPodRange",
    ].map((field) => `networkConfig.${field}`),
    ...["podCidrOverprovisionConfig", "podIpv4CidrBlock", "podRange", "subnetwork"].map(
      (field) => `networkConfig.${field}`,
    ),
    ...fixedNodeConfig,
  ],
  references: [
    // It goes with its cluster.
    { path: "cluster", to: clusterToken, by: ["id", "name"], holds: false },
    { path: "placementPolicy.policyName", to: resourcePolicyToken, by: anyName },
    { path: "nodeConfig.bootDiskKmsKey", to: cryptoKeyToken, by: "id", holds: false, outside: elsewhere },
    {
      path: "nodeConfig.serviceAccount",
      to: accountToken,
      by: "email",
      holds: false,
      outside: othersAccount,
    },
    { path: "networkConfig.additionalNodeNetworkConfigs.*.network", to: networkToken, by: anyName },
    { path: "networkConfig.additionalNodeNetworkConfigs.*.subnetwork", to: subnetworkToken, by: anyName },
  ],
  identity: ({ cluster, name }) => `${shortName(cluster)}/${name}`,
  conflict: ({ settings, inputs }) => `resource - ${nameOf(settings, inputs)} - already exists`,
  missing: (value) => googleMessage(404, `Not found: ${value}.`, "notFound"),
  check,
  validate,
  id: ({ settings, inputs }) => nameOf(settings, inputs),
  outputs({ inputs, settings, world, ...operation }) {
    const cluster = clusterOf(world, inputs);
    const pool = poolOf(inputs, cluster);
    const groups = pool.zones.map((zone) =>
      computeLink(
        settings,
        fullName(
          settings,
          `zones/${zone}/instanceGroupManagers/${groupName(pool, zone, { inputs, settings, world, ...operation })}-grp`,
        ),
      ),
    );
    return {
      location: settings.location,
      nodeLocations: pool.zones,
      nodeCount: inputs.nodeCount ?? Math.max(...pool.counts),
      initialNodeCount: inputs.initialNodeCount ?? Math.max(...pool.counts),
      version: inputs.version ?? operation.previous?.state.version ?? cluster.state.masterVersion,
      maxPodsPerNode: inputs.maxPodsPerNode ?? cluster.state.defaultMaxPodsPerNode,
      management: inputs.management ?? { autoRepair: true, autoUpgrade: true },
      upgradeSettings: inputs.upgradeSettings ?? { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
      instanceGroupUrls: groups,
      managedInstanceGroupUrls: groups.map((url) => url.replace("/instanceGroupManagers/", "/instanceGroups/")),
      namePrefix: "",
      operation: "",
    };
  },
  // By what was asked for: `nodeCount` among the outputs is what became of it.
  nodes: ({ inputs, state }, operation) =>
    nodesOfPool(poolOf({ ...inputs, version: state.version }, clusterOf(operation.world, inputs)), operation),
  // GKE keeps a pool for which there were no machines, without nodes.
  failed: { nodeCount: 0, instanceGroupUrls: [], managedInstanceGroupUrls: [] },
});

function check({ name, initialNodeCount, nodeCount, autoscaling = {} }: Plain): Failure[] {
  const failures: Failure[] = [];
  if (initialNodeCount !== undefined && nodeCount !== undefined) {
    const reason = `Cannot set both initial_node_count and node_count on node pool ${name}`;
    failures.push({ property: "nodeCount", reason });
  }
  if (autoscaling instanceof Unknown) return failures;
  const { minNodeCount, maxNodeCount, totalMinNodeCount, totalMaxNodeCount } = autoscaling;
  const given = (...values: unknown[]) => values.some((value) => value !== undefined);
  if (given(minNodeCount, maxNodeCount) && given(totalMinNodeCount, totalMaxNodeCount)) {
    const reason =
      "has limits for each zone (minNodeCount, maxNodeCount) or in total (totalMinNodeCount, totalMaxNodeCount)";
    failures.push({ property: "autoscaling", reason });
  }
  for (const [low, high] of [
    [minNodeCount, maxNodeCount],
    [totalMinNodeCount, totalMaxNodeCount],
  ]) {
    if (typeof low === "number" && typeof high === "number" && low > high) {
      failures.push({ property: "autoscaling", reason: `its minimum, ${low}, is above its maximum, ${high}` });
    }
  }
  return failures;
}

function validate({ inputs, settings, world }: Operation<GcpSettings>): void {
  const cluster = clusterOf(world, inputs);
  const refuse = (message: string) => googleError(400, message, "badRequest");
  if (cluster.state.enableAutopilot) {
    throw refuse(`Node pools of one's own are not to be had in the Autopilot cluster "${cluster.state.name}".`);
  }
  const region = regionOf(settings.location!);
  const zones = zonesOfPool(inputs, cluster);
  const stray = zones.find((zone) => !inLocation(region, zone));
  if (stray !== undefined) throw refuse(`Zone "${stray}" is not in the cluster's region "${region}".`);

  const { nodeConfig = {}, management = {}, version } = inputs;
  const machines = zones.map((zone) => machineOf(nodeConfig, zone));
  requireGpus(nodeConfig, machines[0]!);
  if (nodeConfig.spot && nodeConfig.preemptible) throw refuse("A node pool is either preemptible or spot, not both.");
  if (nodeConfig.spot && nodeConfig.reservationAffinity?.consumeReservationType === "SPECIFIC_RESERVATION") {
    throw refuse("Spot VMs cannot consume a reservation.");
  }
  requirePlacement(inputs, zones, machines[0]!.placement, world);
  const { channel } = cluster.state.releaseChannel ?? {};
  if (channel !== "UNSPECIFIED" && (management.autoUpgrade === false || management.autoRepair === false)) {
    throw refuse(`Auto_upgrade and auto_repair cannot be false when release_channel ${channel} is set.`);
  }
  const master = cluster.state.masterVersion;
  // Kubelets may be up to three minors behind the API server, and none before it.
  if (version !== undefined && (skew(master, version) < 0 || skew(master, version) > 3)) {
    throw refuse(
      `Node version "${version}" must be at most three minor versions behind the master version "${master}", and not newer.`,
    );
  }
  if (nodeConfig.bootDiskKmsKey) requireKeyUse(world, nodeConfig.bootDiskKmsKey, "compute-system", region);
}

/** Source of the limits: cloud.google.com/kubernetes-engine/docs/how-to/compact-placement, 2026-11. */
function requirePlacement(
  { placementPolicy, nodeConfig }: Plain,
  zones: readonly string[],
  able: boolean,
  world: WorldView,
) {
  if (placementPolicy?.type !== "COMPACT") return;
  const refuse = (message: string) => googleError(400, message, "badRequest");
  if (!able) throw refuse(`Compact placement is not available with machine type "${nodeConfig?.machineType}".`);
  if (zones.length > 1) {
    throw refuse(`Compact placement puts nodes into one zone, and the node pool is in ${zones.join(", ")}.`);
  }
  const policy = placementPolicy.policyName && world.find(resourcePolicyToken, anyName, placementPolicy.policyName);
  if (policy && !placesGroups(policy)) {
    throw refuse(`Resource policy "${policy.state.name}" has no group placement policy.`);
  }
}
