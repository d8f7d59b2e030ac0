import { tenantScope } from "../components/labels";
import type { Environment } from "../stacks/environment";
import type { ControlPlaneClient, KubeObject } from "./control-plane/client";
import type { StandIn } from "./plugins";

/**
 * Claims that an environment takes as given: somebody has filled them with weights before a model mounts them. In a
 * rehearsal there is nobody, so they are made, empty, in namespaces that the platform has made. They go with these.
 */

/** `namespace/claim` of every claim that a model, or an adapter of one, has its weights in. */
export function givenClaims({ models, team }: Pick<Environment, "models" | "team">): readonly string[] {
  const claims = [...models, ...(team?.models ?? [])].flatMap(({ tenant, versions, adapters }) =>
    [...versions, ...adapters].flatMap(({ source }) =>
      source.kind === "pvc" ? [`${tenantScope(tenant)}/${source.claim}`] : [],
    ),
  );
  return [...new Set(claims)].sort();
}

export const claimsStandIn = (claims: readonly string[]): StandIn => ({
  for: `claims that hold weights (${claims.join(", ")})`,
  is: "empty claims of these names",
  why: "whoever fills them in the real cluster has no part in a rehearsal",
});

/** Makes those that are not there. */
export async function applyGivenClaims(client: ControlPlaneClient, claims: readonly string[]): Promise<void> {
  for (const given of claims) {
    const [namespace, name] = given.split("/") as [string, string];
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const there = (await client.list(path)).some(({ metadata }: KubeObject) => metadata.name === name);
    if (there) continue;
    await client.apply(
      `${path}/${name}`,
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name, namespace, labels: { "rehearsal/given": "true" } },
        spec: { accessModes: ["ReadOnlyMany"], resources: { requests: { storage: "1Gi" } } },
      },
      { fieldManager: "rehearsal" },
    );
  }
}
