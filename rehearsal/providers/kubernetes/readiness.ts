import { annotation } from "./objects";
import type { Json } from "./values";

/** How far an object has come. */
export interface Readiness {
  readonly ready: boolean;
  /** It will not become ready by waiting: why. */
  readonly failed?: string;
  /** What is missing, for the status line and for the error when time is up. */
  readonly waiting?: string;
}

const READY: Readiness = { ready: true };

function waiting(text: string): Readiness {
  return { ready: false, waiting: text };
}

type Rule = (object: Json) => Readiness;

/**
 * What the official provider waits for, kind by kind, as far as the object itself tells it. Services and volume claims
 * also depend on other objects and are dealt with where those can be read.
 */
const RULES: Readonly<Record<string, Rule>> = {
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
  "apps/v1/DaemonSet": daemonSet,
  "batch/v1/Job": job,
  "v1/Pod": pod,
  "v1/PersistentVolume": (o) => phase(o, "Available", "Bound"),
  "v1/Namespace": (o) => phase(o, "Active"),
  "v1/ResourceQuota": resourceQuota,
  "v1/ReplicationController": replicationController,
  "v1/Secret": serviceAccountToken,
  "networking.k8s.io/v1/Ingress": loadBalanced,
  "apiextensions.k8s.io/v1/CustomResourceDefinition": definition,
};

export function ruleFor(apiVersion: string, kind: string): Rule | undefined {
  return RULES[`${apiVersion}/${kind}`];
}

/** Kinds whose readiness the official provider also checks when it reads them, as on refresh. */
const CHECKED_ON_READ = new Set([
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "apps/v1/DaemonSet",
  "batch/v1/Job",
  "v1/Pod",
  "networking.k8s.io/v1/Ingress",
]);

export function checkedOnRead(object: Json): boolean {
  return CHECKED_ON_READ.has(`${object.apiVersion}/${object.kind}`);
}

export function condition(object: Json, type: string): Json | undefined {
  const conditions = object.status?.conditions;
  return Array.isArray(conditions) ? conditions.find((c) => c.type === type) : undefined;
}

function seen(object: Json): boolean {
  return (object.status?.observedGeneration ?? 0) >= (object.metadata?.generation ?? 0);
}

function deployment(object: Json): Readiness {
  if (!seen(object)) return waiting("the deployment controller has not seen it yet");
  const wanted = object.spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = object.status ?? {};
  const stuck = condition(object, "Progressing");
  const remark = stuck?.status === "False" ? ` (${stuck.message})` : "";
  if (updatedReplicas < wanted) return waiting(`${updatedReplicas} of ${wanted} replicas are up to date${remark}`);
  if (availableReplicas < wanted) return waiting(`${availableReplicas} of ${wanted} replicas are available${remark}`);
  if (replicas > updatedReplicas && object.spec?.paused !== true) {
    return waiting(`${replicas - updatedReplicas} old replicas are still there`);
  }
  return READY;
}

function statefulSet(object: Json): Readiness {
  if (!seen(object)) return waiting("the stateful set controller has not seen it yet");
  const wanted = object.spec?.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = object.status ?? {};
  if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} replicas are ready`);
  if (object.spec?.updateStrategy?.type === "OnDelete") return READY;
  const partition = object.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    const expected = Math.max(0, wanted - partition);
    return updatedReplicas >= expected ? READY : waiting(`${updatedReplicas} of ${expected} replicas are updated`);
  }
  return currentRevision === updateRevision ? READY : waiting(`${updatedReplicas} of ${wanted} replicas are updated`);
}

function daemonSet(object: Json): Readiness {
  if (!seen(object)) return waiting("the daemon set controller has not seen it yet");
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = object.status ?? {};
  if (object.spec?.updateStrategy?.type !== "OnDelete" && updatedNumberScheduled < wanted) {
    return waiting(`${updatedNumberScheduled} of ${wanted} pods are up to date`);
  }
  return numberAvailable >= wanted ? READY : waiting(`${numberAvailable} of ${wanted} pods are available`);
}

function job(object: Json): Readiness {
  const failed = condition(object, "Failed");
  if (failed?.status === "True") return { ready: false, failed: `the job failed: ${failed.reason}: ${failed.message}` };
  if (condition(object, "Complete")?.status === "True") return READY;
  if (object.spec?.suspend === true) return waiting("the job is suspended");
  return waiting(`${object.status?.succeeded ?? 0} of ${object.spec?.completions ?? 1} pods have succeeded`);
}

function pod(object: Json): Readiness {
  const { phase: current, message } = object.status ?? {};
  if (current === "Succeeded") return READY;
  if (current === "Failed") return { ready: false, failed: `the pod failed${message ? `: ${message}` : ""}` };
  if (condition(object, "Ready")?.status === "True") return READY;
  return waiting(podProblems(object)[0] ?? `the pod is ${current ?? "not seen by the scheduler yet"}`);
}

/** Why a pod is not ready: its scheduling, its containers. Empty when it is. */
export function podProblems(object: Json): string[] {
  const problems: string[] = [];
  for (const type of ["PodScheduled", "Initialized", "ContainersReady", "Ready"]) {
    const found = condition(object, type);
    if (found?.status === "False" && found.message) problems.push(`${found.reason ?? type}: ${found.message}`);
  }
  for (const status of [...(object.status?.initContainerStatuses ?? []), ...(object.status?.containerStatuses ?? [])]) {
    const { waiting: wait, terminated } = status.state ?? {};
    if (wait?.reason && wait.reason !== "ContainerCreating" && wait.reason !== "PodInitializing") {
      problems.push(`container ${status.name}: ${wait.reason}${wait.message ? `: ${wait.message}` : ""}`);
    }
    if (terminated && terminated.exitCode !== 0) {
      problems.push(`container ${status.name}: ${terminated.reason ?? "terminated"}, exit code ${terminated.exitCode}`);
    }
  }
  return [...new Set(problems)];
}

function phase(object: Json, ...wanted: string[]): Readiness {
  const current = object.status?.phase;
  return wanted.includes(current) ? READY : waiting(`its phase is ${current ?? "not set"}, not ${wanted.join(" or ")}`);
}

function resourceQuota(object: Json): Readiness {
  const wanted = Object.keys(object.spec?.hard ?? {})
    .sort()
    .join();
  const observed = Object.keys(object.status?.hard ?? {})
    .sort()
    .join();
  return wanted === observed ? READY : waiting("the quota controller has not taken it up yet");
}

function replicationController(object: Json): Readiness {
  const wanted = object.spec?.replicas ?? 1;
  const available = object.status?.availableReplicas ?? 0;
  return available >= wanted ? READY : waiting(`${available} of ${wanted} replicas are available`);
}

function serviceAccountToken(object: Json): Readiness {
  if (object.type !== "kubernetes.io/service-account-token") return READY;
  return Object.keys(object.data ?? {}).length > 0 ? READY : waiting("the token has not been issued yet");
}

/** Load balancers of services and ingresses. */
export function loadBalanced(object: Json): Readiness {
  const ingress = object.status?.loadBalancer?.ingress;
  if (Array.isArray(ingress) && ingress.length > 0) return READY;
  return waiting("no load balancer address was allocated; does this cluster provide load balancers?");
}

function definition(object: Json): Readiness {
  const refused = condition(object, "NamesAccepted");
  if (refused?.status === "False") return { ready: false, failed: `its names are not accepted: ${refused.message}` };
  return condition(object, "Established")?.status === "True" ? READY : waiting("it is not established yet");
}

/**
 * The conditions of the annotation pulumi.com/waitFor: one expression, or a JSON list of them, all to hold.
 * `condition=<type>[=<status>]` and `jsonpath={.a.b}[=<value>]` are understood. Throws on anything else.
 */
export function waitForRule(object: Json): Rule | undefined {
  const text = annotation(object, "pulumi.com/waitFor");
  if (!text) return undefined;
  const rules = expressions(text).map(parseExpression);
  return (live) => rules.map((rule) => rule(live)).find((result) => !result.ready) ?? READY;
}

function expressions(text: string): string[] {
  try {
    const list = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // A single expression is not JSON.
  }
  return [text];
}

function parseExpression(text: string): Rule {
  const [, type, status] = /^condition=([^=]+)(?:=(.+))?$/.exec(text) ?? [];
  if (type) {
    const wanted = (status ?? "True").toLowerCase();
    return (object) =>
      String(condition(object, type)?.status).toLowerCase() === wanted
        ? READY
        : waiting(`its condition ${type} is not ${status ?? "True"}`);
  }
  const [, path, value] = /^jsonpath=\{?\.?([A-Za-z0-9_.[\]-]+)\}?(?:=(.+))?$/.exec(text) ?? [];
  if (path) {
    return (object) => {
      const found = path
        .split(/[.[\]]+/)
        .filter(Boolean)
        .reduce((at: Json, key) => at?.[key], object);
      const holds = value === undefined ? found !== undefined : String(found) === value;
      return holds ? READY : waiting(`${path} is ${JSON.stringify(found)}${value ? `, not ${value}` : ""}`);
    };
  }
  throw new Error(
    `annotation pulumi.com/waitFor: ${JSON.stringify(text)} is not understood; ` +
      'expected "condition=<type>[=<status>]" or "jsonpath={.path}[=<value>]"',
  );
}
