import * as compute from "@pulumi/gcp/compute";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { GoogleUniverse } from "../../../catalog/partitions";
import { PrivateAccess } from "./private-access";
import type { GkeSettings } from "./settings";

export interface GkeNetworkArgs {
  readonly cluster: GkeSettings;
  readonly universe: GoogleUniverse;
  /** Range of GKE's load balancers, where they are to call pods. */
  readonly proxyRange?: string;
  /** What must be there before the first network. */
  readonly after: ComponentResource;
}

/** Names of the subnetwork's secondary ranges. */
export const podRange = "pods";
export const serviceRange = "services";

/** The network of the nodes, and the one way out of it, if there is one. */
export class GkeNetwork extends ComponentResource {
  readonly network: compute.Network;
  readonly subnetwork: compute.Subnetwork;

  constructor(name: string, { cluster, universe, proxyRange, after }: GkeNetworkArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:GkeNetwork", name, {}, opts);
    const { region } = cluster;
    const child = { parent: this };
    this.network = new compute.Network(
      "network",
      {
        name: cluster.name,
        autoCreateSubnetworks: false,
        routingMode: "REGIONAL",
        // The default route stays where egress is none: Google's own addresses are routed by it. No node has an address
        // that anything else would answer to, and the firewall lets nothing else out.
        deleteDefaultRoutesOnCreate: false,
      },
      { ...child, dependsOn: [after] },
    );
    this.subnetwork = new compute.Subnetwork(
      "nodes",
      {
        name: `${cluster.name}-nodes`,
        network: this.network.id,
        region,
        ipCidrRange: cluster.network.nodes,
        secondaryIpRanges: [
          { rangeName: podRange, ipCidrRange: cluster.network.pods },
          { rangeName: serviceRange, ipCidrRange: cluster.network.services },
        ],
        stackType: "IPV4_ONLY",
        privateIpGoogleAccess: true,
        logConfig: { aggregationInterval: "INTERVAL_30_SEC", flowSampling: 0.5, metadata: "INCLUDE_ALL_METADATA" },
      },
      child,
    );
    if (proxyRange !== undefined) {
      new compute.Subnetwork(
        "proxies",
        {
          name: `${cluster.name}-proxies`,
          network: this.network.id,
          region,
          ipCidrRange: proxyRange,
          purpose: "REGIONAL_MANAGED_PROXY",
          role: "ACTIVE",
        },
        child,
      );
    }
    if (cluster.network.egress === "nat") {
      const router = new compute.Router("router", { name: cluster.name, network: this.network.id, region }, child);
      new compute.RouterNat(
        "nat",
        {
          name: cluster.name,
          router: router.name,
          region,
          natIpAllocateOption: "AUTO_ONLY",
          enableDynamicPortAllocation: true,
          sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
          subnetworks: [
            {
              name: this.subnetwork.id,
              sourceIpRangesToNats: ["PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"],
              secondaryIpRangeNames: [podRange],
            },
          ],
          logConfig: { enable: true, filter: "ERRORS_ONLY" },
        },
        child,
      );
    } else {
      new PrivateAccess("private-access", { cluster, universe, network: this.network }, child);
    }
    this.registerOutputs({});
  }
}
