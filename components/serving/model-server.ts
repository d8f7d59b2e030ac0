import * as apps from "@pulumi/kubernetes/apps/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import { mostReplicas, type RoleName } from "../../stacks/environment";
import { roleLabel, servingLabel } from "../labels";
import { podGroupAnnotation, skipPodGrouperAnnotation, subGroupLabel } from "../scheduling/pod-group";
import { layoutOf } from "./parallelism";
import { type PodArgs, podAnnotations, podSpec, schedulingLabels } from "./pod";
import { LeaderWorkerSet } from "./types";

export { serverPort } from "./vllm";

export interface ModelServersArgs extends PodArgs {
  /** Annotations that keep the pods of a replica together. Used where a replica spans nodes. */
  readonly topology: Readonly<Record<string, string>>;
  readonly namespace: Input<string>;
  /** The explicit PodGroup that its pods join; without one KAI groups them by itself. */
  readonly podGroup?: Input<string>;
  /** Labels by which the pods that answer requests are selected; that of the role is added. */
  readonly identity: Readonly<Record<string, string>>;
  /** Further labels of the pods. They may change: a Deployment whose selector had them would be made anew. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What an autoscaler names to scale a role. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: "Deployment" | "LeaderWorkerSet";
  readonly name: Output<string>;
}

/**
 * What llm-d calls the roles. Source: llm-d-router v0.10.0 pkg/epp/framework/plugins/scheduling/filter/bylabel/roles.go,
 * which calls its older name of the last one, `both`, deprecated.
 */
const roleLabels: Readonly<Record<RoleName, string>> = {
  prefill: "prefill",
  decode: "decode",
  both: "prefill-decode",
};

const sets = releases.lws.crds.find(({ kind }) => kind === "LeaderWorkerSet")!;
const leaderWorkerSetVersion = `${sets.group}/${sets.storage}`;

/** The servers of one role of one version of a model: a Deployment, or a LeaderWorkerSet where one replica spans nodes. */
export class ModelServers extends ComponentResource {
  readonly target: ScaleTarget;

  constructor(name: string, args: ModelServersArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:ModelServers", name, {}, opts);
    const { role, namespace, podGroup } = args;
    const identity = { ...args.identity, [roleLabel]: roleLabels[role.name] };
    const several = mostReplicas(role.role) > 1;
    const metadata = {
      name,
      namespace,
      labels: { ...identity, ...args.labels, ...schedulingLabels(args) },
      annotations: {
        ...(role.role.nodes === 1 ? {} : args.topology),
        // GPUs may be hours away in a queue. An update that waited for them would fail although nothing is wrong; what
        // waits, and why, is for whoever looks at the queue.
        "pulumi.com/skipAwait": "true",
        ...(podGroup === undefined ? {} : { [skipPodGrouperAnnotation]: "true" }),
      },
    };
    const child = {
      parent: this,
      // An autoscaler has changed it since, and an update that changed it back would stop servers that are needed.
      ...(role.role.scale === undefined ? {} : { ignoreChanges: ["spec.replicas"] }),
    };
    this.target =
      role.role.nodes === 1
        ? { apiVersion: "apps/v1", kind: "Deployment", name: deployment(name, args, metadata, identity, child) }
        : {
            apiVersion: leaderWorkerSetVersion,
            kind: "LeaderWorkerSet",
            name: leaderWorkerSet(name, args, metadata, child),
          };
    if (several) {
      new policy.PodDisruptionBudget(
        name,
        {
          metadata: { name, namespace },
          // One at a time, so that nodes can be drained, but not a whole role at once.
          spec: { maxUnavailable: 1, selector: { matchLabels: identity } },
        },
        { parent: this },
      );
    }
    this.registerOutputs({ target: this.target.name });
  }
}

interface Metadata {
  readonly name: string;
  readonly namespace: Input<string>;
  readonly labels: Readonly<Record<string, Input<string>>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface ChildOptions {
  readonly parent: ComponentResource;
  readonly ignoreChanges?: string[];
}

function deployment(
  name: string,
  args: ModelServersArgs,
  metadata: Metadata,
  identity: Readonly<Record<string, string>>,
  opts: ChildOptions,
): Output<string> {
  const { role, podGroup } = args;
  const made = new apps.Deployment(
    name,
    {
      metadata,
      spec: {
        replicas: role.role.replicas,
        // No surge: a further replica would wait for GPUs that only the one it replaces can free.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        selector: { matchLabels: identity },
        template: {
          metadata: {
            labels: { ...metadata.labels, ...(podGroup === undefined ? {} : { [subGroupLabel]: role.name }) },
            annotations: {
              ...podAnnotations(args),
              ...(podGroup === undefined ? {} : { [podGroupAnnotation]: podGroup }),
            },
          },
          spec: podSpec(args, "single", mostReplicas(role.role) > 1 ? identity : undefined),
        },
      },
    },
    opts,
  );
  return made.metadata.name;
}

function leaderWorkerSet(name: string, args: ModelServersArgs, metadata: Metadata, opts: ChildOptions): Output<string> {
  const { role } = args;
  const { [servingLabel]: _serving, [roleLabel]: _role, ...unserving } = metadata.labels;
  const annotations = podAnnotations(args);
  const made = new LeaderWorkerSet(
    name,
    {
      metadata,
      spec: {
        replicas: role.role.replicas,
        // KAI places leader and workers as one gang only when they are there together.
        startupPolicy: "LeaderCreated",
        rolloutStrategy: {
          type: "RollingUpdate",
          rollingUpdateConfiguration: { partition: 0, maxSurge: 0, maxUnavailable: 1 },
        },
        leaderWorkerTemplate: {
          size: role.role.nodes,
          // A replica that lost one node has lost its model.
          restartPolicy: "RecreateGroupOnPodRestart",
          leaderTemplate: { metadata: { labels: metadata.labels, annotations }, spec: podSpec(args, "leader") },
          workerTemplate: {
            metadata: {
              // Those that answer no requests are not found by who has some.
              labels: layoutOf(role.role).everyPodAnswers ? metadata.labels : unserving,
              annotations,
            },
            spec: podSpec(args, "worker"),
          },
        },
      },
    },
    opts,
  );
  return made.metadata.name;
}
