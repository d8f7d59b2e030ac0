import { createHash } from "node:crypto";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { imageReference, images } from "../../catalog/images";
import type { Mirror } from "../../stacks/environment";
import { inferenceGroup } from "../gateway/types";
import { componentLabel, endpointPicker, modelLabel } from "../labels";
import { requestPathPriority } from "../scheduling/priority";
import { restrictedContainer, restrictedPod } from "../security";
import type { EndpointPickerConfig } from "./types";

export interface EndpointPickerArgs {
  /** Namespace of the pool. */
  readonly namespace: Input<string>;
  /** Name of the model, which is also the name of its pool. */
  readonly model: string;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Port on which it answers the gateway. Upstream's default. */
export const pickerPort = 9002;
const healthPort = 9003;
const metricsPort = 9090;
/** User that the image runs as. Source: llm-d-router v0.10.0 Dockerfile.epp. */
const pickerUser = 65532;

/**
 * Prefill and decode are picked apart: decode first, by what its cache holds and how much waits; then a prefill server,
 * when enough of the prompt is new. Plugins and figures are upstream's own for this split
 * (llm-d-router v0.10.0 deploy/config/pd-epp-config.yaml).
 */
const pickerConfig: EndpointPickerConfig = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    {
      type: "approx-prefix-cache-producer",
      parameters: { maxPrefixTokensToMatch: 16_384, lruCapacityPerServer: 31_250 },
    },
    { type: "prefix-cache-scorer" },
    { type: "queue-scorer" },
    { type: "prefill-filter" },
    { type: "decode-filter" },
    { type: "max-score-picker" },
    { type: "prefix-based-pd-decider", parameters: { nonCachedTokens: 16 } },
    { type: "disagg-profile-handler", parameters: { deciders: { prefill: "prefix-based-pd-decider" } } },
  ],
  schedulingProfiles: ["prefill", "decode"].map((role) => ({
    name: role,
    plugins: [
      { pluginRef: `${role}-filter` },
      { pluginRef: "max-score-picker" },
      { pluginRef: "prefix-cache-scorer", weight: 2 },
      { pluginRef: "queue-scorer", weight: 1 },
    ],
  })),
};

/** The endpoint picker of one model: it tells the gateway which servers a request goes to. */
export class EndpointPicker extends ComponentResource {
  /** Name of its Service, known once that exists. */
  readonly serviceName: Output<string>;

  constructor(name: string, args: EndpointPickerArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:EndpointPicker", name, {}, opts);
    const { model, mirror } = args;
    const child = { parent: this };
    const metadata = { name: `${model}-picker`, namespace: args.namespace };
    const labels = { [componentLabel]: endpointPicker, [modelLabel]: model };

    const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    const role = new rbac.Role(
      name,
      {
        metadata,
        // What it watches to know its pool, and nothing that it could change. The groups that upstream still lists for
        // older definitions are left out, because those are not installed.
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
          { apiGroups: [inferenceGroup], resources: ["inferencepools"], verbs: ["get", "list", "watch"] },
          {
            apiGroups: ["llm-d.ai"],
            resources: ["inferenceobjectives", "inferencemodelrewrites"],
            verbs: ["get", "list", "watch"],
          },
        ],
      },
      child,
    );
    const binding = new rbac.RoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: args.namespace }],
      },
      child,
    );

    const file = JSON.stringify(pickerConfig, null, 2);
    const config = new core.ConfigMap(name, { metadata, data: { "config.yaml": file } }, child);
    const service = new core.Service(
      name,
      {
        metadata,
        spec: {
          selector: labels,
          ports: [
            { name: "grpc-ext-proc", port: pickerPort, targetPort: pickerPort, appProtocol: "kubernetes.io/h2c" },
          ],
        },
      },
      child,
    );
    const health = { grpc: { port: healthPort, service: "inference-extension" } };
    new apps.Deployment(
      name,
      {
        metadata: { ...metadata, labels },
        spec: {
          // One, and never two at a time: what it knows of the caches is in its memory, and two would each know half.
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: labels },
          template: {
            metadata: {
              labels,
              // It reads its file once, so a new file needs a new pod.
              annotations: { "ai-platform/config": createHash("sha256").update(file).digest("hex").slice(0, 16) },
            },
            spec: {
              priorityClassName: requestPathPriority,
              serviceAccountName: account.metadata.name,
              automountServiceAccountToken: true,
              securityContext: restrictedPod(pickerUser),
              // As long as the slowest of the servers that it sends to, as upstream has it.
              terminationGracePeriodSeconds: 130,
              containers: [
                {
                  name: "epp",
                  image: imageReference(images.endpointPicker, mirror),
                  args: [
                    `--pool-name=${model}`,
                    "--pool-namespace=$(NAMESPACE)",
                    `--pool-group=${inferenceGroup}`,
                    "--config-file=/config/config.yaml",
                    `--grpc-port=${pickerPort}`,
                    `--grpc-health-port=${healthPort}`,
                    `--metrics-port=${metricsPort}`,
                    // Checking who asks for metrics takes rights on the whole cluster; the tenant's network policy lets
                    // nobody ask.
                    "--metrics-endpoint-auth=false",
                    "--tracing=false",
                    "--zap-encoder=json",
                  ],
                  env: [
                    { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                  ],
                  ports: [
                    { name: "grpc", containerPort: pickerPort },
                    { name: "grpc-health", containerPort: healthPort },
                    { name: "metrics", containerPort: metricsPort },
                  ],
                  livenessProbe: { ...health, initialDelaySeconds: 5, periodSeconds: 10 },
                  readinessProbe: { ...health, periodSeconds: 2 },
                  securityContext: restrictedContainer,
                  // Upstream's own request is 8 CPUs and 8 GiB, sized for thousands of requests a second.
                  resources: { requests: { cpu: "2", memory: "2Gi" }, limits: { memory: "8Gi" } },
                  volumeMounts: [{ name: "config", mountPath: "/config", readOnly: true }],
                },
              ],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
            },
          },
        },
      },
      { parent: this, dependsOn: [binding] },
    );
    this.serviceName = service.metadata.name;
    this.registerOutputs({ serviceName: this.serviceName });
  }
}
