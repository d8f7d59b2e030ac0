import { z } from "zod";
import type { ReleaseName } from "../catalog/releases";
import { budget, share } from "./budget";
import { checkKubernetes, checkNames, checkPlaces, checkPools, checkRouting } from "./checks";
import { cluster } from "./cluster";
import { fleet } from "./fleet";
import { gatewayImplementation } from "./gateway";
import { jurisdiction } from "./jurisdiction";
import { type Model, model } from "./model";
import { resolveModels } from "./models";
import { name } from "./names";
import { checkPolicies, day, policies } from "./policies";
import { type Pool, pool, resolve } from "./pool";
import { state } from "./state";

/**
 * The environment: the validated value that describes one stack. This file says what may stand in
 * `ai-platform:environment` of a `stacks/Pulumi.<stack>.yaml`; `load.ts` is the only reader of it.
 *
 * A default is written here and nowhere else. Units are in the names (`Gib`, `Usd`, `Gpus`).
 */

const gpus = z.int().min(0).max(100_000);

/** A data centre of one's own, which no catalog knows. */
const site = z.strictObject({
  name,
  country: z.string().regex(/^[A-Z]{2}$/, "an ISO 3166-1 alpha-2 code, such as DE"),
  jurisdiction: z.string().min(1).describe("Of what law it is under, such as eu."),
  operator: z.string().min(1).describe("Who runs the machines."),
});

const tenant = z.strictObject({
  name,
  priority: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      "Of two tenants that ask for the same idle GPUs, the one with the higher priority is served first; 100 where none is set.",
    ),
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
  budget: share.optional().describe("What its models may cost together."),
});

/** What a team deploys into a platform that is another stack. */
const team = z.strictObject({
  platform: z.string().min(1).describe("The stack that holds the platform; its environment is what this one extends."),
  tenant: name.describe("The tenant that the team is."),
  models: z.array(model.omit({ tenant: true })).default([]),
  fleets: z.array(fleet).default([]).describe("Models by the table."),
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
    port: z
      .int()
      .min(1)
      .max(65535)
      .default(5432)
      .describe("On which it answers; what else it is, the Secret alone says."),
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

const statedEnvironment = z.strictObject({
  description: z.string().min(1).optional(),
  tier: z
    .enum(["ephemeral", "development", "production"])
    .describe(
      "Production forbids what loses data, such as an in-memory datastore; an ephemeral one states when it goes.",
    ),
  expires: day.optional().describe("Last day on which the environment is needed."),
  jurisdiction,
  sites: z
    .array(site)
    .default([])
    .describe("Data centres of one's own, for clusters that stand in none of a cloud's regions."),
  cluster,
  pools: z.array(pool).min(1),
  tenants: z.array(tenant).min(1),
  models: z.array(model).default([]),
  fleets: z.array(fleet).default([]).describe("Models by the table, beside `models`."),
  team: team
    .optional()
    .describe("Makes this the stack of one team: it deploys these models into the platform, and nothing else."),
  gateway: z.strictObject({
    host: z.string().min(1).describe("Host name under which the models are served."),
    replicas: z.int().min(1).max(100).default(1),
    ...gatewayImplementation,
  }),
  identity: z.strictObject({
    trustDomain: z.string().regex(/^[a-z0-9._-]+$/, "a SPIFFE trust domain, such as platform.example.org"),
  }),
  backends: z
    .array(z.enum(["dynamo"]))
    .default([])
    .describe("What serves models beside llm-d, for teams; what the stack's own models name is there anyway."),
  autoscaling: z
    .strictObject({
      by: z
        .enum(["keda", "variant-autoscaler"])
        .default("keda")
        .describe("KEDA by thresholds, or llm-d's workload variant autoscaler by what a model's servers can carry."),
      prometheus: z.url().describe("Prometheus-compatible API that knows the metrics of model servers and pickers."),
      prometheusCa: z
        .string()
        .min(1)
        .optional()
        .describe("PEM of who signed its certificate, where no public authority did."),
      namespace: name.default("monitoring").describe("Namespace that Prometheus runs in, from which it reads metrics."),
    })
    .optional()
    .describe("What scales roles that state `scale`."),
  authorization: z.strictObject({
    datastore,
    tuples: z.array(tuple).default([]),
  }),
  budget,
  policies,
  admission: z
    .strictObject({
      exclude: z
        .array(name)
        .default([])
        .describe("Namespaces of a shared cluster whose objects are somebody else's, and not held to the rules."),
    })
    .prefault({})
    .describe("How the cluster's API server holds objects to the rules, whoever writes them."),
  state: state.optional(),
  mirror: z
    .strictObject({
      charts: z.string().min(1).optional().describe("An oci:// prefix, or a folder of <chart>-<version>.tgz archives."),
      images: z
        .string()
        .min(1)
        .optional()
        .describe("Registry prefix that stands in for every image's own registry host."),
    })
    .default({}),
});

/** An environment as it is written, each field by itself in order. */
export type StatedEnvironment = z.output<typeof statedEnvironment>;

const issueOf = (path: (string | number)[], expected: string | readonly string[]) =>
  typeof expected === "string"
    ? { code: "custom" as const, path, message: expected }
    : { code: "invalid_value" as const, path, values: [...expected] };

export const environmentSchema = statedEnvironment
  .superRefine((value, context) => {
    for (const check of [checkNames, checkPlaces, checkKubernetes, checkPools, checkRouting]) {
      check(value, (path, expected) => context.addIssue(issueOf(path, expected)));
    }
    checkPolicies(value.policies, value.jurisdiction.sovereign, (path, message) =>
      context.addIssue({ code: "custom", path, message }),
    );
    if (value.tier === "ephemeral" && value.expires === undefined) {
      context.addIssue({
        code: "custom",
        path: ["expires"],
        message: "a day, such as 2027-03-31: the tier is ephemeral",
      });
    }
    if (value.tier === "production" && value.authorization.datastore.engine === "memory") {
      context.addIssue({
        code: "custom",
        path: ["authorization", "datastore", "engine"],
        message:
          "postgres: an in-memory datastore loses every tuple with its pod, and this is a production environment",
      });
    }
  })
  .transform((value, context) => {
    const report = (path: (string | number)[], expected: string | readonly string[]) =>
      context.addIssue(issueOf(path, expected));
    const pools = value.pools.flatMap((item, index): Pool[] => {
      const resolved = resolve(item, value.cluster, (path, message) => report(["pools", index, ...path], message));
      return resolved === undefined ? [] : [resolved];
    });
    const resolved = resolveModels(value, pools, report, (issue) =>
      context.issues.push({ ...issue, input: undefined } as z.core.$ZodRawIssue),
    );
    const { fleets: _fleets, team: stated, ...rest } = value;
    return {
      ...rest,
      mirror: { ...value.mirror, provided: value.cluster.kind === "existing" ? value.cluster.provides : [] } as Mirror,
      pools,
      models: resolved.models,
      ...(stated === undefined
        ? {}
        : { team: { platform: stated.platform, tenant: stated.tenant, models: resolved.team } satisfies Team }),
    };
  });

/** What a stack file may state: everything optional that a base supplies, plus the name of that base. */
export type EnvironmentInput = z.input<typeof environmentSchema>;
export type Environment = z.output<typeof environmentSchema> & { readonly stack: string };
export type Tenant = Environment["tenants"][number];
/** What a team deploys, into the platform of which stack, and as which of its tenants. */
export interface Team {
  readonly platform: string;
  readonly tenant: string;
  readonly models: readonly Model[];
}
export type Cluster = Environment["cluster"];
/** Where releases and images come from: their publishers, a mirror, or, for those `provided`, the cluster itself. */
export type Mirror = StatedEnvironment["mirror"] & { readonly provided?: readonly ReleaseName[] };
export {
  type Adapter,
  type Model,
  mostReplicas,
  type NamedRole,
  type Role,
  type RoleName,
  rolesOf,
  type Serving,
  type Version,
} from "./model";
export { type GpuPool, isGpuPool, type Pool, scales } from "./pool";
export type { Source } from "./source";
