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

  /** A model of the wide environment, stated otherwise. */
  const stated = (change: object) => {
    const models = [
      { name: "m", model: "qwen3-32b" as const, tenant: "search", pool: "h100", serving: aggregated({}), ...change },
    ];
    return () => new Platform("platform", wideEnvironment({ models, autoscaling: undefined }));
  };
  const aggregated = (servers: object) => ({
    mode: "aggregated" as const,
    servers: { replicas: 1, gpus: 2, ...servers },
  });
  const revision = "0123456789abcdef0123456789abcdef01234567";
  const adapters = [{ name: "legal", source: { huggingFace: "example/legal", revision } }];

  it.each<[what: string, change: object, message: RegExp]>([
    [
      "a model that does not fit its GPUs, with what would fit",
      { serving: aggregated({ gpus: 1 }) },
      /^models\.m\.serving\.servers: the model needs .* GiB on each GPU, for its weights \(61 GiB\).* and 1 x h100-80gb \(tensorParallel 1\) has .* GiB for them; what would fit: 2 x h100-80gb \(tensorParallel 2\)/,
    ],
    [
      "experts of a model that has none",
      { serving: aggregated({ expertParallel: true }) },
      /^models\.m\.serving\.servers\.expertParallel: the model has no experts to spread/,
    ],
    [
      "engines that share nothing as one replica over nodes",
      { pool: "nvl72", tenant: "research", serving: aggregated({ gpus: 4, nodes: 2, tensorParallel: 4 }) },
      /^models\.m\.serving\.servers\.nodes: 2 engines of 4 GPUs that share nothing need no common replica/,
    ],
    [
      "what another backend cannot do, all at once",
      { backend: "dynamo", adapters, priority: 3 },
      /^models\.m\.adapters: backend dynamo .*; use backend: llm-d, or leave adapters out\nmodels\.m\.priority: backend dynamo/,
    ],
    [
      "a cache in more memory than a node has for it",
      { kvCache: { cpuGib: 1000 } },
      /^models\.m\.kvCache: 1000 GiB of kvCache\.cpuGib and 32 GiB for the server itself are more than the \d+ GiB/,
    ],
    [
      "exact knowledge of the caches of several engines",
      { cache: "precise", routing: "picker", model: "qwen3-8b", serving: aggregated({ tensorParallel: 1 }) },
      /^models\.m\.serving\.servers: a pod has 2 engines, and a picker with cache: precise hears of the first one's cache alone/,
    ],
    [
      "scaling where nothing scales",
      { serving: aggregated({ scale: { min: 1, max: 2 } }) },
      /^models\.m\.serving\.servers\.scale: expected nothing, or autoscaling in the environment/,
    ],
    [
      "other hardware for what does not scale",
      { model: "qwen3-8b", variants: [{ pool: "nvl72" }] },
      /^models\.m\.variants: expected nothing, or scale on every role/,
    ],
  ])("refuses %s, before anything is created", (_what, change, message) => {
    expect(stated(change)).toThrow(message);
  });

  it("lets pass what differs from it in that alone", () => {
    expect(stated({})).not.toThrow();
    expect(stated({ backend: "dynamo" })).not.toThrow();
    expect(stated({ kvCache: { cpuGib: 64 } })).not.toThrow();
  });
});
