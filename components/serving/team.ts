import { Provider } from "@pulumi/kubernetes/provider";
import {
  ComponentResource,
  type ComponentResourceOptions,
  getOrganization,
  getProject,
  StackReference,
} from "@pulumi/pulumi";
import type { Environment, GpuPool, Model, Team } from "../../stacks/environment";
import type { GatewayImplementation } from "../../stacks/gateway";
import { ClaimTemplates } from "../accelerators/claims";
import { tenantScope } from "../labels";
import { checkModels } from "./check";
import { gpusOf } from "./footprint";
import { homesOf, shapesOf } from "./gpus";
import type { PublishedModel } from "./model-route";
import { TenantModels } from "./tenant-models";

/** What a platform's stack published, as another stack reads it. */
export interface PlatformOutputs {
  readonly access: { readonly kubeconfig?: string; readonly context?: string };
  readonly gateway: {
    readonly namespace: string;
    readonly gatewayName: string;
    readonly host: string;
    readonly implementation: GatewayImplementation;
    readonly ranges: readonly string[];
  };
  readonly backends: readonly Model["backend"][];
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
export function checkLimits(
  team: Team,
  tenants: PlatformOutputs["tenants"],
  pools: ReadonlyMap<string, GpuPool>,
): TenantOutputs {
  const tenant = tenants[team.tenant];
  if (tenant === undefined) {
    throw new Error(
      `team.tenant: "${team.tenant}" is none of the tenants of ${team.platform}: ${Object.keys(tenants).join(", ") || "there is none"}`,
    );
  }
  for (const model of team.models) {
    const named = [["pool", model.pool], ...model.variants.map(({ pool }, index) => [`variants.${index}.pool`, pool])];
    const other = named.find(([, pool]) => !tenant.pools.includes(pool!));
    if (other !== undefined) {
      throw new Error(
        `team.models.${model.name}.${other[0]}: "${other[1]}" is none of the pools that ${team.platform} offers: ${tenant.pools.join(", ")}`,
      );
    }
  }
  const { quota, used } = tenant.gpus;
  const asked = gpusOf(team.models, pools);
  if (used + asked > quota) {
    throw new Error(
      `team.models: they ask for ${asked} GPUs, and ${team.platform} leaves ${team.tenant} ${Math.max(0, quota - used)} of its ${quota}; take replicas away, or have the owner of ${team.platform} raise the quota`,
    );
  }
  return tenant;
}

/** @throws when a model names a backend that the platform does not have */
function checkBackends(team: Team, offered: PlatformOutputs["backends"]): void {
  const other = team.models.find(({ backend }) => !offered.includes(backend));
  if (other !== undefined) {
    throw new Error(
      `team.models.${other.name}.backend: "${other.backend}" is none of the backends that ${team.platform} has: ${offered.join(", ")}; use one of them, or have the owner of ${team.platform} state it in backends`,
    );
  }
}

/** The models of one team, in a platform that is another stack: it makes nothing else, and stays within what is left. */
export class TeamModels extends ComponentResource {
  readonly models: readonly PublishedModel[];

  constructor(name: string, args: TeamModelsArgs, opts: ComponentResourceOptions = {}) {
    const { environment, team, platform } = args;
    const { cluster, mirror, stack, autoscaling } = environment;
    const { models } = team;
    const pools = homesOf(environment.pools);
    checkBackends(team, platform.backends);
    const { namespace, queue } = checkLimits(team, platform.tenants, pools);
    checkModels({ ...environment, models: [...models] });
    super("ai-platform:serving:TeamModels", name, {}, opts);
    const provider = new Provider("kubernetes", { ...platform.access, enableServerSideApply: true }, { parent: this });
    const inCluster = { parent: this, providers: [provider] };

    // The platform's own stack, and those of other teams of the tenant, have theirs in the same namespace.
    const prefix = `${stack}-`;
    const scope = tenantScope(team.tenant);
    const shapes = shapesOf(models, pools);
    const claims = new ClaimTemplates(scope, { namespace, owner: scope, prefix, shapes }, inCluster);
    const { region } = cluster;
    const { gateway } = platform;
    this.models = new TenantModels(
      team.tenant,
      { models, pools, region, prefix, namespace, claims, queue, gateway, autoscaling, after: [], mirror },
      inCluster,
    ).published;
    this.registerOutputs({ models: this.models.map(({ url }) => url) });
  }

  /**
   * Deploys a team's models into the platform that its stack names, and returns what the stack puts out.
   *
   * @throws before anything is created, when the platform does not stand, or for what is above its limits.
   */
  static async deploy(environment: Environment, team: Team): Promise<{ readonly models: readonly PublishedModel[] }> {
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
    const [access, gateway, backends, tenants] = await Promise.all(
      ["access", "gateway", "backends", "tenants"].map(read),
    );
    const deployed = new TeamModels("team", { environment, team, platform: { access, gateway, backends, tenants } });
    return { models: deployed.models };
  }
}
