import { frameworks } from "../frameworks";
import { statesChart } from "../installed";
import {
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";
import { at, containersOf, isRendered, kindOf, listOf, podsOf, several } from "./objects";
import { secretIn, secretNames } from "./secret-texts";
import { lenient } from "./upstream";

/** Secrets are encrypted: at rest in the cluster, and in the state of the stack; and nothing else holds any. */
export const secretEncryption: ResourceRule = {
  id: "security-secret-encryption",
  title: "Secrets are encrypted wherever they rest",
  concern: "security",
  severity: "critical",
  frameworks: frameworks["security-secret-encryption"],
  remedy: "put the value into a Secret that somebody else fills, and refer to it",
  applies: (resource) =>
    isCluster(resource) ||
    resource.type === "ai-platform:cluster:ExistingCluster" ||
    statesChart(resource) ||
    isRendered(resource),
  check(resource, context) {
    if (resource.type === "ai-platform:cluster:ExistingCluster") return [existing];
    return lenient(
      [
        ...ofCluster(resource),
        ...(kindOf(resource) === "Secret" ? inState(resource) : inPlain(resource)),
        ...ofVariables(resource),
      ],
      resource,
      context,
    );
  },
};

const isCluster = ({ type }: Resource) => /^aws:eks\/cluster:|^gcp:container\/cluster:/.test(type);

const existing: Observation = {
  kind: "unverified",
  field: ["cluster"],
  message: "was there before, and whether its API server encrypts secrets cannot be seen from here",
  remedy: "make sure that it does: kubernetes.io/docs/tasks/administer-cluster/encrypt-data",
};

function ofCluster({ type, props }: Resource): Observation[] {
  if (type.startsWith("aws:eks/cluster:")) {
    const config = props.encryptionConfig;
    if (config === unknown) return [deferred(["encryptionConfig"])];
    const [first] = several(config);
    const key = at(first, "provider", "keyArn");
    const resources = at(first, "resources");
    const missing = first === undefined ? "is not stated" : undefined;
    if (missing !== undefined)
      return [
        {
          field: ["encryptionConfig"],
          message: `${missing}, so that no key of yours encrypts secrets`,
          remedy: "state a key",
        },
      ];
    return [
      ...(key === unknown ? [deferred(["encryptionConfig", "provider", "keyArn"])] : []),
      ...(key === undefined || key === null || key === ""
        ? [{ field: ["encryptionConfig", "provider", "keyArn"], message: "is not stated", remedy: "state a key" }]
        : []),
      ...(resources === unknown ? [deferred(["encryptionConfig", "resources"])] : []),
      ...(resources === unknown || listOf(resources).includes("secrets")
        ? []
        : [
            {
              field: ["encryptionConfig", "resources"],
              message: "does not hold secrets",
              remedy: "state resources: [secrets]",
            },
          ]),
    ];
  }
  if (type.startsWith("gcp:container/cluster:")) {
    const { databaseEncryption } = props;
    if (databaseEncryption === unknown) return [deferred(["databaseEncryption"])];
    const state = at(databaseEncryption, "state");
    const key = at(databaseEncryption, "keyName");
    return [
      ...(state === unknown ? [deferred(["databaseEncryption", "state"])] : []),
      ...(state === unknown || state === "ENCRYPTED" || state === "ALL_OBJECTS_ENCRYPTION_ENABLED"
        ? []
        : [
            {
              field: ["databaseEncryption", "state"],
              ...(typeof state === "string" ? { value: state } : {}),
              message: "so that no key of yours encrypts secrets; expected ENCRYPTED",
              remedy: "state a key",
            },
          ]),
      ...(key === unknown ? [deferred(["databaseEncryption", "keyName"])] : []),
      ...(key === undefined || key === null || key === ""
        ? [{ field: ["databaseEncryption", "keyName"], message: "is not stated", remedy: "state a key" }]
        : []),
    ];
  }
  return [];
}

/** A secret's values must be secret to the engine too: what is not, lies open in the state. */
function inState({ props, secrets }: Resource): Observation[] {
  const covered = (path: Path) => secrets.some((secret) => secret.every((part, index) => path[index] === part));
  return (["data", "stringData"] as const).flatMap((key) => {
    const values = props[key];
    return Object.keys(isObject(values) ? values : {}).flatMap((name): Observation[] =>
      covered([key, name])
        ? []
        : [
            {
              field: [key, name],
              message: "is not marked as secret, and lies open in the state of the stack",
              remedy: "let it come from a secret of the configuration, or mark it with pulumi.secret",
            },
          ],
    );
  });
}

/** Nothing else holds what is a secret by its form. */
function inPlain(resource: Resource): Observation[] {
  const found: Observation[] = [];
  walk(resource.props, (value, field) => {
    const what = typeof value === "string" ? secretIn(value) : undefined;
    if (what !== undefined) found.push({ field, message: `holds ${what}, which whoever may read it can use` });
    if (value === unknown && kindOf(resource) === "ConfigMap" && (field[0] === "data" || field[0] === "binaryData"))
      found.push(deferred(field));
    const key = field.at(-1);
    if (typeof key === "string" && secretIn(key) !== undefined)
      found.push({ field: field.slice(0, -1), message: "has a key that is a secret" });
  });
  return found;
}

/** Variables that are secrets by their names come from a Secret, and stand in no object. */
function ofVariables(resource: Resource): Observation[] {
  return podsOf(resource).pods.flatMap((pod) =>
    containersOf(pod).flatMap(({ container, field }) =>
      listOf(container.env).flatMap((variable, index): Observation[] => {
        const name = at(variable, "name");
        const value: Value = at(variable, "value");
        if (
          typeof name !== "string" ||
          !secretNames.test(name) ||
          value === undefined ||
          value === null ||
          value === ""
        )
          return [];
        const place = [...field, "env", index, "value"];
        return value === unknown
          ? [deferred(place)]
          : [{ field: place, message: `is the value of ${name}, in an object that is no Secret` }];
      }),
    ),
  );
}
