import { z } from "zod";
import { type CatalogModel, models as catalogModels, type ModelName } from "../catalog/models";
import { type Architecture, architecture } from "./architecture";
import { share } from "./budget";
import { keysOf, name } from "./names";
import { type Scale, scale } from "./scale";
import { resolveSource, type Source, source } from "./source";

/** Models: what a team states of one, and what that comes to. */

/** Part of one GPU: at least so much of its memory, or so large a share of the whole. */
const slice = z.union([
  z.strictObject({ memoryGib: z.number().positive().max(512).describe("GPU memory that a replica needs at least.") }),
  z.strictObject({ fraction: z.number().positive().max(1).describe("Share of one GPU, such as 0.25.") }),
]);

const role = z.strictObject({
  replicas: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe("Model servers in this role, to begin with where `scale` is stated; its min where this is not."),
  gpus: z.int().min(1).max(16).default(1).describe("GPUs of one node that one replica uses."),
  slice: slice.optional().describe("Part of one GPU instead of whole ones."),
  nodes: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Nodes that one replica spans; more than one runs as a LeaderWorkerSet."),
  tensorParallel: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe(
      "GPUs that share each layer. All of a replica's where none is stated, or one where experts are spread; what is left over runs data-parallel.",
    ),
  expertParallel: z
    .boolean()
    .default(false)
    .describe("Spreads the experts of a mixture over all GPUs of a replica, each of which runs its own requests."),
  scale: scale.optional().describe("Between how many replicas, and by what signals, the role is scaled."),
});

const serving = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("disaggregated").describe("Prompts and answers are computed by servers of their own."),
    prefill: role.optional(),
    decode: role.optional(),
  }),
  z.strictObject({
    mode: z.literal("aggregated").describe("Each server computes prompts and answers."),
    servers: role.optional(),
  }),
]);

const objective = z.strictObject({
  ttftMs: z.number().positive().describe("Time to the first token, in ms."),
  tpotMs: z.number().positive().describe("Time per further token, in ms."),
  requestsPerSecond: z.number().positive(),
  inputTokens: z.int().positive().describe("Tokens of a prompt."),
  outputTokens: z.int().positive().describe("Tokens of an answer."),
});

const version = z.strictObject({
  name: name.describe("Part of the names of what serves it."),
  source,
  weight: z
    .int()
    .min(0)
    .max(100)
    .describe("Percent of the model's requests. 0 keeps it warm, to go back to without loading anything."),
  serving: serving.optional().describe("Servers of its own, where they differ from the model's."),
});

const adapter = z.strictObject({ name: name.describe("Name under which the adapter is asked for."), source });

const kvCache = z.strictObject({
  cpuGib: z.number().positive().optional().describe("GiB of a node's memory that one pod keeps what its GPUs drop in."),
  storage: z
    .strictObject({
      gib: z.int().positive().describe("GiB that one pod may fill; of a claim that is shared, all of them together."),
      kind: z
        .enum(["local", "shared"])
        .describe("A disk of the node, lost with the pod, or a volume that all servers of the model read and write."),
      claim: z.string().min(1).optional().describe("The shared volume: a PersistentVolumeClaim of the tenant."),
    })
    .optional(),
});

export const model = z.strictObject({
  name,
  model: z
    .enum(keysOf(catalogModels))
    .optional()
    .describe("A key of catalog/models.ts. Follows from source.huggingFace where that is in the catalog."),
  architecture: architecture
    .optional()
    .describe("Of a model that the catalog does not know; `npm run size` prints it from a config.json."),
  source: source.optional().describe("Where the weights come from; the catalog's own where it knows a revision."),
  objective: objective.optional().describe("What is asked of it. Sizes roles that are not stated."),
  maxContext: z
    .int()
    .positive()
    .optional()
    .describe("Tokens of the longest request, prompt and answer; the model's own limit where none is stated."),
  backend: z.enum(["llm-d", "dynamo"]).default("llm-d").describe("What serves it."),
  tenant: name.describe("The tenant whose queue and namespace the model runs in."),
  pool: name.optional().describe("The GPU pool that serves it. May be left out where there is one."),
  serving,
  versions: z
    .array(version)
    .min(1)
    .optional()
    .describe("Versions side by side, instead of `source`; their weights add up to 100."),
  adapters: z.array(adapter).default([]).describe("LoRA adapters that are served beside the model, by its servers."),
  variants: z
    .array(z.strictObject({ pool: name }))
    .default([])
    .describe("Pools onto which it grows when its own is full, the cheapest first. Needs `scale`."),
  kvCache: kvCache.optional().describe("Tiers of the KV cache below the GPUs' memory."),
  routing: z
    .enum(["picker", "service"])
    .optional()
    .describe("Whether an endpoint picker chooses the server. By default yes, save where there is at most one."),
  cache: z
    .enum(["approximate", "precise"])
    .default("approximate")
    .describe("How the picker knows what servers have cached: by what it sent them, or by what they report."),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .default(0)
    .describe("Of its requests in the endpoint picker: below 0 they are shed when its servers are full."),
  spot: z.boolean().default(false).describe("Whether its servers may run on nodes that may go at any time."),
  budget: share.optional().describe("What its servers may cost."),
});

export type StatedModel = z.output<typeof model>;
type StatedServing = StatedModel["serving"];
type StatedRole = z.output<typeof role>;
export type Objective = z.output<typeof objective>;

/** A role as everything after the schema sees it. A replica has `gpus` x `nodes` GPUs. */
export interface Role {
  readonly replicas: number;
  readonly gpus: number;
  readonly nodes: number;
  readonly slice?: z.output<typeof slice>;
  /** GPUs that share each layer; divides a replica's GPUs. */
  readonly tensorParallel: number;
  readonly expertParallel: boolean;
  readonly scale?: Scale;
}

export type Serving =
  | { readonly mode: "disaggregated"; readonly prefill: Role; readonly decode: Role }
  | { readonly mode: "aggregated"; readonly servers: Role };

/** One state of the weights, and the servers that have it. A model that states no versions has one, without a name. */
export interface Version {
  readonly name?: string;
  readonly source: Source;
  /** Of its own weights, where the catalog knows them: a version may be another precision of the same model. */
  readonly architecture: Architecture;
  readonly weight: number;
  readonly serving: Serving;
}

export interface Adapter {
  readonly name: string;
  readonly source: Source;
}

/** A model as everything after the schema sees it. */
export interface Model
  extends Pick<
    StatedModel,
    | "name"
    | "model"
    | "objective"
    | "maxContext"
    | "backend"
    | "tenant"
    | "variants"
    | "cache"
    | "priority"
    | "spot"
    | "budget"
  > {
  readonly architecture: Architecture;
  readonly pool: string;
  readonly versions: readonly Version[];
  readonly adapters: readonly Adapter[];
  readonly kvCache?: StatedModel["kvCache"];
  readonly routing: "picker" | "service";
}

/** What a server's pods are for. `both` is llm-d's word for servers of an aggregated model. */
export type RoleName = "prefill" | "decode" | "both";

export interface NamedRole {
  readonly name: RoleName;
  /** Its key in `serving`. */
  readonly key: "prefill" | "decode" | "servers";
  readonly role: Role;
}

/** The roles of a way to serve, each with its name. */
export const rolesOf = (of: Serving): readonly NamedRole[] =>
  of.mode === "aggregated"
    ? [{ name: "both", key: "servers", role: of.servers }]
    : [
        { name: "prefill", key: "prefill", role: of.prefill },
        { name: "decode", key: "decode", role: of.decode },
      ];

/** Replicas that a role may come to. */
export const mostReplicas = ({ replicas, scale: between }: Pick<Role, "replicas" | "scale">): number =>
  Math.max(replicas, between?.max ?? 0);

export type Issue = (path: (string | number)[], message: string) => void;

/** What a model is resolved against. */
export interface Surroundings {
  /** GPU pools by name, in order. */
  readonly pools: readonly string[];
  /** Sizes the roles that were left out. Returns a sentence where nothing meets the objective. */
  readonly plan: (
    architecture: Architecture,
    pool: string,
    of: Objective,
    mode: StatedServing["mode"],
  ) => Planned | string;
}

export type Planned = Readonly<Record<string, Omit<Role, "slice" | "scale">>>;

/** What a stated model comes to. Reports through `issue`, and returns undefined, what does not make one. */
export function resolveModel(stated: StatedModel, around: Surroundings, issue: Issue): Model | undefined {
  const key = stated.model ?? catalogued(stated);
  const known: CatalogModel | undefined = key === undefined ? undefined : catalogModels[key];
  if (stated.model !== undefined && stated.architecture !== undefined) {
    issue(["architecture"], "nothing: `model` says which it is");
  }
  const shape = stated.architecture ?? known;
  if (shape === undefined) {
    issue(["model"], "a key of catalog/models.ts, or architecture: the catalog does not know this source");
    return undefined;
  }
  const pool = stated.pool ?? (around.pools.length === 1 ? around.pools[0] : undefined);
  if (pool === undefined) {
    issue(["pool"], `one of the GPU pools: ${around.pools.join(", ") || "there is none"}`);
    return undefined;
  }
  const resolveServing = (of: StatedServing, at: (string | number)[], architecture: Architecture) =>
    servingOf(
      of,
      at,
      () => {
        if (stated.objective === undefined) {
          return "the role, or an objective from which it is sized";
        }
        return around.plan(architecture, pool, stated.objective, of.mode);
      },
      issue,
    );
  const versions = versionsOf(stated, known, shape, resolveServing, issue);
  const adapters = stated.adapters.flatMap((item, index): Adapter[] => {
    const from = resolveSource(item.source, (path, message) => issue(["adapters", index, "source", ...path], message));
    return from === undefined ? [] : [{ name: item.name, source: from }];
  });
  if (versions === undefined || adapters.length < stated.adapters.length) {
    return undefined;
  }
  const alone =
    versions.length === 1 &&
    adapters.length === 0 &&
    // What a picker alone can do.
    stated.priority >= 0 &&
    stated.cache === "approximate" &&
    versions.every(({ serving: of }) => of.mode === "aggregated" && mostReplicas(of.servers) <= 1);
  const { objective: asked, maxContext } = stated;
  if (asked !== undefined && maxContext !== undefined && asked.inputTokens + asked.outputTokens > maxContext) {
    issue(
      ["maxContext"],
      `at least ${asked.inputTokens + asked.outputTokens}, the tokens of a request of its objective`,
    );
  }
  if (stated.routing === "service") {
    checkService(stated, versions, issue);
  }
  for (const [index, { name: adapter }] of adapters.entries()) {
    if (adapters.findIndex((other) => other.name === adapter) < index) {
      issue(["adapters", index, "name"], `a name of its own: "${adapter}" is taken`);
    } else if (adapter === stated.name) {
      issue(["adapters", index, "name"], `a name of its own: "${adapter}" is what the model is asked for by`);
    }
  }
  const { source: _source, serving: _serving, ...rest } = stated;
  return {
    ...rest,
    ...(key === undefined ? {} : { model: key }),
    architecture: shape,
    pool,
    versions,
    adapters,
    routing: stated.routing ?? (alone ? "service" : "picker"),
  };
}

/** A Service takes any of its servers, and the request as it is. */
function checkService({ adapters, priority, cache }: StatedModel, versions: readonly Version[], issue: Issue): void {
  if (versions.some(({ serving: of }) => of.mode === "disaggregated")) {
    issue(["routing"], "picker, or serving.mode: aggregated: a Service would send requests to prefill servers as well");
  }
  if (adapters.length > 0) {
    issue(["routing"], "picker, or no adapters: only a picker knows them by their names");
  }
  if (priority !== 0) {
    issue(["routing"], "picker, or no priority: only a picker knows of one");
  }
  if (cache === "precise") {
    issue(["routing"], "picker, or cache: approximate: only a picker knows what servers have cached");
  }
}

/** The catalog's entry of a repository. */
const keyOf = (repository: string): ModelName | undefined =>
  keysOf(catalogModels).find((key) => catalogModels[key].huggingFace === repository);

/** The catalog's entry of the repository that the weights come from. */
function catalogued({ source: from, versions, architecture: own }: StatedModel): ModelName | undefined {
  const repository = from?.huggingFace ?? versions?.[0]?.source.huggingFace;
  return own === undefined && repository !== undefined ? keyOf(repository) : undefined;
}

function versionsOf(
  stated: StatedModel,
  known: CatalogModel | undefined,
  shape: Architecture,
  resolveServing: (of: StatedServing, at: (string | number)[], architecture: Architecture) => Serving | undefined,
  issue: Issue,
): readonly Version[] | undefined {
  if (stated.versions === undefined) {
    const from = stated.source ?? (known && { huggingFace: known.huggingFace, revision: known.revision });
    if (from === undefined) {
      issue(["source"], "where the weights come from");
      return undefined;
    }
    const at = (path: (string | number)[], message: string) => issue(["source", ...path], message);
    const resolved = resolveSource(from, at);
    const of = resolveServing(stated.serving, ["serving"], shape);
    return resolved && of && [{ source: resolved, architecture: shape, weight: 100, serving: of }];
  }
  if (stated.source !== undefined) {
    issue(["source"], "nothing: each of the versions states its own");
  }
  const sum = stated.versions.reduce((total, { weight }) => total + weight, 0);
  if (sum !== 100) {
    issue(["versions"], `weights that add up to 100 percent; these add up to ${sum}`);
  }
  const resolved = stated.versions.map((item, index): Version | undefined => {
    const at: (string | number)[] = ["versions", index];
    if (stated.versions!.findIndex(({ name: other }) => other === item.name) < index) {
      issue([...at, "name"], `a name of its own: "${item.name}" is taken`);
    }
    const from = resolveSource(item.source, (path, message) => issue([...at, "source", ...path], message));
    const key = from?.kind === "huggingFace" ? keyOf(from.repository) : undefined;
    const architecture = key === undefined ? shape : catalogModels[key];
    const where = item.serving ? [...at, "serving"] : ["serving"];
    const of = resolveServing(item.serving ?? stated.serving, where, architecture);
    return from && of && { name: item.name, source: from, architecture, weight: item.weight, serving: of };
  });
  return resolved.every((item) => item !== undefined) ? resolved : undefined;
}

function servingOf(
  of: StatedServing,
  at: (string | number)[],
  planned: () => Planned | string,
  issue: Issue,
): Serving | undefined {
  let sized: Planned | string | undefined;
  const resolved = (key: "prefill" | "decode" | "servers", stated: StatedRole | undefined): Role | undefined => {
    if (stated !== undefined) {
      return roleOf(stated, [...at, key], issue);
    }
    sized ??= planned();
    if (typeof sized === "string") {
      issue([...at, key], sized);
      return undefined;
    }
    const { replicas, gpus, nodes, tensorParallel, expertParallel } = sized[key]!;
    return { replicas, gpus, nodes, tensorParallel, expertParallel };
  };
  if (of.mode === "aggregated") {
    const servers = resolved("servers", of.servers);
    return servers && { mode: of.mode, servers };
  }
  const prefill = resolved("prefill", of.prefill);
  const decode = resolved("decode", of.decode);
  return prefill && decode && { mode: of.mode, prefill, decode };
}

function roleOf(stated: StatedRole, at: (string | number)[], issue: Issue): Role | undefined {
  const { gpus, nodes, slice: part, expertParallel, scale: between } = stated;
  const replicas = stated.replicas ?? between?.min;
  if (replicas === undefined) {
    issue([...at, "replicas"], "how many, or scale, or nothing of the role at all but an objective to size it from");
    return undefined;
  }
  if (replicas === 0 && between?.min !== 0) {
    issue([...at, "replicas"], "at least 1: nothing would start it from none but scale, with min: 0");
  }
  const all = gpus * nodes;
  const tensorParallel = stated.tensorParallel ?? (expertParallel ? 1 : all);
  if (all % tensorParallel !== 0) {
    issue(
      [...at, "tensorParallel"],
      `a divisor of the replica's GPUs, of which it has ${gpus} on each of ${nodes} ${nodes === 1 ? "node" : "nodes"}`,
    );
    return undefined;
  }
  if (part !== undefined && all > 1) {
    issue([...at, "slice"], "nothing beside gpus or nodes: a slice is a part of one GPU");
    return undefined;
  }
  return {
    replicas,
    gpus,
    nodes,
    ...(part === undefined ? {} : { slice: part }),
    tensorParallel,
    expertParallel,
    ...(between === undefined ? {} : { scale: between }),
  };
}
