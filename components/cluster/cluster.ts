import type { Provider } from "@pulumi/kubernetes/provider";
import type { ComponentResource, Output } from "@pulumi/pulumi";
import type { ReleaseName } from "../../catalog/releases";
import type { NodePool } from "./node-pool";

/** What the rest of the platform must know about a cluster to fit itself to it. */
export interface Capabilities {
  /** Where the NVIDIA driver lives on the nodes' file system. */
  readonly nvidiaDriverRoot: string;
  /**
   * Whether pods of the classes `system-node-critical` and `system-cluster-critical` are admitted only in namespaces
   * with a ResourceQuota for them, as GKE has it. Without that quota nothing schedules while everything looks ready.
   */
  readonly criticalPodsNeedQuota: boolean;
  /** What adds and removes nodes, if anything does. Karpenter sizes no DRA claims; GKE does, for pools of at least one node. */
  readonly autoscaler: "karpenter" | "gke" | "none";
  /** Releases that the cluster brings itself: they are used and not installed. */
  readonly provides: readonly ReleaseName[];
  /** Its Kubernetes minor, such as `1.36`; none where it was there before, and nobody asked it. */
  readonly kubernetes?: string;
}

/** How a further stack reaches the cluster. A kubeconfig of a made cluster is a secret; a context is of the user's own. */
export interface ClusterAccess {
  readonly kubeconfig?: Output<string>;
  readonly context?: string;
}

/**
 * A Kubernetes cluster, wherever it comes from. Everything after it takes this contract and cannot tell a cluster that
 * was made from one that was found.
 */
export interface Cluster extends ComponentResource {
  /** Name by which identities tell clusters apart. */
  readonly clusterName: string;
  /** The one provider for every Kubernetes object of the platform. */
  readonly provider: Provider;
  readonly access: ClusterAccess;
  /** Where its machines stand. Whether the catalog knows that region, and allows it, is for the policies to say. */
  readonly region: string;
  readonly capabilities: Capabilities;
  readonly pools: readonly NodePool[];
}
