import type { input as inputs } from "@pulumi/kubernetes/types";
import { customResource } from "../../custom-resource";

/** The object whose `scale` subresource sets the number of replicas: a Deployment or a LeaderWorkerSet. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: "Deployment" | "LeaderWorkerSet";
  readonly name: string;
}

/** A query of Prometheus. Source: KEDA v2.20.2 pkg/scalers/prometheus_scaler.go. Every value is text. */
export interface PrometheusTrigger {
  readonly type: "prometheus";
  /** Unique in its ScaledObject, so that events and metrics say which signal it was. */
  readonly name: string;
  /** `AverageValue`: the query's value is divided by `threshold`, and that many replicas are wanted, rounded up. */
  readonly metricType: "AverageValue";
  readonly metadata: {
    readonly serverAddress: string;
    readonly query: string;
    readonly threshold: string;
    /** The least above which a workload without replicas gets its first. */
    readonly activationThreshold: string;
    /** `"false"`: an empty answer is a failure, and not a load of nothing. */
    readonly ignoreNullValues: "true" | "false";
  };
  /** Credentials for the server, where it wants any. */
  readonly authenticationRef?: {
    readonly name: string;
    readonly kind: "TriggerAuthentication" | "ClusterTriggerAuthentication";
  };
}

/** Source: KEDA v2.20.2, scaledobjects.keda.sh. Times in seconds. */
export interface ScaledObjectSpec {
  readonly scaleTargetRef: ScaleTarget;
  readonly pollingInterval: number;
  /** Only before the last replica goes: between others the autoscaler's behaviour counts. */
  readonly cooldownPeriod: number;
  readonly initialCooldownPeriod: number;
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  readonly fallback: {
    readonly failureThreshold: number;
    readonly replicas: number;
    readonly behavior: "static" | "currentReplicas" | "currentReplicasIfHigher" | "currentReplicasIfLower";
  };
  readonly advanced: {
    readonly restoreToOriginalReplicaCount: boolean;
    readonly horizontalPodAutoscalerConfig: {
      readonly name: string;
      readonly behavior: inputs.autoscaling.v2.HorizontalPodAutoscalerBehavior;
    };
  };
  readonly triggers: readonly PrometheusTrigger[];
}

/** Source: workload-variant-autoscaler v0.5.1, variantautoscalings.llmd.ai. */
interface VariantAutoscalingSpec {
  readonly scaleTargetRef: ScaleTarget;
  /** The value of `model_name` in the servers' metrics. */
  readonly modelID: string;
  /** Of one replica, a decimal number. Of variants that would do, the cheaper one grows. */
  readonly variantCost: string;
}

/** Source: prometheus-operator v0.93.1, podmonitors.monitoring.coreos.com. */
interface PodMonitorSpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podMetricsEndpoints: readonly {
    /** Name of a container's port. */
    readonly port: string;
    readonly path: string;
    readonly interval: string;
  }[];
}

export const ScaledObject = customResource<ScaledObjectSpec>("keda", "ScaledObject");
export const VariantAutoscaling = customResource<VariantAutoscalingSpec>(
  "workload-variant-autoscaler",
  "VariantAutoscaling",
);
export const PodMonitor = customResource<PodMonitorSpec>("prometheus-operator-crds", "PodMonitor");
