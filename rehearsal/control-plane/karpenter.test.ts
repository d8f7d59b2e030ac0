import { describe, expect, it } from "vitest";
import type { Environment } from "../../stacks/environment";
import { type InstanceType, karpenterMachines } from "./karpenter";

const pool = { name: "gpu", nodes: "karpenter", capacity: "on-demand", machine: {}, max: 4, devices: { owner: "dra" } };
const environment = (pools: object[], region = "eu-north-1") =>
  ({ cluster: { kind: "eks", region, network: { zones: ["a", "b", "c"] } }, pools }) as unknown as Environment;

const named = (types: readonly InstanceType[], name: string) => types.find((type) => type.name === name)!;
const value = (offering: InstanceType["offerings"][number], key: string) =>
  offering.Requirements.find((requirement) => requirement.key === key)?.values[0];
const capacityType = "karpenter.sh/capacity-type";

describe("what Karpenter can buy", () => {
  it("is nothing where no pool is Karpenter's", () => {
    expect(karpenterMachines(environment([{ ...pool, nodes: "group" }]), "v1.36.3")).toBeUndefined();
  });

  it("is the region's machines, in the network's zones, at the catalog's prices", () => {
    const { instanceTypes, devices } = karpenterMachines(environment([pool]), "v1.36.3")!;
    expect(devices).toEqual({ gpu: { owner: "dra" } });
    const p5 = named(instanceTypes, "p5.48xlarge");
    expect(p5).toMatchObject({ architecture: "amd64", operatingSystems: ["linux"] });
    // 2 TiB less the 7.5 % that Karpenter takes a virtual machine to lose.
    expect(p5.resources).toMatchObject({ cpu: "192", memory: "1939865Mi", "nvidia.com/gpu": "8" });
    expect(p5.offerings.map((one) => [value(one, "topology.kubernetes.io/zone"), value(one, capacityType)])).toEqual([
      ["eu-north-1a", "on-demand"],
      ["eu-north-1a", "spot"],
      ["eu-north-1b", "on-demand"],
      ["eu-north-1b", "spot"],
      ["eu-north-1c", "on-demand"],
      ["eu-north-1c", "spot"],
    ]);
    const [onDemand, spot] = p5.offerings;
    expect(onDemand!.Price).toBeGreaterThan(spot!.Price);
    expect(spot!.Price).toBeGreaterThan(0);
    expect(value(onDemand!, "karpenter.k8s.aws/instance-category")).toBe("p");
    expect(value(onDemand!, "karpenter.k8s.aws/instance-generation")).toBe("5");
    expect(value(onDemand!, "karpenter.k8s.aws/instance-family")).toBe("p5");
    expect(value(onDemand!, "karpenter.k8s.aws/instance-gpu-count")).toBe("8");
    expect(named(instanceTypes, "m7i.2xlarge").resources).not.toHaveProperty(["nvidia.com/gpu"]);
  });

  it("never holds a machine without a known price for free", () => {
    const { instanceTypes } = karpenterMachines(environment([pool], "eusc-de-east-1"), "v1.36.3")!;
    expect(instanceTypes.length).toBeGreaterThan(0);
    for (const { offerings } of instanceTypes) {
      for (const { Price } of offerings) expect(Price).toBeGreaterThan(1000);
    }
  });

  it("has a reservation for the pool that states it, with as many machines as the pool may have", () => {
    const reserved = {
      ...pool,
      capacity: "reserved",
      reservation: "cr-1",
      zones: ["b"],
      machine: { type: "p5.48xlarge" },
    };
    const { instanceTypes } = karpenterMachines(environment([reserved]), "v1.36.3")!;
    const of = (name: string) =>
      named(instanceTypes, name).offerings.filter((offering) => value(offering, capacityType) === "reserved");
    expect(of("m7i.2xlarge")).toEqual([]);
    expect(of("p5.48xlarge")).toMatchObject([{ ReservationCapacity: 4 }]);
    expect(value(of("p5.48xlarge")[0]!, "karpenter.k8s.aws/capacity-reservation-id")).toBe("cr-1");
    expect(value(of("p5.48xlarge")[0]!, "topology.kubernetes.io/zone")).toBe("eu-north-1b");
  });
});
