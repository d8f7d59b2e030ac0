import { ApiError, type ControlPlaneClient, type KubeObject } from "./client";

const rbac = "rbac.authorization.k8s.io";

/** The rights of kubeadm's admin group, KWOK, KAI, Karpenter and LeaderWorkerSet's controller. Made by the super-admin, as kubeadm does. */
export async function grant(client: ControlPlaneClient): Promise<void> {
  const binding = (name: string, role: string, subject: KubeObject["subject"]): KubeObject => ({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: rbac, ...subject }],
  });
  const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs });
  const watching = ["get", "list", "watch"];
  const objects: [string, KubeObject][] = [
    [
      "clusterrolebindings",
      binding("kubeadm:cluster-admins", "cluster-admin", { kind: "Group", name: "kubeadm:cluster-admins" }),
    ],
    [
      "clusterroles",
      {
        apiVersion: `${rbac}/v1`,
        kind: "ClusterRole",
        metadata: { name: "rehearsal:kwok-controller" },
        rules: [
          rule([""], ["nodes", "pods"], [...watching, "update", "patch", "delete"]),
          rule([""], ["nodes/status", "pods/status"], ["update", "patch"]),
          rule([""], ["events"], ["create", "patch", "update"]),
          rule(["coordination.k8s.io"], ["leases"], [...watching, "create", "update", "patch", "delete"]),
        ],
      },
    ],
    [
      "clusterrolebindings",
      binding("rehearsal:kwok-controller", "rehearsal:kwok-controller", { kind: "User", name: "kwok-controller" }),
    ],
    // On a cluster their charts grant each program what it needs; here KAI's are one user. The charts' own objects have
    // other names than these.
    [
      "clusterrolebindings",
      binding("rehearsal:kai-scheduler", "cluster-admin", { kind: "User", name: "kai-scheduler" }),
    ],
    ["clusterrolebindings", binding("rehearsal:karpenter", "cluster-admin", { kind: "User", name: "karpenter" })],
    ["clusterrolebindings", binding("rehearsal:lws", "cluster-admin", { kind: "User", name: "lws" })],
  ];
  for (const [resource, object] of objects) {
    for (let attempt = 0; ; attempt++) {
      try {
        await client.apply(`/apis/${rbac}/v1/${resource}/${encodeURIComponent(object.metadata.name)}`, object, {
          fieldManager: "rehearsal",
        });
        break;
      } catch (error) {
        // Right after start-up the built-in roles may still be on their way in.
        if (!(error instanceof ApiError) || attempt > 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
