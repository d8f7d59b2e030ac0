import { describe, expect, it } from "vitest";
import { z } from "zod";
import { wideEnvironment } from "../components/testing";
import { checkDivided, checkGateway, checkGkeGateway, gatewayImplementation } from "./gateway";

describe("the gateway's implementation", () => {
  const gateway = z.strictObject(gatewayImplementation);
  const gke = { proxyRange: "10.129.0.0/23" } as const;

  it("is agentgateway where none is stated", () => {
    expect(gateway.parse({})).toEqual({ implementation: "agentgateway", exposure: "internal" });
    expect(gateway.parse({ implementation: "gke", gke: { proxyRange: gke.proxyRange } })).toEqual({
      implementation: "gke",
      exposure: "internal",
      gke,
    });
    expect(() => gateway.parse({ implementation: "nginx" })).toThrow();
    expect(() => gateway.parse({ gke: { proxyRange: "10.129.0.1/23" } })).toThrow("the range by its first address");
  });

  it("is GKE's on GKE alone", () => {
    expect(checkGateway("gke", "gke")).toBeUndefined();
    for (const kind of ["existing", "eks"] as const) {
      expect(checkGateway("gke", kind)).toMatch(
        new RegExp(`^agentgateway, istio or envoy-gateway: .* of kind ${kind}$`),
      );
      for (const other of ["agentgateway", "istio", "envoy-gateway"] as const) {
        expect(checkGateway(other, kind)).toBeUndefined();
      }
    }
  });

  it("divides requests among versions only where it asks each one's picker", () => {
    const canary = { versions: [{}, {}], routing: "picker" } as const;
    for (const implementation of ["istio", "envoy-gateway"] as const) {
      expect(checkDivided(implementation, canary)).toMatch(/^one, or gateway\.implementation: agentgateway or gke: /);
      expect(checkDivided(implementation, { ...canary, versions: [{}] })).toBeUndefined();
      expect(checkDivided(implementation, { ...canary, routing: "service" })).toBeUndefined();
    }
    for (const implementation of ["agentgateway", "gke"] as const) {
      expect(checkDivided(implementation, canary)).toBeUndefined();
    }
    const gateway = { host: "models.example.org", replicas: 3, implementation: "istio" } as const;
    expect(() => wideEnvironment({ gateway })).toThrow("istio asks one endpoint picker for all versions of a model");
  });

  it("states what belongs to it, and nothing else", () => {
    expect(checkGkeGateway({ implementation: "gke", gke })).toBeUndefined();
    expect(checkGkeGateway({ implementation: "gke" })).toMatch(/^proxyRange/);
    expect(checkGkeGateway({ implementation: "istio" })).toBeUndefined();
    expect(checkGkeGateway({ implementation: "istio", gke })).toBe("nothing: implementation is istio");
  });
});
