import { Provider } from "@pulumi/kubernetes/provider";
import { ComponentResource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { releases } from "../../../catalog/releases";
import { scale } from "../../../stacks/scale";
import { type Recording, recordProgram } from "../../recording";
import { Release } from "../../release";
import { Autoscalers, type AutoscalersArgs } from "./autoscalers";
import { Autoscaling, type AutoscalingArgs } from "./autoscaling";
import { TenantMetrics } from "./metrics";

const bounds = scale.parse({ min: 0, max: 4, waiting: 10, kvUtilization: 0.8 });
const load = { weightsGib: 15, source: "s3", nodes: 1, cached: false } as const;

const workload = (change: Partial<AutoscalingArgs> = {}): AutoscalingArgs => ({
  namespace: "tenant-search",
  target: { apiVersion: "apps/v1", kind: "Deployment", name: "llama" },
  role: "both",
  model: "llama",
  scale: bounds,
  replicas: 1,
  by: "keda",
  prometheus: "https://prometheus.example.org",
  load,
  variants: [{ name: "llama", kind: "Deployment", max: 4 }],
  rank: 0,
  cost: 12.5,
  accelerator: "l40s-48gb",
  pool: "llama",
  fromZero: true,
  ...change,
});

const install = (change: Partial<AutoscalersArgs> = {}) => ({
  by: "keda" as const,
  prometheus: "https://prometheus.example.org",
  scrapedFrom: "monitoring",
  models: [
    { name: "llama", namespace: "tenant-search", scale: bounds, load },
    { name: "qwen", namespace: "tenant-search", scale: scale.parse({ min: 1, max: 4 }), load },
  ],
  highlyAvailable: true,
  mirror: { images: "mirror.example.org/images" },
  ...change,
});

/** What is made of a workload, of the metrics of a tenant, and of an installation. */
const built = (program: (parent: ComponentResource) => void): Promise<Recording> =>
  recordProgram("scaled", () => {
    const parent = new ComponentResource("test:test:Platform", "platform");
    const provider = new Provider("kubernetes", {}, { parent });
    program(new ComponentResource("test:test:InCluster", "in-cluster", {}, { parent, providers: [provider] }));
  });

const installed = (change: Partial<AutoscalersArgs> = {}): Promise<Recording> =>
  built((parent) => {
    const { mirror } = install();
    const gatewayApi = new Release({ release: "gateway-api", mirror }, { parent });
    const inferenceExtension = new Release({ release: "inference-extension", mirror, after: [gatewayApi] }, { parent });
    new Autoscalers("autoscalers", { ...install(), inferenceExtension, ...change }, { parent });
  });

describe("Autoscaling", () => {
  it("scales a Deployment by KEDA, by signals of its own", async () => {
    const recording = await built((parent) => new Autoscaling("llama", workload(), { parent }));
    const { apiVersion, metadata, spec } = recording.object("ScaledObject", "llama");
    expect(apiVersion).toBe("keda.sh/v1alpha1");
    expect(metadata.namespace).toBe("tenant-search");
    expect(spec.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name: "llama" });
    expect(spec).toMatchObject({ minReplicaCount: 0, maxReplicaCount: 4, cooldownPeriod: 300 });
    expect(spec.triggers.map(({ name }: { name: string }) => name)).toEqual(["waiting", "kv-cache", "in-use"]);
    expect(recording.objects.some(({ kind }) => kind === "VariantAutoscaling")).toBe(false);
  });

  it("holds to the model's objective where no other latency is stated", async () => {
    const objective = { ttftMs: 800, tpotMs: 30 };
    const stated = scale.parse({ min: 1, max: 4, ttftMs: 200 });
    const recording = await built(
      (parent) => new Autoscaling("llama", workload({ objective, scale: stated }), { parent }),
    );
    const { triggers } = recording.object("ScaledObject", "llama").spec;
    const queryOf = (signal: string) => triggers.find(({ name }: { name: string }) => name === signal)?.metadata.query;
    expect(queryOf("ttft")).toContain("/ 0.2)");
    expect(queryOf("tpot")).toContain("/ 0.03)");
  });

  it("does what the variant autoscaler says, where that decides", async () => {
    const recording = await built((parent) => {
      new Autoscaling("llama", workload({ by: "variant-autoscaler" }), { parent });
      const variants = [
        { name: "llama", kind: "Deployment", max: 4 },
        { name: "llama-h100", kind: "Deployment", max: 4 },
      ] as const;
      const target = { apiVersion: "apps/v1", kind: "Deployment", name: "llama-h100" } as const;
      const dearer = { by: "variant-autoscaler", target, variants, rank: 1, cost: undefined } as const;
      new Autoscaling("llama-h100", workload({ ...dearer, variants: [...variants] }), { parent });
    });
    const { apiVersion, metadata, spec } = recording.object("VariantAutoscaling", "llama");
    expect(apiVersion).toBe("llmd.ai/v1alpha1");
    expect(metadata.labels).toEqual({ "inference.optimization/acceleratorName": "l40s-48gb" });
    expect(spec).toEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "llama" },
      modelID: "llama",
      variantCost: "12.5000",
    });
    const [trigger, ...further] = recording.object("ScaledObject", "llama").spec.triggers;
    expect(further).toEqual([]);
    expect(trigger.metadata.query).toBe(
      'max(wva_desired_replicas{variant_name="llama",exported_namespace="tenant-search"})',
    );
    // Without prices of all, by their order.
    expect(recording.object("VariantAutoscaling", "llama-h100").spec.variantCost).toBe("2.0000");
  });
});

describe("TenantMetrics", () => {
  it("has servers and pickers scraped, and lets nobody else in", async () => {
    const args = { namespace: "tenant-search", readers: ["monitoring", "workload-variant-autoscaler-system"] };
    const recording = await built((parent) => new TenantMetrics("tenant-search", args, { parent }));
    expect(recording.object("PodMonitor", "model-servers").spec).toEqual({
      selector: { matchLabels: { "llm-d.ai/inference-serving": "true" } },
      podMetricsEndpoints: [{ port: "server", path: "/metrics", interval: "15s" }],
    });
    expect(recording.object("PodMonitor", "endpoint-pickers").spec.selector.matchLabels).toEqual({
      "app.kubernetes.io/component": "endpoint-picker",
    });
    const { ingress } = recording.object("NetworkPolicy", "metrics").spec;
    expect(ingress).toEqual([
      {
        from: args.readers.map((name) => ({
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
        })),
        ports: [
          { protocol: "TCP", port: "server" },
          { protocol: "TCP", port: "metrics" },
        ],
      },
    ]);
  });
});

describe("Autoscalers", () => {
  let keda: Recording;
  let deciding: Recording;
  beforeAll(async () => {
    keda = await installed();
    deciding = await installed({ by: "variant-autoscaler" });
  });

  it("run KEDA from the mirror, doubled in production, with rights to scale no more than the platform does", () => {
    const { version } = releases.keda;
    const image = (name: string) => ({
      registry: "mirror.example.org/images",
      repository: `kedacore/${name}`,
      tag: version.slice(1),
    });
    expect(keda.values("keda")).toEqual({
      image: {
        keda: image("keda"),
        metricsApiServer: image("keda-metrics-apiserver"),
        webhooks: image("keda-admission-webhooks"),
        pullPolicy: "IfNotPresent",
      },
      operator: { replicaCount: 2 },
      metricsServer: { replicaCount: 2 },
      webhooks: { replicaCount: 2 },
      rbac: { scaledRefKinds: [{ apiGroup: "leaderworkerset.x-k8s.io", kind: "leaderworkersets" }] },
      permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
    });
    expect(keda.object("Namespace", "keda").metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    expect(keda.resources.some(({ name }) => name === "workload-variant-autoscaler")).toBe(false);
  });

  const name = "workload-variant-autoscaler";
  const container = (recording: Recording) => recording.object("Deployment", name).spec.template.spec.containers[0];
  const envOf = (recording: Recording) =>
    Object.fromEntries(
      container(recording).env.map((variable: { name: string; value?: string }) => [variable.name, variable.value]),
    );

  it("take definitions alone from the variant autoscaler's chart", () => {
    const { controller, va, hpa, vllmService } = deciding.values(name);
    expect([controller, va, hpa, vllmService].map(({ enabled }) => enabled)).toEqual([false, false, false, false]);
  });

  it("run its controller from the mirror, on the pools that there are and over a connection that it checks", () => {
    expect(container(deciding).image).toBe(
      `mirror.example.org/images/llm-d/llm-d-workload-variant-autoscaler:${releases[name].version}`,
    );
    expect(envOf(deciding)).toMatchObject({
      POOL_GROUP: "inference.networking.k8s.io",
      PROMETHEUS_BASE_URL: "https://prometheus.example.org",
      PROMETHEUS_TLS_INSECURE_SKIP_VERIFY: "false",
      PROMETHEUS_CA_CERT_PATH: "/etc/ssl/certs/ca-certificates.crt",
      SATURATION_CONFIG_MAP_NAME: "wva-saturation-scaling-config",
      WVA_SCALE_TO_ZERO: "true",
    });
    // All namespaces, and not only its own.
    expect(container(deciding).args.join()).not.toContain("--watch-namespace");
    expect(deciding.object("Deployment", name).spec.replicas).toBe(2);
    const { securityContext } = deciding.object("Deployment", name).spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  });

  it("have its recommendations scraped", () => {
    const { selector, podMetricsEndpoints } = deciding.object("PodMonitor", name).spec;
    expect(deciding.object("Deployment", name).spec.template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(container(deciding).ports.map((port: { name: string }) => port.name)).toContain(podMetricsEndpoints[0].port);
  });

  it("give it no right to Secrets, nor to change more than replicas", () => {
    const { rules } = deciding.object("ClusterRole", name);
    expect(rules.flatMap(({ resources }: { resources: string[] }) => resources)).not.toContain("secrets");
    const changes = rules.filter(({ verbs }: { verbs: string[] }) => verbs.includes("update"));
    expect(changes.flatMap(({ resources }: { resources: string[] }) => resources)).toEqual([
      "deployments/scale",
      "variantautoscalings",
      "variantautoscalings/finalizers",
      "variantautoscalings/status",
    ]);
  });

  it("hold it to the thresholds of each model, and to more spare room than none", () => {
    const { data } = deciding.object("ConfigMap", "wva-saturation-scaling-config");
    expect(parse(data["tenant-search.llama"])).toEqual({
      model_id: "llama",
      namespace: "tenant-search",
      kvCacheThreshold: 0.8,
      kvSpareTrigger: 0.1,
      queueLengthThreshold: 10,
      queueSpareTrigger: 6,
    });
  });

  it("trust the authority that is stated", async () => {
    const recording = await installed({ by: "variant-autoscaler", prometheusCa: "PEM" });
    const [mount] = container(recording).volumeMounts;
    expect(envOf(recording).PROMETHEUS_CA_CERT_PATH).toBe(`${mount.mountPath}/ca.crt`);
    expect(recording.object("ConfigMap", "prometheus-ca").data).toEqual({ "ca.crt": "PEM" });
    expect(container(deciding).volumeMounts).toBeUndefined();
  });

  it("let go to zero the models that may, after their own time", () => {
    const { data } = deciding.object("ConfigMap", "wva-model-scale-to-zero-config");
    expect(Object.keys(data).sort()).toEqual(["default", "tenant-search.llama"]);
    expect(parse(data.default)).toEqual({ enable_scale_to_zero: false });
    expect(parse(data["tenant-search.llama"])).toEqual({
      model_id: "llama",
      namespace: "tenant-search",
      enable_scale_to_zero: true,
      retention_period: "300s",
    });
  });

  it("come after the definitions that they write objects of", () => {
    const chart = deciding.resource("kubernetes:helm.sh/v4:Chart", "workload-variant-autoscaler");
    for (const [type, name] of [
      ["kubernetes:yaml/v2:ConfigFile", "prometheus-operator-crds"],
      ["kubernetes:yaml/v2:ConfigFile", "inference-extension"],
      ["kubernetes:helm.sh/v4:Chart", "keda"],
    ] as const) {
      expect(deciding.waitsFor(chart, deciding.resource(type, name)), name).toBe(true);
    }
  });
});
