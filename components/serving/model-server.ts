import * as apps from "@pulumi/kubernetes/apps/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import type { input as inputs } from "@pulumi/kubernetes/types";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { imageReference, images } from "../../catalog/images";
import { type ModelName, models } from "../../catalog/models";
import type { GpuPool, Mirror, ServingRole } from "../../stacks/environment";
import type { PodGpus } from "../accelerators/claims";
import { modelLabel, roleLabel, servingLabel } from "../labels";
import { kaiScheduler, type Placement } from "../scheduling/placement";
import { podGroupAnnotation, skipPodGrouperAnnotation, subGroupLabel } from "../scheduling/pod-group";
import { modelServerPriority, priorityClassLabel } from "../scheduling/priority";
import { queueLabel } from "../scheduling/queue";
import { restrictedContainer, restrictedPod } from "../security";
import type { RoleName } from "./gpus";
import { behindSidecarPort, routingSidecar } from "./routing-sidecar";
import { LeaderWorkerSet } from "./types";

export interface ModelServersArgs {
  readonly role: RoleName;
  /** Name of the model, under which it is also served. */
  readonly model: string;
  /** Which weights. Source: catalog/models.ts. */
  readonly weights: ModelName;
  /** Replicas, GPUs of a node, and nodes. Source: `serving` of the model. */
  readonly shape: ServingRole;
  /** The nodes it runs on, which bound its share of CPUs and memory. Source: `pools` of the environment. */
  readonly pool: GpuPool;
  /** On which of those nodes, and by whom, its pods are placed. */
  readonly placement: Placement;
  /** Annotations that keep the pods of a replica together. Used where a replica spans nodes. */
  readonly topology: Readonly<Record<string, string>>;
  readonly namespace: Input<string>;
  readonly serviceAccount: Input<string>;
  /** The tenant's KAI queue. */
  readonly queue: Input<string>;
  /** The explicit PodGroup that its pods join; without one KAI groups them by itself. */
  readonly podGroup?: Input<string>;
  /** What one pod states of its GPUs. */
  readonly gpus: PodGpus;
  /** GPUs of a node that one pod has, or the part of one. */
  readonly share: number;
  /** Part of the GPU memory it sees that a pod may take, where others see the same. None: all of it, as vLLM has it. */
  readonly memoryShare?: number;
  /** ResourceClaimTemplate of the ComputeDomain that its pods join, where their NVLink spans nodes. */
  readonly channelTemplate?: string;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Where requests for a model server arrive: vLLM itself for prefill, the routing sidecar in front of it for decode. */
export const serverPort = 8000;
/** Where NIXL servers find each other. vLLM's default. */
const nixlPort = 5600;

/** User of the server image. Source: llm-d docker/Dockerfile.cuda, 2026-08. */
const serverUser = 2000;
/** Seconds in which a stopping server is still sent requests, because not everybody knows yet, and then finishes them. */
const drain = { preStop: 30, total: 130 } as const;

/**
 * Part of a node's CPUs and memory that its model servers may have; the rest is the node's own and its daemons'. Each
 * server gets the part of that which its GPUs are of the node's.
 */
const usable = 7 / 8;

const memoryVolume = "shm";

/**
 * The servers of one role of one model: a Deployment, or a LeaderWorkerSet where one replica spans nodes.
 * Arguments and ports are those of llm-d's guide for separate prefill and decode (guides/pd-disaggregation, 2026-08).
 */
export class ModelServers extends ComponentResource {
  constructor(name: string, args: ModelServersArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:ModelServers", name, {}, opts);
    const { role, model, shape } = args;
    const identity = { [modelLabel]: model, [roleLabel]: role, [servingLabel]: "true" };
    const scheduling: Record<string, Input<string>> = args.placement.scheduler === kaiScheduler
      ? { [queueLabel]: args.queue, [priorityClassLabel]: modelServerPriority }
      : {};
    const metadata = {
      name,
      namespace: args.namespace,
      labels: { ...identity, ...scheduling },
      annotations: {
        ...(shape.nodes === 1 ? {} : args.topology),
        // GPUs may be hours away in a queue. An update that waited for them would fail although nothing is wrong; what
        // waits, and why, is for whoever looks at the queue.
        "pulumi.com/skipAwait": "true",
        ...(args.podGroup === undefined ? {} : { [skipPodGrouperAnnotation]: "true" }),
      },
    };
    const grouping = args.podGroup === undefined ? undefined : { [podGroupAnnotation]: args.podGroup };

    if (shape.nodes === 1) {
      new apps.Deployment(
        name,
        {
          metadata,
          spec: {
            replicas: shape.replicas,
            // No surge: a further replica would wait for GPUs that only the one it replaces can free.
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
            selector: { matchLabels: identity },
            template: {
              metadata: {
                labels: {
                  ...identity,
                  ...scheduling,
                  ...(args.podGroup === undefined ? {} : { [subGroupLabel]: role }),
                },
                annotations: grouping,
              },
              spec: pod(args, "single"),
            },
          },
        },
        { parent: this },
      );
    } else {
      new LeaderWorkerSet(
        name,
        {
          metadata,
          spec: {
            replicas: shape.replicas,
            // KAI places leader and workers as one gang only when they are there together.
            startupPolicy: "LeaderCreated",
            rolloutStrategy: {
              type: "RollingUpdate",
              rollingUpdateConfiguration: { maxSurge: 0, maxUnavailable: 1 },
            },
            leaderWorkerTemplate: {
              size: shape.nodes,
              // A replica that lost one node has lost its model.
              restartPolicy: "RecreateGroupOnPodRestart",
              leaderTemplate: { metadata: { labels: { ...identity, ...scheduling } }, spec: pod(args, "leader") },
              workerTemplate: {
                // Not part of the pool: requests go to leaders.
                metadata: { labels: { [modelLabel]: model, ...scheduling } },
                spec: pod(args, "worker"),
              },
            },
          },
        },
        { parent: this },
      );
    }
    new policy.PodDisruptionBudget(
      name,
      {
        metadata: { name, namespace: args.namespace },
        // One at a time, so that nodes can be drained, but not a whole role at once.
        spec: { maxUnavailable: 1, selector: { matchLabels: identity } },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function pod(args: ModelServersArgs, member: "single" | "leader" | "worker"): inputs.core.v1.PodSpec {
  const sidecar = args.role === "decode" && member !== "worker";
  const { placement } = args;
  const claims = [
    ...args.gpus.claims,
    ...(args.channelTemplate === undefined
      ? []
      : [{ name: "channel", resourceClaimTemplateName: args.channelTemplate }]),
  ];
  return {
    schedulerName: placement.scheduler,
    priorityClassName: modelServerPriority,
    serviceAccountName: args.serviceAccount,
    automountServiceAccountToken: false,
    // Services are found by name; their addresses need not be in every server's environment.
    enableServiceLinks: false,
    securityContext: restrictedPod(serverUser),
    ...(Object.keys(placement.nodeSelector).length === 0 ? {} : { nodeSelector: placement.nodeSelector }),
    tolerations: [...placement.tolerations],
    terminationGracePeriodSeconds: drain.total,
    ...(claims.length === 0 ? {} : { resourceClaims: claims }),
    ...(sidecar ? { initContainers: [routingSidecar(serverPort, args.mirror)] } : {}),
    containers: [server(args, member, sidecar ? behindSidecarPort : serverPort, claims)],
    volumes: [
      { name: memoryVolume, emptyDir: { medium: "Memory", sizeLimit: `${sharedMemoryGib(args)}Gi` } },
      { name: "models", emptyDir: { sizeLimit: `${Math.ceil(models[args.weights].weightsGib * 1.5)}Gi` } },
      { name: "home", emptyDir: {} },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

/** GiB of one node's memory that one pod of the role gets. */
const memoryGib = ({ pool, share }: ModelServersArgs) =>
  Math.max(1, Math.floor((pool.machine.memoryGib * usable * share) / pool.perNode));

/** vLLM's own nine tenths, of the part of a GPU's memory that is a pod's; it would take them of the whole otherwise. */
const memoryUtilization = (memoryShare: number) => Math.floor(memoryShare * 0.9 * 1000) / 1000;

/** GiB of that for what its processes share: upstream's 20, or half on a small machine. */
const sharedMemoryGib = (args: ModelServersArgs) => Math.min(20, Math.max(1, Math.floor(memoryGib(args) / 2)));

function server(
  args: ModelServersArgs,
  member: "single" | "leader" | "worker",
  port: number,
  claims: readonly inputs.core.v1.PodResourceClaim[],
): inputs.core.v1.Container {
  const { role, shape, pool, gpus } = args;
  const model = models[args.weights];
  const cpus = Math.max(1, Math.floor((pool.machine.cpus * usable * args.share) / pool.perNode));
  const memory = `${memoryGib(args)}Gi`;
  const answers = { path: "/v1/models", port: "server" };
  return {
    name: "vllm",
    image: imageReference(images.vllm, args.mirror),
    command: ["vllm", "serve"],
    args: [
      model.huggingFace,
      ...(model.revision === undefined ? [] : [`--revision=${model.revision}`]),
      `--served-model-name=${args.model}`,
      `--port=${port}`,
      // Across nodes too: vLLM's NIXL connector does not transfer between pipeline stages (vllm-project/vllm#52913).
      `--tensor-parallel-size=${shape.gpus * shape.nodes}`,
      "--block-size=128",
      ...(args.memoryShare === undefined ? [] : [`--gpu-memory-utilization=${memoryUtilization(args.memoryShare)}`]),
      `--kv-transfer-config=${JSON.stringify({
        kv_connector: "NixlConnector",
        kv_role: role === "prefill" ? "kv_producer" : "kv_both",
      })}`,
      "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
      ...(member === "single"
        ? []
        : [
            // LeaderWorkerSet puts these into every container of the group.
            "--nnodes=$(LWS_GROUP_SIZE)",
            "--node-rank=$(LWS_WORKER_INDEX)",
            "--master-addr=$(LWS_LEADER_ADDRESS)",
          ]),
      ...(member === "worker" ? ["--headless"] : []),
    ],
    env: [
      { name: "VLLM_NIXL_SIDE_CHANNEL_HOST", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "VLLM_NIXL_SIDE_CHANNEL_PORT", value: `${nixlPort}` },
      { name: "HF_HOME", value: "/models" },
      { name: "HOME", value: "/home/vllm" },
      // Neither reports home: what is served here, and how much of it, is the tenant's own business.
      { name: "VLLM_NO_USAGE_STATS", value: "1" },
      { name: "HF_HUB_DISABLE_TELEMETRY", value: "1" },
    ],
    ports: [
      { name: "server", containerPort: port },
      { name: "nixl", containerPort: nixlPort },
    ],
    // A worker answers no requests; its group is restarted as a whole when its process ends.
    ...(member === "worker"
      ? {}
      : {
          // Up to an hour: weights are fetched and compiled for before the first answer. As upstream has it.
          startupProbe: {
            httpGet: answers,
            initialDelaySeconds: 15,
            periodSeconds: 30,
            timeoutSeconds: 5,
            failureThreshold: 120,
          },
          readinessProbe: { httpGet: answers, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
          livenessProbe: {
            httpGet: { path: "/health", port: "server" },
            periodSeconds: 10,
            timeoutSeconds: 5,
            failureThreshold: 3,
          },
        }),
    lifecycle: { preStop: { sleep: { seconds: drain.preStop } } },
    securityContext: restrictedContainer,
    resources: {
      requests: { cpu: `${cpus}`, memory, ...gpus.resources },
      limits: { memory, ...gpus.resources },
      ...(claims.length === 0 ? {} : { claims: claims.map(({ name }) => ({ name })) }),
    },
    volumeMounts: [
      { name: memoryVolume, mountPath: "/dev/shm" },
      { name: "models", mountPath: "/models" },
      { name: "home", mountPath: "/home/vllm" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}
