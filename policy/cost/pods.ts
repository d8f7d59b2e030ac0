import { isObject, type Path, type Resource, unknown, type Value } from "../rule";
import {
  at,
  type KubernetesObject,
  listOf,
  nameOf,
  namespaceOf,
  numberOf,
  objectsIn,
  quantityOf,
  textOf,
} from "./values";

/** Pods of Kubernetes objects: how many there may be, what scales them, and how many GPUs each holds. */

/** One kind of pod of a workload, and how many of them a replica has. */
export interface PodGroup {
  readonly template: Value;
  readonly count: Value;
}

/** Pods of one replica, by kind; `replicas` is where the number of these stands. */
export interface PodGroups {
  readonly groups: readonly PodGroup[];
  readonly replicas: Path;
}

export function podGroups({ kind, object }: KubernetesObject): PodGroups | undefined {
  const one = (template: Value, replicas: Path = ["spec", "replicas"]): PodGroups => ({
    groups: [{ template, count: 1 }],
    replicas,
  });
  switch (kind) {
    case "Pod":
      return one(object, []);
    case "Deployment":
    case "ReplicaSet":
    case "ReplicationController":
    case "StatefulSet":
      return one(at(object, "spec", "template"));
    case "Job":
      return one(at(object, "spec", "template"), ["spec", "parallelism"]);
    case "CronJob":
      return one(at(object, "spec", "jobTemplate", "spec", "template"), ["spec", "jobTemplate", "spec", "parallelism"]);
    case "LeaderWorkerSet": {
      const group = at(object, "spec", "leaderWorkerTemplate");
      const size = at(group, "size");
      const workers = size === unknown ? unknown : (numberOf(size) ?? 1) - 1;
      const worker = at(group, "workerTemplate");
      const leader = at(group, "leaderTemplate") ?? worker;
      return {
        groups: [
          { template: leader, count: 1 },
          { template: worker, count: workers },
        ],
        replicas: ["spec", "replicas"],
      };
    }
    case "DynamoGraphDeployment":
      return {
        groups: listOf(at(object, "spec", "components")).map((component) => ({
          template: at(component, "podTemplate"),
          count: times(at(component, "replicas"), at(component, "multinode", "nodeCount")),
        })),
        replicas: [],
      };
    default:
      return undefined;
  }
}

const times = (one: Value, other: Value): Value =>
  one === unknown || other === unknown ? unknown : (numberOf(one) ?? 1) * (numberOf(other) ?? 1);

/** The bound that an autoscaler sets to a workload; undefined where it sets none. */
const scalers: Readonly<Record<string, { readonly target: Path; readonly most: Path }>> = {
  HorizontalPodAutoscaler: { target: ["spec", "scaleTargetRef", "name"], most: ["spec", "maxReplicas"] },
  ScaledObject: { target: ["spec", "scaleTargetRef", "name"], most: ["spec", "maxReplicaCount"] },
};

/** What scales pods, and up to how many. */
export interface PodScaler {
  readonly object: KubernetesObject;
  readonly target: Value;
  readonly most: { readonly field: Path; readonly value: number | typeof unknown | undefined };
}

export const scalersIn = (resource: Resource): readonly PodScaler[] =>
  objectsIn(resource).flatMap((object): PodScaler[] => {
    const paths =
      object.kind === "ScaledJob"
        ? { target: ["metadata", "name"], most: ["spec", "maxReplicaCount"] }
        : scalers[object.kind];
    if (paths === undefined || object.object.spec === undefined) return [];
    const value = at(object.object, ...paths.most);
    const field = [...object.at, ...paths.most];
    return [
      {
        object,
        target: at(object.object, ...paths.target),
        most: { field, value: value === unknown ? unknown : numberOf(value) },
      },
    ];
  });

/** Resources of Kubernetes that stand for whole GPUs. */
const gpuResource = /^(nvidia\.com\/gpu|amd\.com\/gpu|nvidia\.com\/mig-.+)$/;

/** Devices that the claims of a namespace ask for, by kind and name. */
export type Claims = ReadonlyMap<string, number | typeof unknown>;

export function claimsIn(objects: readonly KubernetesObject[], namespace: string): Claims {
  const claims = new Map<string, number | typeof unknown>();
  for (const object of objects) {
    const name = nameOf(object);
    const template = object.kind === "ResourceClaimTemplate";
    if ((!template && object.kind !== "ResourceClaim") || name === undefined) continue;
    if (namespaceOf(object) !== namespace) continue;
    const requests = at(object.object, "spec", ...(template ? ["spec"] : []), "devices", "requests");
    const counts = listOf(requests).map((request) => {
      const exactly = at(request, "exactly") ?? request;
      const count = at(exactly, "count");
      // All devices of a node, however many these are.
      if (at(exactly, "allocationMode") === "All" || exactly === unknown || count === unknown) return unknown;
      return numberOf(count) ?? 1;
    });
    const sum = requests === unknown || counts.includes(unknown) ? unknown : counts.reduce<number>(plus, 0);
    claims.set(`${object.kind} ${name}`, sum);
  }
  return claims;
}

export const plus = (one: number, other: Value): number => one + (typeof other === "number" ? other : 0);

/** GPUs of one pod; `unknown` while anything that says so is. */
export function gpusOfPod(spec: Value, claims: Claims): number | typeof unknown {
  if (spec === unknown) return unknown;
  let sum = 0;
  for (const container of [...listOf(at(spec, "containers")), ...listOf(at(spec, "initContainers"))]) {
    const limits = at(container, "resources", "limits") ?? at(container, "resources", "requests");
    if (limits === unknown) return unknown;
    for (const [resource, amount] of Object.entries(isObject(limits) ? limits : {})) {
      if (!gpuResource.test(resource)) continue;
      if (amount === unknown) return unknown;
      sum += quantityOf(amount) ?? 0;
    }
  }
  const stated = at(spec, "resourceClaims");
  if (stated === unknown) return unknown;
  for (const claim of listOf(stated)) {
    const [template, name] = [textOf(at(claim, "resourceClaimTemplateName")), textOf(at(claim, "resourceClaimName"))];
    const key = template === undefined ? `ResourceClaim ${name}` : `ResourceClaimTemplate ${template}`;
    const count = claims.has(key) ? claims.get(key)! : undefined;
    if (count === unknown) return unknown;
    // A claim that another stack made: one device at least.
    sum += count ?? 1;
  }
  return sum;
}

/** Replicas that an object may come to, by itself or by what scales it. */
export function mostOf(
  object: KubernetesObject,
  path: Path,
  bounds: readonly PodScaler[],
): number | typeof unknown | undefined {
  const own = path.length === 0 ? 1 : at(object.object, ...path);
  const name = nameOf(object);
  const scaled = bounds
    .filter(({ object: scaler, target }) => namespaceOf(scaler) === namespaceOf(object) && target === name)
    .map(({ most }) => most.value);
  if (own === unknown || scaled.includes(unknown)) return unknown;
  if (scaled.includes(undefined)) return undefined;
  return Math.max(numberOf(own) ?? 1, ...(scaled as number[]));
}
