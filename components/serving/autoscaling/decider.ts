import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import type { Mirror } from "../../../stacks/environment";
import type { Scale } from "../../../stacks/scale";
import { inferenceGroup } from "../../gateway/types";
import type { Namespace } from "../../namespace";
import { releaseImage } from "../../release";
import { restrictedContainer, restrictedPod } from "../../security";
import { cooldownSeconds, type Load } from "./load-time";
import { PodMonitor } from "./types";

/** A model whose replicas the variant autoscaler decides on. */
export interface DecidedModel {
  readonly name: string;
  readonly namespace: string;
  readonly scale: Scale;
  readonly load: Load;
}

export interface DeciderArgs {
  readonly namespace: Namespace;
  /** Address of a server that answers Prometheus' queries, by https. */
  readonly prometheus: string;
  /** PEM of who signed its certificate, where no public authority did. */
  readonly prometheusCa?: string;
  readonly models: readonly DecidedModel[];
  readonly highlyAvailable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** User of the image, and where it has the authorities that everybody trusts. Source: v0.5.1 Dockerfile, distroless/static. */
const user = 65532;
const publicAuthorities = "/etc/ssl/certs/ca-certificates.crt";

const authorityFolder = "/etc/prometheus-ca";
const metricsPort = 8080;
const healthPort = 8081;
const read = ["get", "list", "watch"];

/**
 * The controller of the workload variant autoscaler, written here instead of taken from its chart: the chart cannot tell it
 * which group InferencePools are of, for which it takes one that is not there, and hands it rights that it does not use, to
 * every Secret among them. Names, arguments and settings are the chart's. Source: workload-variant-autoscaler v0.5.1
 * charts/workload-variant-autoscaler/templates, cmd/main.go, internal/config.
 */
export class Decider extends ComponentResource {
  constructor(name: string, args: DeciderArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:Decider", name, {}, opts);
    const child = { parent: this };
    const labels = { "app.kubernetes.io/name": name };
    const metadata = { name, namespace: args.namespace.name };
    const account = this.authorize(name, metadata);
    const toZero = args.models.filter(({ scale }) => scale.min === 0);

    // The settings that it watches by these names, or by names that it is told.
    const thresholds = new core.ConfigMap(
      `${name}-saturation`,
      {
        metadata: { ...metadata, name: "wva-saturation-scaling-config" },
        data: { default: upstreamThresholds, ...Object.fromEntries(args.models.map(thresholdsOf)) },
      },
      child,
    );
    new core.ConfigMap(
      `${name}-scale-to-zero`,
      {
        metadata: { ...metadata, name: "wva-model-scale-to-zero-config" },
        data: { default: yaml({ enable_scale_to_zero: false }), ...Object.fromEntries(toZero.map(retentionOf)) },
      },
      child,
    );
    const settings = new core.ConfigMap(name, { metadata, data: { GLOBAL_OPT_INTERVAL: "60s" } }, child);
    const authority =
      args.prometheusCa === undefined
        ? undefined
        : new core.ConfigMap(
            `${name}-authority`,
            { metadata: { ...metadata, name: "prometheus-ca" }, data: { "ca.crt": args.prometheusCa } },
            child,
          );

    const { repository, tag } = releaseImage(
      "workload-variant-autoscaler",
      "llm-d/llm-d-workload-variant-autoscaler",
      args.mirror,
    );
    const env: Record<string, Input<string>> = {
      CONFIG_MAP_NAME: settings.metadata.name,
      SATURATION_CONFIG_MAP_NAME: thresholds.metadata.name,
      PROMETHEUS_BASE_URL: args.prometheus,
      PROMETHEUS_TLS_INSECURE_SKIP_VERIFY: "false",
      PROMETHEUS_CA_CERT_PATH: authority === undefined ? publicAuthorities : `${authorityFolder}/ca.crt`,
      POOL_GROUP: inferenceGroup,
      WVA_SCALE_TO_ZERO: toZero.length > 0 ? "true" : "false",
      // Pickers ask nobody who reads their metrics; without any token it would look for one in Secrets.
      EPP_METRIC_READER_BEARER_TOKEN: "unused",
    };
    const probe = (path: string) => ({ httpGet: { path, port: healthPort }, periodSeconds: 10 });
    new apps.Deployment(
      name,
      {
        metadata: { ...metadata, labels },
        spec: {
          replicas: args.highlyAvailable ? 2 : 1,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: account,
              automountServiceAccountToken: true,
              securityContext: restrictedPod(user),
              containers: [
                {
                  name: "manager",
                  image: `${repository}:${tag}`,
                  command: ["/manager"],
                  args: [
                    "--leader-elect=true",
                    `--health-probe-bind-address=:${healthPort}`,
                    `--metrics-bind-address=:${metricsPort}`,
                    "--metrics-secure=false",
                  ],
                  env: [
                    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                    ...Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
                  ],
                  ports: [
                    { name: "metrics", containerPort: metricsPort },
                    { name: "health", containerPort: healthPort },
                  ],
                  livenessProbe: { ...probe("/healthz"), initialDelaySeconds: 15 },
                  readinessProbe: probe("/readyz"),
                  securityContext: restrictedContainer,
                  resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
                  ...(authority === undefined
                    ? {}
                    : { volumeMounts: [{ name: "authority", mountPath: authorityFolder, readOnly: true }] }),
                },
              ],
              ...(authority === undefined
                ? {}
                : { volumes: [{ name: "authority", configMap: { name: authority.metadata.name } }] }),
            },
          },
        },
      },
      child,
    );
    // What it recommends is a metric, which KEDA asks Prometheus for.
    new PodMonitor(
      name,
      {
        metadata,
        spec: {
          selector: { matchLabels: labels },
          podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval: "10s" }],
        },
      },
      child,
    );
    this.registerOutputs({});
  }

  /** Rights that it uses: to look at what serves, and to start the first replica of what stands at zero. */
  private authorize(name: string, metadata: { name: string; namespace: Input<string> }): Input<string> {
    const child = { parent: this };
    const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace: metadata.namespace }];
    const role = new rbac.ClusterRole(
      name,
      {
        metadata: { name },
        rules: [
          { apiGroups: [""], resources: ["configmaps", "namespaces", "nodes", "pods", "services"], verbs: read },
          { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
          { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: read },
          { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["get", "update"] },
          { apiGroups: [inferenceGroup], resources: ["inferencepools"], verbs: read },
          { apiGroups: ["llmd.ai"], resources: ["variantautoscalings"], verbs: [...read, "patch", "update"] },
          {
            apiGroups: ["llmd.ai"],
            resources: ["variantautoscalings/finalizers", "variantautoscalings/status"],
            verbs: ["get", "patch", "update"],
          },
          { apiGroups: ["monitoring.coreos.com"], resources: ["servicemonitors"], verbs: read },
        ],
      },
      child,
    );
    const apiGroup = "rbac.authorization.k8s.io";
    new rbac.ClusterRoleBinding(
      name,
      { metadata: { name }, roleRef: { apiGroup, kind: "ClusterRole", name: role.metadata.name }, subjects },
      child,
    );
    const leader = new rbac.Role(
      name,
      {
        metadata,
        rules: [
          { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: [...read, "create", "update", "patch"] },
        ],
      },
      child,
    );
    new rbac.RoleBinding(
      name,
      { metadata, roleRef: { apiGroup, kind: "Role", name: leader.metadata.name }, subjects },
      child,
    );
    return account.metadata.name;
  }
}

/** Flat settings as YAML, of which JSON's values are a part. */
const yaml = (fields: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");

const keyOf = ({ namespace, name }: DecidedModel) => `${namespace}.${name}`;

/** Upstream's own. Source: v0.5.1 charts/workload-variant-autoscaler/values.yaml, `capacityScaling`. */
const upstreamThresholds = yaml({
  kvCacheThreshold: 0.8,
  queueLengthThreshold: 5,
  kvSpareTrigger: 0.1,
  queueSpareTrigger: 3,
});

/** When a replica counts as full, and how much less must be spare before another is added: as large a part as upstream's. */
const thresholdsOf = (model: DecidedModel): readonly [string, string] => [
  keyOf(model),
  yaml({
    model_id: model.name,
    namespace: model.namespace,
    kvCacheThreshold: model.scale.kvUtilization,
    queueLengthThreshold: model.scale.waiting,
    kvSpareTrigger: model.scale.kvUtilization / 8,
    queueSpareTrigger: (model.scale.waiting * 3) / 5,
  }),
];

const retentionOf = (model: DecidedModel): readonly [string, string] => [
  keyOf(model),
  yaml({
    model_id: model.name,
    namespace: model.namespace,
    enable_scale_to_zero: true,
    retention_period: `${cooldownSeconds(model.load, model.scale.cooldownSeconds)}s`,
  }),
];
