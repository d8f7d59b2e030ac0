import type { ControlPlaneAccess } from "../kind";

/**
 * The definitions that GKE brings to a cluster with multi-networking. Names and scope are those of
 * GoogleCloudPlatform/gke-networking-api, config/crds; what stands in the objects is not checked here.
 */
const kinds = [
  { kind: "Network", plural: "networks", singular: "network" },
  { kind: "GKENetworkParamSet", plural: "gkenetworkparamsets", singular: "gkenetworkparamset" },
];

/** Where definitions of this group are part of the cluster, and go with it. */
export const networkingGroup = "networking.gke.io";

export async function bringNetworkDefinitions(client: ControlPlaneAccess["client"]): Promise<void> {
  for (const names of kinds) {
    const name = `${names.plural}.${networkingGroup}`;
    await client.apply(
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name },
        spec: {
          group: networkingGroup,
          scope: "Cluster",
          names: { ...names, listKind: `${names.kind}List` },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              subresources: { status: {} },
              schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            },
          ],
        },
      },
      { fieldManager: "gke" },
    );
  }
}
