import type { Environment } from "../../stacks/environment";
import { namespacesOf } from "../security/upstream";
import type { AdmissionContext } from "./admission";

/**
 * Namespaces that Google runs its part of a cluster in: those of a GKE 1.35 cluster, and of its features.
 * A namespace of one of these names is made by GKE before anybody else can.
 */
const gke = [
  "gke-gmp-system",
  "gke-managed-cim",
  "gke-managed-networking-dra-driver",
  "gke-managed-system",
  "gke-managed-volumepopulator",
  "gmp-public",
  "gmp-system",
];

/** Namespaces of the control plane, whose objects are not of the environment. EKS has no others than Kubernetes' own. */
export const controlPlaneNamespaces = ({ cluster }: Pick<Environment, "cluster">): readonly string[] => [
  "kube-system",
  "kube-node-lease",
  "kube-public",
  ...(cluster.kind === "gke" ? gke : []),
];

/** Namespaces that releases of the catalog run in, whether the platform installs them or the cluster brings them. */
export const releaseNamespaces = (releases: AdmissionContext["releases"]): readonly string[] => [
  ...new Set(Object.values(releases).flatMap(namespacesOf)),
];
