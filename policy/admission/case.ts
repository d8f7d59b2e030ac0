import type { Properties } from "../rule";

/**
 * For tests: objects as somebody would apply them, and what becomes of them, whoever is asked: a pull request that contains
 * them, or the API server.
 */
export interface Case {
  readonly what: string;
  readonly refused: boolean;
  /** Whether the API server says a word about it, and no more. */
  readonly warned?: boolean;
  readonly object: { readonly apiVersion: string; readonly kind: string } & Properties;
}

export const digest = `sha256:${"a".repeat(64)}`;
export const image = `registry.example.eu/team/app@${digest}`;

/** What every rule takes. */
export const security = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
export const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } };

export const container = (over: Properties = {}) => ({
  name: "app",
  image,
  securityContext: security,
  resources,
  ...over,
});

/** The specification of a pod that no rule objects to. */
export const podSpec = (over: Properties = {}, only: Properties = {}): Properties => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container(only)],
  ...over,
});

const labels = { app: "case" };
const template = (spec: Properties) => ({ metadata: { labels }, spec });

/** A specification of a pod in each kind that carries one. */
export const carriers: Readonly<Record<string, (spec: Properties) => Case["object"]>> = {
  Pod: (spec) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "case" }, spec }),
  PodTemplate: (spec) => ({
    apiVersion: "v1",
    kind: "PodTemplate",
    metadata: { name: "case" },
    template: template(spec),
  }),
  ReplicationController: (spec) => ({
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "case" },
    spec: { selector: labels, template: template(spec) },
  }),
  ...Object.fromEntries(
    ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].map((kind) => [
      kind,
      (spec: Properties): Case["object"] => ({
        apiVersion: "apps/v1",
        kind,
        metadata: { name: "case" },
        spec: {
          selector: { matchLabels: labels },
          template: template(spec),
          ...(kind === "StatefulSet" ? { serviceName: "case" } : {}),
        },
      }),
    ]),
  ),
  Job: (spec) => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "case" },
    spec: { template: template({ restartPolicy: "Never", ...spec }) },
  }),
  CronJob: (spec) => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "case" },
    spec: {
      schedule: "0 4 * * *",
      jobTemplate: { spec: { template: template({ restartPolicy: "Never", ...spec }) } },
    },
  }),
};
