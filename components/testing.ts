import type { AcceleratorName } from "../catalog/accelerators";
import { type Environment, type EnvironmentInput, environmentSchema } from "../stacks/environment";
import { Platform } from "./platform";
import { type Computed, type Recording, recordProgram } from "./recording";

export { type KubernetesObject, Recording } from "./recording";

/** Builds the platform of an environment without an engine, and returns every resource that it registered. */
export const record = (environment: Environment, computed?: Computed): Promise<Recording> =>
  recordProgram(environment.stack, () => new Platform("platform", environment), computed);

/**
 * An environment that uses every kind of object the platform can write: a database, a mirror, two tenants with and
 * without a limit, a model whose replicas span nodes of one NVLink domain, one that fits single nodes, one of two versions
 * that is scaled and has an adapter and tiers of its cache, one of another backend and a small one. GKE's driver root, so
 * that quotas for critical pods are there too. `change` is laid over it, field by field at the top.
 */
export function wideEnvironment(change: Partial<EnvironmentInput> = {}): Environment {
  return {
    stack: "wide",
    ...environmentSchema.parse({
      tier: "production",
      jurisdiction: { name: "eu", regions: ["eu-north-1"], registries: ["mirror.example.org"] },
      cluster: {
        kind: "existing",
        kubeconfig: "/etc/example/kubeconfig",
        context: "wide",
        region: "eu-north-1",
        nvidiaDriverRoot: "/home/kubernetes/bin/nvidia",
      },
      pools: [
        { name: "system", min: 3, max: 3, machine: { cpus: 32, memoryGib: 128 } },
        {
          name: "h100",
          accelerator: "h100-80gb",
          perNode: 8,
          min: 2,
          max: 2,
          machine: { cpus: 192, memoryGib: 2048 },
          modelCache: { storageClass: "shared", gib: 500 },
        },
        {
          name: "nvl72",
          accelerator: "gb200-186gb",
          perNode: 4,
          min: 18,
          max: 18,
          multiNode: true,
          machine: { cpus: 144, memoryGib: 960 },
        },
      ],
      tenants: [
        { name: "search", gpus: { quota: 16, limit: 16 } },
        { name: "research", gpus: { quota: 48, overQuotaWeight: 3 } },
      ],
      models: [
        {
          name: "qwen3-32b",
          model: "qwen3-32b",
          tenant: "search",
          pool: "h100",
          maxContext: 16_384,
          serving: {
            mode: "disaggregated",
            prefill: { replicas: 2, gpus: 1 },
            decode: { replicas: 1, gpus: 4 },
          },
          priority: 10,
        },
        {
          name: "deepseek-r1",
          model: "deepseek-r1",
          tenant: "research",
          pool: "nvl72",
          serving: {
            mode: "disaggregated",
            prefill: { replicas: 2, gpus: 4, nodes: 2 },
            decode: { replicas: 1, gpus: 4, nodes: 4 },
          },
          priority: -1,
        },
        {
          name: "assistant",
          model: "qwen3-8b",
          tenant: "search",
          pool: "h100",
          serving: { mode: "aggregated", servers: { scale: { min: 1, max: 2 } } },
          versions: [
            {
              name: "v1",
              weight: 90,
              source: {
                uri: `oci://registry.example.org/models/assistant@sha256:${"1".repeat(64)}`,
                signature: { identity: "ci@example.org", issuer: "https://issuer.example.org" },
              },
            },
            { name: "v2", weight: 10, source: { uri: "s3://models/assistant-v2", region: "eu-north-1" } },
          ],
          adapters: [{ name: "legal", source: { uri: "pvc://adapters/legal" } }],
          kvCache: { cpuGib: 16, storage: { gib: 100, kind: "shared", claim: "kv-cache" } },
          cache: "precise",
        },
        {
          name: "graph",
          model: "qwen3-14b",
          backend: "dynamo",
          tenant: "search",
          pool: "h100",
          serving: { mode: "disaggregated", prefill: { replicas: 1 }, decode: { replicas: 1 } },
        },
        {
          name: "small",
          model: "qwen3-0.6b",
          tenant: "search",
          pool: "h100",
          serving: { mode: "aggregated", servers: { replicas: 1 } },
        },
      ],
      autoscaling: { prometheus: "https://prometheus.example.org" },
      gateway: { host: "models.example.org", replicas: 3 },
      identity: { trustDomain: "platform.example.org" },
      authorization: {
        datastore: { engine: "postgres", uriSecret: { name: "openfga-postgres" } },
        tuples: [
          { user: "user:ada", relation: "member", object: "team:search" },
          { user: "team:search#member", relation: "owner", object: "model:qwen3-32b" },
          { user: "agent:librarian", relation: "caller", object: "model:deepseek-r1" },
        ],
      },
      budget: { monthlyUsd: 1_000_000 },
      mirror: { charts: "oci://mirror.example.org/charts", images: "mirror.example.org/images" },
      ...change,
    }),
  };
}

/**
 * An environment in which GPUs are divided in every way that pools can be told to, side by side: by MIG, by taking turns,
 * by memory, and by HAMi; and one pool of whole GPUs. Each pool is known by a label of its own.
 */
export function slicedEnvironment(change: Partial<EnvironmentInput> = {}): Environment {
  const pool = (name: string, accelerator: AcceleratorName, devices: object) => ({
    name,
    accelerator,
    perNode: 8,
    min: 2,
    max: 2,
    machine: { cpus: 192, memoryGib: 2048 },
    labels: { "example.org/pool": name },
    devices,
  });
  const model = (name: string, slice: { memoryGib: number } | { fraction: number } | undefined) => ({
    name,
    model: "qwen3-0.6b" as const,
    tenant: "search",
    pool: name,
    serving: {
      mode: "disaggregated" as const,
      prefill: { replicas: 2, slice },
      decode: { replicas: 1, slice },
    },
  });
  return {
    ...wideEnvironment({
      pools: [
        { name: "system", min: 3, max: 3, machine: { cpus: 32, memoryGib: 128 } },
        pool("whole", "l40s-48gb", {}),
        pool("slices", "h100-80gb", { sharing: { how: "mig", profiles: ["1g.10gb", "3g.40gb"] } }),
        pool("turns", "l40s-48gb", { sharing: { how: "time-slicing" } }),
        pool("shares", "a100-80gb", { sharing: { how: "consumable" } }),
        pool("hami", "l4-24gb", { owner: "hami", sharing: { how: "consumable" } }),
      ],
      tenants: [{ name: "search", gpus: { quota: 40 } }],
      models: [
        model("whole", undefined),
        model("slices", { memoryGib: 20 }),
        model("turns", { fraction: 0.25 }),
        model("shares", { memoryGib: 20 }),
        model("hami", { memoryGib: 10 }),
      ],
      authorization: { datastore: { engine: "postgres", uriSecret: { name: "openfga-postgres" } } },
      ...change,
    }),
    stack: "sliced",
  };
}
