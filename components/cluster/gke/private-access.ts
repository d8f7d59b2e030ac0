import * as compute from "@pulumi/gcp/compute";
import * as dns from "@pulumi/gcp/dns";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { GoogleUniverse } from "../../../catalog/partitions";
import type { GkeSettings } from "./settings";

export interface PrivateAccessArgs {
  readonly cluster: GkeSettings;
  readonly universe: GoogleUniverse;
  /** The network that is closed. */
  readonly network: compute.Network;
}

/** Seconds that a record may be kept. The addresses have never changed. */
const ttl = 300;

/** The four addresses of a /30. */
function addressesOf(range: string): string[] {
  const [address = ""] = range.split("/");
  const parts = address.split(".");
  const last = Number(parts.pop());
  return [0, 1, 2, 3].map((step) => [...parts, last + step].join("."));
}

/**
 * Closes a network: what leaves it goes to the cluster itself, to connected networks and to Google's APIs by the addresses
 * that only services under VPC Service Controls answer to. Everything else is refused and logged.
 */
export class PrivateAccess extends ComponentResource {
  constructor(name: string, { cluster, universe, network }: PrivateAccessArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:PrivateAccess", name, {}, opts);
    const { nodes, pods, controlPlane, peers } = cluster.network;
    const { dnsSuffix, restrictedVip, restrictedRegistries } = universe;
    const child = { parent: this };
    const all = [{ protocol: "all" }];
    const tcp = [{ protocol: "tcp" }];
    const https = [{ protocol: "tcp", ports: ["443"] }];
    for (const [to, destinationRanges, allows] of [
      ["cluster", [nodes, pods], all],
      ["control-plane", [controlPlane], tcp],
      ["google-apis", [restrictedVip], https],
      ["peers", peers, tcp],
    ] as const) {
      if (destinationRanges.length > 0) {
        new compute.Firewall(
          `allow-${to}`,
          {
            name: `${cluster.name}-allow-${to}`,
            network: network.id,
            direction: "EGRESS",
            priority: 1000,
            destinationRanges: [...destinationRanges],
            allows: [...allows],
          },
          child,
        );
      }
    }
    new compute.Firewall(
      "deny-egress",
      {
        name: `${cluster.name}-deny-egress`,
        network: network.id,
        direction: "EGRESS",
        priority: 65000,
        destinationRanges: ["0.0.0.0/0"],
        denies: all,
        logConfig: { metadata: "INCLUDE_ALL_METADATA" },
      },
      child,
    );

    const apiHost = `restricted.${dnsSuffix}.`;
    for (const domain of [dnsSuffix, ...restrictedRegistries]) {
      const key = domain.replaceAll(".", "-");
      const zone = new dns.ManagedZone(
        key,
        {
          name: `${cluster.name}-${key}`,
          dnsName: `${domain}.`,
          description: `${domain}, by the addresses that a network without a way out reaches.`,
          visibility: "private",
          privateVisibilityConfig: { networks: [{ networkUrl: network.id }] },
        },
        child,
      );
      const host = domain === dnsSuffix ? apiHost : `${domain}.`;
      const records = [
        { name: host, type: "A", rrdatas: addressesOf(restrictedVip) },
        { name: `*.${domain}.`, type: "CNAME", rrdatas: [host] },
      ];
      for (const { type, ...record } of records) {
        new dns.RecordSet(`${key}-${type.toLowerCase()}`, { ...record, type, ttl, managedZone: zone.name }, child);
      }
    }
    this.registerOutputs({});
  }
}
