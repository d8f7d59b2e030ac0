import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { releases } from "../catalog/releases";
import { sharedControlPlane } from "../rehearsal/control-plane/testing";
import { DefinitionSource } from "../rehearsal/mirror/definitions";
import { Api } from "../rehearsal/providers/kubernetes/api";
import { ApiError } from "../rehearsal/providers/kubernetes/http";
import { connect } from "../rehearsal/providers/kubernetes/kubeconfig";
import { uniqueName } from "../rehearsal/providers/kubernetes/testing";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import { type KubernetesObject, record, slicedEnvironment, wideEnvironment } from "./testing";

/**
 * One real field of each custom resource kind that the platform writes, deep in it, and how it might be misspelt. An
 * index is written like a field.
 */
const misspellings: readonly { kind: string; field: string; misspelt: string }[] = [
  {
    kind: "Gateway.gateway.networking.k8s.io",
    field: "spec.listeners.0.allowedRoutes.namespaces.selector",
    misspelt: "selecter",
  },
  {
    kind: "HTTPRoute.gateway.networking.k8s.io",
    field: "spec.rules.0.filters.0.urlRewrite.path.replacePrefixMatch",
    misspelt: "replacePrefix",
  },
  {
    kind: "InferencePool.inference.networking.k8s.io",
    field: "spec.endpointPickerRef.failureMode",
    misspelt: "failMode",
  },
  {
    kind: "InferenceModelRewrite.llm-d.ai",
    field: "spec.rules.0.targets.0.modelRewrite",
    misspelt: "modelRewrites",
  },
  { kind: "ScaledObject.keda.sh", field: "spec.scaleTargetRef.name", misspelt: "names" },
  { kind: "PodMonitor.monitoring.coreos.com", field: "spec.podMetricsEndpoints.0.interval", misspelt: "intervall" },
  { kind: "InferenceObjective.llm-d.ai", field: "spec.poolRef.group", misspelt: "apiGroup" },
  {
    kind: "LeaderWorkerSet.leaderworkerset.x-k8s.io",
    field: "spec.leaderWorkerTemplate.workerTemplate.spec.containers.0.securityContext.readOnlyRootFilesystem",
    misspelt: "readOnlyRootFileSystem",
  },
  {
    kind: "ClusterSPIFFEID.spire.spiffe.io",
    field: "spec.podSelector.matchLabels",
    misspelt: "matchLabel",
  },
  {
    kind: "ComputeDomain.resource.nvidia.com",
    field: "spec.channel.resourceClaimTemplate",
    misspelt: "resourceClaimTemplateName",
  },
  { kind: "Queue.scheduling.run.ai", field: "spec.resources.gpu.overQuotaWeight", misspelt: "overQoutaWeight" },
  { kind: "Topology.kai.scheduler", field: "spec.levels.0.nodeLabel", misspelt: "label" },
  { kind: "PodGroup.scheduling.run.ai", field: "spec.subGroups.0.minMember", misspelt: "minMembers" },
  { kind: "AgentgatewayParameters.agentgateway.dev", field: "spec.shutdown.max", misspelt: "maximum" },
  {
    kind: "AgentgatewayPolicy.agentgateway.dev",
    field: "spec.frontend.http.http2KeepaliveTimeout",
    misspelt: "http2KeepAliveTimeout",
  },
  {
    kind: "DynamoGraphDeployment.nvidia.com",
    field: "spec.components.0.podTemplate.spec.containers.0.securityContext.readOnlyRootFilesystem",
    misspelt: "readOnlyRootFileSystem",
  },
];

/**
 * Kinds that are not validated: their definitions are in a chart that is not to be had, and in no Go module. What is
 * written of them follows upstream's documentation.
 */
const notValidated = new Set([
  "dynamocheckpoints.nvidia.com",
  "dynamocomponentdeployments.nvidia.com",
  "dynamographdeploymentrequests.nvidia.com",
  "dynamographdeployments.nvidia.com",
]);

/** Where the definitions declare no fields although there are some: no API server sees what is misspelt there. */
const unseen = [
  "AgentgatewayParameters.agentgateway.dev spec.deployment.spec.",
  "AgentgatewayParameters.agentgateway.dev spec.podDisruptionBudget.spec.",
  // Each of KEDA's scalers knows its own.
  "ScaledObject.keda.sh spec.triggers.0.metadata.",
  "ScaledObject.keda.sh spec.triggers.1.metadata.",
];

/** Fields whose keys are the user's own. */
const freeKeys = new Set(["labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests"]);

const crdDir = process.env.CRD_DIR;

/** Whether a kind that is without a definition is a failure: not on a machine that was given none. */
const definitionsAreDue = crdDir !== undefined || process.env.CI !== undefined;

const unique = uniqueName("written");

/** A namespace of this run's own in place of one that an environment names. */
const own = (stack: string, namespace: string) => `${unique}-${stack}-${namespace}`;

const kindOf = ({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">) =>
  apiVersion.includes("/") ? `${kind}.${apiVersion.split("/")[0]}` : kind;

/** A definition that a release brings. `real` is false where it accepts anything, for want of the real one. */
interface Definition {
  readonly name: string;
  readonly kind: string;
  readonly real: boolean;
  readonly object: KubernetesObject;
}

async function findDefinitions(): Promise<Definition[]> {
  const source = new DefinitionSource({ go: "go", crdDir, env: process.env });
  const found = await Promise.all(Object.values(releases).map((release) => source.of(release)));
  return found.flatMap(({ files, permissive }) =>
    files.map(({ name, text }) => {
      const object = parse(text) as KubernetesObject;
      const kind = `${object.spec.names.kind}.${object.spec.group}`;
      return { name, kind, real: !permissive.includes(name), object };
    }),
  );
}

interface Written {
  /** The environment's. */
  readonly stack: string;
  readonly kind: string;
  /** As the environment has it: `namespace/name`, or the name alone. */
  readonly name: string;
  readonly object: KubernetesObject;
}

/** The objects that the platform of an environment writes, in namespaces of this run's own. */
async function writtenObjects(environment: Environment): Promise<Written[]> {
  const { objects } = await record(environment);
  return objects.map((object) => {
    const { namespace, name } = object.metadata;
    return {
      stack: environment.stack,
      kind: kindOf(object),
      name: namespace === undefined ? name : `${namespace}/${name}`,
      object: {
        ...object,
        metadata: { ...object.metadata, ...(namespace && { namespace: own(environment.stack, namespace) }) },
      },
    };
  });
}

/** The object with one field written otherwise. Throws where it has no such field. */
function misspell(object: KubernetesObject, field: string, misspelt: string): KubernetesObject {
  const copy = structuredClone(object);
  const path = field.split(".");
  const last = path.pop()!;
  // biome-ignore lint/suspicious/noExplicitAny: a step down an object of any kind.
  const parent = path.reduce<any>((value, step) => value?.[step], copy);
  if (parent?.[last] === undefined) throw new Error(`${kindOf(object)} ${object.metadata.name} has no ${field}`);
  parent[misspelt] = parent[last];
  delete parent[last];
  return copy;
}

/** The path of every field below a value. */
function fieldsOf(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const field = `${path}.${key}`;
    return [...(Array.isArray(value) ? [] : [field]), ...(freeKeys.has(key) ? [] : fieldsOf(below, field))];
  });
}

let api: Api;

const apply = async (object: KubernetesObject, dryRun: boolean) =>
  api.apply(await api.mapping(object), object, { fieldManager: unique, force: true, dryRun });

const remove = async (object: KubernetesObject) =>
  api
    .delete(await api.mapping(object), undefined, object.metadata.name, "Background")
    .catch((error) => expect(error).toMatchObject({ status: 404 }));

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("not within a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("what the platform writes", async () => {
  const definitions = await findDefinitions();
  const written: Written[] = [];
  for (const environment of [loadEnvironment("local"), wideEnvironment(), slicedEnvironment()]) {
    written.push(...(await writtenObjects(environment)));
  }
  const namespaces = written
    .filter(({ kind }) => kind === "Namespace")
    .map(({ stack, object }) => ({
      ...object,
      metadata: { ...object.metadata, name: own(stack, object.metadata.name) },
    }));
  const custom = new Set(definitions.map(({ kind }) => kind));
  const unchecked = new Set(definitions.filter(({ real }) => !real).map(({ kind }) => kind));

  beforeAll(async () => {
    const { kubeconfig } = await sharedControlPlane();
    api = new Api(connect({ kubeconfig }));
    await Promise.all(namespaces.map((namespace) => apply(namespace, false)));
    await Promise.all(definitions.map(({ object }) => apply(object, false)));
    const mapping = await api.mapping(definitions[0]!.object);
    for (const { name, object } of definitions) {
      await until(async () => {
        const { status } = await api.get(mapping, undefined, name);
        return status?.conditions?.some(
          (condition: { type: string; status: string }) =>
            condition.type === "Established" && condition.status === "True",
        );
      });
      const { group, names, versions } = object.spec;
      const { name: version } = versions.find(({ served }: { served: boolean }) => served);
      await api.awaitMapping({ apiVersion: `${group}/${version}`, kind: names.kind }, 60, AbortSignal.timeout(60_000));
    }
  });

  afterAll(async () => {
    await Promise.all(namespaces.map(remove));
    await Promise.all(definitions.map(({ object }) => remove(object)));
    // Gone for good, so that a later test that brings the same definitions does not meet their end.
    const mapping = await api.mapping(definitions[0]!.object);
    for (const { name } of definitions) {
      await until(async () => (await api.find(mapping, undefined, name)) === undefined);
    }
    api.http.close();
  });

  // Of a kind without a definition nothing can be said, and `npm test` names it as skipped. Not where one was to be had.
  const due = definitions.filter(({ name }) => !notValidated.has(name));
  it.for(due.map(({ name, real }) => [name, real] as const))(
    "is held to the definition of %s",
    ([name, real], test) => {
      test.skip(!real && !definitionsAreDue, "accepted without validation");
      expect(real, `no definition of ${name} in its Go module or in CRD_DIR, which is ${crdDir ?? "not set"}`).toBe(
        true,
      );
    },
  );

  const open = definitions.filter(({ name, real }) => notValidated.has(name) && !real);
  it.each(open.map(({ name, object }) => [name, object] as const))("is not validated: %s", async (_, { spec }) => {
    const { name: version } = spec.versions.find(({ storage }: { storage: boolean }) => storage);
    const anything = {
      apiVersion: `${spec.group}/${version}`,
      kind: spec.names.kind,
      metadata: { name: "anything", namespace: "default" },
      spec: { anything: ["at", { all: true }] },
    };
    expect((await apply(anything, true)).spec).toEqual(anything.spec);
  });

  it("has objects of every group that a release of the platform defines for it", () => {
    const groups = written.filter(({ kind }) => custom.has(kind)).map(({ object }) => object.apiVersion.split("/")[0]);
    expect([...new Set(groups)].sort()).toEqual(
      expect.arrayContaining([
        "agentgateway.dev",
        "gateway.networking.k8s.io",
        "inference.networking.k8s.io",
        "kai.scheduler",
        "leaderworkerset.x-k8s.io",
        "llm-d.ai",
        "resource.nvidia.com",
        "scheduling.run.ai",
        "spire.spiffe.io",
      ]),
    );
  });

  it.each(
    written
      .filter(({ kind }) => !unchecked.has(kind))
      .map(({ stack, kind, name, object }) => [`${kind} ${name} of ${stack}`, object] as const),
  )("is accepted: %s", async (_, object) => {
    const { metadata } = await apply(object, true);
    expect(metadata.name).toBe(object.metadata.name);
  });

  it("has a field to misspell in every custom resource kind", () => {
    const kinds = written.map(({ kind }) => kind).filter((kind) => custom.has(kind));
    expect(misspellings.map(({ kind }) => kind).sort()).toEqual([...new Set(kinds)].sort());
  });

  it.each(
    misspellings
      .filter(({ kind }) => !unchecked.has(kind))
      .map((entry) => [`${entry.misspelt} for ${entry.field} of ${entry.kind}`, entry] as const),
  )("is refused with a field misspelt: %s", async (_, { kind, field, misspelt }) => {
    const { object } = written.find((candidate) => candidate.kind === kind)!;
    const refusal = await apply(misspell(object, field, misspelt), true).catch((error) => error);
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal.message).toContain(`.${misspelt}: field not declared in schema`);
  });

  it("is refused with any field misspelt, save where upstream's definition takes whatever it is given", async () => {
    const checked = written.filter(({ kind }) => custom.has(kind) && !unchecked.has(kind));
    const accepted = new Set<string>();
    for (const { kind, object } of checked) {
      const attempts = fieldsOf(object.spec, "spec").map(async (field) => {
        const refusal = await apply(misspell(object, field, "mispelt"), true).catch((error) => error);
        if (!(refusal instanceof ApiError)) accepted.add(`${kind} ${field}`);
      });
      await Promise.all(attempts);
    }
    const known = unseen.filter((prefix) => checked.some(({ kind }) => prefix.startsWith(`${kind} `)));
    expect([...accepted].filter((field) => !known.some((prefix) => field.startsWith(prefix)))).toEqual([]);
    expect(known.filter((prefix) => ![...accepted].some((field) => field.startsWith(prefix)))).toEqual([]);
  });
});
