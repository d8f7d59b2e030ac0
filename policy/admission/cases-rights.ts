import type { Properties } from "../rule";
import type { Case } from "./case";

/** For tests: what the rules on rights and endpoints are asked. */

const rbac = "rbac.authorization.k8s.io";
const role = (rule: Properties, kind = "Role", over: Properties = {}): Case["object"] => ({
  apiVersion: `${rbac}/v1`,
  kind,
  metadata: { name: "case" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"], ...rule }],
  ...over,
});
const binding = (name: string, subject: Properties): Case["object"] => ({
  apiVersion: `${rbac}/v1`,
  kind: "RoleBinding",
  metadata: { name: "case" },
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
  subjects: [subject],
});
const account = { kind: "ServiceAccount", name: "app", namespace: "default" };

export const permissions: readonly Case[] = [
  ...[{ verbs: ["*"] }, { resources: ["*"] }, { resources: ["pods/*"] }, { apiGroups: ["*"] }].map((rule) => ({
    what: `a role with ${JSON.stringify(rule)}`,
    refused: true,
    object: role(rule),
  })),
  ...["escalate", "bind", "impersonate", "Escalate"].map((verb) => ({
    what: `a role that may ${verb}`,
    refused: true,
    object: role({ verbs: ["get", verb] }),
  })),
  { what: "a role that lists its rights", refused: false, object: role({ verbs: ["get", "list"] }) },
  {
    what: "a role of the cluster with every verb",
    refused: true,
    warned: true,
    object: role({ verbs: ["*"] }, "ClusterRole"),
  },
  {
    what: "a role of the cluster that takes others in",
    refused: true,
    warned: true,
    object: role({}, "ClusterRole", { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } }),
  },
  { what: "a binding of cluster-admin", refused: true, object: binding("cluster-admin", account) },
  {
    what: "a binding for everybody",
    refused: true,
    object: binding("view", { kind: "Group", name: "system:authenticated", apiGroup: rbac }),
  },
  { what: "a binding for an account", refused: false, object: binding("view", account) },
];

const service = (spec: Properties, annotations: Properties = {}): Case["object"] => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "case", annotations },
  spec: { ports: [{ port: 80 }], ...spec },
});

export const endpoints: readonly Case[] = [
  { what: "a Service inside the cluster", refused: false, object: service({}) },
  { what: "a port of every node", refused: true, object: service({ type: "NodePort" }) },
  { what: "a load balancer", refused: true, object: service({ type: "LoadBalancer" }) },
  { what: "an address of anybody's", refused: true, object: service({ externalIPs: ["203.0.113.7"] }) },
  {
    what: "an Ingress",
    refused: true,
    object: {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "case" },
      spec: { defaultBackend: { service: { name: "app", port: { number: 80 } } } },
    },
  },
];
