import type { input as inputs } from "@pulumi/kubernetes/types";
import { customResource } from "../custom-resource";

/** Source: Gateway API inference extension v1.6.0, inferencepools.inference.networking.k8s.io. */
interface InferencePoolSpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly targetPorts: readonly { readonly number: number }[];
  readonly endpointPickerRef: {
    readonly name: string;
    readonly port: { readonly number: number };
    readonly failureMode: "FailOpen" | "FailClose";
  };
}

/** Source: llm-d-router v0.10.0, inferenceobjectives.llm-d.ai. */
interface InferenceObjectiveSpec {
  readonly priority: number;
  readonly poolRef: { readonly group: string; readonly kind: "InferencePool"; readonly name: string };
}

/** Source: llm-d-router v0.10.0, inferencemodelrewrites.llm-d.ai. */
interface InferenceModelRewriteSpec {
  readonly poolRef: { readonly group: string; readonly kind: "InferencePool"; readonly name: string };
  readonly rules: readonly {
    readonly matches: readonly { readonly model: { readonly type: "Exact"; readonly value: string } }[];
    readonly targets: readonly { readonly modelRewrite: string; readonly weight?: number }[];
  }[];
}

/** Source: LeaderWorkerSet v0.10.0, leaderworkersets.leaderworkerset.x-k8s.io. */
interface LeaderWorkerSetSpec {
  readonly replicas: number;
  readonly startupPolicy: "LeaderCreated" | "LeaderReady";
  readonly rolloutStrategy: {
    readonly type: "RollingUpdate";
    readonly rollingUpdateConfiguration: {
      readonly partition: number;
      readonly maxSurge: number;
      readonly maxUnavailable: number;
    };
  };
  readonly leaderWorkerTemplate: {
    readonly size: number;
    readonly restartPolicy: "RecreateGroupOnPodRestart" | "RecreateGroupAfterStart" | "None";
    readonly leaderTemplate: inputs.core.v1.PodTemplateSpec;
    readonly workerTemplate: inputs.core.v1.PodTemplateSpec;
  };
}

export const InferencePool = customResource<InferencePoolSpec>("inference-extension", "InferencePool");
export const InferenceObjective = customResource<InferenceObjectiveSpec>("llm-d-router-crds", "InferenceObjective");
export const InferenceModelRewrite = customResource<InferenceModelRewriteSpec>(
  "llm-d-router-crds",
  "InferenceModelRewrite",
);
export const LeaderWorkerSet = customResource<LeaderWorkerSetSpec>("lws", "LeaderWorkerSet");
