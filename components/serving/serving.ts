import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { GpuPool, Mirror, Model, Tenant } from "../../stacks/environment";
import type { Accelerators } from "../accelerators/accelerators";
import type { Authorization } from "../authorization/authorization";
import type { Cluster } from "../cluster/cluster";
import type { InferenceGateway } from "../gateway/gateway";
import type { Identity } from "../identity/identity";
import { gpuPoolsOf, placementOf } from "../scheduling/placement";
import type { Scheduling } from "../scheduling/scheduling";
import { topologyAnnotations } from "../scheduling/topology";
import { grantOf, roleNames } from "./gpus";
import { ServedModel } from "./served-model";
import { TenantSpace } from "./tenant-space";

export interface ServingArgs {
  readonly cluster: Cluster;
  readonly accelerators: Accelerators;
  readonly scheduling: Scheduling;
  readonly gateway: InferenceGateway;
  readonly identity: Identity;
  readonly authorization: Authorization;
  /** Source: `tenants` of the environment. */
  readonly tenants: readonly Tenant[];
  /** Source: `models` of the environment. */
  readonly models: readonly Model[];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** A space for each tenant, and the models in them. */
export class Serving extends ComponentResource {
  readonly tenants: readonly TenantSpace[];
  readonly models: readonly ServedModel[];

  constructor(name: string, args: ServingArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:Serving", name, {}, opts);
    const { cluster, accelerators, scheduling, gateway } = args;
    const pools = cluster.pools.map(({ pool }) => pool);
    const homes = new Map<string, GpuPool>(gpuPoolsOf(pools).map((pool) => [pool.name, pool]));
    const homeOf = (model: Model) => {
      const pool = homes.get(model.pool);
      if (pool === undefined) {
        throw new Error(`model ${model.name}: the cluster has no GPU pool ${model.pool}`);
      }
      return pool;
    };

    const queueOf = (model: Model) => {
      const queue = scheduling.queues.get(model.tenant);
      if (queue === undefined) {
        throw new Error(`model ${model.name}: tenant ${model.tenant} has no queue`);
      }
      return queue;
    };

    const spaces = new Map(
      args.tenants.map((tenant) => {
        const shapes = args.models
          .filter((model) => model.tenant === tenant.name)
          .flatMap((model) => roleNames.map((role) => grantOf(model, role, homeOf(model)).shape));
        return [tenant.name, new TenantSpace({ tenant, shapes }, { parent: this })];
      }),
    );
    this.tenants = [...spaces.values()];
    this.models = args.models.map((model) => {
      const tenant = spaces.get(model.tenant);
      if (tenant === undefined) {
        throw new Error(`model ${model.name}: there is no tenant ${model.tenant}`);
      }
      return new ServedModel(
        {
          model,
          pool: homeOf(model),
          placement: placementOf(homeOf(model), model.spot),
          topology: topologyAnnotations(homeOf(model), cluster.region),
          namespace: tenant.namespace.name,
          claims: tenant.claims,
          queue: queueOf(model),
          gateway,
          after: [
            accelerators.driver,
            scheduling.kai,
            ...scheduling.priorities,
            scheduling.leaderWorkerSet,
            gateway.inferenceExtension,
            gateway.llmD,
            gateway.controller,
            // A server starts with its identity, and with who may call it, decided.
            args.identity,
            args.authorization,
          ],
          mirror: args.mirror,
        },
        { parent: this },
      );
    });
    this.registerOutputs({ urls: this.models.map(({ url }) => url) });
  }
}
