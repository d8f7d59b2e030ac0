import { isObject, type Resource } from "../rule";
import {
  amount,
  Bill,
  type CostContext,
  free,
  known,
  poolNamed,
  type ResourceCost,
  regionOf,
  text,
  Unpriced,
  usage,
} from "./resource-cost";
import { listOf } from "./values";

/** What resources of Google Cloud cost, by type. */

type Cost = (resource: Resource, context: CostContext) => ResourceCost;

const bill = (resource: Resource, context: CostContext) => new Bill("gcp", regionOf(resource, context), context);

const diskTypes = ["pd-balanced", "pd-standard", "pd-ssd", "hyperdisk-balanced", "hyperdisk-extreme"] as const;

/** Sizes that GKE gives where none are stated. Source: the provider's schema (gcp 9.37, `diskSizeGb`, `diskType`). */
const bootDisk = { gib: 100, type: "pd-balanced" } as const;

/** Machines that take no Persistent Disk, and boot from Hyperdisk. Source: as above, and GKE's table of machine series. */
const withoutPersistentDisk = /^(a3-ultragpu|a4)/;

/** GiB of one local SSD of the machines here. Source: https://cloud.google.com/compute/docs/disks/local-ssd. */
const localSsdGib = 375;

/** Zones that a regional cluster has where none are stated; see components/cluster/gke/zones.ts. */
const defaultZones = 3;

function disk(to: Bill, type: string, gib: number, count: number): Bill {
  const sku = diskTypes.find((each) => each === type);
  if (sku === undefined) throw new Unpriced(`the catalog has no price of disks of type ${type}`);
  return to.add(sku, gib * count, `${count} x ${gib} GiB of ${type}`);
}

/** The nodes that a node pool may come to: by its autoscaling, or by zone. */
function mostNodes(resource: Resource): number {
  const total = amount(resource, "autoscaling", "totalMaxNodeCount");
  if (total !== undefined) return total;
  const location = text(resource, "location") ?? "";
  const zonal = /-[a-z]$/.test(location);
  const zones = listOf(known(resource, "nodeLocations")).length || (zonal ? 1 : defaultZones);
  const perZone = amount(resource, "autoscaling", "maxNodeCount") ?? amount(resource, "nodeCount");
  if (perZone === undefined) throw new Unpriced("the number of its nodes is not stated");
  return perZone * zones;
}

/** The disks of a node pool's machines; its machines too, unless a pool of the environment is priced by just those. */
const nodePool: Cost = (resource, context) => {
  const to = bill(resource, context);
  const pool = poolNamed(text(resource, "name") ?? resource.name, context);
  const type = text(resource, "nodeConfig", "machineType");
  const spot = known(resource, "nodeConfig", "spot") === true || known(resource, "nodeConfig", "preemptible") === true;
  const nodes = mostNodes(resource);
  const counted =
    pool !== undefined &&
    pool.nodes === "group" &&
    nodes <= pool.max &&
    type === pool.machine.type &&
    (pool.capacity === "spot") === spot;
  if (!counted) {
    if (type === undefined) throw new Unpriced("its machine type is not stated, and it is no pool of the environment");
    to.machines(type, nodes, spot);
  }
  const size =
    amount(resource, "nodeConfig", "bootDisk", "sizeGb") ??
    amount(resource, "nodeConfig", "diskSizeGb") ??
    bootDisk.gib;
  const stated = text(resource, "nodeConfig", "bootDisk", "diskType") ?? text(resource, "nodeConfig", "diskType");
  const usual = withoutPersistentDisk.test(type ?? "") ? "hyperdisk-balanced" : bootDisk.type;
  disk(to, stated ?? usual, size, nodes);
  const ssds =
    (amount(resource, "nodeConfig", "ephemeralStorageLocalSsdConfig", "localSsdCount") ?? 0) +
    (amount(resource, "nodeConfig", "localNvmeSsdBlockConfig", "localSsdCount") ?? 0) +
    (amount(resource, "nodeConfig", "localSsdCount") ?? 0);
  if (ssds > 0) {
    const gib = ssds * localSsdGib;
    to.add(spot ? "local-ssd-spot" : "local-ssd", gib * nodes, `${nodes} x ${gib} GiB of local SSD`);
  }
  return to.total();
};

const cluster: Cost = (resource, context) => {
  if (known(resource, "enableAutopilot") === true) {
    throw new Unpriced("what Autopilot bills by pod is not in the catalog");
  }
  if (text(resource, "releaseChannel", "channel")?.toUpperCase() === "EXTENDED") {
    throw new Unpriced("what the Extended channel adds is not in the catalog");
  }
  if (known(resource, "removeDefaultNodePool") !== true) {
    throw new Unpriced("it keeps its default node pool, which is no pool of the environment");
  }
  const to = bill(resource, context).add("gke-cluster", 1, "control plane");
  if (known(resource, "clusterAutoscaling", "enabled") === true) {
    const defaults = ["clusterAutoscaling", "autoProvisioningDefaults"] as const;
    const size = amount(resource, ...defaults, "diskSize") ?? bootDisk.gib;
    const type = text(resource, ...defaults, "diskType") ?? bootDisk.type;
    const provisioned = context.environment.pools.filter(({ nodes }) => nodes === "auto-provisioned");
    if (provisioned.length === 0) {
      throw new Unpriced("GKE may make machines in it by itself, and no pool of the environment is auto-provisioned");
    }
    for (const { max } of provisioned) disk(to, type, size, max);
  }
  return to.total();
};

const nat: Cost = (resource, context) => {
  const to = bill(resource, context).add("cloud-nat", 1, "gateway, with 32 machines or more");
  // Addresses that it was given are resources of their own.
  if (text(resource, "natIpAllocateOption") !== "MANUAL_ONLY")
    to.add("external-ip", 1, "one address; more as it needs them");
  return to.total();
};

const cryptoKey: Cost = (resource, context) => {
  const level = text(resource, "versionTemplate", "protectionLevel")?.toUpperCase() ?? "SOFTWARE";
  if (level !== "SOFTWARE") throw new Unpriced(`the catalog has no price of keys with protection level ${level}`);
  return bill(resource, context).add("kms-key-version", 1, "one active version").total();
};

/** Control packages of Assured Workloads' premium tier, which adds a share to everything; total.ts adds it. */
const premium = ["EU_REGIONS_AND_SUPPORT", "EU_DATA_BOUNDARY_AND_SUPPORT"];

const workload: Cost = (resource) => {
  const regime = text(resource, "complianceRegime")?.toUpperCase() ?? "(none stated)";
  if (!premium.includes(regime)) throw new Unpriced(`what ${regime} adds to everything is not in the catalog`);
  return usage("it adds a share to what everything in its folder costs, which the total has");
};

/** Whether a resource adds the share of Assured Workloads' premium tier to everything. */
export const addsShare = ({ type }: Resource): boolean => type === "gcp:assuredworkloads/workload:Workload";

const address: Cost = (resource, context) =>
  text(resource, "addressType")?.toUpperCase() === "INTERNAL"
    ? free("internal addresses cost nothing")
    : bill(resource, context).add("external-ip", 1, "external address in use").total();

const subnetwork: Cost = (resource) =>
  isObject(known(resource, "logConfig")) ? usage("its flow logs cost by GB taken in") : free("networks cost nothing");

const one =
  (sku: Parameters<Bill["add"]>[0], what: string): Cost =>
  (resource, context) =>
    bill(resource, context).add(sku, 1, what).total();

const all = (types: readonly string[], cost: ResourceCost): [string, Cost][] => types.map((type) => [type, () => cost]);

export const gcpCosts: Readonly<Record<string, Cost>> = {
  "gcp:container/cluster:Cluster": cluster,
  "gcp:container/nodePool:NodePool": nodePool,
  "gcp:compute/routerNat:RouterNat": nat,
  "gcp:compute/address:Address": address,
  "gcp:compute/globalAddress:GlobalAddress": address,
  "gcp:compute/forwardingRule:ForwardingRule": one("forwarding-rule", "forwarding rule"),
  "gcp:compute/subnetwork:Subnetwork": subnetwork,
  "gcp:compute/disk:Disk": (resource, context) => {
    const size = amount(resource, "size");
    if (size === undefined) throw new Unpriced("its size is not stated");
    const type = text(resource, "type")?.split("/").at(-1) ?? "pd-standard";
    return disk(bill(resource, context), type, size, 1).total();
  },
  "gcp:kms/cryptoKey:CryptoKey": cryptoKey,
  "gcp:dns/managedZone:ManagedZone": one("dns-zone", "zone"),
  "gcp:assuredworkloads/workload:Workload": workload,
  ...Object.fromEntries([
    ...all(
      [
        "gcp:compute/firewall:Firewall",
        "gcp:compute/network:Network",
        "gcp:compute/route:Route",
        "gcp:compute/router:Router",
        "gcp:compute/resourcePolicy:ResourcePolicy",
      ],
      free("networks, their rules and placement cost nothing; what passes through them may"),
    ),
    ...all(
      [
        "gcp:binaryauthorization/policy:Policy",
        "gcp:dns/recordSet:RecordSet",
        "gcp:kms/keyRing:KeyRing",
        "gcp:projects/service:Service",
      ],
      free("part of what it is a setting of"),
    ),
    ...all(
      [
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:serviceaccount/account:Account",
        "gcp:serviceaccount/iAMMember:IAMMember",
      ],
      free("identities cost nothing"),
    ),
    ...all(["gcp:storage/bucket:Bucket"], usage("buckets cost by GiB kept and by request")),
    ...all(["gcp:artifactregistry/repository:Repository"], usage("registries cost by GB kept")),
    ...all(
      [
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        "gcp:logging/projectSink:ProjectSink",
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
      ],
      usage("logs cost by GiB taken in and kept, where they are kept"),
    ),
    ...all(
      [
        "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter",
        "gcp:orgpolicy/policy:Policy",
        "gcp:projects/accessApprovalSettings:AccessApprovalSettings",
        "gcp:projects/organizationPolicy:OrganizationPolicy",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
      ],
      free("a setting; a plan of support that it may need is bought by the organization"),
    ),
  ]),
};
