import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Input } from "@pulumi/pulumi";
import { imageReference, images } from "../../../catalog/images";
import type { Mirror, Model, RoleName, Source } from "../../../stacks/environment";
import type { PodGpus } from "../../accelerators/claims";
import { type Placement, placementOf, type SchedulerName } from "../../scheduling/placement";
import { modelServerPriority } from "../../scheduling/priority";
import { restrictedContainer, restrictedPod } from "../../security";
import type { Workload } from "../workloads";
import { frontendPort, type GraphComponent, mainContainer } from "./types";

/** What the pods of all components of one graph have in common. */
export interface GraphArgs {
  /** Source: one of `models` of the environment, which `checkBackend` has passed. */
  readonly model: Model;
  /** Of all pods of the graph: Grove takes one for them together. */
  readonly scheduler: SchedulerName;
  readonly serviceAccount: Input<string>;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

export interface WorkerArgs extends GraphArgs {
  readonly workload: Workload;
  /** What one pod states of its GPUs. */
  readonly gpus: PodGpus;
}

/** User `dynamo` of the runtime image. Source: ai-dynamo/dynamo's image definition, which asserts the id. */
const runtimeUser = 1000;
const home = "/home/dynamo";

/** Seconds in which a stopping pod is still sent requests, because not everybody knows yet, and then finishes them. */
const drain = { preStop: 30, total: 130 } as const;

/** Part of a node that its model servers may have; the rest is the node's own and its daemons'. */
const usable = 7 / 8;

/** Where a worker tells what it caches. Source: ai-dynamo/dynamo examples/backends/vllm/deploy/v1beta1/agg_router.yaml. */
const cacheEvents = {
  publisher: "zmq",
  topic: "kv-events",
  endpoint: "tcp://*:20080",
  enable_kv_cache_events: true,
} as const;

/** Both roles of a disaggregated model. Source: examples/backends/vllm/deploy/v1beta1/disagg-multinode.yaml. */
const cacheTransfer = { kv_connector: "NixlConnector", kv_role: "kv_both" } as const;

const componentOf = {
  prefill: { name: "prefill", type: "prefill" },
  decode: { name: "decode", type: "decode" },
  both: { name: "worker", type: "worker" },
} as const satisfies Record<RoleName, Pick<GraphComponent, "name" | "type">>;

/** Name of a role's component in its graph. */
export const componentName = (role: RoleName): string => componentOf[role].name;

/** Frontend of a graph: the API's server, and what chooses the worker for a request. */
export const frontendName = "frontend";

/**
 * The API's server. It chooses workers by what they have cached where the model asks for a picker: by what it sent
 * them, or by what they report (docs.nvidia.com/dynamo/v1.3.0, components/router).
 */
export function frontend(args: GraphArgs): GraphComponent {
  const { model } = args;
  const guesses = model.cache === "precise" ? [] : ["--no-router-kv-events"];
  return {
    name: frontendName,
    type: "frontend",
    // One: several would have to tell each other what they sent to whom.
    replicas: 1,
    podTemplate: template(
      args,
      { nodeSelector: {}, tolerations: [] },
      {
        command: ["python3", "-m", "dynamo.frontend"],
        args: [
          "--http-port",
          `${frontendPort}`,
          "--router-mode",
          ...(model.routing === "picker" ? ["kv", ...guesses] : ["round-robin"]),
        ],
        lifecycle: { preStop: { sleep: { seconds: drain.preStop } } },
        // Upstream names no figure. It tokenizes, and holds no weights.
        resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { memory: "4Gi" } },
      },
      [],
      2,
    ),
  };
}

/** Servers of one role. GPUs are per node, and so is everything that a pod gets. */
export function worker(args: WorkerArgs): GraphComponent {
  const { model, workload, gpus } = args;
  const { name: roleName, role } = workload.role;
  const { pool } = workload;
  const part = (whole: number) => Math.max(1, Math.floor((whole * usable * role.gpus) / pool.perNode));
  const memoryGib = part(pool.machine.memoryGib);
  return {
    ...componentOf[roleName],
    replicas: role.replicas,
    ...(role.nodes === 1 ? {} : { multinode: { nodeCount: role.nodes } }),
    sharedMemorySize: `${Math.min(20, Math.max(1, Math.floor(memoryGib / 2)))}Gi`,
    podTemplate: template(
      args,
      placementOf(pool, model.spot),
      {
        command: ["python3", "-m", "dynamo.vllm"],
        args: [...workerArgs(args)],
        resources: {
          requests: { cpu: `${part(pool.machine.cpus)}`, memory: `${memoryGib}Gi`, ...gpus.resources },
          limits: { memory: `${memoryGib}Gi`, ...gpus.resources },
          ...(gpus.claims.length === 0 ? {} : { claims: gpus.claims.map(({ name }) => ({ name })) }),
        },
      },
      gpus.claims,
      // Dynamo fetches the repository's head before vLLM fetches the revision that it is told, beside each other.
      Math.ceil(workload.version.architecture.weightsGib * 2.5),
    ),
  };
}

/** Each flag and its value by themselves: where a replica spans nodes the operator reads them word by word. */
function workerArgs({ model, workload: { version, role } }: WorkerArgs): readonly string[] {
  const { repository, revision } = huggingFace(version.source);
  const disaggregated = role.name !== "both";
  // Where roles are apart, prefix caches are prefill's: its is the work that they save.
  const events = model.routing === "picker" && model.cache === "precise" && role.name !== "decode";
  return [
    "--model",
    repository,
    "--revision",
    revision,
    "--served-model-name",
    model.name,
    "--tensor-parallel-size",
    `${role.role.tensorParallel}`,
    ...(model.maxContext === undefined ? [] : ["--max-model-len", `${model.maxContext}`]),
    ...(disaggregated
      ? ["--disaggregation-mode", role.name, "--kv-transfer-config", JSON.stringify(cacheTransfer)]
      : []),
    "--kv-events-config",
    JSON.stringify(events ? cacheEvents : { enable_kv_cache_events: false }),
  ];
}

function huggingFace(source: Source): Extract<Source, { kind: "huggingFace" }> {
  if (source.kind !== "huggingFace") {
    throw new Error(`backend dynamo does not read a source of kind ${source.kind}`);
  }
  return source;
}

function template(
  { scheduler, serviceAccount, mirror }: GraphArgs,
  placement: Omit<Placement, "scheduler">,
  main: Partial<inputs.core.v1.Container>,
  claims: readonly inputs.core.v1.PodResourceClaim[],
  modelsGib: number,
): inputs.core.v1.PodTemplateSpec {
  return {
    spec: {
      schedulerName: scheduler,
      priorityClassName: modelServerPriority,
      serviceAccountName: serviceAccount,
      // Pods of a graph find each other through the API server.
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      securityContext: restrictedPod(runtimeUser),
      ...(Object.keys(placement.nodeSelector).length === 0 ? {} : { nodeSelector: placement.nodeSelector }),
      ...(placement.tolerations.length === 0 ? {} : { tolerations: [...placement.tolerations] }),
      terminationGracePeriodSeconds: drain.total,
      ...(claims.length === 0 ? {} : { resourceClaims: [...claims] }),
      containers: [
        {
          name: mainContainer,
          image: imageReference(images.dynamoVllm, mirror),
          ...main,
          env: [
            { name: "HF_HOME", value: "/models" },
            { name: "HOME", value: home },
            { name: "VLLM_NIXL_SIDE_CHANNEL_HOST", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          ],
          securityContext: restrictedContainer,
          volumeMounts: [
            { name: "models", mountPath: "/models" },
            { name: "home", mountPath: home },
            { name: "tmp", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        { name: "models", emptyDir: { sizeLimit: `${modelsGib}Gi` } },
        { name: "home", emptyDir: {} },
        { name: "tmp", emptyDir: {} },
      ],
    },
  };
}
