import { type GpuPool, type Model, type NamedRole, type Role, rolesOf, type Version } from "../../stacks/environment";
import { hourlyUsd } from "../../stacks/price";
import { workloadName } from "../../stacks/serving-names";

/** The servers of one role of one version of a model, on one pool. */
export interface Workload {
  /** Of the workload's object. Unique among the models of a tenant. */
  readonly name: string;
  readonly version: Version;
  readonly role: NamedRole;
  readonly pool: GpuPool;
  /** 0 for the model's own pool, and one more for each that it overflows to. */
  readonly rank: number;
}

/**
 * @param pools GPU pools by name
 * @throws when a pool that the model names is not there
 */
export function workloadsOf(model: Model, pools: ReadonlyMap<string, GpuPool>): readonly Workload[] {
  const poolOf = (name: string): GpuPool => {
    const pool = pools.get(name);
    if (pool === undefined) {
      throw new Error(`models.${model.name}.pool: the cluster has no GPU pool ${name}`);
    }
    return pool;
  };
  const homes = [poolOf(model.pool), ...byCost(model.variants.map(({ pool }) => poolOf(pool)))];
  return model.versions.flatMap((version) =>
    homes.flatMap((pool, rank) => {
      const place = rank === 0 ? undefined : pool.name;
      return rolesOf(version.serving).map(
        (named): Workload => ({
          name: workloadName(model, version, named.name, place),
          version,
          role: rank === 0 ? named : { ...named, role: overflow(named.role) },
          pool,
          rank,
        }),
      );
    }),
  );
}

/** USD per hour of one GPU of a pool. */
export const gpuHourUsd = (pool: GpuPool): number | undefined => {
  const cost = hourlyUsd(pool);
  return "unknown" in cost ? undefined : cost.usd / pool.perNode;
};

/** The cheapest GPUs first, or as they are stated where not every price is known. */
function byCost(pools: readonly GpuPool[]): readonly GpuPool[] {
  const priced = pools.map((pool) => ({ pool, usd: gpuHourUsd(pool) }));
  return priced.some(({ usd }) => usd === undefined)
    ? pools
    : priced.sort((one, other) => one.usd! - other.usd!).map(({ pool }) => pool);
}

/** Elsewhere nothing runs before it is needed. */
const overflow = (role: Role): Role =>
  role.scale === undefined ? role : { ...role, replicas: 0, scale: { ...role.scale, min: 0 } };

/** Whether any replica of a version spans nodes. */
export const spansNodes = ({ serving }: Version): boolean => rolesOf(serving).some(({ role }) => role.nodes > 1);
