import { describe, expect, it } from "vitest";
import { universeOf } from "../../../catalog/regions";
import { GkeError, obstacles } from "./checks";
import { type Change, gkeArgs, h100Pool, recordGke, s3nsArgs, systemPool } from "./testing";

function found(change: Change, over: Partial<Parameters<typeof obstacles>[0]> = {}): string[] {
  const { cluster, pools, mirror } = gkeArgs(change);
  return obstacles({ cluster, pools, mirror, universe: universeOf(cluster.region), ...over });
}

const { network } = gkeArgs().cluster;
const h200Pool = { ...h100Pool, accelerator: "h200-141gb", multiNode: true } as const;
const provisioned = {
  name: "burst",
  accelerator: "l4-24gb",
  perNode: 1,
  min: 0,
  max: 4,
  nodes: "auto-provisioned",
  devices: { owner: "device-plugin" },
} as const;

describe("obstacles", () => {
  it("are none for what GKE can make", () => {
    expect(found({})).toEqual([]);
    expect(found({ pools: [systemPool, provisioned] })).toEqual([]);
    expect(obstacles(s3nsArgs())).toEqual([]);
  });

  it.each<[string, Change, string]>([
    [
      "a key elsewhere",
      { cluster: { encryption: { key: "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k" } } },
      "cluster.encryption.key: europe-west1 is where the key is; it must be in europe-west4",
    ],
    [
      "a closed network without a mirror",
      { cluster: { network: { ...network, egress: "none" } }, mirror: {} },
      "cluster.network.egress: none, and no mirror.images",
    ],
    [
      "drivers of two kinds",
      { pools: [systemPool, h100Pool, { ...h100Pool, name: "other", driver: "operator" }] },
      "pools: their drivers differ (image, operator)",
    ],
    [
      "nodes that cannot be spread evenly",
      { pools: [{ ...systemPool, min: 4, max: 4 }] },
      "pools.system.zones: 3 zones with 2 nodes each are more than 4",
    ],
    [
      "a minimum that is more than the maximum in all zones",
      { pools: [{ ...systemPool, min: 1, max: 2 }] },
      "pools.system.max: 3 zones with 1 nodes each are more than 2",
    ],
    [
      "a name that is too long",
      { pools: [{ ...systemPool, name: "a".repeat(41) }] },
      "name: a node pool of GKE has at most 40 characters",
    ],
    [
      "two zones of RDMA",
      {
        pools: [
          systemPool,
          { ...h200Pool, name: "h200-b", zones: ["europe-west4-b"] },
          { ...h200Pool, name: "h200-c", zones: ["europe-west4-c"] },
        ],
      },
      "pools: h200-b, h200-c: an RDMA network is of one zone; they name europe-west4-b, europe-west4-c",
    ],
    [
      "no range for the networks between GPUs",
      {
        cluster: {
          network: {
            ...network,
            controlPlane: "10.82.0.0/28",
            peers: ["192.168.0.0/16", "172.16.0.0/12", "100.64.0.0/10"],
          },
        },
        pools: [systemPool, { ...h100Pool, multiNode: true }],
      },
      "cluster.network: leaves no /16",
    ],
    [
      "DRA on nodes that GKE provisions",
      { pools: [systemPool, { ...provisioned, devices: { owner: "dra" } }] },
      "pools.burst.devices.owner: GKE provisions no nodes whose GPUs another than its device plugin hands out",
    ],
    [
      "spot nodes that GKE provisions",
      { pools: [systemPool, { ...provisioned, capacity: "spot" }] },
      "pools.burst.capacity: GKE provisions no spot nodes",
    ],
    [
      "reserved nodes that GKE provisions",
      { pools: [systemPool, { ...provisioned, capacity: "reserved", reservation: "r", zones: ["europe-west4-b"] }] },
      "pools.burst.capacity: GKE provisions no nodes of a reservation",
    ],
    [
      "nodes next to each other that GKE provisions",
      { pools: [systemPool, { ...provisioned, multiNode: true, zones: ["europe-west4-b"] }] },
      "pools.burst.multiNode: GKE provisions no nodes next to each other",
    ],
    [
      "another driver on nodes that GKE provisions",
      { pools: [systemPool, { ...provisioned, driver: "operator" }] },
      "pools.burst.driver: GKE provisions no nodes without the driver",
    ],
  ])("%s", (_name, change, message) => {
    const problems = found(change);
    expect(
      problems.some((problem) => problem.includes(message)),
      problems.join("\n"),
    ).toBe(true);
  });

  it("a universe without node pools of one's own, as S3NS is today", () => {
    expect(obstacles({ ...s3nsArgs(), universe: universeOf("u-france-east1") })).toEqual([
      expect.stringContaining("u-france-east1 is in the universe s3nsapis.fr, whose GKE offers autopilot only"),
    ]);
  });

  it("a project without its universe's prefix, and Assured Workloads where there are none", () => {
    const assuredWorkload = {
      organization: "1",
      billingAccount: "012345-6789AB-CDEF01",
      regime: "EU_REGIONS_AND_SUPPORT",
    } as const;
    expect(obstacles(s3nsArgs({ project: "acme-ai-prod", assuredWorkload }))).toEqual([
      "cluster.project: acme-ai-prod must start with s3ns: in the universe s3nsapis.fr",
      "cluster.assuredWorkload: there are no Assured Workloads in the universe s3nsapis.fr; leave it out",
    ]);
  });

  it("no pool that the platform could run on", () => {
    const { pools } = gkeArgs();
    const [system] = pools;
    const spot = { ...system!, capacity: "spot" as const };
    expect(found({}, { pools: [spot] })).toEqual([expect.stringContaining("none is a CPU pool")]);
  });
});

describe("GkeCluster", () => {
  it("says all that is wrong before it makes anything", async () => {
    const args = gkeArgs({
      pools: [{ ...systemPool, min: 4, max: 4 }, h100Pool],
      cluster: { network: { ...network, egress: "none" } },
      mirror: {},
    });
    const failure = await recordGke(args).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GkeError);
    expect((failure as GkeError).problems).toHaveLength(2);
    expect((failure as GkeError).message).toMatch(
      /^GKE cannot make cluster "ai-prod" as it is stated:\n {2}cluster\.network/,
    );
  });
});
