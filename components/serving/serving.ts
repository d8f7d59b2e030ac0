import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { Environment, Mirror, Model, Tenant } from "../../stacks/environment";
import type { Accelerators } from "../accelerators/accelerators";
import type { Authorization } from "../authorization/authorization";
import type { Cluster } from "../cluster/cluster";
import type { InferenceGateway } from "../gateway/gateway";
import type { Identity } from "../identity/identity";
import type { Scheduling } from "../scheduling/scheduling";
import type { Autoscalers } from "./autoscaling/autoscalers";
import { TenantMetrics } from "./autoscaling/metrics";
import type { DynamoPlatform } from "./dynamo/operators";
import { homesOf, shapesOf } from "./gpus";
import type { PublishedModel } from "./model-route";
import { TenantModels } from "./tenant-models";
import { TenantSpace } from "./tenant-space";

export interface ServingArgs {
  readonly cluster: Cluster;
  readonly accelerators: Accelerators;
  readonly scheduling: Scheduling;
  readonly gateway: InferenceGateway;
  readonly identity: Identity;
  readonly authorization: Authorization;
  /** What runs graphs of Dynamo, where a model may be one. */
  readonly dynamo?: DynamoPlatform;
  /** What scales servers, and what installs that; none where nothing is scaled. */
  readonly autoscaling?: { readonly stated: NonNullable<Environment["autoscaling"]>; readonly by: Autoscalers };
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
  readonly models: readonly PublishedModel[];

  constructor(name: string, args: ServingArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:Serving", name, {}, opts);
    const { cluster, accelerators, scheduling, gateway, dynamo, autoscaling, mirror } = args;
    const pools = homesOf(cluster.pools.map(({ pool }) => pool));
    const modelsOf = (tenant: string) => args.models.filter((model) => model.tenant === tenant);
    this.tenants = args.tenants.map(
      (tenant) => new TenantSpace({ tenant, shapes: shapesOf(modelsOf(tenant.name), pools) }, { parent: this }),
    );
    if (autoscaling !== undefined) {
      for (const { tenant, namespace } of this.tenants) {
        new TenantMetrics(
          tenant,
          { namespace: namespace.name, readers: autoscaling.by.readers },
          { parent: this, dependsOn: [...autoscaling.by.releases] },
        );
      }
    }
    this.models = this.tenants.flatMap(({ tenant, namespace, claims }) => {
      const models = modelsOf(tenant);
      if (models.length === 0) {
        return [];
      }
      const queue = scheduling.queues.get(tenant);
      if (queue === undefined) {
        throw new Error(`tenant ${tenant} has no queue`);
      }
      return new TenantModels(
        tenant,
        {
          models,
          pools,
          region: cluster.region,
          namespace: namespace.name,
          claims,
          queue,
          gateway,
          autoscaling: autoscaling?.stated,
          after: [
            accelerators.driver,
            scheduling.kai,
            ...scheduling.priorities,
            scheduling.leaderWorkerSet,
            gateway.inferenceExtension,
            gateway.llmD,
            gateway.controller,
            ...(dynamo === undefined ? [] : [dynamo.grove, dynamo.dynamo]),
            ...(autoscaling?.by.releases ?? []),
            // A server starts with its identity, and with who may call it, decided.
            args.identity,
            args.authorization,
          ],
          mirror,
        },
        { parent: this },
      ).published;
    });
    this.registerOutputs({ urls: this.models.map(({ url }) => url) });
  }
}
