import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { EksCluster } from "../../../../components/cluster/eks/eks";
import type { EksSettings } from "../../../../components/cluster/eks/location";
import { burstPool, cpuPool, gpuPool, settings } from "../../../../components/cluster/eks/testing";
import { type Held, plain } from "../../testing";
import { givenOf, writeGiven } from "../given";
import { type TestCloud, testCloud } from "../testing";
import { configFor } from "./testing";

/** Registers an EKS cluster against the simulated AWS, as the engine would. What is not AWS's is taken to be there. */
async function make(cloud: TestCloud, cluster: EksSettings): Promise<{ held: Held[]; errors: string[] }> {
  const pools = [cpuPool(), gpuPool({ multiNode: true, zones: ["b"] }), burstPool()];
  writeGiven(cloud.folder, givenOf({ cluster, pools }));
  const held: Held[] = [];
  const errors: string[] = [];
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      async newResource({ type, name, inputs, custom }) {
        if (!type.startsWith("aws:")) return { id: custom ? `${name}-id` : undefined, state: inputs };
        try {
          const made = await cloud.engine.create(type, name, inputs);
          held.push(made);
          return { id: made.id, state: plain(made) };
        } catch (error) {
          // Thrown on, it would come back once for everything that depends on the resource.
          errors.push((error as Error).message);
          return { id: `${name}-id`, state: inputs };
        }
      },
    },
    "ai-platform",
    "prod",
    false,
  );
  new EksCluster(
    "cluster",
    { cluster, pools, stack: "prod", tier: "development", mirror: {}, auditLogs: { days: 90, outliveStack: false } },
    {},
  );
  await pulumi.runtime.disconnect();
  return { held, errors };
}

const places: [string, Partial<EksSettings>][] = [
  ["eu-north-1", {}],
  ["eusc-de-east-1", { region: "eusc-de-east-1", network: { ...settings().network, egress: "none" } }],
  ["eu-north-1 with a key of one's own", { encryption: { key: "0b1c2d3e-0000-4000-8000-0123456789ab" } }],
];

describe("the platform's EKS cluster", () => {
  it.each(places)("is taken by AWS in %s, stays as it is, and goes without a rest", async (_, change) => {
    const cluster = settings(change);
    const cloud = await testCloud("aws", { ...configFor(cluster.region), allowedAccountIds: `["${cluster.account}"]` });
    try {
      const { held, errors } = await make(cloud, cluster);
      expect(errors).toEqual([]);
      expect(held.length).toBeGreaterThan(40);
      expect(cloud.plane.nodes.length).toBe(5);
      for (const one of held) {
        const refreshed = await cloud.engine.refresh(one);
        expect(refreshed, one.urn).toEqual(one);
        expect((await cloud.engine.diff(refreshed, one.inputs)).changed, one.urn).toBe(false);
      }
      for (const one of held.reverse()) await cloud.engine.delete(one);
      expect(cloud.objects()).toEqual([]);
      expect(cloud.plane.objects.size).toBe(0);
    } finally {
      await cloud.stop();
    }
  });
});
