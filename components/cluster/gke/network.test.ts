import { beforeAll, describe, expect, it } from "vitest";
import { type GkeRecording, gkeArgs, recordGke } from "./testing";

const { network: ranges } = gkeArgs().cluster;
const firewall = "gcp:compute/firewall:Firewall";

describe("the network of a cluster with NAT", () => {
  let recording: GkeRecording;
  beforeAll(async () => {
    recording = await recordGke(gkeArgs());
  });

  it("has the subnetwork that was stated, and no other", () => {
    expect(recording.one("gcp:compute/network:Network", "network").inputs).toEqual({
      name: "ai-prod",
      autoCreateSubnetworks: false,
      routingMode: "REGIONAL",
      deleteDefaultRoutesOnCreate: false,
    });
    expect(
      recording.of("gcp:compute/subnetwork:Subnetwork").find(({ name }) => name === "nodes")?.inputs,
    ).toMatchObject({
      name: "ai-prod-nodes",
      region: "europe-west4",
      ipCidrRange: "10.80.0.0/20",
      secondaryIpRanges: [
        { rangeName: "pods", ipCidrRange: "10.84.0.0/14" },
        { rangeName: "services", ipCidrRange: "10.81.0.0/20" },
      ],
      privateIpGoogleAccess: true,
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    });
  });

  it("lets nodes and pods out by NAT, which says when it fails", () => {
    expect(recording.one("gcp:compute/routerNat:RouterNat", "nat").inputs).toMatchObject({
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ secondaryIpRangeNames: ["pods"] }],
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    });
  });

  it("needs neither rules for what leaves it nor names of its own", () => {
    expect(recording.of(firewall)).toEqual([]);
    expect(recording.of("gcp:dns/managedZone:ManagedZone")).toEqual([]);
  });
});

describe("a closed network", () => {
  let recording: GkeRecording;
  beforeAll(async () => {
    recording = await recordGke(gkeArgs({ cluster: { network: { ...ranges, egress: "none" } } }));
  });

  it("has no router and no NAT", () => {
    expect(recording.of("gcp:compute/router:Router")).toEqual([]);
    expect(recording.of("gcp:compute/routerNat:RouterNat")).toEqual([]);
  });

  it("refuses and logs whatever leaves it, but for the cluster, connected networks and Google's restricted addresses", () => {
    const rules = Object.fromEntries(
      recording.of(firewall).map(({ name, inputs }) => [
        name,
        {
          to: inputs.destinationRanges,
          direction: inputs.direction,
          priority: inputs.priority,
          allows: inputs.allows,
          denies: inputs.denies,
        },
      ]),
    );
    const rule = { direction: "EGRESS", priority: 1000, denies: undefined };
    expect(rules).toEqual({
      "allow-cluster": { ...rule, to: ["10.80.0.0/20", "10.84.0.0/14"], allows: [{ protocol: "all" }] },
      "allow-control-plane": { ...rule, to: ["172.16.1.0/28"], allows: [{ protocol: "tcp" }] },
      "allow-google-apis": { ...rule, to: ["199.36.153.4/30"], allows: [{ protocol: "tcp", ports: ["443"] }] },
      "allow-peers": { ...rule, to: ["10.64.0.0/20"], allows: [{ protocol: "tcp" }] },
      "deny-egress": {
        to: ["0.0.0.0/0"],
        direction: "EGRESS",
        priority: 65000,
        allows: undefined,
        denies: [{ protocol: "all" }],
      },
    });
    expect(recording.one(firewall, "deny-egress").inputs.logConfig).toBeDefined();
  });

  it("has no rule for connected networks when there are none", async () => {
    const alone = await recordGke(gkeArgs({ cluster: { network: { ...ranges, peers: [], egress: "none" } } }));
    expect(alone.of(firewall).map(({ name }) => name)).not.toContain("allow-peers");
  });

  it("resolves Google's APIs and registries to those addresses, in this network alone", () => {
    const zones = recording.of("gcp:dns/managedZone:ManagedZone");
    expect(zones.map(({ inputs }) => inputs.dnsName)).toEqual(["googleapis.com.", "pkg.dev.", "gcr.io."]);
    for (const { inputs } of zones) {
      expect(inputs.visibility).toBe("private");
      expect(inputs.privateVisibilityConfig).toEqual({ networks: [{ networkUrl: "Network/ai-prod" }] });
    }
    const addresses = ["199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"];
    const records = recording.of("gcp:dns/recordSet:RecordSet").map(({ inputs: { name, type, rrdatas } }) => ({
      name,
      type,
      rrdatas,
    }));
    expect(records).toHaveLength(6);
    expect(records).toEqual(
      expect.arrayContaining([
        { name: "restricted.googleapis.com.", type: "A", rrdatas: addresses },
        { name: "*.googleapis.com.", type: "CNAME", rrdatas: ["restricted.googleapis.com."] },
        { name: "pkg.dev.", type: "A", rrdatas: addresses },
        { name: "*.pkg.dev.", type: "CNAME", rrdatas: ["pkg.dev."] },
        { name: "gcr.io.", type: "A", rrdatas: addresses },
        { name: "*.gcr.io.", type: "CNAME", rrdatas: ["gcr.io."] },
      ]),
    );
  });

  it("is closed, and resolves, before there is a cluster in it", () => {
    const made = recording.one("gcp:container/cluster:Cluster", "cluster");
    for (const resource of [...recording.of(firewall), ...recording.of("gcp:dns/recordSet:RecordSet")]) {
      expect(recording.waitsFor(made, resource), resource.name).toBe(true);
    }
  });
});
