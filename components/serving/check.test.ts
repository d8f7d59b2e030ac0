import { describe, expect, it } from "vitest";
import type { Environment, Model, Role } from "../../stacks/environment";
import { Platform } from "../platform";
import { slicedEnvironment, wideEnvironment } from "../testing";
import { checkModels } from "./check";

/** The environment with something else asked for by the decode servers of one of its models. */
function withRole(environment: Environment, index: number, change: Partial<Role>): Environment {
  const models = environment.models.map((model, at): Model => {
    const [version] = model.versions;
    return at !== index || version?.serving.mode !== "disaggregated"
      ? model
      : {
          ...model,
          versions: [{ ...version, serving: { ...version.serving, decode: { ...version.serving.decode, ...change } } }],
        };
  });
  return { ...environment, models };
}

describe("checkModels", () => {
  it("has nothing against what pools can give", () => {
    expect(() => checkModels(wideEnvironment())).not.toThrow();
    expect(() => checkModels(slicedEnvironment())).not.toThrow();
  });

  it("refuses a slice that the pool has not, before anything is created", () => {
    const environment = withRole(slicedEnvironment(), 1, { slice: { memoryGib: 60 } });
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
    expect(() => checkModels(environment)).toThrow(
      "models.deepseek-r1: its replicas span nodes and start together or not at all, which kai-scheduler alone sees to; pool nvl72 is placed by default-scheduler, because of how GPUs are shared there.",
    );
  });

  it("refuses an NVLink domain on nodes that come with what waits for them", () => {
    const environment = wideEnvironment();
    environment.pools = environment.pools.map((pool) => (pool.name === "nvl72" ? { ...pool, min: 0 } : pool));
    expect(() => checkModels(environment)).toThrow(
      "models.deepseek-r1: its pods claim a channel of their NVLink domain, and pool nvl72 gets its nodes from an autoscaler, which sizes no claims.",
    );
  });
});
