import { Provider } from "@pulumi/kubernetes/provider";
import { ComponentResource } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { releases } from "../catalog/releases";
import { type OwnControlPlane, ownControlPlane } from "../rehearsal/control-plane/testing";
import { DefinitionSource } from "../rehearsal/mirror/definitions";
import { Api } from "../rehearsal/providers/kubernetes/api";
import { ApiError } from "../rehearsal/providers/kubernetes/http";
import { connect } from "../rehearsal/providers/kubernetes/kubeconfig";
import type { GatewayImplementation } from "../stacks/gateway";
import { scale } from "../stacks/scale";
import { InferenceGateway } from "./gateway/gateway";
import { connectPicker } from "./gateway/istio";
import { recordProgram } from "./recording";
import { Release } from "./release";
import { Autoscalers } from "./serving/autoscaling/autoscalers";
import { Autoscaling } from "./serving/autoscaling/autoscaling";
import { TenantMetrics } from "./serving/autoscaling/metrics";
import type { KubernetesObject } from "./testing";

/** What the platform writes where an environment scales models, or takes another gateway than the default. */

const namespace = "tenant-search";

const recorded = async (program: (parent: ComponentResource) => void): Promise<readonly KubernetesObject[]> => {
  const recording = await recordProgram("chosen", () => {
    const parent = new ComponentResource("test:test:Platform", "platform");
    const provider = new Provider("kubernetes", {}, { parent });
    program(new ComponentResource("test:test:InCluster", "in-cluster", {}, { parent, providers: [provider] }));
  });
  return recording.objects;
};

const scaled = () =>
  recorded((parent) => {
    const shared = {
      namespace,
      role: "both",
      model: "llama",
      replicas: 1,
      prometheus: "https://prometheus.example.org",
      load: { weightsGib: 625, source: "huggingFace", nodes: 2, cached: false },
      rank: 0,
      accelerator: "l40s-48gb",
      pool: "llama",
    } as const;
    const latencies = scale.parse({ min: 0, max: 4, ttftMs: 500, tpotMs: 50 });
    new Autoscaling(
      "llama",
      {
        ...shared,
        target: { apiVersion: "apps/v1", kind: "Deployment", name: "llama" },
        scale: latencies,
        by: "variant-autoscaler",
        variants: [{ name: "llama", kind: "Deployment", max: 4 }],
        fromZero: true,
      },
      { parent },
    );
    new Autoscaling(
      "deepseek",
      {
        ...shared,
        target: { apiVersion: "leaderworkerset.x-k8s.io/v1", kind: "LeaderWorkerSet", name: "deepseek" },
        scale: latencies,
        by: "keda",
        variants: [{ name: "deepseek", kind: "LeaderWorkerSet", max: 4 }],
        fromZero: true,
      },
      { parent },
    );
    const gatewayApi = new Release({ release: "gateway-api", mirror: {} }, { parent });
    const inferenceExtension = new Release(
      { release: "inference-extension", mirror: {}, after: [gatewayApi] },
      { parent },
    );
    new Autoscalers(
      "autoscalers",
      {
        by: "variant-autoscaler",
        prometheus: shared.prometheus,
        prometheusCa: "PEM",
        scrapedFrom: "monitoring",
        models: [{ name: "llama", namespace, scale: latencies, load: shared.load }],
        inferenceExtension,
        highlyAvailable: true,
        mirror: {},
      },
      { parent },
    );
    new TenantMetrics(namespace, { namespace, readers: ["monitoring"] }, { parent });
  });

const gatewayOf = (implementation: GatewayImplementation) =>
  recorded((parent) => {
    const gateway = { host: "models.example.org", replicas: 2, exposure: "internal" as const, implementation };
    new InferenceGateway("gateway", { gateway, clusterKind: "existing", mirror: {} }, { parent });
    if (implementation === "istio") {
      connectPicker("llama", { namespace, service: "llama-picker" }, { parent });
    }
  });

const brought = [
  "gateway-api",
  "keda",
  "workload-variant-autoscaler",
  "prometheus-operator-crds",
  "istio-base",
  "envoy-gateway-crds",
] as const;
const written = [
  "ScaledObject",
  "VariantAutoscaling",
  "PodMonitor",
  "NetworkPolicy",
  "Gateway",
  "GatewayClass",
  "DestinationRule",
  "EnvoyProxy",
  "ClientTrafficPolicy",
  "BackendTrafficPolicy",
  "ClusterRole",
  "ConfigMap",
  "Deployment",
  "Job",
];

/** Fields whose keys are the user's own. */
const free = new Set(["metadata", "matchLabels", "limits", "requests"]);

/** The path of every field of a value, an index being one too. */
const fieldsOf = (value: unknown): readonly string[][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, below]) => [
        ...(Array.isArray(value) ? [] : [[key]]),
        ...(free.has(key) ? [] : fieldsOf(below).map((path) => [key, ...path])),
      ])
    : [];

/** The object with one field of its spec written otherwise. */
function misspelt(object: KubernetesObject, path: readonly string[]): KubernetesObject {
  const copy = structuredClone(object);
  // biome-ignore lint/suspicious/noExplicitAny: a step down an object of any kind.
  const parent = path.slice(0, -1).reduce<any>((value, step) => value[step], copy.spec);
  const field = path.at(-1)!;
  parent[`${field}Mispelt`] = parent[field];
  delete parent[field];
  return copy;
}

describe("what the platform writes by choice", () => {
  let own: OwnControlPlane;
  let api: Api;
  let objects: readonly KubernetesObject[];

  const apply = async (object: KubernetesObject, dryRun: boolean) =>
    api.apply(await api.mapping(object), object, { fieldManager: "chosen", force: true, dryRun });

  beforeAll(async () => {
    own = await ownControlPlane();
    api = new Api(connect({ kubeconfig: own.kubeconfig }));
    const source = new DefinitionSource({ go: "go", crdDir: process.env.CRD_DIR, env: process.env });
    for (const name of brought) {
      const { files, permissive } = await source.of(releases[name]);
      expect(permissive, `no definitions of ${name}`).toEqual([]);
      for (const definition of files.map(({ text }) => parse(text) as KubernetesObject)) {
        await apply(definition, false);
        const { group, names, versions } = definition.spec;
        const { name: version } = versions.find(({ served }: { served: boolean }) => served);
        await api.awaitMapping(
          { apiVersion: `${group}/${version}`, kind: names.kind },
          60,
          AbortSignal.timeout(60_000),
        );
      }
    }
    objects = [...(await scaled()), ...(await gatewayOf("istio")), ...(await gatewayOf("envoy-gateway"))];
    const spaces = new Set(objects.map(({ metadata }) => metadata.namespace).filter((it) => it !== undefined));
    for (const name of spaces) {
      await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, false);
    }
  }, 300_000);

  afterAll(async () => {
    api?.http.close();
    await own?.stop();
  });

  it("has objects of every kind", () => {
    const kinds = new Set(objects.map(({ kind }) => kind));
    expect(written.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it.each(written)("is accepted, and refused with any field misspelt: %s", async (kind) => {
    for (const object of objects.filter((candidate) => candidate.kind === kind)) {
      const { metadata } = await apply(object, true);
      expect(metadata.name).toBe(object.metadata.name);
      const accepted: string[] = [];
      for (const path of fieldsOf(object.spec ?? {})) {
        const refusal = await apply(misspelt(object, path), true).catch((error) => error);
        if (!(refusal instanceof ApiError)) {
          accepted.push(path.join("."));
        }
      }
      expect(accepted, kind).toEqual([]);
    }
  });

  it("asks for a behaviour that Kubernetes' autoscaler accepts", async () => {
    const { spec } = objects.find(({ kind, metadata }) => kind === "ScaledObject" && metadata.name === "deepseek")!;
    const { behavior } = spec.advanced.horizontalPodAutoscalerConfig;
    const autoscaler = (change: object): KubernetesObject => ({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "deepseek", namespace },
      spec: {
        scaleTargetRef: spec.scaleTargetRef,
        minReplicas: 1,
        maxReplicas: spec.maxReplicaCount,
        metrics: spec.triggers.map(({ name }: { name: string }) => ({
          type: "External",
          external: { metric: { name }, target: { type: "AverageValue", averageValue: "1" } },
        })),
        behavior: { ...behavior, ...change },
      },
    });
    await expect(apply(autoscaler({}), true)).resolves.toMatchObject({ metadata: { name: "deepseek" } });
    const tooLong = { scaleDown: { ...behavior.scaleDown, stabilizationWindowSeconds: 3601 } };
    await expect(apply(autoscaler(tooLong), true)).rejects.toThrow(/stabilizationWindowSeconds/);
  });
});
