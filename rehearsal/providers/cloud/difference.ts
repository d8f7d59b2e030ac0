import { type Change, compare, covers, formatPath, parsePath } from "../kubernetes/diff";
import { type Properties, reveal } from "../kubernetes/values";
import type { Fields } from "./declarations";
import type { Kind } from "./kind";

export interface Difference {
  readonly changes: readonly Change[];
  /** Paths, in the engine's notation. Not empty: the object is made anew. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/**
 * What an update with these inputs would change. The inputs of last time are compared with those of now; drift is in the
 * former once a refresh has found it. An input that is left out and that the cloud fills stays as it is.
 */
export function difference(
  kind: Kind,
  outputs: Fields,
  request: { olds: Properties; oldInputs: Properties; news: Properties; ignoreChanges: readonly string[] },
): Difference {
  const { __defaults: autonamed = [], ...news } = reveal(request.news);
  const { __defaults, ...before } = reveal(request.oldInputs);
  const ignored = request.ignoreChanges.map(parsePath);
  const changes = compare(before, news, kind.immutable ?? []).filter(
    ({ path, kind: how }) =>
      !ignored.some((pattern) => covers(pattern, path)) &&
      !(how === "delete" && path.length === 1 && outputs.get(String(path[0]))?.required),
  );
  const replaces = changes.filter(({ replace }) => replace).map(({ path }) => formatPath(path));
  // What has a name of the program's choice stands in its successor's way.
  const identity = kind.identity?.(news);
  const chosen = !(kind.autoname && autonamed.includes(kind.autoname.field));
  const inTheWay =
    chosen && identity !== undefined && identity === kind.identity?.({ ...reveal(request.olds), ...before });
  return {
    changes,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && (kind.deleteBeforeReplace === true || inTheWay),
  };
}
