import type { Provider } from "@pulumi/kubernetes/provider";
import type { ComponentResource } from "@pulumi/pulumi";
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
  /** Where its machines stand. Whether the catalog knows that region, and allows it, is for the policies to say. */
  readonly region: string;
  readonly capabilities: Capabilities;
  readonly pools: readonly NodePool[];
}
