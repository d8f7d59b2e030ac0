import { Provider } from "@pulumi/kubernetes/provider";
import { ComponentResource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { releases } from "../../catalog/releases";
import { type Recording, recordProgram } from "../recording";
import { InferenceGateway, type InferenceGatewayArgs } from "./gateway";
import { fitBackend } from "./gke";
import { connectPicker } from "./istio";

const mirror = { images: "mirror.example.org/images" };

/** What a gateway of an implementation is made of. */
const built = (
  gateway: Pick<InferenceGatewayArgs["gateway"], "implementation" | "gke"> & {
    readonly exposure?: "internal" | "public";
  },
  further?: (parent: ComponentResource) => void,
): Promise<Recording> =>
  recordProgram("gateways", () => {
    const parent = new ComponentResource("test:test:Platform", "platform");
    const provider = new Provider("kubernetes", {}, { parent });
    const args = {
      gateway: { host: "models.example.org", replicas: 3, exposure: "internal" as const, ...gateway },
      clusterKind: "eks" as const,
      mirror,
    };
    const inferenceGateway = new InferenceGateway("gateway", args, { parent, providers: [provider] });
    further?.(inferenceGateway);
  });

const gatewayOf = (recording: Recording) =>
  recording.resource("kubernetes:gateway.networking.k8s.io/v1:Gateway", "inference-gateway");
const chartsOf = (recording: Recording) =>
  recording.resources.filter(({ type }) => type === "kubernetes:helm.sh/v4:Chart").map(({ name }) => name);

describe("every implementation", () => {
  it.each([
    ["agentgateway", "agentgateway", ["llm-d-router-crds", "agentgateway-crds", "agentgateway"]],
    ["istio", "istio", ["llm-d-router-crds", "istio-base", "istiod"]],
    [
      "envoy-gateway",
      "envoy-gateway",
      ["llm-d-router-crds", "envoy-gateway-crds", "envoy-ai-gateway-crds", "envoy-ai-gateway", "envoy-gateway"],
    ],
    ["gke", "gke-l7-rilb", ["llm-d-router-crds"]],
  ] as const)(
    "%s has the same listener by a class of its own, and installs what it needs",
    async (implementation, name, charts) => {
      const gke = implementation === "gke" ? { proxyRange: "10.129.0.0/23" } : undefined;
      const recording = await built({ implementation, gke });
      const { metadata, spec } = recording.object("Gateway", "inference-gateway");
      expect(metadata.namespace).toBe("inference-gateway");
      expect(spec.gatewayClassName).toBe(name);
      expect(spec.listeners).toMatchObject([{ hostname: "models.example.org", port: 80, protocol: "HTTP" }]);
      // llm-d's definitions are a manifest or a chart; the others are as listed.
      expect(
        chartsOf(recording)
          .filter((chart) => chart !== "llm-d-router-crds")
          .sort(),
      ).toEqual(charts.filter((chart) => chart !== "llm-d-router-crds").sort());
    },
  );
});

describe("Istio", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await built({ implementation: "istio" }, (parent) => {
      connectPicker("llama", { namespace: "tenant-search", service: "llama-picker" }, { parent });
    });
  });

  it("runs from the mirror, with the inference extension on and in pods that its namespaces admit", () => {
    const { version } = releases.istiod;
    expect(recording.values("istiod")).toMatchObject({
      global: { hub: "mirror.example.org/images/release", tag: version },
      env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" },
      seccompProfile: { type: "RuntimeDefault" },
      gateways: { seccompProfile: { type: "RuntimeDefault" } },
      replicaCount: 2,
    });
    expect(recording.values("istio-base")).toEqual({
      defaultRevision: "",
      global: { enableReaderRBAC: false, resourceScope: "cluster" },
    });
  });

  it("sends a request again only if no server can have begun it", () => {
    expect(recording.values("istiod").meshConfig.defaultHttpRetryPolicy).toEqual({
      attempts: 1,
      retryOn: "connect-failure,refused-stream",
    });
  });

  it("runs as many proxies as the environment says, which let streams come to an end", () => {
    const { spec } = recording.object("Gateway", "inference-gateway");
    expect(spec.infrastructure.parametersRef).toEqual({ group: "", kind: "ConfigMap", name: "inference-gateway" });
    const { data } = recording.object("ConfigMap", "inference-gateway");
    const { spec: deployment } = JSON.parse(data.deployment);
    const drain = Number.parseInt(recording.values("istiod").meshConfig.defaultConfig.terminationDrainDuration, 10);
    expect(deployment.replicas).toBe(3);
    expect(deployment.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(drain);
    expect(JSON.parse(data.podDisruptionBudget)).toEqual({ spec: { maxUnavailable: 1 } });
  });

  it("calls a picker by TLS, whoever signed its certificate", () => {
    const { apiVersion, metadata, spec } = recording.object("DestinationRule", "llama-picker");
    expect(apiVersion).toBe("networking.istio.io/v1");
    expect(metadata.namespace).toBe("tenant-search");
    expect(spec).toEqual({
      host: "llama-picker.tenant-search.svc.cluster.local",
      trafficPolicy: { tls: { mode: "SIMPLE", insecureSkipVerify: true } },
    });
  });

  it("is there before the gateway", () => {
    expect(recording.waitsFor(gatewayOf(recording), recording.resource("kubernetes:helm.sh/v4:Chart", "istiod"))).toBe(
      true,
    );
  });
});

describe("Envoy Gateway", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await built({ implementation: "envoy-gateway" });
  });

  it("asks Envoy AI Gateway what an InferencePool is, and runs proxies beside the Gateway", () => {
    const { config, crds, topologyInjector, deployment } = recording.values("envoy-gateway");
    expect([crds.enabled, topologyInjector.enabled]).toEqual([false, false]);
    expect(deployment.envoyGateway.image).toEqual({
      repository: "mirror.example.org/images/envoyproxy/gateway",
      tag: releases["envoy-gateway"].version,
    });
    expect(config.envoyGateway.provider.kubernetes.deploy.type).toBe("GatewayNamespace");
    expect(config.envoyGateway.extensionManager).toMatchObject({
      backendResources: [{ group: "inference.networking.k8s.io", kind: "InferencePool", version: "v1" }],
      service: {
        fqdn: { hostname: "ai-gateway-controller.envoy-ai-gateway-system.svc.cluster.local", port: 1063 },
      },
    });
    expect(recording.values("envoy-ai-gateway").controller.fullnameOverride).toBe("ai-gateway-controller");
    expect(recording.values("envoy-gateway-crds").crds).toEqual({
      gatewayAPI: { enabled: false },
      envoyGateway: { enabled: true },
    });
  });

  it("has certificates before its controller, in a pod that its namespace admits", () => {
    const job = recording.resource("kubernetes:batch/v1:Job", "envoy-gateway-certgen");
    const controller = recording.resource("kubernetes:helm.sh/v4:Chart", "envoy-gateway");
    expect(recording.waitsFor(controller, job)).toBe(true);
    const { spec } = recording.object("Job", "envoy-gateway-certgen").spec.template;
    expect(spec.containers[0].image).toBe(
      `mirror.example.org/images/envoyproxy/gateway:${releases["envoy-gateway"].version}`,
    );
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(recording.object("Role", "envoy-gateway-certgen").rules).toEqual([
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "update"] },
    ]);
  });

  it("creates the class that its controller does not, before the Gateway", () => {
    expect(recording.object("GatewayClass", "envoy-gateway").spec.controllerName).toBe(
      "gateway.envoyproxy.io/gatewayclass-controller",
    );
    const made = recording.resource("kubernetes:gateway.networking.k8s.io/v1:GatewayClass", "envoy-gateway");
    expect(recording.waitsFor(gatewayOf(recording), made)).toBe(true);
  });

  it("runs as many proxies as the environment says, from the mirror, which let streams come to an end", () => {
    const { spec } = recording.object("EnvoyProxy", "inference-gateway");
    expect(spec.provider.kubernetes.envoyDeployment).toMatchObject({
      replicas: 3,
      container: { image: expect.stringMatching(/^mirror\.example\.org\/images\/envoyproxy\/envoy:distroless-v/) },
    });
    expect(spec.provider.kubernetes.envoyPDB).toEqual({ maxUnavailable: 1 });
    expect(spec.shutdown.drainTimeout).toBe("300s");
    expect(recording.object("Gateway", "inference-gateway").spec.infrastructure.parametersRef).toEqual({
      group: "gateway.envoyproxy.io",
      kind: "EnvoyProxy",
      name: "inference-gateway",
    });
  });

  it("lets streams be silent for as long as a request may take, and repeats nothing that was begun", () => {
    const ofGateway = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "inference-gateway" }];
    expect(recording.object("ClientTrafficPolicy", "inference-gateway").spec).toEqual({
      targetRefs: ofGateway,
      timeout: { http: { streamIdleTimeout: "1h" } },
      http2: { connectionKeepalive: { interval: "30s", timeout: "20s" } },
    });
    expect(recording.object("BackendTrafficPolicy", "inference-gateway").spec).toEqual({
      targetRefs: ofGateway,
      timeout: { http: { streamIdleTimeout: "1h" } },
      retry: { numRetries: 1, retryOn: { triggers: ["connect-failure", "refused-stream"] } },
    });
  });
});

describe("the GKE gateway", () => {
  const gke = { proxyRange: "10.129.0.0/23" } as const;

  it("installs no definitions that GKE brings, and no controller", async () => {
    const recording = await built({ implementation: "gke", exposure: "public", gke });
    expect(recording.object("Gateway", "inference-gateway").spec).toMatchObject({
      gatewayClassName: "gke-l7-regional-external-managed",
    });
    expect(recording.object("Gateway", "inference-gateway").spec.infrastructure).toBeUndefined();
    const manifests = recording.resources.filter(({ type }) => type === "kubernetes:yaml/v2:ConfigFile");
    expect(manifests.map(({ name }) => name)).not.toContain("gateway-api");
    expect(manifests.map(({ name }) => name)).not.toContain("inference-extension");
  });

  it("calls pods from outside, by ranges that policies can name", async () => {
    const ranges: string[] = [];
    await built({ implementation: "gke", exposure: "public", gke }, (gateway) =>
      ranges.push(...(gateway as InferenceGateway).ranges),
    );
    expect(ranges).toEqual(["10.129.0.0/23", "35.191.0.0/16", "130.211.0.0/22"]);
    const none: string[] = [];
    await built({ implementation: "istio" }, (gateway) => none.push(...(gateway as InferenceGateway).ranges));
    expect(none).toEqual([]);
  });

  it.each([
    ["InferencePool", "inference.networking.k8s.io"],
    ["Service", ""],
  ] as const)(
    "gives answers of a model behind an %s an hour, and asks servers where they answer",
    async (kind, group) => {
      const backend = { namespace: "tenant-search", kind, name: "llama", port: 8000, timeoutSeconds: 3600 };
      const recording = await built({ implementation: "gke", exposure: "public", gke }, (parent) =>
        fitBackend("llama", backend, { parent }),
      );
      const targetRef = { group, kind, name: "llama" };
      expect(recording.object("GCPBackendPolicy", "llama").spec).toEqual({
        targetRef,
        default: { timeoutSec: 3600, logging: { enabled: false } },
      });
      expect(recording.object("HealthCheckPolicy", "llama").spec).toMatchObject({
        targetRef,
        default: { config: { type: "HTTP", httpHealthCheck: { requestPath: "/health", port: 8000 } } },
      });
    },
  );

  it("is refused without the range that it calls from", async () => {
    await expect(built({ implementation: "gke" })).rejects.toThrow("gateway.gke: the GKE gateway needs proxyRange");
  });
});
