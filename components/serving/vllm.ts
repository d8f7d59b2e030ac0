import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Input } from "@pulumi/pulumi";
import { imageReference, images } from "../../catalog/images";
import { memoryUtilization } from "../../sizing/memory";
import type { GpuPool, Mirror, Model, NamedRole, Version } from "../../stacks/environment";
import type { PodGpus } from "../accelerators/claims";
import { restrictedContainer } from "../security";
import { temporary } from "./fetch";
import { kvCacheParts, transferConfig } from "./kv-cache";
import { cpusOf, memoryGibOf } from "./node-share";
import { calculatedArgs, groupArgs, groupEnv, type Layout, layoutArgs, layoutOf, type Member } from "./parallelism";
import { kvBlockTokens, kvEvents, kvEventsPort } from "./picker-config";
import type { PodWeights } from "./weights";

/** What decides how vLLM is run in a pod. */
export interface ServerArgs {
  /** Source: one of `models` of the environment. */
  readonly model: Model;
  /** Source: one of its `versions`. */
  readonly version: Version;
  /** Source: one of the version's roles. */
  readonly role: NamedRole;
  /** The nodes it runs on, which bound its share of CPUs and memory. Source: `pools` of the environment. */
  readonly pool: GpuPool;
  /** What one pod states of its GPUs. */
  readonly gpus: PodGpus;
  /** GPUs of a node that one pod has, or the part of one. */
  readonly share: number;
  /** Part of the GPU memory it sees that a pod may take, where others see the same. None: all of it, as vLLM has it. */
  readonly memoryShare?: number;
  /** ResourceClaimTemplate of the ComputeDomain that its pods join, where their NVLink spans nodes. */
  readonly channelTemplate?: Input<string>;
  /** Weights of the version, and of the adapters beside them under the names that servers know them by. */
  readonly weights: PodWeights;
  readonly adapters: readonly { readonly name: string; readonly weights: PodWeights }[];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** Where requests for a model server arrive: vLLM itself, or the routing sidecar in front of it for decode. */
export const serverPort = 8000;
/** Where NIXL servers find each other. vLLM's default, and one more for each further engine of a pod. */
const nixlPort = 5600;

export const home = { name: "home", mountPath: "/home/vllm" } as const;
export const sharedMemory = { name: "shm", mountPath: "/dev/shm" } as const;

/** Seconds for which a stopping server is still sent requests, because not everybody knows yet. */
const preStop = 30;
/** Seconds in which it then finishes them, those before included. */
export const terminationGrace = 130;

/** What fitting reckons with, of the part of a GPU's memory that is a pod's. vLLM's own default changes with versions. */
const utilization = (memoryShare: number) => Math.floor(memoryShare * memoryUtilization * 1000) / 1000;

/** Ranks of adapters that servers have room for. vLLM's default, 16, refuses many that are published. */
const maxLoraRank = 64;

function adapterArgs(adapters: ServerArgs["adapters"]): readonly string[] {
  return adapters.length === 0
    ? []
    : [
        "--enable-lora",
        `--max-loras=${adapters.length}`,
        `--max-lora-rank=${maxLoraRank}`,
        "--lora-modules",
        ...adapters.map(({ name, weights }) => `${name}=${weights.argument}`),
      ];
}

/**
 * Across nodes that NVLink joins, caches and activations go over it rather than over TCP. Everywhere else UCX and NCCL
 * find what there is: NVLink within a node, and TCP between nodes, for RDMA devices are not handed to pods.
 * Sources: vLLM docs/features/nixl_connector_usage.md (GB series); llm-d guides/wide-ep-lws vllm-deepseek-v4, 2026-08.
 */
const overNvlink = {
  args: ["--enable-cumem-allocator"],
  env: [
    { name: "UCX_TLS", value: "cuda_copy,cuda_ipc,tcp" },
    { name: "UCX_CUDA_IPC_ENABLE_MNNVL", value: "y" },
    { name: "NCCL_MNNVL_ENABLE", value: "1" },
    { name: "NCCL_CUMEM_ENABLE", value: "1" },
  ],
} as const;

/** What a server tells a picker that is to know its cache exactly. */
const cacheEvents = ({ name, cache, routing }: Model) =>
  cache === "precise" && routing === "picker" ? kvEvents(name, serverPort) : undefined;

function argumentsOf(args: ServerArgs, layout: Layout, member: Member, port: number): readonly string[] {
  const { model, role, weights, memoryShare, channelTemplate } = args;
  const transfer = transferConfig(role.name, model.kvCache, layout, weights.origin.source);
  return [
    weights.argument,
    ...(weights.revision === undefined ? [] : [`--revision=${weights.revision}`]),
    `--served-model-name=${model.name}`,
    `--port=${port}`,
    ...layoutArgs(layout),
    `--block-size=${kvBlockTokens}`,
    ...(model.maxContext === undefined ? [] : [`--max-model-len=${model.maxContext}`]),
    `--gpu-memory-utilization=${utilization(memoryShare ?? 1)}`,
    ...(transfer === undefined ? [] : [`--kv-transfer-config=${JSON.stringify(transfer)}`]),
    ...(channelTemplate === undefined ? [] : overNvlink.args),
    ...(cacheEvents(model)?.args ?? []),
    "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
    ...groupArgs(layout, member),
    ...adapterArgs(args.adapters),
  ];
}

function environmentOf(args: ServerArgs, layout: Layout): inputs.core.v1.EnvVar[] {
  const { role, weights, adapters, model, mirror, channelTemplate } = args;
  const all: inputs.core.v1.EnvVar[] = [
    ...(role.name === "both"
      ? []
      : [
          { name: "VLLM_NIXL_SIDE_CHANNEL_HOST", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          { name: "VLLM_NIXL_SIDE_CHANNEL_PORT", value: `${nixlPort}` },
        ]),
    ...weights.env,
    ...adapters.flatMap((adapter) => adapter.weights.env),
    { name: "HOME", value: home.mountPath },
    // Neither reports home: what is served here, and how much of it, is the tenant's own business.
    { name: "VLLM_NO_USAGE_STATS", value: "1" },
    { name: "HF_HUB_DISABLE_TELEMETRY", value: "1" },
    ...groupEnv(layout),
    ...(channelTemplate === undefined ? [] : overNvlink.env),
    ...(cacheEvents(model)?.env ?? []),
    ...kvCacheParts(model.kvCache, mirror).env,
  ];
  const first = all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
  // vLLM fetches the model's own weights by itself then, whatever holds for the adapters'.
  return weights.revision === undefined ? first : first.filter(({ name }) => name !== "HF_HUB_OFFLINE");
}

/** Seconds that a server may take to compile for its GPUs and to capture graphs, once it has read the weights. */
const warmUp = 1800;
/** GiB a second at which weights come in at least: a link of 1 Gbit/s from outside, and a disk of 500 MiB/s. */
const pace = { remote: 0.116, mounted: 0.5 } as const;
const startupPeriod = 30;
/** Upstream's hour: no server gets less. */
const leastStartup = 3600;

/** Times that a server may be found not to answer after its start before it counts as failed. */
export function startupFailures(weightsGib: number, { remote }: Pick<PodWeights, "remote">): number {
  const seconds = weightsGib / (remote ? pace.remote : pace.mounted) + warmUp;
  return Math.ceil(Math.max(leastStartup, seconds) / startupPeriod);
}

function probes({ version, weights }: ServerArgs): Partial<inputs.core.v1.Container> {
  const answers = { path: "/v1/models", port: "server" };
  return {
    startupProbe: {
      httpGet: answers,
      initialDelaySeconds: 15,
      periodSeconds: startupPeriod,
      timeoutSeconds: 5,
      failureThreshold: startupFailures(version.architecture.weightsGib, weights),
    },
    readinessProbe: { httpGet: answers, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
    livenessProbe: {
      httpGet: { path: "/health", port: "server" },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
  };
}

/**
 * The shell that starts vLLM where a plain command does not do. A server that crashed leaves its CPU tier behind in
 * shared memory, and the next one fails on it (vllm-project/vllm#54002).
 */
function commandOf({ model }: ServerArgs, layout: Layout): string[] {
  const calculated = calculatedArgs(layout);
  const clear = model.kvCache === undefined ? "" : `rm -f ${sharedMemory.mountPath}/vllm_offload_*; `;
  return calculated === "" && clear === ""
    ? ["vllm", "serve"]
    : ["/bin/sh", "-c", `${clear}exec vllm serve "$@"${calculated}`, "vllm"];
}

/** The container that runs vLLM. Arguments and ports are those of llm-d's guides, 2026-08. */
export function server(
  args: ServerArgs,
  member: Member,
  port: number,
  claims: readonly inputs.core.v1.PodResourceClaim[],
): inputs.core.v1.Container {
  const { role, gpus, model, mirror, weights, adapters } = args;
  const layout = layoutOf(role.role);
  const kvCache = kvCacheParts(model.kvCache, mirror);
  const memory = `${memoryGibOf(args)}Gi`;
  const mounts = [...weights.mounts, ...adapters.flatMap((adapter) => adapter.weights.mounts)];
  return {
    name: "vllm",
    image: imageReference(images.vllm, mirror),
    command: commandOf(args, layout),
    args: [...argumentsOf(args, layout, member, port)],
    env: environmentOf(args, layout),
    ports: [
      { name: "server", containerPort: port },
      ...(role.name === "both" ? [] : [{ name: "nixl", containerPort: nixlPort }]),
      ...(cacheEvents(model) === undefined ? [] : [{ name: "kv-events", containerPort: kvEventsPort }]),
    ],
    // One that answers no requests is restarted with its group when its process ends.
    ...(member === "worker" && !layout.everyPodAnswers ? {} : probes(args)),
    lifecycle: { preStop: { sleep: { seconds: preStop } } },
    securityContext: restrictedContainer,
    resources: {
      requests: { cpu: `${cpusOf(args)}`, memory, ...kvCache.requests, ...gpus.resources },
      limits: { memory, ...gpus.resources },
      ...(claims.length === 0 ? {} : { claims: claims.map(({ name }) => ({ name })) }),
    },
    volumeMounts: [
      sharedMemory,
      ...mounts.filter((one, index) => mounts.findIndex((other) => other.mountPath === one.mountPath) === index),
      ...kvCache.mounts,
      home,
      temporary,
    ],
  };
}
