import { Provider } from "@pulumi/kubernetes/provider";
import {
  ComponentResource,
  type ComponentResourceOptions,
  getOrganization,
  getProject,
  StackReference,
} from "@pulumi/pulumi";
import type { Environment, Model, Team } from "../../stacks/environment";
import { ClaimTemplates } from "../accelerators/claims";
import { tenantScope } from "../labels";
import { gpuPoolsOf, placementOf } from "../scheduling/placement";
import { topologyAnnotations } from "../scheduling/topology";
import { gpusOf } from "./footprint";
import { checkGpus, grantOf, roleNames } from "./gpus";
import { ServedModel } from "./served-model";

/** What a platform's stack published, as another stack reads it. */
export interface PlatformOutputs {
  readonly access: { readonly kubeconfig?: string; readonly context?: string };
  readonly gateway: { readonly namespace: string; readonly gatewayName: string; readonly host: string };
  readonly tenants: Readonly<Record<string, TenantOutputs>>;
}

export interface TenantOutputs {
  readonly namespace: string;
  readonly queue: string;
  readonly gpus: { readonly quota: number; readonly used: number };
  readonly pools: readonly string[];
}

export interface TeamModelsArgs {
  readonly environment: Environment;
  /** Source: `team` of the environment. */
  readonly team: Team;
  readonly platform: PlatformOutputs;
}

/**
 * What a tenant may still have, of what its platform published.
 *
 * @throws when the platform has no such tenant, a model names a pool that it does not offer, or the models together ask for
 * more GPUs than are left.
 */
export function checkLimits(team: Team, tenants: PlatformOutputs["tenants"]): TenantOutputs {
  const tenant = tenants[team.tenant];
  if (tenant === undefined) {
    throw new Error(
      `team.tenant: "${team.tenant}" is none of the tenants of ${team.platform}: ${Object.keys(tenants).join(", ") || "there is none"}`,
    );
  }
  for (const model of team.models) {
    if (!tenant.pools.includes(model.pool)) {
      throw new Error(
        `team.models.${model.name}.pool: "${model.pool}" is none of the pools that ${team.platform} offers: ${tenant.pools.join(", ")}`,
      );
    }
  }
  const { quota, used } = tenant.gpus;
  const asked = team.models.reduce((sum, model) => sum + gpusOf(model), 0);
  if (used + asked > quota) {
    throw new Error(
      `team.models: they ask for ${asked} GPUs, and ${team.platform} leaves ${team.tenant} ${Math.max(0, quota - used)} of its ${quota}; take replicas away, or have the owner of ${team.platform} raise the quota`,
    );
  }
  return tenant;
}

/** The models of one team, in a platform that is another stack: it makes nothing else, and stays within what is left. */
export class TeamModels extends ComponentResource {
  readonly models: readonly ServedModel[];

  constructor(name: string, args: TeamModelsArgs, opts: ComponentResourceOptions = {}) {
    const { environment, team, platform } = args;
    const { cluster, mirror, stack } = environment;
    const tenant = checkLimits(team, platform.tenants);
    const models = team.models.map((model): Model => ({ ...model, tenant: team.tenant }));
    checkGpus({ pools: environment.pools, models, cluster });
    super("ai-platform:serving:TeamModels", name, {}, opts);
    const provider = new Provider("kubernetes", { ...platform.access, enableServerSideApply: true }, { parent: this });
    const inCluster = { parent: this, providers: [provider] };

    const homes = new Map(gpuPoolsOf(environment.pools).map((pool) => [pool.name, pool]));
    const homeOf = ({ pool }: Model) => homes.get(pool)!;
    const { namespace, queue } = tenant;
    const claims = new ClaimTemplates(
      tenantScope(team.tenant),
      {
        namespace,
        owner: tenantScope(team.tenant),
        // The platform's own stack, and those of other teams of the tenant, have theirs in the same namespace.
        prefix: `${stack}-`,
        shapes: models.flatMap((model) => roleNames.map((role) => grantOf(model, role, homeOf(model)).shape)),
      },
      inCluster,
    );
    this.models = models.map(
      (model) =>
        new ServedModel(
          {
            model,
            pool: homeOf(model),
            placement: placementOf(homeOf(model), model.spot),
            topology: topologyAnnotations(homeOf(model), cluster.region),
            namespace,
            claims,
            queue,
            gateway: platform.gateway,
            after: [],
            mirror,
          },
          inCluster,
        ),
    );
    this.registerOutputs({ models: this.models.map(({ url }) => url) });
  }

  /**
   * Deploys a team's models into the platform that its stack names, and returns what the stack puts out.
   *
   * @throws before anything is created, when the platform does not stand, or for what is above its limits.
   */
  static async deploy(environment: Environment, team: Team): Promise<{ readonly models: readonly string[] }> {
    const reference = new StackReference("platform", {
      name: `${getOrganization()}/${getProject()}/${team.platform}`,
    });
    const read = async (output: string) => {
      const { value, secretValue } = await reference.getOutputDetails(output);
      if (value === undefined && secretValue === undefined) {
        throw new Error(`team.platform: stack ${team.platform} publishes no ${output}; bring it up first`);
      }
      return value ?? secretValue;
    };
    const [access, gateway, tenants] = await Promise.all(["access", "gateway", "tenants"].map(read));
    const deployed = new TeamModels("team", { environment, team, platform: { access, gateway, tenants } });
    return { models: deployed.models.map(({ url }) => url) };
  }
}
