import type { Admission, AdmittedResources } from "./admission";
import { listAt } from "./cel";

/** What carries pods: Kubernetes' own kinds, and those of the operators that the platform installs. */
export const podResources: readonly AdmittedResources[] = [
  // By the second, debugging adds containers to a pod that runs.
  { group: "", resources: ["pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"] },
  { group: "apps", resources: ["deployments", "statefulsets", "daemonsets", "replicasets"] },
  { group: "batch", resources: ["jobs", "cronjobs"] },
  { group: "leaderworkerset.x-k8s.io", resources: ["leaderworkersets"] },
  { group: "nvidia.com", resources: ["dynamographdeployments", "dynamocomponentdeployments"] },
  { group: "grove.io", resources: ["podcliquesets", "podcliques"] },
  { group: "keda.sh", resources: ["scaledjobs"] },
];

/** Where they carry them. A path that an object lacks gives nothing. */
const paths = [
  "template.?spec",
  "spec.?template.?spec",
  "spec.?jobTemplate.?spec.?template.?spec",
  "spec.?leaderWorkerTemplate.?leaderTemplate.?spec",
  "spec.?leaderWorkerTemplate.?workerTemplate.?spec",
  "spec.?podTemplate.?spec",
  "spec.?podSpec",
  "spec.?jobTargetRef.?template.?spec",
];

const specsIn = (object: string, list: string, path: string) =>
  `${listAt(object, ...list.split("."))}.map(item, [?item.?${path}]).filter(specs, specs.size() > 0).map(specs, specs[0])`;

/** CEL of the specifications of all pods that an object carries, itself included. */
export const podsOf = (object: string): string => {
  const any = `dyn(${object})`;
  return [
    `[${paths.map((path) => `?${any}.?${path}`).join(", ")}]`,
    `(has(${any}.spec) && has(${any}.spec.containers) ? [${any}.spec] : [])`,
    specsIn(any, "spec.components", "podTemplate.?spec"),
    specsIn(any, "spec.template.cliques", "spec.?podSpec"),
  ].join(" + ");
};

/** CEL of a pod's containers of every sort. */
export const containersOf = (pod: string): string =>
  `(${["containers", "initContainers", "ephemeralContainers"].map((list) => listAt(pod, list)).join(" + ")})`;

/** An admission that judges the pods of whatever carries any. */
export const ofPods = (rest: Pick<Admission, "finding" | "because" | "warnsOfReleases">): Admission => ({
  resources: podResources,
  subject: podsOf,
  ...rest,
});

/** CEL of the pods under judgement. */
export const pods = "variables.subject";
