import { deferred, type ResourceRule, unknown } from "../rule";
import { nodePool, poolOf } from "./pool";

/** Every pool's machine is one that its region is known to have. What the catalog could not confirm is said, not hidden. */
export const knownMachine: ResourceRule = {
  id: "cost-known-machine",
  title: "Every machine is known to exist in its region",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "confirm it with the provider, and state it in catalog/machines.ts with source and date",
  check(resource) {
    if (resource.type !== nodePool) {
      return [];
    }
    const pool = poolOf(resource);
    if (pool === unknown) {
      return [deferred(["pool"])];
    }
    return pool?.machine.state === "unverified"
      ? [
          {
            kind: "unverified",
            field: ["pool", "machine", "type"],
            value: pool.machine.type,
            message: `and the catalog could not confirm that ${String(resource.props.region)} has it`,
          },
        ]
      : [];
  },
};
