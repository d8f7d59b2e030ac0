import type { Scale } from "../../../stacks/scale";
import type { Signal } from "./signals";
import type { PrometheusTrigger, ScaledObjectSpec, ScaleTarget } from "./types";

export interface KedaArgs {
  readonly target: ScaleTarget;
  readonly scale: Pick<Scale, "min" | "max">;
  /** Replicas that run while nobody knows the load, if no more do. */
  readonly replicas: number;
  readonly signals: readonly Pick<Signal, "name" | "query">[];
  /** Address of a server that answers Prometheus' queries. */
  readonly prometheus: string;
  readonly loadSeconds: number;
  readonly cooldownSeconds: number;
  /** Whether it grows only when cheaper hardware is full. */
  readonly overflow: boolean;
}

/** Bounds of autoscaling/v2, in seconds. */
const longestWindow = 3600;
const longestPeriod = 1800;

/**
 * A ScaledObject that follows signals in replicas, with waits that fit how long a replica takes to load. Source: KEDA
 * v2.20.2 pkg/scaling/executor, pkg/fallback.
 */
export function scaledObject(args: KedaArgs): ScaledObjectSpec {
  const { target, scale, cooldownSeconds, loadSeconds } = args;
  const trigger = ({ name, query }: Pick<Signal, "name" | "query">): PrometheusTrigger => ({
    type: "prometheus",
    name,
    metricType: "AverageValue",
    metadata: {
      serverAddress: args.prometheus,
      query,
      // Queries are in replicas.
      threshold: "1",
      // What overflows must be worth a replica's load, beyond the tenth that the autoscaler tolerates anyway.
      activationThreshold: args.overflow ? "0.1" : "0",
      ignoreNullValues: "false",
    },
  });
  return {
    scaleTargetRef: target,
    pollingInterval: scale.min === 0 ? 10 : 30,
    cooldownPeriod: cooldownSeconds,
    // The first replica is not idle while it loads.
    initialCooldownPeriod: loadSeconds + cooldownSeconds,
    minReplicaCount: scale.min,
    maxReplicaCount: scale.max,
    fallback: {
      failureThreshold: 3,
      // Without a load nothing can be said for fewer. What stands at 0 stays there: KEDA raises nothing from it.
      replicas: Math.max(1, args.replicas),
      behavior: "currentReplicasIfHigher",
    },
    advanced: {
      restoreToOriginalReplicaCount: false,
      horizontalPodAutoscalerConfig: {
        name: target.name,
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: "Max",
            // At most as many again, or two, in the time that one takes to load: what was added has to be seen first.
            policies: [
              { type: "Percent", value: 100, periodSeconds: Math.min(longestPeriod, loadSeconds) },
              { type: "Pods", value: 2, periodSeconds: Math.min(longestPeriod, loadSeconds) },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: Math.min(longestWindow, cooldownSeconds),
            // One by one: each leaves requests and cached prompts to the others.
            policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
          },
        },
      },
    },
    triggers: args.signals.map(trigger),
  };
}
