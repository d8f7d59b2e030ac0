import type { Release } from "../../catalog/releases";
import type { Context, Observation, Resource } from "../rule";
import { groupOf, kindOf, namespaceOf, objectName } from "./objects";

/**
 * Objects that a release of the catalog renders. Their authors are upstream's: what a rule finds in them is said, with what
 * can be done, and does not refuse every stack that installs the release. That holds for a release of the catalog alone,
 * installed as one, and for objects in its own namespaces: what it puts elsewhere is judged as anybody's.
 */

/** Namespaces beside that of its catalog entry in which a release has pods. */
const further: Readonly<Record<string, readonly string[]>> = {
  // Servers apart from agents, as the chart's authors advise.
  spire: ["spire-server"],
  // Pods that hold GPUs for others.
  "kai-scheduler": ["kai-resource-reservation"],
};

/** What releases put into namespaces of others: rights to read how the API server authenticates, kept in kube-system. */
const delegated = (resource: Resource): boolean =>
  kindOf(resource) === "RoleBinding" &&
  groupOf(resource) === "rbac.authorization.k8s.io" &&
  namespaceOf(resource) === "kube-system";

/** `Chart`s and `ConfigFile`s of a Release component, by the types that lead to them. */
const renderers = /(^|\$)ai-platform:release:Release\$kubernetes:(helm\.sh\/v4:Chart|yaml\/v2:ConfigFile)$/;

/** Namespaces that a release has for itself. */
export const namespacesOf = (release: Pick<Release, "name" | "namespace">): readonly string[] =>
  [release.namespace, ...(further[release.name] ?? [])].filter((namespace) => namespace !== "");

/** The release of the catalog that renders an object; none where it is the platform's own, or anybody's. */
export function upstreamOf({ options: { parent } }: Resource, { releases }: Context): Release | undefined {
  const [, , types = "", ...name] = (parent ?? "").split("::");
  return renderers.test(types) ? releases[name.join("::")] : undefined;
}

/** Whether an object is of a release of the catalog, and where that release's objects belong. */
export function isUpstream(resource: Resource, context: Context): boolean {
  const release = upstreamOf(resource, context);
  if (release === undefined) return false;
  const namespace = namespaceOf(resource);
  if (namespace === undefined || namespace === null || namespace === "") {
    // Cluster-wide; a workload without a namespace would go to the provider's default one.
    return !/^(apps|batch|)$/.test(groupOf(resource)) || kindOf(resource) === "Namespace";
  }
  return (typeof namespace === "string" && namespacesOf(release).includes(namespace)) || delegated(resource);
}

/** What is found in an upstream object is said, and refused only where it is `severe`. */
export function lenient(
  found: readonly (Observation & { readonly severe?: boolean })[],
  resource: Resource,
  context: Context,
): readonly Observation[] {
  if (!isUpstream(resource, context)) return found;
  const release = upstreamOf(resource, context)!;
  return found.map(({ severe, ...seen }) =>
    severe || (seen.kind ?? "violation") !== "violation"
      ? seen
      : {
          ...seen,
          kind: "unverified",
          message: `${seen.message}; it is of release ${release.name} ${release.version}, whose authors wrote it so`,
          remedy: `look whether the chart can be told otherwise by a value of ${release.name} for ${objectName(resource)}, or ask its authors`,
        },
  );
}
