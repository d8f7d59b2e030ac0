import { beforeAll, describe, expect, it } from "vitest";
import { type Recording, record, wideEnvironment } from "../testing";

describe("Identity", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("gives identities to model servers, endpoint pickers and the gateway, and to nothing else", () => {
    const ids = recording.objects.filter(({ kind }) => kind === "ClusterSPIFFEID");
    expect(
      Object.fromEntries(ids.map(({ metadata, spec }) => [metadata.name, [spec.namespaceSelector, spec.podSelector]])),
    ).toEqual({
      "model-server": [
        { matchExpressions: [{ key: "ai-platform/tenant", operator: "Exists" }] },
        { matchLabels: { "llm-d.ai/inference-serving": "true" } },
      ],
      "endpoint-picker": [
        { matchExpressions: [{ key: "ai-platform/tenant", operator: "Exists" }] },
        { matchLabels: { "app.kubernetes.io/component": "endpoint-picker" } },
      ],
      gateway: [
        { matchLabels: { "kubernetes.io/metadata.name": "inference-gateway" } },
        { matchLabels: { "gateway.networking.k8s.io/gateway-name": "inference-gateway" } },
      ],
    });
    const { clusterSPIFFEIDs } = recording.values("spire")["spire-server"].controllerManager.identities;
    expect(clusterSPIFFEIDs.default.enabled).toBe(false);
  });

  it("selects pods that there are", () => {
    const pods = recording.objects.flatMap(({ spec }) => [
      spec?.template?.metadata?.labels ?? {},
      spec?.leaderWorkerTemplate?.leaderTemplate.metadata.labels ?? {},
    ]);
    for (const name of ["model-server", "endpoint-picker"]) {
      const { matchLabels } = recording.object("ClusterSPIFFEID", name).spec.podSelector;
      const [key, value] = Object.entries(matchLabels)[0]!;
      expect(
        pods.some((labels) => labels[key] === value),
        name,
      ).toBe(true);
    }
  });

  it("names who a service account is, in the class that the chart's controller looks after", () => {
    const { spec } = recording.object("ClusterSPIFFEID", "model-server");
    expect(spec.spiffeIDTemplate).toBe(
      "spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}",
    );
    expect(spec.className).toBe("spire-system-spire");
  });

  it("runs SPIRE under the environment's trust domain, from the mirror", () => {
    expect(recording.values("spire").global.spire).toMatchObject({
      clusterName: "wide",
      trustDomain: "platform.example.org",
      image: { registry: "mirror.example.org/images" },
    });
  });

  it("leaves each image its own registry without a mirror", async () => {
    const published = await record(wideEnvironment({ mirror: {} }));
    expect(published.values("spire").global.spire.image).toBeUndefined();
  });

  it("keeps the server's keys on a volume in production only", async () => {
    expect(recording.values("spire")["spire-server"].persistence.type).toBe("pvc");
    const development = await record(wideEnvironment({ tier: "development" }));
    expect(development.values("spire")["spire-server"].persistence.type).toBe("emptyDir");
  });

  it("writes identities once their definition is there", () => {
    const definitions = recording.resource("kubernetes:helm.sh/v4:Chart", "spire-crds");
    const id = recording.resource("kubernetes:spire.spiffe.io/v1alpha1:ClusterSPIFFEID", "model-server");
    expect(recording.waitsFor(id, definitions)).toBe(true);
  });
});
