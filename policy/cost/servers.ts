import { modelLabel, tenantScope } from "../../components/labels";
import { grantOf, homesOf } from "../../components/serving/gpus";
import { type Workload, workloadsOf } from "../../components/serving/workloads";
import { type Environment, type GpuPool, type Model, mostReplicas } from "../../stacks/environment";
import { poolLabel } from "../../stacks/pool";
import { type Context, isObject, type Path, type Properties, type Resource, unknown } from "../rule";
import { claimsIn, gpusOfPod, mostOf, plus, podGroups, scalersIn } from "./pods";
import { at, nameOf, namespaceOf, numberOf, objectsIn, textOf } from "./values";

/** Model servers: those that the environment states, and the objects that really run pods with GPUs for a tenant. */

/** What the environment states of one workload of a model. */
export interface StatedServers {
  readonly model: Model;
  readonly workload: Workload;
  /** Replicas that it may come to. */
  readonly replicas: number;
  /** GPUs that one replica holds on all its nodes, or the part of one. */
  readonly each: number;
}

/** The models of an environment: the platform's, and in a team's stack the team's beside them. */
export const modelsOf = ({ models, team }: Environment): readonly Model[] => [...models, ...(team?.models ?? [])];

/** Worked out once for each environment: rules ask for it with every resource. */
const statedOf = new WeakMap<Environment, readonly StatedServers[]>();

export function statedServers(environment: Environment): readonly StatedServers[] {
  const known = statedOf.get(environment);
  if (known !== undefined) return known;
  const pools = homesOf(environment.pools);
  const servers = modelsOf(environment).flatMap((model) =>
    workloadsOf(model, pools).map((workload): StatedServers => {
      const { role } = workload.role;
      const each = grantOf(model, workload).share * role.nodes;
      return { model, workload, replicas: mostReplicas(role), each };
    }),
  );
  statedOf.set(environment, servers);
  return servers;
}

/** Pods with GPUs that an object of a tenant's namespace runs. */
export interface RunningServers {
  readonly resource: Resource;
  readonly field: Path;
  readonly tenant: string;
  readonly name: string | undefined;
  /** The model that their label names. */
  readonly model: string | undefined;
  /** What the environment states of the same workload. */
  readonly stated: StatedServers | undefined;
  /** At most, by the object itself and by what scales it: undefined where nothing bounds it. */
  readonly replicas: number | typeof unknown | undefined;
  /** GPUs of one replica; `unknown` while they are not known. */
  readonly each: number | typeof unknown;
  /** The pool that they name, where it is one of the environment's. */
  readonly pool: GpuPool | undefined;
  readonly pods: readonly Properties[];
}

/** The objects of tenants' namespaces whose pods hold GPUs. */
export function runningServers(resources: readonly Resource[], { environment }: Context): readonly RunningServers[] {
  const objects = resources.flatMap(objectsIn);
  if (objects.length === 0) return [];
  const bounds = resources.flatMap(scalersIn);
  const pools = homesOf(environment.pools);
  return environment.tenants.flatMap(({ name: tenant }) => {
    const namespace = tenantScope(tenant);
    const claims = claimsIn(objects, namespace);
    // While nobody knows whose it is, it may be anybody's.
    const own = objects.filter((object) => [namespace, unknown].includes(namespaceOf(object) as string));
    return own.flatMap((object): RunningServers[] => {
      const pods = podGroups(object);
      if (pods === undefined) return [];
      const counts = pods.groups.map(({ template, count }) => {
        const gpus = gpusOfPod(at(template, "spec"), claims);
        if (gpus === 0 || count === 0) return 0;
        return gpus === unknown || count === unknown ? unknown : gpus * (numberOf(count) ?? 1);
      });
      if (counts.every((count) => count === 0)) return [];
      const name = nameOf(object);
      const stated = statedServers(environment).find(
        ({ model, workload }) => model.tenant === tenant && workload.name === name,
      );
      const templates = pods.groups.map(({ template }) => template);
      const first = (key: string, ...paths: Path[]) =>
        [object.object, ...templates]
          .flatMap((of) => paths.map((path) => textOf(at(of, ...path, key))))
          .find((text) => text !== undefined);
      const place = first(poolLabel, ["metadata", "labels"], ["spec", "nodeSelector"]);
      return [
        {
          resource: object.resource,
          field: [...object.at, ...pods.replicas],
          tenant,
          name,
          model: first(modelLabel, ["metadata", "labels"]),
          stated,
          replicas: namespaceOf(object) === unknown ? unknown : mostOf(object, pods.replicas, bounds),
          each: counts.includes(unknown) ? unknown : counts.reduce<number>(plus, 0),
          pool: place === undefined ? undefined : pools.get(place),
          pods: templates.filter(isObject),
        },
      ];
    });
  });
}
