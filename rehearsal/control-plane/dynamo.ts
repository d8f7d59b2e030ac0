import { ApiError, type ControlPlaneClient, type KubeObject } from "./client";
import { graphObjects, isGroup, podCliqueSetName } from "./graph-objects";
import { Reconciler } from "./reconciler";

/**
 * Stands in for Dynamo's operator, whose program is not to be had: it makes of a DynamoGraphDeployment what that would
 * hand to Grove. Written after ai-dynamo/dynamo deploy/operator/internal/dynamo (graph.go at 003d1ee5de27,
 * component_frontend.go at 132ccbe3dd5f, component_worker.go and component_common.go at 015d780ba9c3),
 * internal/discovery/resource.go at 0428a7404781 and the platform chart's values at 1.3.0.
 *
 * It makes, as upstream does, one PodCliqueSet with a clique for each component, or with a scaling group of a leader's and
 * a workers' clique for one that spans nodes; a Service for each component; the account, Role and RoleBinding of service
 * discovery; and lays names, ports, discovery's environment and shared memory under each component's `main`. It writes
 * readiness into the graph's status.
 *
 * It does not validate or default as upstream's webhooks do; add probes, which nothing would call; rewrite the commands
 * of leaders and workers; inject a scheduler (pods name theirs) or look the queue up; roll components one by one; nor
 * know scaling adapters, checkpoints, planners, pickers, topologies, ingresses, v1alpha1 or the pathways without Grove.
 */
export function startDynamo(client: ControlPlaneClient): { stop(): void } {
  const reconciler = new Reconciler(
    client,
    [graphs, `${grove}/podcliquesets`, `${grove}/podcliques`, `${grove}/podcliquescalinggroups`],
    () => reconcile(client),
  );
  reconciler.start();
  return reconciler;
}

const graphs = "/apis/nvidia.com/v1beta1/dynamographdeployments";
const grove = "/apis/grove.io/v1alpha1";
const fieldManager = "rehearsal-dynamo";

async function reconcile(client: ControlPlaneClient): Promise<void> {
  const found = (await client.list(graphs)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const graph of found) {
    const { namespace } = graph.metadata;
    try {
      for (const [collection, object] of graphObjects(graph)) {
        await client.apply(pathOf(collection, namespace, object.metadata.name), object, { fieldManager });
      }
    } catch (error) {
      await report(client, graph, failed(graph, error as Error));
      throw error;
    }
    const [cliques, groups] = await Promise.all(
      ["podcliques", "podcliquescalinggroups"].map((kind) => client.list(`${grove}/namespaces/${namespace}/${kind}`)),
    );
    await report(client, graph, statusOf(graph, cliques!, groups!));
  }
  // The garbage collector does the same, and everything else that a graph owns, once it has heard of the kinds.
  const present = new Set(found.map(({ metadata }) => metadata.uid));
  for (const set of await client.list(`${grove}/podcliquesets`)) {
    const owner = set.metadata.ownerReferences?.find(({ kind }: KubeObject) => kind === "DynamoGraphDeployment");
    if (owner !== undefined && !present.has(owner.uid)) {
      await client.delete(pathOf(`${grove}/podcliquesets`, set.metadata.namespace, set.metadata.name));
    }
  }
}

const pathOf = (collection: string, namespace: string, name: string) =>
  collection.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1/${name}`);

async function report(client: ControlPlaneClient, graph: KubeObject, status: object): Promise<void> {
  const { name, namespace } = graph.metadata;
  const path = `${pathOf(graphs, namespace, name)}/status`;
  const { apiVersion, kind } = graph;
  try {
    await client.apply(path, { apiVersion, kind, metadata: { name, namespace }, status }, { fieldManager });
  } catch (error) {
    // Gone meanwhile.
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

function conditionOf(graph: KubeObject, status: "True" | "False", reason: string, message: string) {
  const before = graph.status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : new Date().toISOString();
  return { type: "Ready", status, reason, message, lastTransitionTime };
}

const failed = (graph: KubeObject, error: Error) => ({
  observedGeneration: graph.metadata.generation,
  state: "failed",
  conditions: [conditionOf(graph, "False", "some_resources_are_not_ready", error.message)],
});

/** What a graph says of itself, from what Grove says of its cliques and scaling groups. */
export function statusOf(graph: KubeObject, cliques: readonly KubeObject[], groups: readonly KubeObject[]): object {
  const set = podCliqueSetName(graph);
  const components: [string, object, boolean][] = graph.spec.components.map((component: KubeObject) => {
    const name = `${set}-0-${component.name.toLowerCase()}`;
    const [kind, of, ready] = isGroup(component)
      ? (["PodCliqueScalingGroup", groups, "availableReplicas"] as const)
      : (["PodClique", cliques, "readyReplicas"] as const);
    const found = of.find(({ metadata }) => metadata.name === name);
    const { replicas = 0, updatedReplicas = 0 } = found?.status ?? {};
    const up = found?.status?.[ready] ?? 0;
    const wanted = component.replicas ?? 1;
    return [
      component.name,
      { componentKind: kind, componentNames: [name], replicas, updatedReplicas, [ready]: up },
      up === wanted && updatedReplicas === wanted && replicas === wanted,
    ];
  });
  const waiting = components.filter(([, , ready]) => !ready).map(([name]) => name);
  const done = waiting.length === 0;
  return {
    observedGeneration: graph.metadata.generation,
    state: done ? "successful" : "pending",
    conditions: [
      done
        ? conditionOf(graph, "True", "all_resources_are_ready", "All resources are ready")
        : conditionOf(graph, "False", "some_resources_are_not_ready", `not ready: ${waiting.join(", ")}`),
    ],
    components: Object.fromEntries(components.map(([name, status]) => [name, status])),
  };
}
