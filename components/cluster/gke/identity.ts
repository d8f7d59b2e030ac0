import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from "@pulumi/pulumi";
import { nodeAccountId } from "./names";
import type { GkeSettings } from "./settings";

export interface GkeIdentityArgs {
  readonly cluster: GkeSettings;
  /** What must be there before the first account. */
  readonly after: ComponentResource;
}

/**
 * What a node needs to be one (logs, metrics, autoscaling) and to pull from the project's own registries, no more.
 * Source: cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa, 2026-11.
 */
const nodeRoles = ["roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"] as const;

/** Who the nodes are towards Google, and who administers the cluster. */
export class GkeIdentity extends ComponentResource {
  /** E-mail address of the nodes' service account. */
  readonly nodes: Output<string>;

  constructor(name: string, { cluster, after }: GkeIdentityArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:GkeIdentity", name, {}, opts);
    const { project } = cluster;
    const first = { parent: this, dependsOn: [after] };
    const account = new serviceaccount.Account(
      "nodes",
      { accountId: nodeAccountId(cluster.name), displayName: `Nodes of the cluster ${cluster.name}` },
      first,
    );
    this.nodes = account.email;
    for (const role of nodeRoles) {
      new projects.IAMMember(
        `nodes-${role.split(".").at(-1)}`,
        { project, role, member: interpolate`serviceAccount:${account.email}` },
        { parent: this },
      );
    }
    for (const member of cluster.admins) {
      new projects.IAMMember(`admin-${member}`, { project, role: "roles/container.admin", member }, first);
    }
    this.registerOutputs({});
  }
}
