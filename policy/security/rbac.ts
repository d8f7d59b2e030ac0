import { deferred, isObject, type Observation, type Path, type Resource, unknown, type Value } from "../rule";
import { at, groupOf, kindOf, listOf, objectName } from "./objects";

/** Rights in Kubernetes that are wider than anything the platform needs. */

const group = "rbac.authorization.k8s.io";

export const isRole = (resource: Resource) => groupOf(resource) === group && /^(Cluster)?Role$/.test(kindOf(resource));
export const isBinding = (resource: Resource) =>
  groupOf(resource) === group && /^(Cluster)?RoleBinding$/.test(kindOf(resource));

/** Verbs that let a subject give itself more than it has. Source: kubernetes.io/docs/concepts/security/rbac-good-practices. */
export const raising = ["escalate", "bind", "impersonate"];

/** Subjects that are everybody, or who may do everything. */
export const everybody: Readonly<Record<string, string>> = {
  "system:masters": "who may do everything, whatever roles say",
  "system:anonymous": "which is whoever states no name",
  "system:unauthenticated": "which is whoever states no name",
  "system:authenticated": "which is everybody who has a name",
  "system:serviceaccounts": "which is every workload of the cluster",
};

/** A list's objects, or the object itself, with where they stand. */
const objectsOf = ({ type, props }: Resource): readonly (readonly [Value, Path])[] =>
  /List$/.test(type) && Array.isArray(props.items)
    ? listOf(props.items).map((item, index) => [item, ["items", index]] as const)
    : [[props, []]];

export const ofRole = (resource: Resource): Observation[] =>
  objectsOf(resource).flatMap(([object, prefix]) => {
    const rules = at(object, "rules");
    if (rules === unknown) return [deferred([...prefix, "rules"])];
    const aggregated = at(object, "aggregationRule");
    const labels = at(object, "metadata", "labels");
    return [
      ...listOf(rules).flatMap((rule, index) => ofRule(rule, [...prefix, "rules", index])),
      ...(aggregated === undefined || aggregated === null
        ? []
        : [
            {
              field: [...prefix, "aggregationRule"],
              message: "takes in the rules of whatever roles bear its labels, of which nobody who reads it knows",
            },
          ]),
      ...Object.entries(isObject(labels) ? labels : {}).flatMap(([label, value]) =>
        label.startsWith(`${group}/aggregate-to-`) && value !== "false"
          ? [{ field: [...prefix, "metadata", "labels", label], message: "adds its rules to a role of everybody's" }]
          : [],
      ),
    ];
  });

function ofRule(rule: Value, field: Path): Observation[] {
  if (rule === unknown) return [deferred(field)];
  return (["verbs", "resources", "apiGroups", "nonResourceURLs"] as const).flatMap((key) => {
    const stated = at(rule, key);
    if (stated === unknown) return [deferred([...field, key])];
    return listOf(stated).flatMap((item, index): Observation[] => {
      const place = [...field, key, index];
      if (item === unknown) return [deferred(place)];
      if (typeof item !== "string") return [];
      const word = item.trim().toLowerCase();
      if (word.includes("*")) return [{ field: place, value: item, message: "which is more than anybody can list" }];
      return key === "verbs" && raising.includes(word)
        ? [{ field: place, value: item, message: "by which it can give itself any other right" }]
        : [];
    });
  });
}

export const ofBinding = (resource: Resource): Observation[] =>
  objectsOf(resource).flatMap(([object, prefix]) => {
    const role = at(object, "roleRef", "name");
    const subjects = at(object, "subjects");
    return [
      ...(role === unknown ? [deferred([...prefix, "roleRef", "name"])] : []),
      ...(role === "cluster-admin"
        ? [{ field: [...prefix, "roleRef", "name"], value: role, message: "which may do everything" }]
        : []),
      ...(subjects === unknown ? [deferred([...prefix, "subjects"])] : []),
      ...listOf(subjects).flatMap((subject, index): Observation[] => {
        const name = at(subject, "name");
        const field = [...prefix, "subjects", index, "name"];
        if (name === unknown) return [deferred(field)];
        const who = typeof name === "string" ? everybody[name.trim().toLowerCase()] : undefined;
        return who === undefined || at(subject, "kind") === "ServiceAccount"
          ? []
          : [{ field, value: String(name), message: who }];
      }),
    ];
  });

/** The map by which EKS once knew who an AWS role is in Kubernetes. */
export const isAwsAuth = (resource: Resource) =>
  kindOf(resource) === "ConfigMap" && objectName(resource) === "aws-auth";

export const ofAwsAuth = ({ props }: Resource): Observation[] =>
  Object.entries(isObject(props.data) ? props.data : {}).flatMap(([key, value]): Observation[] => {
    if (value === unknown) return [deferred(["data", key])];
    return typeof value === "string" && value.includes("system:masters")
      ? [{ field: ["data", key], message: "holds system:masters, who may do everything, whatever roles say" }]
      : [];
  });
