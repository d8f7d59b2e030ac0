import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { apiServer, dns, type EgressRule, type IngressRule } from "./traffic";

/** Levels of the Pod Security Standards, from open to closed. */
export type PodSecurity = "privileged" | "baseline" | "restricted";

/** What the pods of a namespace need of the network; all else is denied. */
export interface Traffic {
  /** Whether they talk among themselves. Default: yes. */
  readonly within?: boolean;
  /** Whether they call the API server. Default: no. */
  readonly callApi?: boolean;
  /** Who else may call them. Default: nobody. */
  readonly ingress?: readonly IngressRule[];
  /** Whom else they may call, beside asking for names. Default: nobody. */
  readonly egress?: readonly EgressRule[];
}

export interface NamespaceArgs {
  /** Name of the namespace object. */
  readonly name: string;
  /** The strictest Pod Security level that what runs in it can live with; enforced, audited and warned about. */
  readonly podSecurity: PodSecurity;
  /** What goes in and out. Default: names are looked up, and its pods talk among themselves. */
  readonly traffic?: Traffic;
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
    this.restrictTraffic(name, args.traffic ?? {});
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

  /** Denies everything, and then opens what is needed: two policies, so that the first can be read at a glance. */
  private restrictTraffic(name: string, { within = true, callApi = false, ingress = [], egress = [] }: Traffic): void {
    const policy = (kind: string, spec: object) =>
      new networking.NetworkPolicy(
        `${name}-${kind}`,
        {
          metadata: { name: kind, namespace: this.name },
          spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...spec },
        },
        { parent: this },
      );
    policy("default-deny", {});
    const own = { podSelector: {} };
    policy("allowed", {
      ingress: [...(within ? [{ from: [own] }] : []), ...ingress],
      egress: [...(within ? [{ to: [own] }] : []), dns, ...(callApi ? [apiServer] : []), ...egress],
    });
  }
}
