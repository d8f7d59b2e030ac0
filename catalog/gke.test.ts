import { describe, expect, it } from "vitest";
import { gkeAccelerator, gkeFabrics, gkeLocalSsds } from "./gke";
import { machines } from "./machines";
import { partitions } from "./partitions";

describe("the catalog's facts about GKE", () => {
  const google = Object.values(machines).filter(({ provider }) => provider === "gcp");

  it("name the GPU of every machine that has one, and the networks of every fabric", () => {
    for (const { type, gpus, fabric } of google) {
      if (gpus > 0) {
        expect(gkeAccelerator(type)).toMatch(/^nvidia-/);
      }
      if (fabric.kind !== "none") {
        expect(Object.keys(gkeFabrics)).toContain(fabric.kind);
      }
    }
    expect(google.some(({ fabric }) => fabric.kind !== "none")).toBe(true);
  });

  it("refuse a GPU machine that they cannot name", () => {
    expect(() => gkeAccelerator("z9-highgpu-8g")).toThrow(/add its family to catalog\/gke\.ts/);
  });

  it("ask for local SSDs by type, not by family", () => {
    expect(gkeLocalSsds("a3-highgpu-8g")).toBe(16);
    expect(gkeLocalSsds("a3-highgpu-8g-nolssd")).toBeUndefined();
  });
});

describe("Google universes", () => {
  it("are told apart by every name and address that differs between them", () => {
    const universes = Object.values(partitions).filter((partition) => partition.provider === "gcp");
    for (const field of [
      "serviceAgentDomain",
      "serviceAccountDomain",
      "workloadIdentityDomain",
      "restrictedVip",
    ] as const) {
      expect(new Set(universes.map((universe) => universe[field])).size).toBe(universes.length);
    }
    for (const { restrictedVip, restrictedRegistries, registryDomain } of universes) {
      // Four addresses are made of it by counting in its last byte.
      expect(restrictedVip).toMatch(/^(\d+\.){3}\d+\/30$/);
      expect(Number(restrictedVip.split(/[./]/)[3]) % 4).toBe(0);
      expect(restrictedRegistries).toContain(registryDomain);
    }
  });
});
