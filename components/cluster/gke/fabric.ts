import * as compute from "@pulumi/gcp/compute";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { gkeFabrics } from "../../../catalog/gke";
import { machines } from "../../../catalog/machines";
import { overlap } from "../../../stacks/cidr";
import type { Pool } from "../../../stacks/environment";
import type { GkeSettings } from "./settings";

/** An interface that a node has beside its first, and the name by which pods ask for it. */
export interface FabricInterface {
  /** As in Google's guides to GPUDirect: `vpc1`, `gvnic-1`, `rdma-0`. */
  readonly name: string;
  readonly network: compute.Network;
  readonly subnetwork: compute.Subnetwork;
  readonly mode: "NetDevice" | "RDMA";
}

export interface GkeFabricArgs {
  readonly cluster: GkeSettings;
  readonly pools: readonly Pool[];
  /** What must be there before the first network. */
  readonly after: ComponentResource;
}

/** The GPUDirect that a pool's nodes reach each other by; undefined where the first interface is all there is. */
export function fabricOf({ multiNode, nodes, machine }: Pool) {
  const fabric = machines[`gcp/${machine.type}`]?.fabric;
  const none =
    !multiNode || nodes !== "group" || fabric === undefined || fabric.kind === "none" || fabric.kind === "efa";
  return none ? undefined : fabric;
}

/** Ranges that subnetworks of the fabric may be cut from: each is halved four times, into sixteen of /20. */
const ranges = [
  "192.168.0.0/16",
  ...Array.from({ length: 16 }, (_, index) => `172.${16 + index}.0.0/16`),
  ...Array.from({ length: 64 }, (_, index) => `100.${64 + index}.0.0/16`),
];

/** A range of the fabric that nothing of the cluster uses. Undefined when all are taken. */
export function freeRange({ network }: GkeSettings): string | undefined {
  const taken = [network.nodes, network.pods, network.services, network.controlPlane, ...network.peers];
  return ranges.find((range) => !taken.some((other) => overlap(range, other)));
}

const part = (range: string, index: number): string => range.replace(".0.0/16", `.${index * 16}.0/20`);

/**
 * The networks between GPUs of several nodes. GPUDirect-TCPX and -TCPXO give each of their interfaces a network of its
 * own; RDMA gives all of them one, of a zone, and asks for one more ordinary interface. Nothing routes out of them.
 * Sources: those of catalog/gke.ts; docs.cloud.google.com/kubernetes-engine/docs/how-to/gpu-bandwidth-gpudirect-tcpx.
 */
export class GkeFabric extends ComponentResource {
  private readonly tcp: readonly FabricInterface[];
  private readonly rdma: readonly FabricInterface[];

  constructor(name: string, { cluster, pools, after }: GkeFabricArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:GkeFabric", name, {}, opts);
    const range = freeRange(cluster);
    const wanted = pools.flatMap((pool) => {
      const fabric = fabricOf(pool);
      return fabric === undefined ? [] : [{ ...fabric, zone: pool.zones?.[0] }];
    });
    const most = (kinds: readonly string[]) =>
      Math.max(0, ...wanted.filter(({ kind }) => kinds.includes(kind)).map(({ interfaces }) => interfaces));
    const overTcp = most(["gpudirect-tcpx", "gpudirect-tcpxo"]);
    const overRdma = wanted.find(({ kind }) => kind === "gpudirect-rdma");
    const { mtu, extraNetworks } = gkeFabrics["gpudirect-rdma"];

    let used = 0;
    const subnetwork = (key: string, network: compute.Network) =>
      new compute.Subnetwork(
        key,
        {
          name: `${cluster.name}-${key}`,
          network: network.id,
          region: cluster.region,
          ipCidrRange: part(range!, used++),
        },
        { parent: this },
      );
    const ordinary = (key: string, unit: number): FabricInterface => {
      const network = new compute.Network(
        key,
        {
          name: `${cluster.name}-${key}`,
          autoCreateSubnetworks: false,
          deleteDefaultRoutesOnCreate: true,
          mtu: unit,
        },
        { parent: this, dependsOn: [after] },
      );
      new compute.Firewall(
        key,
        {
          name: `${cluster.name}-${key}-internal`,
          network: network.id,
          direction: "INGRESS",
          sourceRanges: [range!],
          allows: [{ protocol: "tcp" }, { protocol: "udp" }, { protocol: "icmp" }],
        },
        { parent: this },
      );
      return { name: key, network, subnetwork: subnetwork(key, network), mode: "NetDevice" };
    };
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

    this.tcp = numbers(overTcp).map((index) => ordinary(`vpc${index + 1}`, gkeFabrics["gpudirect-tcpxo"].mtu));
    this.rdma = [];
    if (overRdma !== undefined) {
      const extra = numbers(extraNetworks).map((index) => ordinary(`gvnic-${index + 1}`, mtu));
      const network = new compute.Network(
        "rdma",
        {
          name: `${cluster.name}-rdma`,
          autoCreateSubnetworks: false,
          mtu,
          // Such a network is of one zone, and lets in and out what its own interfaces send.
          networkProfile: `projects/${cluster.project}/global/networkProfiles/${overRdma.zone}-vpc-roce`,
        },
        { parent: this, dependsOn: [after] },
      );
      this.rdma = [
        ...extra,
        ...numbers(overRdma.interfaces).map((index) => {
          const key = `rdma-${index}`;
          return { name: key, network, subnetwork: subnetwork(key, network), mode: "RDMA" as const };
        }),
      ];
    }
    this.registerOutputs({});
  }

  /** Every interface that some node has. */
  get interfaces(): readonly FabricInterface[] {
    return [...this.tcp, ...this.rdma];
  }

  /** What the nodes of a pool have beside their first interface. */
  interfacesOf(pool: Pool): readonly FabricInterface[] {
    const fabric = fabricOf(pool);
    if (fabric === undefined) {
      return [];
    }
    return fabric.kind === "gpudirect-rdma" ? this.rdma : this.tcp.slice(0, fabric.interfaces);
  }
}
