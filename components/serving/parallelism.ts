import type { Model, Role } from "../../stacks/environment";

/** How the GPUs of one replica work together. An engine is what computes a request by itself. */
export interface Layout {
  /** GPUs of one engine, which share each layer. */
  readonly tensorParallel: number;
  /** Engines of one replica. */
  readonly dataParallel: number;
  /** Those of one pod; less than one where an engine spans pods. */
  readonly enginesPerPod: number;
  readonly expertParallel: boolean;
  readonly nodes: number;
  /**
   * Whether every pod of a replica answers requests, each for its own engines; otherwise the first one alone does.
   * vLLM's hybrid load balancing, as llm-d's guide for wide expert parallelism has it.
   */
  readonly everyPodAnswers: boolean;
}

/** What one pod is of its replica. */
export type Member = "single" | "leader" | "worker";

export function layoutOf({ gpus, nodes, tensorParallel, expertParallel }: Omit<Role, "replicas">): Layout {
  const dataParallel = (gpus * nodes) / tensorParallel;
  return {
    tensorParallel,
    dataParallel,
    enginesPerPod: dataParallel / nodes,
    expertParallel,
    nodes,
    everyPodAnswers: nodes > 1 && dataParallel > 1,
  };
}

/** Where the engines of a replica find each other. Source: llm-d guides/wide-ep-lws, 2026-08. */
const rpcPort = 5555;

/**
 * Arguments of what every pod of a replica has alike. No all-to-all kernels are chosen: vLLM's default goes over whatever
 * NCCL finds, and DeepEP's, which upstream's guide takes, need RDMA devices that a pod under the Pod Security level
 * "restricted" cannot use (upstream adds IPC_LOCK and runs as root).
 * Sources: vLLM v0.26.0 docs/serving/{data,expert}_parallel_deployment.md.
 */
export const layoutArgs = ({ tensorParallel, dataParallel, expertParallel }: Layout): readonly string[] => [
  // Across nodes too: vLLM's NIXL connector does not transfer between pipeline stages (vllm-project/vllm#52913).
  `--tensor-parallel-size=${tensorParallel}`,
  ...(dataParallel === 1 ? [] : [`--data-parallel-size=${dataParallel}`]),
  ...(expertParallel ? ["--enable-expert-parallel"] : []),
];

/** Arguments by which the pods of a replica find each other. LeaderWorkerSet puts the variables into each of them. */
export function groupArgs({ nodes, everyPodAnswers, enginesPerPod }: Layout, member: Member): readonly string[] {
  if (nodes === 1) {
    return [];
  }
  if (everyPodAnswers) {
    return [
      "--data-parallel-hybrid-lb",
      `--data-parallel-size-local=${enginesPerPod}`,
      "--data-parallel-address=$(LWS_LEADER_ADDRESS)",
      `--data-parallel-rpc-port=${rpcPort}`,
    ];
  }
  return [
    "--nnodes=$(LWS_GROUP_SIZE)",
    "--node-rank=$(LWS_WORKER_INDEX)",
    "--master-addr=$(LWS_LEADER_ADDRESS)",
    ...(member === "worker" ? ["--headless"] : []),
  ];
}

/** Further arguments as a shell reads them: what must be calculated in the pod. */
export const calculatedArgs = ({ everyPodAnswers, enginesPerPod }: Layout): string =>
  everyPodAnswers ? ` --data-parallel-start-rank=$((LWS_WORKER_INDEX * ${enginesPerPod}))` : "";

/** Traffic between engines keeps to the pods' own network. Source: llm-d guides/wide-ep-lws, 2026-08. */
export const groupEnv = ({ everyPodAnswers }: Layout): readonly { name: string; value: string }[] =>
  everyPodAnswers
    ? [
        { name: "GLOO_SOCKET_IFNAME", value: "eth0" },
        { name: "NCCL_SOCKET_IFNAME", value: "eth0" },
      ]
    : [];

/**
 * Why vLLM does not lay a role out as it is stated, as a sentence that begins with `where`; undefined when it does.
 */
export function checkParallelism(
  { gpus, nodes, tensorParallel, expertParallel }: Omit<Role, "replicas">,
  { experts }: Pick<Model["architecture"], "experts">,
  where: string,
): string | undefined {
  const all = gpus * nodes;
  if (expertParallel && experts === undefined) {
    return `${where}.expertParallel: the model has no experts to spread. Leave it out.`;
  }
  if (all % tensorParallel !== 0 || (tensorParallel < all && gpus % tensorParallel !== 0)) {
    return `${where}.tensorParallel: an engine of ${tensorParallel} GPUs would lie on some of ${nodes} nodes of ${gpus}. State a divisor of ${gpus}, or all ${all}.`;
  }
  if (nodes > 1 && tensorParallel < all && !expertParallel) {
    return `${where}.nodes: ${all / tensorParallel} engines of ${tensorParallel} GPUs that share nothing need no common replica. State nodes: 1 and more replicas, expertParallel, or tensorParallel: ${all}.`;
  }
  return undefined;
}
