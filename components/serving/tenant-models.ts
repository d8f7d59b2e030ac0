import * as core from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import type { Environment, GpuPool, Mirror, Model } from "../../stacks/environment";
import type { ClaimTemplates } from "../accelerators/claims";
import { routingLabel } from "../labels";
import { placementOf } from "../scheduling/placement";
import { DynamoModel } from "./dynamo/dynamo-model";
import type { FetchedSource } from "./fetch";
import { admitFetching } from "./fetch-traffic";
import { ModelCache } from "./model-cache";
import type { ModelGateway, PublishedModel } from "./model-route";
import { serverPort } from "./model-server";
import { admitGateway, ServedModel } from "./served-model";
import { cachedSources } from "./weights";
import { workloadsOf } from "./workloads";

export interface TenantModelsArgs {
  /** Source: `models` of the environment, those of one tenant. */
  readonly models: readonly Model[];
  /** GPU pools by name. Source: `pools` of the environment. */
  readonly pools: ReadonlyMap<string, GpuPool>;
  /** The cluster's region, in which its nodes lie. */
  readonly region: string;
  /** Prefix of what the models share, where other stacks have theirs in the same namespace. */
  readonly prefix?: string;
  readonly namespace: Input<string>;
  readonly claims: ClaimTemplates;
  /** The KAI queue that their GPUs count against. */
  readonly queue: Input<string>;
  readonly gateway: ModelGateway;
  /** What scales their servers. Source: `autoscaling` of the environment. */
  readonly autoscaling?: Environment["autoscaling"];
  /** What must be there first, as far as the same stack makes it. */
  readonly after: readonly Resource[];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** The models that one stack serves for one tenant, and what they share. */
export class TenantModels extends ComponentResource {
  readonly published: readonly PublishedModel[];

  constructor(name: string, args: TenantModelsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:TenantModels", name, {}, opts);
    const { models, prefix = "", namespace, gateway, ...rest } = args;
    if (models.some(({ routing }) => routing === "service")) {
      // Many and alike, so that one policy admits the gateway to all of them; to one another they say nothing.
      const labels = { [routingLabel]: "service" };
      const metadata = { name: `${prefix}models`, namespace };
      admitGateway(
        `${name}-models`,
        { metadata, gateway, labels, ports: [serverPort], among: false },
        { parent: this },
      );
    }
    admitFetching(name, { prefix, namespace, models, pools: args.pools }, { parent: this });
    const caches = this.makeCaches(name, args);
    this.published = models.map((model) => {
      const Served = model.backend === "dynamo" ? DynamoModel : ServedModel;
      return new Served({ ...rest, model, namespace, gateway, caches }, { parent: this }).published;
    });
    this.registerOutputs({});
  }

  /** One volume for each pool that keeps weights, and has models whose weights are fetched. */
  private makeCaches(
    name: string,
    { models, pools, prefix, namespace, mirror }: TenantModelsArgs,
  ): ReadonlyMap<string, Input<string>> {
    const served = models.filter(({ backend }) => backend === "llm-d");
    const caches = [...pools.values()].flatMap((pool): { pool: GpuPool; sources: readonly FetchedSource[] }[] => {
      const there = served.filter((model) => workloadsOf(model, pools).some((workload) => workload.pool === pool));
      const sources = there.flatMap(({ versions, adapters }) => [...versions, ...adapters].map(({ source }) => source));
      return pool.modelCache === undefined ? [] : [{ pool, sources: cachedSources(sources) }];
    });
    const needed = caches.filter(({ sources }) => sources.length > 0);
    if (needed.length === 0) {
      return new Map();
    }
    const account = new core.ServiceAccount(
      `${name}-model-cache`,
      { metadata: { name: `${prefix ?? ""}model-cache`, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    return new Map(
      needed.map(({ pool, sources }) => {
        const cache = new ModelCache(
          `${name}-models-${pool.name}`,
          {
            namespace,
            serviceAccount: account.metadata.name,
            pool,
            // What fetches may be interrupted: it goes on where it was.
            placement: placementOf(pool, pool.capacity === "spot"),
            sources,
            prefix,
            mirror,
          },
          { parent: this },
        );
        return [pool.name, cache.claim];
      }),
    );
  }
}
