import * as core from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";

/** Levels of the Pod Security Standards, from open to closed. */
export type PodSecurity = "privileged" | "baseline" | "restricted";

export interface NamespaceArgs {
  /** Name of the namespace object. */
  readonly name: string;
  /** The strictest Pod Security level that what runs in it can live with; enforced, audited and warned about. */
  readonly podSecurity: PodSecurity;
  /** Further labels. None by default. */
  readonly labels?: Record<string, string>;
  /**
   * Whether its pods use the classes `system-node-critical` or `system-cluster-critical`, on a cluster that admits those
   * outside kube-system only where a ResourceQuota names them (GKE). Default: no quota is written.
   */
  readonly admitCriticalPods?: boolean;
}

/** A namespace, made once and before anything is put into it. */
export class Namespace extends ComponentResource {
  /** Its name, known once the namespace exists. */
  readonly name: Output<string>;

  constructor(name: string, args: NamespaceArgs, opts: ComponentResourceOptions) {
    super("ai-platform:namespace:Namespace", name, {}, opts);
    const namespace = new core.Namespace(
      name,
      {
        metadata: {
          name: args.name,
          labels: {
            "pod-security.kubernetes.io/enforce": args.podSecurity,
            "pod-security.kubernetes.io/audit": args.podSecurity,
            "pod-security.kubernetes.io/warn": args.podSecurity,
            ...args.labels,
          },
        },
      },
      { parent: this },
    );
    this.name = namespace.metadata.name;
    if (args.admitCriticalPods) {
      new core.ResourceQuota(
        `${name}-critical-pods`,
        {
          metadata: { name: "critical-pods", namespace: this.name },
          spec: {
            // The quota is there to admit these pods, not to limit them: no count of nodes comes near it.
            hard: { pods: "1000000" },
            scopeSelector: {
              matchExpressions: [
                {
                  scopeName: "PriorityClass",
                  operator: "In",
                  values: ["system-node-critical", "system-cluster-critical"],
                },
              ],
            },
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({ name: this.name });
  }
}
