import { PriorityClass } from "@pulumi/kubernetes/scheduling/v1";
import type { CustomResourceOptions } from "@pulumi/pulumi";

/**
 * The priority classes of what the platform itself runs. They are objects of its own rather than KAI's, so that a pod
 * that names one is admitted whoever installed KAI.
 */
const classes = {
  /**
   * Model servers: the value of KAI's class `inference`. From 100 on KAI does not preempt, and what is not preemptible
   * never exceeds the quota of its queue, even with GPUs idle: so a model is never evicted for another, and never grows
   * on what is borrowed.
   */
  "ai-platform-model-server": {
    value: 125,
    description: "Model servers. Not preempted by KAI, and therefore never beyond the quota of their tenant's queue.",
  },
  /** Without them no request reaches any server, so they come before all servers; below the cluster's own classes. */
  "ai-platform-request-path": {
    value: 1_000_000,
    description: "What every request passes on its way to a model server. Placed by kube-scheduler, outside of queues.",
  },
} as const;

export type PriorityClassName = keyof typeof classes;

export const modelServerPriority: PriorityClassName = "ai-platform-model-server";
export const requestPathPriority: PriorityClassName = "ai-platform-request-path";

/**
 * A label, not the field of the pod: KAI reads it from the workload before anything else.
 * Source: KAI v0.17.0 docs/priority/README.md.
 */
export const priorityClassLabel = "priorityClassName";

/** Makes the classes. A pod that names one that is not there is refused. */
export const priorityClasses = (opts: CustomResourceOptions): readonly PriorityClass[] =>
  Object.entries(classes).map(
    ([name, { value, description }]) =>
      new PriorityClass(name, { metadata: { name }, value, globalDefault: false, description }, opts),
  );
