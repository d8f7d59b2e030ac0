import type { Pool } from "../../stacks/environment";
import { isObject, type Resource, unknown, walk } from "../rule";

export const nodePool = "ai-platform:cluster:NodePool";

/** The pool that a NodePool states; `unknown` while any part of it is, undefined when it states none. */
export function poolOf(resource: Resource): Pool | typeof unknown | undefined {
  const { pool } = resource.props;
  let known = true;
  walk(pool, (value) => {
    known &&= value !== unknown;
  });
  if (!known) {
    return unknown;
  }
  return isObject(pool) && typeof pool.name === "string" && typeof pool.max === "number" && isObject(pool.machine)
    ? (pool as unknown as Pool)
    : undefined;
}
