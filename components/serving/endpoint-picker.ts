import { createHash } from "node:crypto";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { imageReference, images } from "../../catalog/images";
import type { Mirror } from "../../stacks/environment";
import { pickerName, renderName } from "../../stacks/serving-names";
import { inferenceGroup } from "../gateway/types";
import { componentLabel, endpointPicker, modelLabel, servingLabel } from "../labels";
import { requestPathPriority } from "../scheduling/priority";
import { restrictedContainer, restrictedPod } from "../security";
import { apiServer } from "../traffic";
import type { WaitingRoom } from "./autoscaling/from-zero";
import { type CacheKnowledge, pickerConfig, type ServingMode } from "./picker-config";
import { serverPort } from "./vllm";

export interface EndpointPickerArgs {
  /** Namespace of the pool. */
  readonly namespace: Input<string>;
  /** Name of the pool: that of the model, or of one of its versions. */
  readonly model: string;
  /** Name under which the pool's servers serve the model. Default: the pool's. */
  readonly servedModel?: string;
  /** What its servers are labelled with, as the pool selects them. Default: all of the served model. */
  readonly servers?: Readonly<Record<string, string>>;
  /** Default: disaggregated. Source: `serving` of the model. */
  readonly mode?: ServingMode;
  /** Default: approximate. Source: `cache` of the model. */
  readonly cache?: CacheKnowledge;
  /** Where its servers may come to none: how requests wait for the first. Default: they do not. */
  readonly waitingRoom?: WaitingRoom;
  /** Default: one. More only with the precise cache, of which each builds its own view that is whole. */
  readonly replicas?: number;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Port on which it answers the gateway. Upstream's default. */
export const pickerPort = 9002;
const healthPort = 9003;
export const metricsPort = 9090;
/** User that the image runs as. Source: llm-d-router v0.10.0 Dockerfile.epp. */
const pickerUser = 65532;

/** On a picker's pods where its pool is only one of the model's. Kubernetes' recommended label. */
const poolLabel = "app.kubernetes.io/instance";

/** The endpoint picker of one pool: it tells the gateway which servers a request goes to. */
export class EndpointPicker extends ComponentResource {
  /** Name of its Service, known once that exists. */
  readonly serviceName: Output<string>;

  /** @throws Error where several replicas would each know only a part of the caches. */
  constructor(name: string, args: EndpointPickerArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:EndpointPicker", name, {}, opts);
    const {
      model,
      servedModel = model,
      mode = "disaggregated",
      cache = "approximate",
      replicas = 1,
      waitingRoom,
      mirror,
    } = args;
    if (replicas > 1 && cache === "approximate") {
      throw new Error(
        `${name}: ${replicas} replicas of an endpoint picker with an approximate cache; expected 1, because each would ` +
          "know only of the requests that it saw itself. Set the model's cache to precise, or replicas to 1",
      );
    }
    const child = { parent: this };
    const metadata = { name: pickerName(model), namespace: args.namespace };
    const labels = {
      [componentLabel]: endpointPicker,
      [modelLabel]: servedModel,
      ...(servedModel === model ? {} : { [poolLabel]: model }),
    };

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

    // What it watches, it asks the API server for; nothing else that serves the model does.
    new networking.NetworkPolicy(
      name,
      { metadata, spec: { podSelector: { matchLabels: labels }, policyTypes: ["Egress"], egress: [apiServer] } },
      child,
    );
    const renderer = cache === "precise" ? this.renderer(name, model, args) : undefined;
    const file = JSON.stringify(
      pickerConfig(
        renderer === undefined
          ? { mode, waitingRoom, cache: "approximate" }
          : { mode, waitingRoom, cache: "precise", servedModel, renderUrl: `http://${renderer}:${serverPort}` },
      ),
      null,
      2,
    );
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
          replicas,
          // What an approximate one knows of the caches is in its memory, and two at a time would each know half.
          strategy: { type: cache === "precise" ? "RollingUpdate" : "Recreate" },
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

  /**
   * Name of the Service whose servers turn prompts into tokens for it: the pool's own, which have the tokenizer and share
   * the work. As in llm-d's guide (guides/precise-prefix-cache-routing, 2026-08).
   */
  private renderer(
    name: string,
    model: string,
    { namespace, servedModel = model, servers }: EndpointPickerArgs,
  ): string {
    const render = renderName(model);
    new core.Service(
      `${name}-render`,
      {
        metadata: {
          name: render,
          namespace,
          // Servers may be hours away, waiting for GPUs; until there is one the picker routes by load.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          selector: servers ?? { [modelLabel]: servedModel, [servingLabel]: "true" },
          ports: [{ name: "http", port: serverPort, targetPort: serverPort }],
        },
      },
      { parent: this },
    );
    return render;
  }
}
