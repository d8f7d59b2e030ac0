import { beforeAll, describe, expect, it } from "vitest";
import { type Recording, record, wideEnvironment } from "../testing";

describe("InferenceGateway", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("listens on the environment's host, for routes of tenants only", () => {
    const { metadata, spec } = recording.object("Gateway", "inference-gateway");
    expect(metadata.namespace).toBe("inference-gateway");
    expect(spec.gatewayClassName).toBe("agentgateway");
    expect(spec.listeners).toEqual([
      {
        name: "http",
        hostname: "models.example.org",
        port: 80,
        protocol: "HTTP",
        allowedRoutes: {
          namespaces: {
            from: "Selector",
            selector: { matchExpressions: [{ key: "ai-platform/tenant", operator: "Exists" }] },
          },
        },
      },
    ]);
  });

  it("runs as many proxies as the environment says, in pods that the namespace admits", () => {
    const { spec } = recording.object("Gateway", "inference-gateway");
    const parameters = recording.object("AgentgatewayParameters", spec.infrastructure.parametersRef.name);
    expect(parameters.spec.deployment.spec).toEqual({
      replicas: 3,
      template: { spec: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } } },
    });
    expect(parameters.spec.podDisruptionBudget.spec).toEqual({ maxUnavailable: 1 });
  });

  it("buffers whole prompts for the picker and keeps silent streams alive", () => {
    const { spec } = recording.object("AgentgatewayPolicy", "inference-gateway");
    expect(spec.targetRefs).toEqual([
      { group: "gateway.networking.k8s.io", kind: "Gateway", name: "inference-gateway" },
    ]);
    expect(spec.frontend.http).toEqual({
      maxBufferSize: "16Mi",
      http2KeepaliveInterval: "30s",
      http2KeepaliveTimeout: "20s",
    });
  });

  it("runs controller and proxy from the mirror, with the inference extension on", () => {
    expect(recording.values("agentgateway")).toMatchObject({
      controller: { image: { registry: "mirror.example.org/images", repository: "controller" } },
      proxy: { image: { registry: "mirror.example.org/images", repository: "agentgateway" } },
      inferenceExtension: { enabled: true },
    });
  });

  it("leaves the GatewayClass to the controller that creates it", () => {
    expect(recording.objects.some(({ kind }) => kind === "GatewayClass")).toBe(false);
  });

  it("is there after the controller and the definitions", () => {
    const gateway = recording.resource("kubernetes:gateway.networking.k8s.io/v1:Gateway", "inference-gateway");
    for (const [type, name] of [
      ["kubernetes:yaml/v2:ConfigFile", "gateway-api"],
      ["kubernetes:helm.sh/v4:Chart", "agentgateway-crds"],
      ["kubernetes:helm.sh/v4:Chart", "agentgateway"],
    ] as const) {
      expect(recording.waitsFor(gateway, recording.resource(type, name)), name).toBe(true);
    }
  });
});
