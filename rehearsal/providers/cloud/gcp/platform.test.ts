import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it } from "vitest";
import { GkeCluster, type GkeClusterArgs } from "../../../../components/cluster/gke/cluster";
import { gkeArgs, h100Pool, systemPool } from "../../../../components/cluster/gke/testing";
import type { Properties } from "../../kubernetes/values";
import { plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import { tokens } from "./testing";

let cloud: TestCloud | undefined;
afterEach(() => cloud?.stop());

/** Lets the platform's own program make its cluster, with the simulated cloud behind it. Returns what failed. */
async function make(args: GkeClusterArgs): Promise<{ cloud: TestCloud; failures: string[] }> {
  const made = await testCloud("gcp", { project: args.cluster.project, region: args.cluster.region });
  cloud = made;
  const failures: string[] = [];
  pulumi.runtime.setMocks({
    call: () => ({}),
    async newResource({ type, name, inputs }) {
      if (!type.startsWith("gcp:")) return { id: name, state: inputs };
      try {
        const held = await made.engine.create(type, name, JSON.parse(JSON.stringify(inputs)) as Properties);
        return { id: held.id, state: plain(held) };
      } catch (error) {
        failures.push((error as Error).message);
        throw error;
      }
    },
  });
  new GkeCluster("cluster", args, {});
  await pulumi.runtime.disconnect().catch(() => {});
  return { cloud: made, failures };
}

const nodesOf = ({ plane }: TestCloud, pool: string) =>
  plane.nodes.filter(({ metadata }) => metadata.labels["ai-platform/pool"] === pool);

describe("the platform's own GKE cluster", () => {
  it("comes up in the simulated cloud, with the nodes of its pools", async () => {
    const { cloud, failures } = await make(gkeArgs());
    expect(failures).toEqual([]);
    expect(nodesOf(cloud, "system")).toHaveLength(3);
    const gpuNodes = nodesOf(cloud, "h100");
    expect(gpuNodes.map(({ metadata }) => metadata.labels["topology.kubernetes.io/zone"])).toEqual([
      "europe-west4-b",
      "europe-west4-b",
    ]);
    expect(gpuNodes[0]!.spec.taints).toEqual([{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]);
    // Whole GPUs, published by the DRA driver.
    const slices = [...cloud.plane.objects.values()].filter(({ kind }) => kind === "ResourceSlice");
    expect(slices.flatMap(({ spec }) => spec.devices)).toHaveLength(16);
  });

  it("comes up closed, under a regime, with GPUs that reach each other", async () => {
    const { cluster } = gkeArgs();
    const { cloud, failures } = await make({
      ...gkeArgs({
        cluster: {
          network: { ...cluster.network, egress: "none" },
          assuredWorkload: {
            organization: "987654321098",
            billingAccount: "012345-6789AB-CDEF01",
            regime: "EU_REGIONS_AND_SUPPORT",
          },
        },
        pools: [systemPool, { ...h100Pool, multiNode: true }],
      }),
      supportAsks: true,
    });
    expect(failures).toEqual([]);
    const types = new Set(cloud.objects().map(({ type }) => type));
    const absent = [tokens.Router, tokens.RouterNat];
    expect([...types].sort()).toEqual(
      Object.values(tokens)
        .filter((token) => !absent.includes(token as never))
        .sort(),
    );
    expect(nodesOf(cloud, "h100")[0]!.metadata.labels).toHaveProperty("cloud.google.com/gce-topology-block");
  });
});
