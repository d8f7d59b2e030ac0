import { describe, expect, it } from "vitest";
import { accelerators } from "./accelerators";
import { machineFor, machines, machinesOf, offers, type WantedMachine } from "./machines";
import { prices } from "./prices";
import { regions } from "./regions";

const found = (provider: "aws" | "gcp", region: string, wanted: WantedMachine) => {
  const result = machineFor(provider, region, wanted);
  if ("available" in result) {
    throw new Error(`none; there is ${result.available.join(", ")}`);
  }
  return result.ok;
};

const h100: WantedMachine = { accelerator: "h100-80gb", perNode: 8 };

describe("machines", () => {
  it.each(Object.entries(machines))("%s is whole, and says where that was read", (key, machine) => {
    expect(`${machine.provider}/${machine.type}`).toBe(key);
    expect(machine.gpus > 0).toBe(machine.accelerator !== undefined);
    expect(machine.accelerator === undefined || machine.accelerator in accelerators).toBe(true);
    expect(machine.cpus).toBeGreaterThan(0);
    expect(machine.memoryGib).toBeGreaterThan(0);
    expect(machine).toMatchObject({ source: expect.stringMatching(/\S/), date: expect.stringMatching(/^20\d\d-/) });
    expect(machine.state === "verified" || machine.note !== undefined).toBe(true);
    // Several machines are joined by what is made for it, and then stand together.
    if (machine.fabric.kind !== "none") {
      expect(machine.fabric.interfaces).toBeGreaterThan(0);
      expect(machine.gpus).toBeGreaterThan(0);
      expect(machine.placement).toBe(true);
    }
  });

  it("have the size of their price, which is the same in every region", () => {
    for (const [key, price] of Object.entries(prices)) {
      const [provider, , type] = key.split("/");
      const { cpus, memoryGib, gpus, accelerator } = price;
      expect(machines[`${provider}/${type}`], key).toMatchObject({ cpus, memoryGib, gpus });
      expect(machines[`${provider}/${type}`]?.accelerator, key).toBe(accelerator);
    }
  });

  it("are joined as their provider joins them", () => {
    expect(machines["aws/p5.48xlarge"]?.fabric).toEqual({ kind: "efa", interfaces: 32, firstCard: 0 });
    expect(machines["aws/p6-b300.48xlarge"]?.fabric).toEqual({ kind: "efa", interfaces: 16, firstCard: 1 });
    expect(machines["gcp/a3-highgpu-8g"]?.fabric).toEqual({ kind: "gpudirect-tcpx", interfaces: 4 });
    expect(machines["gcp/a3-megagpu-8g"]?.fabric).toEqual({ kind: "gpudirect-tcpxo", interfaces: 8 });
    expect(machines["gcp/a3-highgpu-4g"]?.fabric).toEqual({ kind: "none" });
  });
});

describe("offers", () => {
  it("are of known machines in known regions, once each, and say what is doubtful", () => {
    for (const { machine, region, state, note, price } of offers) {
      const where = `${machine} in ${region}`;
      expect(machines[machine]?.provider, where).toBe(regions[region as keyof typeof regions]?.provider);
      expect(state === "verified" || note !== undefined, where).toBe(true);
      expect(state === "verified" || price === undefined, `${where}: a price of what may not be there`).toBe(true);
    }
    const places = offers.map(({ machine, region }) => `${machine} in ${region}`);
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
  });

  it("leave no machine without a region", () => {
    expect(Object.keys(machines).filter((key) => !offers.some(({ machine }) => machine === key))).toEqual([]);
  });

  it("come cheapest first, what has no price last", () => {
    const costs = machinesOf("gcp", "europe-west4").map(({ price }) => (price ? prices[price].usdPerHour : Infinity));
    expect(costs).toEqual([...costs].sort((one, other) => one - other || 0));
    expect(costs.at(-1)).toBe(Infinity);
    expect(machinesOf("aws", "europe-west4")).toEqual([]);
  });
});

describe("a wanted machine", () => {
  it("with GPUs has exactly as many as are wanted, and its price", () => {
    expect(found("aws", "eu-north-1", h100)).toMatchObject({
      type: "p5.48xlarge",
      cpus: 192,
      price: "aws/eu-north-1/p5.48xlarge",
      state: "verified",
    });
    expect(found("aws", "eu-west-2", { ...h100, perNode: 1 }).type).toBe("p5.4xlarge");
    expect(machineFor("aws", "eu-north-1", { ...h100, perNode: 4 })).toHaveProperty("available");
  });

  it("is the cheapest that fits, else the smallest whose price is unknown", () => {
    expect(found("gcp", "europe-west4", h100).type).toBe("a3-highgpu-8g");
    expect(found("gcp", "us-central1", h100).type).toBe("a3-megagpu-8g");
    const a100 = found("gcp", "europe-west4", { accelerator: "a100-80gb", perNode: 8 });
    expect(a100).toMatchObject({ type: "a2-ultragpu-8g", state: "verified" });
    expect(a100).not.toHaveProperty("price");
  });

  it("may have to be larger than its GPUs ask for, or be named", () => {
    const l40s: WantedMachine = { accelerator: "l40s-48gb", perNode: 1 };
    expect(found("aws", "eu-central-1", l40s).type).toBe("g6e.xlarge");
    expect(found("aws", "eu-central-1", { ...l40s, memoryGib: 64 }).type).toBe("g6e.2xlarge");
    expect(found("gcp", "europe-west4", { ...h100, type: "a3-megagpu-8g" }).type).toBe("a3-megagpu-8g");
    expect(machineFor("gcp", "europe-west4", { ...h100, type: "g2-standard-96" })).toHaveProperty("available");
  });

  it("without GPUs has none, and at least the size", () => {
    expect(found("aws", "eu-central-1", { cpus: 4, memoryGib: 32 })).toMatchObject({ type: "m7i.2xlarge", gpus: 0 });
    expect(found("gcp", "u-france-east1", { cpus: 5, memoryGib: 16 })).toMatchObject({ type: "c3-standard-8" });
  });

  it("that could not be confirmed resolves, and says so", () => {
    expect(found("aws", "eusc-de-east-1", h100)).toMatchObject({
      type: "p5.48xlarge",
      state: "unverified",
      note: expect.stringMatching(/could not be confirmed/),
    });
  });

  it("that is not there leaves the choice among what is", () => {
    expect(machineFor("aws", "eu-central-1", h100)).toEqual({
      available: expect.arrayContaining(["8 x a100-80gb (p4de.24xlarge)", "8 x l40s-48gb (g6e.48xlarge)"]),
    });
    expect(machineFor("aws", "eu-south-1", { cpus: 64, memoryGib: 8 })).toEqual({
      available: expect.arrayContaining(["2 CPUs, 8 GiB (m7i.large)"]),
    });
    expect(machineFor("aws", "eusc-de-east-1", { accelerator: "b200-180gb", perNode: 8 })).toEqual({
      available: expect.arrayContaining(["8 x h100-80gb (p5.48xlarge, unverified)"]),
    });
    expect(machineFor("aws", "cn-north-1", h100)).toEqual({ available: [] });
  });
});
