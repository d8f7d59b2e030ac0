import { frameworks } from "../frameworks";
import type { Resource, StackRule } from "../rule";
import { judgeCopies } from "./residency-copies";
import { judgeGrants } from "./residency-grants";
import { judgePlaces } from "./residency-places";

/**
 * Data stays where it is: nothing is stored in several regions at once or where a cloud sees fit, copied to a place of
 * which nobody can say the region, or opened to another account or project, which could copy it.
 *
 * Any region that is stated, of a replica too, is for `sovereignty-region`. This rule looks at all of a stack, because a
 * bucket's name says no region: only that the same stack makes it does.
 */
export const residency: StackRule = {
  id: "sovereignty-residency",
  title: "Data is stored and copied in the jurisdiction alone",
  concern: "sovereignty",
  severity: "critical",
  frameworks: frameworks["sovereignty-residency"],
  remedy: "keep the data, its copies and its keys in one place of jurisdiction.regions",
  applies: ({ type }: Resource) => /^(aws|gcp):/.test(type),
  checkStack: (resources, context) =>
    resources.flatMap((resource) =>
      [
        ...judgePlaces(resource, context),
        ...judgeCopies(resource, resources, context),
        ...judgeGrants(resource, context),
      ].map((seen) => ({ ...seen, resource })),
    ),
};
