import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import type { Environment } from "../stacks/environment";
import { Accelerators } from "./accelerators/accelerators";
import { Authorization } from "./authorization/authorization";
import { checkTuples } from "./authorization/model";
import type { Cluster } from "./cluster/cluster";
import { ExistingCluster } from "./cluster/existing";
import { InferenceGateway } from "./gateway/gateway";
import { Identity } from "./identity/identity";
import { Scheduling } from "./scheduling/scheduling";
import { Serving } from "./serving/serving";

/**
 * The whole platform, from one environment. Each step takes what the steps before it put out, and nothing reaches back.
 *
 * @throws before anything is created, when a tuple does not fit the authorization model.
 */
export class Platform extends ComponentResource {
  readonly cluster: Cluster;
  readonly accelerators: Accelerators;
  readonly scheduling: Scheduling;
  readonly gateway: InferenceGateway;
  readonly identity: Identity;
  readonly authorization: Authorization;
  readonly serving: Serving;

  constructor(name: string, environment: Environment, opts: ComponentResourceOptions = {}) {
    checkTuples(environment.authorization.tuples);
    super("ai-platform:platform:Platform", name, {}, opts);
    const { mirror, pools, tenants } = environment;
    const production = environment.tier === "production";

    this.cluster = new ExistingCluster("cluster", { cluster: environment.cluster, pools }, { parent: this });
    const { cluster } = this;
    const inCluster = { parent: this, providers: [cluster.provider] };

    this.accelerators = new Accelerators("accelerators", { cluster, mirror }, inCluster);
    const { accelerators } = this;

    this.scheduling = new Scheduling(
      "scheduling",
      { accelerators, tenants, highlyAvailable: production, mirror },
      inCluster,
    );
    const { scheduling } = this;

    this.gateway = new InferenceGateway("gateway", { gateway: environment.gateway, mirror }, inCluster);
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
    this.serving = new Serving(
      "serving",
      { cluster, accelerators, scheduling, gateway, identity, authorization, tenants, models, mirror },
      inCluster,
    );
    this.registerOutputs({
      region: cluster.region,
      host: gateway.host,
      models: this.serving.models.map(({ url }) => url),
    });
  }
}
