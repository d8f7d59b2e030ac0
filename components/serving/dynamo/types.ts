import type { input as inputs } from "@pulumi/kubernetes/types";
import { customResource } from "../../custom-resource";

/**
 * One component of a graph: its pods, and how many. Of upstream's fields only those that are written here.
 * Source: ai-dynamo/dynamo docs/kubernetes/dcd-reference.mdx at 085a77edd06c,
 * deploy/operator/api/v1beta1/dynamocomponentdeployment_types.go at 006b6e1085b6.
 */
export interface GraphComponent {
  /** The operator names objects after it in lower case; no two of a graph may differ by case alone. */
  readonly name: string;
  /** Cannot be changed once set. `worker` computes prompts and answers. */
  readonly type: "frontend" | "worker" | "prefill" | "decode";
  /** Pods; replicas of `nodeCount` pods each where a component spans nodes. */
  readonly replicas: number;
  /** One leader, and a worker on each further node. At least 2. */
  readonly multinode?: { readonly nodeCount: number };
  /** Of the tmpfs that the operator mounts at /dev/shm; 8Gi where none is stated. */
  readonly sharedMemorySize?: string;
  /** The operator lays its own defaults (command, environment, ports, probes) under the container named `main`. */
  readonly podTemplate: inputs.core.v1.PodTemplateSpec;
}

/**
 * Source: ai-dynamo/dynamo docs/kubernetes/dgd-reference.mdx at 085a77edd06c,
 * deploy/operator/api/v1beta1/dynamographdeployment_types.go at 0fddc01b3724. Upstream's definition was not to be had:
 * no API server has seen an object of this kind that it could refuse.
 */
export interface DynamoGraphDeploymentSpec {
  readonly backendFramework: "vllm";
  /** Laid under the labels of everything that is made of the graph, its pods among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of the PodCliqueSet. */
  readonly priorityClassName: string;
  /** Of every component's `main`. */
  readonly env: readonly inputs.core.v1.EnvVar[];
  readonly components: readonly GraphComponent[];
}

export const DynamoGraphDeployment = customResource<DynamoGraphDeploymentSpec>(
  "dynamo-platform",
  "DynamoGraphDeployment",
);

/** The container of a component that the operator fills in. Source: as GraphComponent. */
export const mainContainer = "main";

/**
 * Labels and annotations of Dynamo's operator, and what it names things.
 * Source: ai-dynamo/dynamo deploy/operator/internal/consts/consts.go at 0367e404b084, docs/kubernetes/service-discovery.md
 * at 1081193be923 (the Role), deploy/operator/internal/dynamo/graph.go at 003d1ee5de27 (the Service).
 */
export const graphLabel = "nvidia.com/dynamo-graph-deployment-name";
export const componentNameLabel = "nvidia.com/dynamo-component";
/** The KAI queue of a graph. The operator looks it up for every graph, and takes one named `dynamo` where none is stated. */
export const kaiQueueAnnotation = "nvidia.com/kai-scheduler-queue";
/** `mp` or `ray`: how vLLM's processes on several nodes find each other. */
export const executorAnnotation = "nvidia.com/vllm-distributed-executor-backend";
/** Where frontends answer. */
export const frontendPort = 8000;
export const serviceOf = (graph: string, component: string) => `${graph}-${component.toLowerCase()}`;
/** What pods of a graph that run under an account of their own are bound to, to find each other. */
export const discoveryRoleOf = (graph: string) => `${graph}-k8s-service-discovery-role`;
/** What names a graph's runtime to its pods, which carry it as a label: at most 63 characters. */
export const dynamoNamespaceOf = (namespace: string, graph: string) => `${namespace}-${graph}`;
