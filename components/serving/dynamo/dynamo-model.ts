import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, mergeOptions } from "@pulumi/pulumi";
import type { GpuPool, Model } from "../../../stacks/environment";
import { podGpus } from "../../accelerators/claims";
import { fitBackend } from "../../gateway/gke";
import { modelLabel, servingLabel } from "../../labels";
import { kaiScheduler, schedulerOf } from "../../scheduling/placement";
import { modelServerPriority, priorityClassLabel } from "../../scheduling/priority";
import { queueLabel } from "../../scheduling/queue";
import { apiServer } from "../../traffic";
import { grantOf } from "../gpus";
import { type PublishedModel, routeModel } from "../model-route";
import { admitGateway, type ServedModelArgs } from "../served-model";
import { longestRequest } from "../served-version";
import { spansNodes, type Workload, workloadsOf } from "../workloads";
import { componentName, frontend, frontendName, worker } from "./graph";
import { checkBackend } from "./limits";
import {
  componentNameLabel,
  DynamoGraphDeployment,
  discoveryRoleOf,
  executorAnnotation,
  frontendPort,
  graphLabel,
  kaiQueueAnnotation,
  serviceOf,
} from "./types";

/** As a ServedModel's; the model's backend is `dynamo`. */
export type DynamoModelArgs = Omit<ServedModelArgs, "caches" | "autoscaling">;

/** Traffic between pods of a graph: requests over TCP and what workers cache over ZMQ, both without a broker. */
const planes = [
  { name: "DYN_REQUEST_PLANE", value: "tcp" },
  { name: "DYN_EVENT_PLANE", value: "zmq" },
] as const;

/** What is served here, and how much of it, is the tenant's own business. */
const silence = [
  { name: "VLLM_NO_USAGE_STATS", value: "1" },
  { name: "HF_HUB_DISABLE_TELEMETRY", value: "1" },
  { name: "RAY_USAGE_STATS_ENABLED", value: "0" },
] as const;

/**
 * One model that Dynamo serves: a graph of a frontend and workers, which its operator hands to Grove, and the route to it.
 *
 * Beyond what `checkBackend` refuses, three things differ from llm-d. Replicas that span nodes are placed together but
 * not by where nodes lie in a network: Dynamo states that in a kind that Grove has renamed since. The files that its
 * frontend reads (tokenizer, chat template) are those of the repository's head; the weights are of the revision. And each
 * pod fetches its weights itself, also where a pool keeps some.
 */
export class DynamoModel extends ComponentResource {
  /** Base address of its OpenAI-compatible API. */
  readonly url: string;
  readonly published: PublishedModel;

  /** @throws what `checkBackend` throws, and when the cluster lacks the model's pool. */
  constructor(args: DynamoModelArgs, opts: ComponentResourceOptions) {
    const { model, pools, namespace, gateway } = args;
    const { name } = model;
    const pool = poolOf(model, pools);
    checkBackend(model, pool);
    super("ai-platform:serving:DynamoModel", name, {}, mergeOptions(opts, { dependsOn: [...args.after] }));
    const child = { parent: this };
    const metadata = { name, namespace };

    const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    // The Role is the operator's, made with the graph.
    const discovery = new rbac.RoleBinding(
      name,
      {
        metadata: { name: `${name}-discovery`, namespace },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: discoveryRoleOf(name) },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      child,
    );
    admitGateway(
      name,
      {
        metadata,
        gateway,
        labels: { [modelLabel]: name },
        ports: [frontendPort],
        among: true,
        // They find each other through the API server, and each fetches its weights by itself.
        egress: [apiServer],
      },
      child,
    );

    const workloads = workloadsOf(model, pools);
    this.makeGraph(args, pool, workloads, account.metadata.name, { parent: this, dependsOn: [discovery] });
    for (const { name: workload, role } of workloads) {
      new policy.PodDisruptionBudget(
        workload,
        {
          metadata: { name: workload, namespace },
          // One at a time, so that nodes can be drained, but not a whole role at once.
          spec: {
            maxUnavailable: 1,
            selector: { matchLabels: { [graphLabel]: name, [componentNameLabel]: componentName(role.name) } },
          },
        },
        child,
      );
    }

    // The operator makes the Service.
    const service = serviceOf(name, frontendName);
    this.published = routeModel(
      { model, namespace, gateway, backends: [{ group: "", kind: "Service", name: service, port: frontendPort }] },
      child,
    );
    this.url = this.published.url;
    if (gateway.implementation === "gke") {
      const where = { namespace, kind: "Service", name: service, port: frontendPort } as const;
      fitBackend(name, { ...where, timeoutSeconds: longestRequest }, child);
    }
    this.registerOutputs({ url: this.url });
  }

  private makeGraph(
    { model, namespace, claims, queue, mirror }: DynamoModelArgs,
    pool: GpuPool,
    workloads: readonly Workload[],
    serviceAccount: Input<string>,
    opts: ComponentResourceOptions & { readonly parent: ComponentResource },
  ): void {
    const { name } = model;
    const scheduler = schedulerOf(pool);
    const labels = {
      [modelLabel]: name,
      // By which they have an identity.
      [servingLabel]: "true",
      ...(scheduler === kaiScheduler ? { [queueLabel]: queue, [priorityClassLabel]: modelServerPriority } : {}),
    };
    const graph = { model, scheduler, serviceAccount, mirror };
    new DynamoGraphDeployment(
      name,
      {
        metadata: {
          name,
          namespace,
          // KAI reads them from the top of what owns a pod, which is this object.
          labels,
          annotations: {
            [kaiQueueAnnotation]: queue,
            // With `mp` the operator puts a container of its own before each worker, without the security context that
            // a tenant's namespace demands.
            ...(model.versions.some(spansNodes) ? { [executorAnnotation]: "ray" } : {}),
            // GPUs may be hours away in a queue. An update that waited for them would fail although nothing is wrong.
            "pulumi.com/skipAwait": "true",
          },
        },
        spec: {
          backendFramework: "vllm",
          labels,
          priorityClassName: modelServerPriority,
          env: [...planes, ...silence],
          components: [
            frontend(graph),
            ...workloads.map((workload) => {
              const { shape } = grantOf(model, workload);
              const gpus = podGpus(
                { name: workload.name, namespace, queue, shape, templates: claims },
                { parent: this },
              );
              return worker({ ...graph, workload, gpus });
            }),
          ],
        },
      },
      opts,
    );
  }
}

function poolOf({ name, pool }: Model, pools: ReadonlyMap<string, GpuPool>): GpuPool {
  const found = pools.get(pool);
  if (found === undefined) {
    throw new Error(`models.${name}.pool: the cluster has no GPU pool ${pool}`);
  }
  return found;
}
