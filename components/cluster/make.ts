import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { Environment } from "../../stacks/environment";
import { auditLogs } from "./audit-logs";
import type { Cluster } from "./cluster";
import { EksCluster } from "./eks/eks";
import { ExistingCluster } from "./existing";
import { GkeCluster } from "./gke/cluster";

/** The cluster of an environment: made on a cloud, or found. Nothing after this tells one kind from another. */
export function makeCluster(environment: Environment, opts: ComponentResourceOptions): Cluster {
  const { cluster, pools, mirror, stack, tier } = environment;
  const { registries } = environment.jurisdiction;
  const { costCentre } = environment.budget;
  switch (cluster.kind) {
    case "eks":
      return new EksCluster(
        "cluster",
        { cluster, pools, mirror, stack, tier, costCentre, auditLogs: auditLogs(environment) },
        opts,
      );
    case "gke":
      return new GkeCluster(
        "cluster",
        {
          cluster,
          pools,
          registries,
          mirror,
          stack,
          tier,
          costCentre,
          proxyRange: environment.gateway.gke?.proxyRange,
          auditLogs: auditLogs(environment),
          supportAsks: environment.jurisdiction.sovereign,
          protectedFromDeletion: cluster.deletionProtection ?? tier === "production",
        },
        opts,
      );
    case "existing":
      return new ExistingCluster("cluster", { cluster, pools }, opts);
  }
}
