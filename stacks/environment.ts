import { z } from "zod";
import { accelerators } from "../catalog/accelerators";
import { models as catalogModels } from "../catalog/models";
import { prices } from "../catalog/prices";
import { regions } from "../catalog/regions";

/**
 * The environment: the validated value that describes one stack. This file says what may stand in
 * `ai-platform:environment` of a `stacks/Pulumi.<stack>.yaml`; `load.ts` is the only reader of it.
 *
 * A default is written here and nowhere else. Units are in the names (`Gib`, `Usd`, `Gpus`).
 */

const keysOf = <T extends object>(table: T) => Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];

/** A DNS-1123 label: what Kubernetes accepts as the name of nearly everything. */
const name = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/,
    "a lower-case DNS label of at most 42 characters, such as team-search",
  );

const gpus = z.int().min(0).max(100_000);

/** What an owned or leased node costs, when no public price list says so. */
const ownPrice = z.strictObject({
  usdPerGpuHour: z.number().positive().describe("Amortised USD per GPU and hour, power and hosting included."),
  source: z.string().min(1).describe("Where the figure comes from: a contract, an invoice, a calculation."),
  date: z.iso.date().describe("The day on which the figure was true, YYYY-MM-DD."),
});

/** What the same machine costs at a provider whose price the catalog knows. */
const listPrice = z.strictObject({
  like: z.enum(keysOf(prices)).describe("A key of catalog/prices.ts, such as aws/eu-north-1/p5.48xlarge."),
});

const machine = z.strictObject({
  cpus: z.int().positive().describe("Virtual CPUs of one node."),
  memoryGib: z.int().positive().describe("Memory of one node in GiB."),
});

const pool = z
  .strictObject({
    name,
    accelerator: z
      .enum(keysOf(accelerators))
      .optional()
      .describe("GPU type from catalog/accelerators.ts; none: a CPU pool."),
    perNode: z.int().min(1).max(16).optional().describe("GPUs in one node."),
    min: z.int().min(0).max(10_000).describe("Nodes that always run."),
    max: z.int().min(0).max(10_000).describe("Nodes that may run."),
    machine,
    zones: z.array(z.string().min(1)).min(1).optional().describe("Zones over which the nodes are spread."),
    price: z.union([ownPrice, listPrice]).optional().describe("What the nodes cost; without it the cost gate fails."),
  })
  .superRefine((value, context) => {
    if ((value.accelerator === undefined) !== (value.perNode === undefined)) {
      context.addIssue({
        code: "custom",
        path: [value.accelerator === undefined ? "accelerator" : "perNode"],
        message: "accelerator and perNode go together: a GPU pool states both, a CPU pool neither",
      });
    }
    if (value.price !== undefined && "like" in value.price) {
      const listed = prices[value.price.like];
      const wanted = value.accelerator === undefined ? "no GPU" : `${value.perNode} x ${value.accelerator}`;
      const offered = listed.accelerator === undefined ? "no GPU" : `${listed.gpus} x ${listed.accelerator}`;
      if (wanted !== offered) {
        context.addIssue({
          code: "custom",
          path: ["price", "like"],
          message: `the list price of a machine with ${wanted}; this one has ${offered}`,
        });
      }
      if (listed.cpus < value.machine.cpus || listed.memoryGib < value.machine.memoryGib) {
        context.addIssue({
          code: "custom",
          path: ["price", "like"],
          message: `the list price of a machine no smaller than the pool's; this one has ${listed.cpus} CPUs and ${listed.memoryGib} GiB`,
        });
      }
    } else if (value.price !== undefined && value.accelerator === undefined) {
      context.addIssue({
        code: "custom",
        path: ["price"],
        message: "a list price (like): usdPerGpuHour prices GPUs, and this pool has none",
      });
    }
    if (value.max < value.min) {
      context.addIssue({ code: "custom", path: ["max"], message: `at least min, which is ${value.min}` });
    }
  });

const existingCluster = z.strictObject({
  kind: z.literal("existing"),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("Path of a kubeconfig file; none: $KUBECONFIG, then ~/.kube/config."),
  context: z
    .string()
    .min(1)
    .describe("Context in that kubeconfig. Named, so that a stack can never meet another cluster."),
  region: z.enum(keysOf(regions)).describe("Where the machines stand: a key of catalog/regions.ts."),
  nvidiaDriverRoot: z
    .enum(["/", "/run/nvidia/driver", "/home/kubernetes/bin/nvidia"])
    .default("/")
    .describe("Where the NVIDIA driver lives on the nodes: host, GPU Operator, GKE."),
});

const tenant = z.strictObject({
  name,
  gpus: z
    .strictObject({
      quota: gpus.describe("GPUs that the tenant is guaranteed."),
      limit: gpus.optional().describe("GPUs that the tenant can never exceed; none: no limit."),
      overQuotaWeight: z
        .int()
        .min(0)
        .max(1000)
        .default(1)
        .describe("Share of idle GPUs above the quota, relative to the others."),
    })
    .superRefine((value, context) => {
      if (value.limit !== undefined && value.limit < value.quota) {
        context.addIssue({ code: "custom", path: ["limit"], message: `at least quota, which is ${value.quota}` });
      }
    }),
});

const role = z.strictObject({
  replicas: z.int().min(1).max(1000).describe("Model servers in this role."),
  gpus: z.int().min(1).max(16).describe("GPUs of one node that one replica uses: its tensor parallelism."),
  nodes: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Nodes that one replica spans; more than one runs as a LeaderWorkerSet."),
});

const model = z.strictObject({
  name,
  model: z.enum(keysOf(catalogModels)).describe("A key of catalog/models.ts."),
  tenant: name.describe("The tenant whose queue and namespace the model runs in."),
  pool: name.describe("The GPU pool that serves it."),
  serving: z.strictObject({
    mode: z.literal("disaggregated"),
    prefill: role,
    decode: role,
  }),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .default(0)
    .describe("Of its requests in the endpoint picker; below 0 may be shed."),
});

const datastore = z.discriminatedUnion("engine", [
  z.strictObject({ engine: z.literal("memory").describe("Lost with the pod: for development only.") }),
  z.strictObject({
    engine: z.literal("postgres"),
    uriSecret: z.strictObject({
      name: z
        .string()
        .min(1)
        .describe("Kubernetes Secret that holds the connection URI; it is never in the configuration."),
      key: z.string().min(1).default("uri"),
    }),
  }),
]);

/** A subject, relation and object of the authorization model, as OpenFGA writes them. */
const tuple = z.strictObject({
  user: z
    .string()
    .regex(/^[a-z_]+:[^\s:#@]+(#[a-z_]+)?$|^[a-z_]+:\*$/, "type:id or type:id#relation, such as team:search#member"),
  relation: z.string().regex(/^[a-z_]+$/, "a relation of the authorization model"),
  object: z.string().regex(/^[a-z_]+:[^\s:#@]+$/, "type:id, such as model:qwen3-32b"),
});

export const environmentSchema = z
  .strictObject({
    description: z.string().min(1).optional(),
    tier: z
      .enum(["development", "production"])
      .describe("Production forbids what loses data, such as an in-memory datastore."),
    jurisdiction: z
      .strictObject({
        name: z.string().min(1).describe("Of what law the data stays under, such as eu."),
        sovereign: z.boolean().default(false).describe("Sovereignty rules cannot be relaxed."),
        regions: z
          .array(z.enum(keysOf(regions)))
          .min(1)
          .describe("Regions that may hold anything of this environment: keys of catalog/regions.ts."),
        registries: z
          .array(z.string().min(1))
          .min(1)
          .describe("Hosts (or host/path prefixes) that images and charts may come from."),
      })
      .describe("What the sovereignty policies hold the environment to."),
    cluster: z.discriminatedUnion("kind", [existingCluster]),
    pools: z.array(pool).min(1),
    tenants: z.array(tenant).min(1),
    models: z.array(model).default([]),
    gateway: z.strictObject({
      host: z.string().min(1).describe("Host name under which the models are served."),
      replicas: z.int().min(1).max(100).default(1),
    }),
    identity: z.strictObject({
      trustDomain: z.string().regex(/^[a-z0-9._-]+$/, "a SPIFFE trust domain, such as platform.example.org"),
    }),
    authorization: z.strictObject({
      datastore,
      tuples: z.array(tuple).default([]),
    }),
    budget: z.strictObject({
      monthlyUsd: z.number().positive().describe("Refused when the month (730 h at the pools' maximum) costs more."),
    }),
    mirror: z
      .strictObject({
        charts: z
          .string()
          .min(1)
          .optional()
          .describe("An oci:// prefix, or a folder of <chart>-<version>.tgz archives."),
        images: z
          .string()
          .min(1)
          .optional()
          .describe("Registry prefix that stands in for every image's own registry host."),
      })
      .default({}),
  })
  .superRefine((value, context) => {
    const duplicate = (path: "pools" | "tenants" | "models") => {
      const seen = new Set<string>();
      for (const [index, item] of value[path].entries()) {
        if (seen.has(item.name)) {
          context.addIssue({
            code: "custom",
            path: [path, index, "name"],
            message: `a name of its own: "${item.name}" is taken`,
          });
        }
        seen.add(item.name);
      }
    };
    duplicate("pools");
    duplicate("tenants");
    duplicate("models");

    if (value.cluster.kind === "existing") {
      for (const [index, item] of value.pools.entries()) {
        if (item.min !== item.max) {
          context.addIssue({
            code: "custom",
            path: ["pools", index, "max"],
            message: `equal to min (${item.min}): the platform adds no nodes to an existing cluster`,
          });
        }
      }
    }
    if (value.tier === "production" && value.authorization.datastore.engine === "memory") {
      context.addIssue({
        code: "custom",
        path: ["authorization", "datastore", "engine"],
        message:
          "postgres: an in-memory datastore loses every tuple with its pod, and this is a production environment",
      });
    }
    for (const [index, item] of value.models.entries()) {
      const pools = value.pools.filter((candidate) => candidate.accelerator !== undefined);
      const home = pools.find((candidate) => candidate.name === item.pool);
      if (!home) {
        context.addIssue({
          code: "custom",
          path: ["models", index, "pool"],
          message: `one of the GPU pools: ${pools.map((candidate) => candidate.name).join(", ") || "there is none"}`,
        });
      }
      if (!value.tenants.some((candidate) => candidate.name === item.tenant)) {
        context.addIssue({
          code: "custom",
          path: ["models", index, "tenant"],
          message: `one of the tenants: ${value.tenants.map((candidate) => candidate.name).join(", ")}`,
        });
      }
      for (const part of ["prefill", "decode"] as const) {
        const wanted = item.serving[part].gpus;
        if (home?.perNode !== undefined && wanted > home.perNode) {
          context.addIssue({
            code: "custom",
            path: ["models", index, "serving", part, "gpus"],
            message: `at most ${home.perNode}, the GPUs of one node of pool ${home.name}; span nodes with "nodes"`,
          });
        }
      }
    }
    const guaranteed = value.tenants.reduce((sum, item) => sum + item.gpus.quota, 0);
    const held = value.pools.reduce((sum, item) => sum + item.max * (item.perNode ?? 0), 0);
    if (guaranteed > held) {
      context.addIssue({
        code: "custom",
        path: ["tenants"],
        message: `guaranteed quotas of at most ${held} GPUs together, which is what the pools hold; they add up to ${guaranteed}`,
      });
    }
  });

/** What a stack file may state: everything optional that a base supplies, plus the name of that base. */
export type EnvironmentInput = z.input<typeof environmentSchema>;
export type Environment = z.output<typeof environmentSchema> & { readonly stack: string };
export type Pool = Environment["pools"][number];
export type GpuPool = Pool & { accelerator: keyof typeof accelerators; perNode: number };
export type Tenant = Environment["tenants"][number];
export type Model = Environment["models"][number];
export type ServingRole = Model["serving"]["prefill"];
export type Cluster = Environment["cluster"];
export type Mirror = Environment["mirror"];

/** Whether a pool carries GPUs. */
export const isGpuPool = (pool: Pool): pool is GpuPool => pool.accelerator !== undefined;
