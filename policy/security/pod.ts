import { podAdmission } from "../admission/pod";
import { frameworks } from "../frameworks";
import {
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
} from "../rule";
import { declaredNamespaces, levelOf, levels } from "./declared-namespaces";
import { at, groupOf, isRendered, isTrue, kindOf, objectName, podsOf, walkTexts } from "./objects";
import { breachesAt } from "./pod-standard";
import { lenient } from "./upstream";

/**
 * Every pod meets the level "restricted" of the Pod Security Standards, in whatever object it stands, and every namespace
 * has that level enforced. The namespaces that need more are named, with the reason, in declared-namespaces.ts.
 *
 * Where an object holds only parts of a pod, as what is laid over a controller's own template, those parts are judged.
 */
export const pod: ResourceRule = {
  id: "security-pod",
  title: "Pods are restricted",
  concern: "security",
  severity: "critical",
  frameworks: frameworks["security-pod"],
  remedy: "state what Pod Security restricted asks for, as components/security.ts does",
  applies: (resource) =>
    hidesObjects(resource) !== undefined ||
    isNamespace(resource) ||
    (isRendered(resource) &&
      (podsOf(resource).pods.length > 0 || podsOf(resource).hidden.length > 0 || parts(resource).length > 0)),
  check(resource, context) {
    const hides = hidesObjects(resource);
    if (hides !== undefined) return [hides];
    if (isNamespace(resource)) return lenient(ofNamespace(resource), resource, context);
    const level = levelOf(resource, context);
    const { pods, hidden } = podsOf(resource);
    const inPods = pods.flatMap((one) => breachesAt(one, level));
    return lenient(
      [
        ...(level === "privileged" ? [] : hidden.map(deferred)),
        // What gives access to the node stays refused, whoever wrote it, outside namespaces that are there for it.
        ...inPods.map(({ level: least, ...breach }) => ({ ...breach, severe: least === "baseline" })),
        ...(level === "privileged" ? [] : parts(resource)),
      ],
      resource,
      context,
    );
  },
  admission: podAdmission,
};

const isNamespace = (resource: Resource) => kindOf(resource) === "Namespace" && groupOf(resource) === "";

/** Resources that make objects in the cluster which no rule is shown. */
function hidesObjects({ type }: Resource): Observation | undefined {
  return /^kubernetes:helm\.sh\/v3:Release$|^(command|kubernetes-cert-manager|kubernetes-ingress-nginx|kubernetes-coredns):/.test(
    type,
  )
    ? {
        field: [],
        value: type,
        message: "which makes objects that no rule is shown",
        remedy:
          "install it with kubernetes:helm.sh/v4:Chart or kubernetes:yaml/v2, whose objects are resources themselves",
      }
    : undefined;
}

const enforce = "pod-security.kubernetes.io/enforce";

function ofNamespace(resource: Resource): Observation[] {
  const name = objectName(resource);
  const labels = at(resource.props, "metadata", "labels");
  const field: Path = ["metadata", "labels", enforce];
  const level = at(labels, enforce);
  const version = at(labels, `${enforce}-version`);
  if (level === unknown) return [deferred(field)];
  const least = declaredNamespaces[name]?.level ?? "restricted";
  const patch = resource.type.endsWith("Patch") && level === undefined;
  const rank = levels.indexOf(level as (typeof levels)[number]);
  return [
    ...(patch || rank >= levels.indexOf(least)
      ? []
      : [
          {
            field,
            ...(typeof level === "string" ? { value: level } : {}),
            message:
              rank === -1
                ? `${level === undefined ? "is not stated, so that" : "which is no level, so that"} nothing keeps pods from the node; expected ${least}`
                : `and this namespace is one of level ${least}`,
            remedy:
              "make the namespace with components/namespace.ts, or add it to policy/security/declared-namespaces.ts with the reason",
          },
        ]),
    ...(version === undefined || version === null || version === "latest"
      ? []
      : [
          version === unknown
            ? deferred([...field.slice(0, -1), `${enforce}-version`])
            : {
                field: [...field.slice(0, -1), `${enforce}-version`],
                value: String(version),
                message: "which holds pods to an older standard than the cluster's own",
                remedy: "leave it out",
              },
        ]),
  ];
}

/** Fields that open a pod to its node, in objects that hold parts of a pod, or the text of one. */
const opening: Readonly<Record<string, (value: Value) => boolean>> = {
  hostNetwork: isTrue,
  hostPID: isTrue,
  hostIPC: isTrue,
  privileged: isTrue,
  allowPrivilegeEscalation: isTrue,
  hostProcess: isTrue,
  hostPort: (value) => Number(value) > 0,
  runAsNonRoot: (value) => value === false,
  runAsUser: (value) => value === 0,
  procMount: (value) => value === "Unmasked",
};

/** The same in YAML, which such a text may be as well. */
const openingText = /^[\s-]*"?(hostNetwork|hostPID|hostIPC|privileged|allowPrivilegeEscalation)"?\s*:\s*"?true\b/im;

function parts(resource: Resource): (Observation & { readonly severe: boolean })[] {
  const { pods } = podsOf(resource);
  const within = (field: Path) => pods.some((one) => one.field.every((part, index) => field[index] === part));
  const found: (Observation & { readonly severe: boolean })[] = [];
  walkTexts(resource.props, (value, field) => {
    const key = field.at(-1);
    if (within(field) || typeof key !== "string" || field[0] === "status") return;
    const severe = !["runAsNonRoot", "runAsUser", "allowPrivilegeEscalation"].includes(key);
    const message = "in what becomes part of a pod, and opens it to the node";
    if (opening[key]?.(value)) {
      found.push({ field, value: String(value), message, severe });
    } else if (
      key === "hostPath" &&
      isObject(value) &&
      value.path !== undefined &&
      kindOf(resource) !== "PersistentVolume"
    ) {
      found.push({ field, message: "is a folder of the node, in what becomes part of a pod", severe: true });
    } else if (key === "hostPath" && kindOf(resource) === "PersistentVolume") {
      found.push({ field, message: "is a folder of the node, which a claim would bring into a pod", severe: true });
    } else if (typeof value === "string" && value.includes("\n") && openingText.test(value)) {
      found.push({ field, message: `holds ${openingText.exec(value)![0].trim()}, ${message}`, severe: false });
    }
  });
  return found;
}
