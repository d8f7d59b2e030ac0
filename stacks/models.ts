import { accelerators } from "../catalog/accelerators";
import { regions } from "../catalog/regions";
import { plan } from "../sizing/plan";
import type { StatedEnvironment } from "./environment";
import { modelsOf } from "./fleet";
import { checkDivided } from "./gateway";
import { type Issue, type Model, resolveModel, rolesOf, type StatedModel, type Surroundings } from "./model";
import { type GpuPool, isGpuPool, type Pool } from "./pool";
import { checkServingNames } from "./serving-names";

/** All models of an environment, its own and its team's: what they come to, and whether they fit what is around them. */

type Path = (string | number)[];
/** Takes what was expected at a path: a sentence, the values that would do, or an issue of the schema. */
type Report = (path: Path, expected: string | readonly string[]) => void;

/** A model, and where it was written, under which it is reported. */
interface At<M> {
  readonly model: M;
  readonly at: Path;
}
type Stated = At<StatedModel>;
type Located = At<Model>;

/** What all models are held against, worked out once for however many there are. */
interface World {
  readonly environment: StatedEnvironment;
  readonly around: Surroundings;
  /** GPU pools that could be resolved, by name. */
  readonly pools: ReadonlyMap<string, GpuPool>;
  /** Every place that has a name. */
  readonly places: ReadonlySet<string>;
}

function worldOf(environment: StatedEnvironment, resolved: readonly Pool[]): World {
  const pools = new Map(resolved.filter(isGpuPool).map((pool) => [pool.name, pool]));
  return {
    environment,
    pools,
    around: surroundings(environment, pools),
    places: new Set([...environment.sites.map(({ name }) => name), ...Object.keys(regions)]),
  };
}

export interface ResolvedModels {
  readonly models: Model[];
  /** Those of the stack's team. */
  readonly team: Model[];
}

/**
 * @param pools those that could be resolved
 * @param report takes what does not fit
 * @param issues takes issues of the schema, for fleets
 */
export function resolveModels(
  environment: StatedEnvironment,
  pools: readonly Pool[],
  report: Report,
  issues: Parameters<typeof modelsOf>[2],
): ResolvedModels {
  const { team } = environment;
  const own: Stated[] = [
    ...environment.models.map((model, index) => ({ model, at: ["models", index] })),
    ...modelsOf(environment.fleets, ["fleets"], issues),
  ];
  const ofTeam: Stated[] =
    team === undefined
      ? []
      : [
          ...team.models.map((model, index) => ({
            model: { ...model, tenant: team.tenant },
            at: ["team", "models", index],
          })),
          ...modelsOf(team.fleets, ["team", "fleets"], issues, { tenant: team.tenant }),
        ];
  checkNames([...own, ...ofTeam], report);
  const tenants = environment.tenants.map((tenant) => tenant.name);
  if (team !== undefined && !tenants.includes(team.tenant)) {
    report(["team", "tenant"], `one of the platform's tenants: ${tenants.join(", ")}`);
    return { models: [], team: [] };
  }
  const world = worldOf(environment, pools);
  const resolve = ({ model: stated, at }: Stated): Located[] => {
    const issue: Issue = (path, message) => report([...at, ...path], message);
    const model = resolveModel(stated, world.around, issue);
    if (model === undefined) {
      return [];
    }
    checkModel(model, world, issue);
    checkRegions(stated, world.places, issue);
    return [{ model, at }];
  };
  const [ownResolved, teamResolved] = [own.flatMap(resolve), ofTeam.flatMap(resolve)];
  checkServingNames([...ownResolved, ...teamResolved], report);
  const modelsOnly = (located: readonly Located[]) => located.map(({ model }) => model);
  return { models: modelsOnly(ownResolved), team: modelsOnly(teamResolved) };
}

const surroundings = ({ pools: stated }: StatedEnvironment, pools: ReadonlyMap<string, GpuPool>): Surroundings => ({
  pools: stated.filter(({ accelerator }) => accelerator !== undefined).map(({ name }) => name),
  plan: (architecture, name, objective, mode) => {
    const pool = pools.get(name);
    if (pool === undefined) {
      return "a role, or another pool: what it would be sized for is not known";
    }
    if (mode === "aggregated") {
      return "how many: only prefill and decode apart are sized from an objective";
    }
    const planned = plan(architecture, accelerators[pool.accelerator], pool.perNode, objective);
    return "why" in planned
      ? `an objective that GPUs of pool ${name} (${pool.accelerator}) can meet: ${planned.why}`
      : { prefill: planned.plan.prefill, decode: planned.plan.decode };
  },
});

/** Buckets lie in places that are known, so that it can be judged under what law. */
function checkRegions({ source, versions = [], adapters }: StatedModel, places: World["places"], issue: Issue): void {
  const stated: { readonly at: Path; readonly region?: string }[] = [
    { at: ["source"], region: source?.region },
    ...versions.map((version, index) => ({ at: ["versions", index, "source"], region: version.source.region })),
    ...adapters.map((adapter, index) => ({ at: ["adapters", index, "source"], region: adapter.source.region })),
  ];
  for (const { at, region } of stated) {
    if (region !== undefined && !places.has(region)) {
      issue([...at, "region"], "a key of catalog/regions.ts, or one of `sites`");
    }
  }
}

/** Names are unique over all lists, for what serves the models shares namespaces and routes. */
function checkNames(stated: readonly Stated[], report: Report): void {
  const seen = new Set<string>();
  for (const { model, at } of stated) {
    if (seen.has(model.name)) {
      report([...at, "name"], `a name of its own: "${model.name}" is taken`);
    }
    seen.add(model.name);
  }
}

/** A model has a tenant and pools that are there, and asks of a pool what a node of it can give. */
function checkModel(model: Model, { environment, around, pools }: World, issue: Issue): void {
  const { tenants, gateway } = environment;
  const divided = checkDivided(gateway.implementation, model);
  if (divided !== undefined) {
    issue(["versions"], divided);
  }
  const tenant = tenants.find(({ name }) => name === model.tenant);
  if (tenant === undefined) {
    issue(["tenant"], `one of the tenants: ${tenants.map(({ name }) => name).join(", ")}`);
  } else if (tenant.gpus.quota === 0) {
    issue(
      ["tenant"],
      `a tenant with a quota of GPUs: ${tenant.name} has none, and model servers never hold more than their tenant's quota`,
    );
  }
  const homes = [
    { name: model.pool, at: ["pool"] as Path },
    ...model.variants.map(({ pool }, index) => ({ name: pool, at: ["variants", index, "pool"] as Path })),
  ];
  for (const [index, { name, at }] of homes.entries()) {
    if (homes.findIndex((other) => other.name === name) < index) {
      issue(at, `a pool of its own: it is served on ${name} already`);
      continue;
    }
    if (!around.pools.includes(name)) {
      issue(at, `one of the GPU pools: ${around.pools.join(", ") || "there is none"}`);
      continue;
    }
    const pool = pools.get(name);
    if (pool !== undefined) {
      checkOn(model, pool, issue);
    }
  }
}

/** What a model asks of one of its pools. */
function checkOn(model: Model, pool: GpuPool, issue: Issue): void {
  if (pool.capacity === "spot" && !model.spot) {
    issue(["spot"], `true, or another pool: nodes of pool ${pool.name} are spot capacity, which may go at any time`);
  }
  for (const [index, { name: version, serving }] of model.versions.entries()) {
    for (const { key, role } of rolesOf(serving)) {
      const at: Path = [...(version === undefined ? [] : ["versions", index]), "serving", key];
      const { gpus, nodes } = role;
      if (nodes > 1 && !pool.multiNode) {
        issue(
          [...at, "nodes"],
          `1, or a pool with multiNode: true; pool ${pool.name} is not laid out for traffic between nodes`,
        );
      }
      if (gpus > pool.perNode) {
        issue(
          [...at, "gpus"],
          `at most ${pool.perNode}, the GPUs of one node of pool ${pool.name}; span nodes with "nodes"`,
        );
      }
    }
  }
}
