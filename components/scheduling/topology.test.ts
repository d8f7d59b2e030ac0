import { describe, expect, it } from "vitest";
import { networkLabels } from "../../catalog/topology";
import { gpuPool } from "../accelerators/testing";
import { topologyAnnotations } from "./topology";

const zone = "topology.kubernetes.io/zone";
const layer = (index: number) => `topology.k8s.aws/network-node-layer-${index}`;

/** A pool of a cloud's machines that models span. */
const spanned = (type: string, change: object = {}) => {
  const pool = gpuPool("spanned", { multiNode: true, ...change });
  return { ...pool, machine: { ...pool.machine, type } };
};

describe("topologyAnnotations", () => {
  it("keeps a replica in one zone, and as near as the cloud's labels go", () => {
    expect(topologyAnnotations(spanned("p5.48xlarge"), "eu-north-1")).toEqual({
      "kai.scheduler/topology": "spanned",
      "kai.scheduler/topology-required-placement": zone,
      "kai.scheduler/topology-preferred-placement": layer(3),
    });
  });

  it("keeps a replica in one zone where no more is known", () => {
    expect(topologyAnnotations(spanned("a3-highgpu-8g"), "europe-west4")).toEqual({
      "kai.scheduler/topology": "spanned",
      "kai.scheduler/topology-required-placement": zone,
    });
  });

  it("says nothing where nothing is known, or nothing spans nodes", () => {
    expect(topologyAnnotations(gpuPool("own", { multiNode: true }), "frankfurt-1")).toEqual({});
    expect(topologyAnnotations(spanned("p5.48xlarge", { multiNode: false }), "eu-north-1")).toEqual({});
  });
});

describe("networkLabels", () => {
  it("has as many of Amazon's layers as the type and the region have", () => {
    expect(networkLabels("eu-north-1", "p5.48xlarge", false)).toEqual([zone, layer(1), layer(2), layer(3)]);
    expect(networkLabels("us-east-1", "p6-b200.48xlarge", false)).toHaveLength(5);
    expect(networkLabels("eu-north-1", "g6.48xlarge", false)).toEqual([zone]);
    // Milan is not on Amazon's list.
    expect(networkLabels("eu-south-1", "p5.48xlarge", false)).toEqual([zone]);
  });

  it("has Google's blocks only on machines from a reservation", () => {
    expect(networkLabels("europe-west4", "a3-ultragpu-8g", true)).toHaveLength(3);
    expect(networkLabels("europe-west4", "a3-ultragpu-8g", false)).toEqual([zone]);
    expect(networkLabels("europe-west4", "g2-standard-48", true)).toEqual([zone]);
  });
});
