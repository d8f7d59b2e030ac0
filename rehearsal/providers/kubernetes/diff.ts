import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { isTrue } from "./objects";
import { equal, isMap, type Json, Unknown } from "./values";

export type Path = readonly (string | number)[];

export interface Change {
  readonly path: Path;
  readonly kind: "add" | "delete" | "update";
  /** The object has to be made anew for this change. */
  readonly replace: boolean;
}

export interface DiffSettings {
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
}

const MATCH_ANYTHING = "*";

const POD_FIELDS = [
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID",
  "hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates",
  "restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace",
  "subdomain terminationGracePeriodSeconds volumes",
]
  .join(" ")
  .split(" ")
  .map((field) => `spec.${field}`);

const CONTAINER_FIELDS = [
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin",
  "stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
]
  .join(" ")
  .split(" ")
  .flatMap((field) => [`spec.containers.*.${field}`, `spec.initContainers.*.${field}`]);

const VOLUME_SOURCES = [
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath",
  "iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume",
]
  .join(" ")
  .split(" ")
  .map((field) => `spec.${field}`);

/** Fields whose change makes the official provider replace the object. "*" stands for every element of a list. */
const FORCES_REPLACEMENT: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "core/PersistentVolume": VOLUME_SOURCES,
  "core/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "core/Pod": [...POD_FIELDS, ...CONTAINER_FIELDS],
  "core/ResourceQuota": ["spec.scopes"],
  "core/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

const IDENTITY = ["metadata.name", "metadata.namespace"];

/** The fields of an object whose change replaces it. */
export function replacementFields(object: Json, settings: DiffSettings): string[] {
  const apiVersion = String(object.apiVersion);
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "core";
  const id = `${group}/${object.kind}`;
  const immutable = object.immutable === true;
  const fields = [...IDENTITY, ...(FORCES_REPLACEMENT[id] ?? [])];
  if (id === "core/Secret") {
    fields.push(...(!settings.enableSecretMutable || immutable ? ["type", "stringData", "data"] : ["type"]));
  }
  if (id === "core/ConfigMap" && (!settings.enableConfigMapMutable || immutable)) fields.push("binaryData", "data");
  return fields;
}

/**
 * Every difference between the inputs of before and those of now, leaf by leaf, in the order of the new inputs.
 * A value that is not known yet counts as changed.
 */
export function compare(before: Json, now: Json, replacing: readonly string[]): Change[] {
  const patterns = replacing.map((field) => field.split("."));
  const changes: Change[] = [];
  const record = (path: Path, kind: Change["kind"], old: Json, next: Json) =>
    changes.push({ path, kind, replace: patterns.some((pattern) => touches(pattern, path, old ?? next)) });
  const walk = (path: Path, old: Json, next: Json) => {
    if (equal(old, next) && !(next instanceof Unknown)) return;
    if (old === undefined) record(path, "add", old, next);
    else if (next === undefined) record(path, "delete", old, next);
    else if (isMap(old) && isMap(next)) {
      for (const key of new Set([...Object.keys(next), ...Object.keys(old)])) walk([...path, key], old[key], next[key]);
    } else if (Array.isArray(old) && Array.isArray(next)) {
      for (let i = 0; i < Math.max(old.length, next.length); i++) walk([...path, i], old[i], next[i]);
    } else record(path, "update", old, next);
  };
  walk([], before, now);
  return changes;
}

/** Whether a change at `path`, of `value`, reaches the field that `pattern` names. */
function touches(pattern: readonly string[], path: Path, value: Json): boolean {
  for (let i = 0; i < Math.min(pattern.length, path.length); i++) {
    if (pattern[i] !== String(path[i]) && !(pattern[i] === MATCH_ANYTHING && typeof path[i] === "number")) return false;
  }
  return path.length >= pattern.length || contains(value, pattern.slice(path.length));
}

function contains(value: Json, [head, ...rest]: readonly string[]): boolean {
  if (head === undefined) return true;
  if (Array.isArray(value)) return head === MATCH_ANYTHING && value.some((part) => contains(part, rest));
  return isMap(value) && head in value && contains(value[head], rest);
}

/** A path in the engine's notation: spec.ports[0]["a.b"]. */
export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/[."[\]]/.test(part)) text += `["${part.replaceAll('"', '\\"')}"]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/** Reads the engine's notation. "*" stands for any key or index. */
export function parsePath(text: string): string[] {
  const parts: string[] = [];
  const token = /\.?([^.[\]"]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]/g;
  for (const match of text.matchAll(token))
    parts.push((match[1] ?? match[2]?.replaceAll('\\"', '"') ?? match[3]) as string);
  return parts;
}

/** Whether a change at `path` lies at or below what `ignored` names. */
export function covers(ignored: readonly string[], path: Path): boolean {
  return ignored.length <= path.length && ignored.every((part, i) => part === "*" || part === String(path[i]));
}

/**
 * The new object has to take the old one's place: its name was chosen by the program and stays, so that both cannot
 * be there at a time.
 */
export function mustDeleteFirst(inputs: Json, live: Json): boolean {
  const metadata = inputs.metadata ?? {};
  return (
    typeof metadata.name === "string" &&
    !isTrue(inputs, "pulumi.com/autonamed") &&
    metadata.name === live.metadata?.name &&
    (metadata.namespace ?? "") === (live.metadata?.namespace ?? "")
  );
}

const KINDS = {
  add: [PropertyDiff.Kind.ADD, PropertyDiff.Kind.ADD_REPLACE],
  delete: [PropertyDiff.Kind.DELETE, PropertyDiff.Kind.DELETE_REPLACE],
  update: [PropertyDiff.Kind.UPDATE, PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

export function toPropertyDiff(change: Change): PropertyDiff {
  const diff = new PropertyDiff();
  diff.setKind(KINDS[change.kind][change.replace ? 1 : 0]);
  diff.setInputdiff(true);
  return diff;
}
