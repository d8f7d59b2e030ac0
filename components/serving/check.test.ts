import { describe, expect, it } from "vitest";
import { Platform } from "../platform";
import { slicedEnvironment, wideEnvironment } from "../testing";
import { checkGpus } from "./gpus";

describe("checkGpus", () => {
  it("has nothing against what pools can give", () => {
    expect(() => checkGpus(wideEnvironment())).not.toThrow();
    expect(() => checkGpus(slicedEnvironment())).not.toThrow();
  });

  it("refuses a slice that the pool has not, before anything is created", () => {
    const environment = slicedEnvironment();
    environment.models[1]!.serving.decode.slice = { memoryGib: 60 };
    expect(() => new Platform("platform", environment)).toThrow(
      "models.slices.serving.decode.slice { memoryGib: 60 }: pool slices offers 1g.10gb",
    );
  });

  it("refuses replicas that span nodes where nobody starts them together", () => {
    const environment = wideEnvironment();
    environment.pools = environment.pools.map((pool) => ({
      ...pool,
      labels: { pool: pool.name },
      ...(pool.name === "nvl72" ? { devices: { owner: "dra", sharing: { how: "mig", profiles: ["1g.23gb"] } } } : {}),
    }));
    expect(() => checkGpus(environment)).toThrow(
      "models.deepseek-r1: its replicas span nodes and start together or not at all, which kai-scheduler alone sees to; pool nvl72 is placed by default-scheduler, because of how GPUs are shared there.",
    );
  });

  it("refuses an NVLink domain on nodes that come with what waits for them", () => {
    const environment = wideEnvironment();
    environment.pools = environment.pools.map((pool) => (pool.name === "nvl72" ? { ...pool, min: 0 } : pool));
    expect(() => checkGpus(environment)).toThrow(
      "models.deepseek-r1: its pods claim a channel of their NVLink domain, and pool nvl72 gets its nodes from an autoscaler, which sizes no claims.",
    );
  });
});
