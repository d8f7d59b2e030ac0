import { describe, expect, it } from "vitest";
import { exposureAnnotations } from "./exposure";

describe("the load balancer of a gateway", () => {
  it("takes an address of the network on a cloud, by the words of whoever makes it", () => {
    expect(exposureAnnotations("internal", "eks")).toEqual({
      "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
      "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    });
    expect(exposureAnnotations("internal", "gke")).toEqual({ "networking.gke.io/load-balancer-type": "Internal" });
    expect(exposureAnnotations("internal", "existing")).toEqual({});
  });

  it("takes one of the internet where the environment says so", () => {
    expect(exposureAnnotations("public", "eks")).toEqual({
      "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
    });
    expect(exposureAnnotations("public", "gke")).toEqual({});
  });
});
