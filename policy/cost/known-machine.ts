import { offers } from "../../catalog/machines";
import { type Context, deferred, type Observation, type Resource, type ResourceRule, unknown } from "../rule";
import { hardwareOf, machineOf } from "./machine-types";
import { makersIn } from "./node-makers";
import { nodePool, poolOf } from "./pool";

/**
 * Every machine of nodes is one that the catalog knows its region to have: those of pools, and those that the resources
 * which make nodes ask for. What the catalog could not confirm is said, not hidden. Machines of one's own have no type.
 */
export const knownMachine: ResourceRule = {
  id: "cost-known-machine",
  title: "Every machine is known to exist in its region",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "confirm it with the provider, and state it in catalog/machines.ts with source and date",
  applies: (resource) => resource.type === nodePool || makersIn(resource).length > 0,
  check: (resource, context) =>
    resource.type === nodePool ? ofPool(resource, context) : ofMaker(resource, context.environment.cluster.region),
};

const isOffered = (type: string, region: string): boolean =>
  offers.some((offer) => offer.machine.endsWith(`/${type.toLowerCase()}`) && offer.region === region.toLowerCase());

function ofPool(resource: Resource, { environment }: Context): readonly Observation[] {
  const pool = poolOf(resource);
  const { region } = resource.props;
  if (pool === unknown) return [deferred(["pool"])];
  const field = ["pool", "machine", "type"];
  const type = pool?.machine.type;
  if (pool === undefined || (type === undefined && environment.cluster.kind === "existing")) return [];
  if (region === unknown) return [deferred(["region"])];
  if (type === undefined) return [{ field, message: "is not stated, and a cloud's machines all have one" }];
  if (!isOffered(type, String(region))) {
    return [{ field, value: type, message: `and the catalog does not know that ${String(region)} has it` }];
  }
  return pool.machine.state === "unverified"
    ? [
        {
          kind: "unverified",
          field,
          value: type,
          message: `and the catalog could not confirm that ${String(region)} has it`,
        },
      ]
    : [];
}

/** Types that a resource names; what it leaves open, or what another one names for it, is for other rules. */
const ofMaker = (resource: Resource, region: string): readonly Observation[] =>
  hardwareOf(resource).flatMap(({ sort, field, value }): readonly Observation[] => {
    if (sort !== "machine" || value === undefined) return [];
    if (value === unknown) return [deferred(field)];
    if (machineOf(value) !== undefined && isOffered(value, region)) return [];
    return [{ field, value, message: `and the catalog does not know that ${region} has it` }];
  });
