import type { ControlPlaneClient, KubeObject } from "./client";
import { cliquesOf, gangsOf, groupsOf, managedBy, podsOf, servicesOf } from "./grove-objects";
import { Reconciler } from "./reconciler";

/**
 * Stands in for Grove's operator, whose program is not to be had: it makes pods of a PodCliqueSet. Written after
 * ai-dynamo/grove at v0.1.0-alpha.11 (operator/api/common/{labels,namegen}.go, operator/internal/controller).
 *
 * It makes, with upstream's names, labels, owners, environment and host names: PodCliqueScalingGroups, PodCliques, pods,
 * a PodGang for each replica of the set and for each replica of a scaling group beyond minAvailable, and the headless
 * Services. It follows changes of replicas, replaces pods of another template one at a time, takes away what is no
 * longer asked for, and writes counts of replicas into the status of sets, groups and cliques. Pods are placed by the
 * scheduler that they name, and KAI reads the PodGangs.
 *
 * It does not validate or default as upstream's webhooks do, hold pods back with a scheduling gate until their gang is
 * complete (here the gang is there first, and names all of its pods), keep replicas that somebody scaled elsewhere,
 * terminate gangs, order startup or add the container and account for that, share resource claims, translate topologies,
 * make autoscalers, set conditions or use finalizers. Pods are named by their index and not at random.
 */
export function startGrove(client: ControlPlaneClient): { stop(): void } {
  const reconciler = new Reconciler(
    client,
    [
      ...["podcliquesets", "podcliquescalinggroups", "podcliques"].map((kind) => `${grove}/${kind}`),
      `/api/v1/pods?labelSelector=${selector}`,
    ],
    () => reconcile(client),
  );
  reconciler.start();
  return reconciler;
}

const grove = "/apis/grove.io/v1alpha1";
const fieldManager = "rehearsal-grove";
const selector = encodeURIComponent(`${managedBy.key}=${managedBy.value}`);

/** Where objects that are made here are, by their kind; owners before what they own. */
const collections = {
  Service: "/api/v1/services",
  PodGang: "/apis/scheduler.grove.io/v1alpha1/podgangs",
  PodCliqueScalingGroup: `${grove}/podcliquescalinggroups`,
  PodClique: `${grove}/podcliques`,
  Pod: "/api/v1/pods",
} as const;

type Kind = keyof typeof collections;

const pathOf = (collection: string, { metadata: { namespace, name } }: KubeObject) =>
  collection.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1/${name}`);

const nameOf = ({ metadata: { namespace, name } }: KubeObject) => `${namespace}/${name}`;
const isGoing = ({ metadata }: KubeObject) => metadata.deletionTimestamp !== undefined;

async function reconcile(client: ControlPlaneClient): Promise<void> {
  const sets = (await client.list(`${grove}/podcliquesets`)).filter((set) => !isGoing(set));
  const kept = new Map<Kind, Set<string>>();
  const apply = async (kind: Kind, object: KubeObject): Promise<KubeObject> => {
    kept.set(kind, (kept.get(kind) ?? new Set()).add(nameOf(object)));
    return client.apply(pathOf(collections[kind], object), object, { fieldManager });
  };
  const list = (kind: Kind) => client.list(`${collections[kind]}?labelSelector=${selector}`);

  const pods = await list("Pod");
  for (const set of sets) {
    for (const service of servicesOf(set)) await apply("Service", service);
    for (const gang of gangsOf(set)) await apply("PodGang", gang);
    const groups: KubeObject[] = [];
    for (const group of groupsOf(set)) groups.push(await apply("PodCliqueScalingGroup", group));
    const counted: KubeObject[] = [];
    for (const clique of cliquesOf(set, groups)) {
      const made = await apply("PodClique", clique);
      const wanted = podsOf(made, set);
      kept.set("Pod", new Set([...(kept.get("Pod") ?? []), ...wanted.map(nameOf)]));
      counted.push(await fill(client, made, wanted, pods));
    }
    await count(client, set, groups, counted);
  }
  for (const kind of Object.keys(collections) as Kind[]) {
    for (const object of kind === "Pod" ? pods : await list(kind)) {
      const foreign =
        kind === "Service" && object.metadata.labels["app.kubernetes.io/component"] !== "pcs-headless-service";
      if (!foreign && !isGoing(object) && !kept.get(kind)?.has(nameOf(object))) {
        await client.delete(pathOf(collections[kind], object));
      }
    }
  }
}

const hashOf = ({ metadata }: KubeObject): string => metadata.labels["grove.io/pod-template-hash"];

const isReady = ({ status }: KubeObject) =>
  status?.conditions?.some(
    (entry: { type: string; status: string }) => entry.type === "Ready" && entry.status === "True",
  );

/** Makes the pods of a clique that are missing, or takes one of another template away where all are ready. Returns the clique with its counts. */
async function fill(
  client: ControlPlaneClient,
  clique: KubeObject,
  wanted: readonly KubeObject[],
  existing: readonly KubeObject[],
): Promise<KubeObject> {
  const names = new Set(wanted.map(nameOf));
  const there = existing.filter((pod) => names.has(nameOf(pod)));
  const taken = new Set(there.map(nameOf));
  const missing = wanted.filter((pod) => !taken.has(nameOf(pod)));
  let refusal: Error | undefined;
  for (const pod of missing) {
    try {
      await client.apply(pathOf(collections.Pod, pod), pod, { fieldManager });
    } catch (error) {
      refusal = error as Error;
    }
  }
  const ready = there.filter((pod) => !isGoing(pod) && isReady(pod));
  const outdated = there.find((pod) => !isGoing(pod) && hashOf(pod) !== hashOf(clique));
  if (outdated && (ready.length === wanted.length || !isReady(outdated))) {
    await client.delete(pathOf(collections.Pod, outdated));
  }
  const status = {
    observedGeneration: clique.metadata.generation,
    replicas: wanted.length,
    readyReplicas: ready.length,
    scheduledReplicas: there.filter(({ spec }) => spec.nodeName !== undefined).length,
    scheduleGatedReplicas: 0,
    updatedReplicas: there.filter((pod) => hashOf(pod) === hashOf(clique)).length,
    ...(refusal && { lastErrors: [errorOf(clique, refusal)] }),
  };
  await report(client, collections.PodClique, clique, status);
  if (refusal) throw refusal;
  return { ...clique, status };
}

/** A pod that the API server refuses, as whoever looks at the clique is told. The same error keeps its time. */
function errorOf(clique: KubeObject, { message }: Error) {
  const before = clique.status?.lastErrors?.find(({ description }: { description: string }) => description === message);
  return before ?? { code: "ERR_CREATE_POD", description: message, observedAt: new Date().toISOString() };
}

async function report(client: ControlPlaneClient, collection: string, of: KubeObject, status: object): Promise<void> {
  const { apiVersion, kind, metadata } = of;
  const { name, namespace } = metadata;
  const object = { apiVersion, kind, metadata: { name, namespace }, status };
  await client.apply(`${pathOf(collection, of)}/status`, object, { fieldManager });
}

/** Writes how many replicas of scaling groups and of the set are up: those of which enough pods of every clique are. */
async function count(
  client: ControlPlaneClient,
  set: KubeObject,
  groups: readonly KubeObject[],
  cliques: readonly KubeObject[],
): Promise<void> {
  const enough = (field: "readyReplicas" | "scheduledReplicas" | "updatedReplicas") => (clique: KubeObject) =>
    clique.status[field] >= (clique.spec.minAvailable ?? clique.spec.replicas);
  const label = (object: KubeObject, name: string) => object.metadata.labels[`grove.io/${name}`];
  const replicasWith = (of: readonly KubeObject[], index: string, field: Parameters<typeof enough>[0]) => {
    const short = of.filter((clique) => !enough(field)(clique)).map((clique) => label(clique, index));
    return new Set(of.map((clique) => label(clique, index)).filter((replica) => !short.includes(replica))).size;
  };
  for (const group of groups) {
    const members = cliques.filter((clique) => label(clique, "podcliquescalinggroup") === group.metadata.name);
    const replica = "podcliquescalinggroup-replica-index";
    await report(client, collections.PodCliqueScalingGroup, group, {
      observedGeneration: group.metadata.generation,
      replicas: group.spec.replicas,
      availableReplicas: replicasWith(members, replica, "readyReplicas"),
      scheduledReplicas: replicasWith(members, replica, "scheduledReplicas"),
      updatedReplicas: replicasWith(members, replica, "updatedReplicas"),
    });
  }
  await report(client, `${grove}/podcliquesets`, set, {
    observedGeneration: set.metadata.generation,
    replicas: set.spec.replicas,
    availableReplicas: replicasWith(cliques, "podcliqueset-replica-index", "readyReplicas"),
    updatedReplicas: replicasWith(cliques, "podcliqueset-replica-index", "updatedReplicas"),
  });
}
