import { Provider } from "@pulumi/kubernetes/provider";
import { ComponentResource, type ComponentResourceOptions, output } from "@pulumi/pulumi";
import type { Environment, Pool } from "../../stacks/environment";
import type { Capabilities, Cluster, ClusterAccess } from "./cluster";
import { NodePool } from "./node-pool";

export interface ExistingClusterArgs {
  /** Kubeconfig, context, region and driver root. Source: `cluster` of the environment. */
  readonly cluster: Extract<Environment["cluster"], { kind: "existing" }>;
  /** The nodes that the cluster already has. Source: `pools` of the environment. */
  readonly pools: readonly Pool[];
}

/** Where GKE puts the NVIDIA driver. Source: dra-driver-nvidia-gpu docs, 2026-06. */
const gkeDriverRoot = "/home/kubernetes/bin/nvidia";

/** A cluster that is already there, met through a kubeconfig. */
export class ExistingCluster extends ComponentResource implements Cluster {
  readonly clusterName: string;
  readonly provider: Provider;
  readonly access: ClusterAccess;
  readonly region: string;
  readonly capabilities: Capabilities;
  readonly pools: readonly NodePool[];

  constructor(name: string, args: ExistingClusterArgs, opts: ComponentResourceOptions) {
    const { cluster } = args;
    super("ai-platform:cluster:ExistingCluster", name, {}, opts);
    this.clusterName = cluster.context;
    this.region = cluster.region;
    this.capabilities = {
      nvidiaDriverRoot: cluster.nvidiaDriverRoot,
      criticalPodsNeedQuota: cluster.nvidiaDriverRoot === gkeDriverRoot,
      autoscaler: "none",
      provides: cluster.provides,
    };
    this.access = {
      context: cluster.context,
      ...(cluster.kubeconfig === undefined ? {} : { kubeconfig: output(cluster.kubeconfig) }),
    };
    this.provider = new Provider(
      "kubernetes",
      {
        kubeconfig: cluster.kubeconfig,
        context: cluster.context,
        // Objects are shared with controllers: each side owns the fields that it writes, and a conflict is an error.
        enableServerSideApply: true,
      },
      { parent: this },
    );
    this.pools = args.pools.map((pool) => new NodePool({ pool, region: cluster.region }, { parent: this }));
    this.registerOutputs({ clusterName: this.clusterName, region: this.region, capabilities: this.capabilities });
  }
}
