import { ComponentResource, type ComponentResourceOptions, type Output, output, secret } from "@pulumi/pulumi";
import { releases } from "../catalog/releases";
import { admissionPolicies } from "../policy/admission/policies";
import { regionsOf } from "../policy/context";
import { rules } from "../policy/rules";
import { type Environment, isGpuPool, type Model } from "../stacks/environment";
import { Accelerators } from "./accelerators/accelerators";
import { AdmissionPolicies } from "./admission/admission";
import { Authorization } from "./authorization/authorization";
import { checkTuples } from "./authorization/model";
import { hasDynamo } from "./chosen-releases";
import type { Cluster, ClusterAccess } from "./cluster/cluster";
import { makeCluster } from "./cluster/make";
import { InferenceGateway } from "./gateway/gateway";
import { Identity } from "./identity/identity";
import { Scheduling } from "./scheduling/scheduling";
import { Autoscalers } from "./serving/autoscaling/autoscalers";
import { decidedModels } from "./serving/autoscaling/decided";
import { checkModels } from "./serving/check";
import { DynamoPlatform } from "./serving/dynamo/operators";
import { gpusOf } from "./serving/footprint";
import { homesOf } from "./serving/gpus";
import type { ModelGateway, PublishedModel } from "./serving/model-route";
import { Serving } from "./serving/serving";

/** What a platform says of itself to people and to the stacks of its teams. */
export interface Published {
  readonly region: string;
  readonly host: string;
  /** Where each model is served, and which versions of it. */
  readonly models: readonly PublishedModel[];
  readonly trustDomain: string;
  readonly authorization: { readonly apiUrl: Output<string>; readonly store: string };
  readonly access: ClusterAccess;
  readonly gateway: ModelGateway & { readonly namespace: Output<string>; readonly gatewayName: Output<string> };
  /** What serves models: what a team's may name. */
  readonly backends: readonly Model["backend"][];
  readonly tenants: Readonly<Record<string, PublishedTenant>>;
}

/** Where a team deploys, and within what limits. */
export interface PublishedTenant {
  readonly namespace: Output<string>;
  readonly queue: Output<string>;
  /** GPUs that the tenant's servers may hold together, and those that models of the platform's own stack hold already. */
  readonly gpus: { readonly quota: number; readonly used: number };
  /** GPU pools that its models may name. */
  readonly pools: readonly string[];
}

/**
 * The whole platform, from one environment. Each step takes what the steps before it put out, and nothing reaches back.
 *
 * @throws before anything is created, when a tuple does not fit the authorization model, or a pool cannot give what its
 * models ask for.
 */
export class Platform extends ComponentResource {
  readonly cluster: Cluster;
  readonly accelerators: Accelerators;
  readonly scheduling: Scheduling;
  readonly gateway: InferenceGateway;
  readonly identity: Identity;
  readonly authorization: Authorization;
  readonly serving: Serving;
  readonly published: Published;

  constructor(name: string, environment: Environment, opts: ComponentResourceOptions = {}) {
    checkTuples(environment.authorization.tuples);
    checkModels(environment);
    super("ai-platform:platform:Platform", name, {}, opts);
    const { mirror, pools, tenants } = environment;
    const production = environment.tier === "production";

    this.cluster = makeCluster(environment, { parent: this });
    const { cluster } = this;
    // The day on which the program runs: exceptions that have expired are not written again.
    const today = new Date().toISOString().slice(0, 10);
    const policies = admissionPolicies(rules, { environment, regions: regionsOf(environment), releases }, today);
    const admission = new AdmissionPolicies("admission", { policies }, { parent: this, providers: [cluster.provider] });
    const inCluster = { parent: this, providers: [cluster.provider], dependsOn: [admission] };

    this.accelerators = new Accelerators("accelerators", { cluster, highlyAvailable: production, mirror }, inCluster);
    const { accelerators } = this;

    this.scheduling = new Scheduling(
      "scheduling",
      { cluster, accelerators, tenants, highlyAvailable: production, mirror },
      inCluster,
    );
    const { scheduling } = this;

    this.gateway = new InferenceGateway(
      "gateway",
      { gateway: environment.gateway, clusterKind: environment.cluster.kind, mirror },
      inCluster,
    );
    const { gateway } = this;

    const { trustDomain } = environment.identity;
    this.identity = new Identity("identity", { cluster, gateway, trustDomain, durable: production, mirror }, inCluster);
    const { identity } = this;

    this.authorization = new Authorization(
      "authorization",
      { authorization: environment.authorization, identity, mirror },
      inCluster,
    );
    const { authorization } = this;

    const { models } = environment;
    const homes = homesOf(pools);
    const dynamo = hasDynamo(environment)
      ? new DynamoPlatform("dynamo", { kai: scheduling.kai, highlyAvailable: production, mirror }, inCluster)
      : undefined;
    const autoscaling = this.installAutoscalers(environment, inCluster);
    this.serving = new Serving(
      "serving",
      {
        ...{ cluster, accelerators, scheduling, gateway, identity, authorization, dynamo, autoscaling },
        ...{ tenants, models, mirror },
      },
      inCluster,
    );
    const namespaces = new Map(this.serving.tenants.map((space) => [space.tenant, space.namespace.name]));
    this.published = {
      region: cluster.region,
      host: gateway.host,
      models: this.serving.models,
      trustDomain: identity.trustDomain,
      authorization: { apiUrl: output(authorization.apiUrl), store: authorization.storeName },
      access: {
        ...cluster.access,
        ...(cluster.access.kubeconfig === undefined ? {} : { kubeconfig: secret(cluster.access.kubeconfig) }),
      },
      gateway: {
        ...{ namespace: gateway.namespace, gatewayName: gateway.gatewayName, host: gateway.host },
        ...{ implementation: gateway.implementation, ranges: gateway.ranges },
      },
      backends: ["llm-d", ...(dynamo === undefined ? [] : ["dynamo" as const])],
      tenants: Object.fromEntries(
        tenants.map((tenant) => [
          tenant.name,
          {
            namespace: namespaces.get(tenant.name)!,
            queue: scheduling.queues.get(tenant.name)!,
            // What its servers may hold: they are never preempted, and what is not never exceeds its quota.
            gpus: {
              quota: tenant.gpus.quota,
              used: gpusOf(
                models.filter((model) => model.tenant === tenant.name),
                homes,
              ),
            },
            pools: pools.filter(isGpuPool).map((pool) => pool.name),
          },
        ]),
      ),
    };
    this.registerOutputs({
      region: cluster.region,
      host: gateway.host,
      models: this.published.models.map(({ url }) => url),
    });
  }

  /** What scales model servers, of this stack and of its teams, where the environment says who does. */
  private installAutoscalers(
    { autoscaling, models, pools, tier, mirror }: Environment,
    opts: ComponentResourceOptions,
  ) {
    if (autoscaling === undefined) {
      return undefined;
    }
    const by = new Autoscalers(
      "autoscalers",
      {
        by: autoscaling.by,
        prometheus: autoscaling.prometheus,
        prometheusCa: autoscaling.prometheusCa,
        scrapedFrom: autoscaling.namespace,
        models: decidedModels(models, homesOf(pools)),
        inferenceExtension: this.gateway.inferenceExtension,
        highlyAvailable: tier === "production",
        mirror,
      },
      opts,
    );
    return { stated: autoscaling, by };
  }
}
