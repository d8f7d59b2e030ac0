import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Input } from "@pulumi/pulumi";
import { kaiScheduler, type Placement } from "../scheduling/placement";
import { modelServerPriority, priorityClassLabel } from "../scheduling/priority";
import { queueLabel } from "../scheduling/queue";
import { restrictedPod } from "../security";
import { temporary } from "./fetch";
import { kvCacheParts } from "./kv-cache";
import { sharedMemoryGibOf } from "./node-share";
import { layoutOf, type Member } from "./parallelism";
import { behindSidecarPort, routingSidecar } from "./routing-sidecar";
import { home, type ServerArgs, server, serverPort, sharedMemory, terminationGrace } from "./vllm";
import { annotationsOf } from "./weights";

export interface PodArgs extends ServerArgs {
  /** On which nodes, and by whom, pods are placed. */
  readonly placement: Placement;
  readonly serviceAccount: Input<string>;
  /** The tenant's KAI queue. */
  readonly queue: Input<string>;
}

/** User of the server image. Source: llm-d docker/Dockerfile.cuda, 2026-08. */
export const serverUser = 2000;

/** Labels by which KAI knows a workload and its pods. */
export const schedulingLabels = ({ placement, queue }: PodArgs): Readonly<Record<string, Input<string>>> =>
  placement.scheduler === kaiScheduler ? { [queueLabel]: queue, [priorityClassLabel]: modelServerPriority } : {};

/** Annotations that say where the weights of a pod come from. */
export const podAnnotations = ({ weights, adapters }: PodArgs): Readonly<Record<string, string>> =>
  annotationsOf(weights.origin, Object.fromEntries(adapters.map(({ name, weights: { origin } }) => [name, origin])));

/** By what pods of equal replicas keep apart, as far as there is room: first zones, then nodes. */
const domains = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"] as const;

/**
 * What runs on one node of a replica.
 *
 * @param apart labels of pods that it keeps apart from; none where it is the only one, or where its place is given
 */
export function podSpec(
  args: PodArgs,
  member: Member,
  apart?: Readonly<Record<string, string>>,
): inputs.core.v1.PodSpec {
  const { role, model, placement, gpus, channelTemplate, weights, adapters, mirror } = args;
  const answers = member !== "worker" || layoutOf(role.role).everyPodAnswers;
  const sidecar = role.name === "decode" && answers;
  const claims = [
    ...gpus.claims,
    ...(channelTemplate === undefined ? [] : [{ name: "channel", resourceClaimTemplateName: channelTemplate }]),
  ];
  const all = [weights, ...adapters.map((adapter) => adapter.weights)];
  const kvCache = kvCacheParts(model.kvCache, mirror);
  const volumes = all.flatMap((one) => one.volumes);
  const initContainers = [
    ...all.flatMap((one) => one.initContainers ?? []),
    ...kvCache.sidecars,
    ...(sidecar ? [routingSidecar(serverPort, mirror)] : []),
  ];
  return {
    schedulerName: placement.scheduler,
    priorityClassName: modelServerPriority,
    serviceAccountName: args.serviceAccount,
    automountServiceAccountToken: false,
    // Services are found by name; their addresses need not be in every server's environment.
    enableServiceLinks: false,
    securityContext: {
      ...restrictedPod(serverUser),
      // What holds weights or caches has many files, whose owner is not set anew at each start.
      ...(volumes.some((volume) => volume.persistentVolumeClaim) || model.kvCache?.storage?.kind === "shared"
        ? { fsGroupChangePolicy: "OnRootMismatch" }
        : {}),
    },
    ...(Object.keys(placement.nodeSelector).length === 0 ? {} : { nodeSelector: placement.nodeSelector }),
    tolerations: [...placement.tolerations],
    ...(apart === undefined
      ? {}
      : {
          topologySpreadConstraints: domains.map((topologyKey) => ({
            topologyKey,
            maxSkew: 1,
            // A place that is not the best is better than none: GPUs are where they are.
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: apart },
          })),
        }),
    terminationGracePeriodSeconds: terminationGrace,
    ...(claims.length === 0 ? {} : { resourceClaims: claims }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    containers: [server(args, member, sidecar ? behindSidecarPort : serverPort, claims)],
    volumes: [
      {
        name: sharedMemory.name,
        // vLLM keeps its CPU tier there.
        emptyDir: {
          medium: "Memory",
          sizeLimit: `${sharedMemoryGibOf(args) + Math.ceil(model.kvCache?.cpuGib ?? 0)}Gi`,
        },
      },
      ...volumes.filter((one, index) => volumes.findIndex((other) => other.name === one.name) === index),
      ...kvCache.volumes,
      { name: home.name, emptyDir: {} },
      { name: temporary.name, emptyDir: {} },
    ],
  };
}
