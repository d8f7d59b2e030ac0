import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnControlPlane, ownControlPlane } from "../../rehearsal/control-plane/testing";
import { wideEnvironment } from "../testing";
import { checkCluster } from "./probe";

const name = "gateways.gateway.networking.k8s.io";
const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;

describe("a cluster that is asked", () => {
  let own: OwnControlPlane;
  const environment = (context: string) =>
    wideEnvironment({
      cluster: { kind: "existing", kubeconfig: own.kubeconfig, context, region: "eu-north-1" },
    });

  beforeAll(async () => {
    own = await ownControlPlane();
  });
  afterAll(() => own.stop());

  it("carries the platform", async () => {
    await checkCluster(environment("platform-local"));
  });

  it("is refused for a definition of somebody else", async () => {
    await own.plane.client.apply(
      path,
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name, annotations: { "api-approved.kubernetes.io": "unapproved, a test" } },
        spec: {
          group: "gateway.networking.k8s.io",
          scope: "Namespaced",
          names: { kind: "Gateway", plural: "gateways" },
          versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
        },
      },
      { fieldManager: "somebody" },
    );
    await expect(checkCluster(environment("platform-local"))).rejects.toThrow(
      `${name} is there already, by somebody. If the cluster brings gateway-api, add it to cluster.provides; else remove what is there.`,
    );
  });

  it("is refused when the kubeconfig does not know it", async () => {
    await expect(checkCluster(environment("elsewhere"))).rejects.toThrow(
      /^cluster\.context "elsewhere" is not in the kubeconfig \(.*\); it has /,
    );
  });
});
