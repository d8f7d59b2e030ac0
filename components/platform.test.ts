import { beforeAll, describe, expect, it } from "vitest";
import { images } from "../catalog/images";
import { Platform } from "./platform";
import { type Recording, record, wideEnvironment } from "./testing";

describe("Platform", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("builds its steps in order", () => {
    const steps = recording.resources.filter(({ parent }) => parent.endsWith("::platform"));
    expect(steps.map(({ type }) => type)).toEqual([
      "ai-platform:cluster:ExistingCluster",
      "ai-platform:admission:AdmissionPolicies",
      "ai-platform:accelerators:Accelerators",
      "ai-platform:scheduling:Scheduling",
      "ai-platform:gateway:InferenceGateway",
      "ai-platform:identity:Identity",
      "ai-platform:authorization:Authorization",
      "ai-platform:serving:DynamoPlatform",
      "ai-platform:serving:Autoscalers",
      "ai-platform:serving:Serving",
    ]);
  });

  it("gives every resource but itself a parent of the platform's", () => {
    const orphans = recording.resources.filter(({ parent }) => parent === "");
    expect(orphans.map(({ type }) => type)).toEqual(["ai-platform:platform:Platform"]);
  });

  it("sends every Kubernetes resource through the one provider", () => {
    const provider = recording.resource("pulumi:providers:kubernetes", "kubernetes");
    const kubernetes = recording.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(kubernetes.length).toBeGreaterThan(70);
    for (const { provider: used, name, type } of kubernetes) {
      expect(used.startsWith(`${provider.urn}::`), `${type} ${name}`).toBe(true);
    }
  });

  it("names every object itself, and none twice", () => {
    const keys = recording.objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    expect(keys.filter((key) => key.endsWith("/undefined"))).toEqual([]);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it("puts every namespaced object into a namespace that it makes, and waits for it", () => {
    const namespaces = recording.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
    for (const resource of recording.resources) {
      const { metadata } = resource.inputs as { metadata?: { namespace?: string } };
      if (metadata?.namespace !== undefined) {
        const namespace = namespaces.find(
          ({ inputs }) => (inputs.metadata as { name: string }).name === metadata.namespace,
        );
        expect(namespace, `${resource.name} in ${metadata.namespace}`).toBeDefined();
        expect(recording.waitsFor(resource, namespace!), resource.name).toBe(true);
      }
    }
  });

  it("sets a Pod Security level on every namespace, and the strictest where models are served", () => {
    const levels = Object.fromEntries(
      recording.objects
        .filter(({ kind }) => kind === "Namespace")
        .map(({ metadata }) => [metadata.name, metadata.labels?.["pod-security.kubernetes.io/enforce"]]),
    );
    expect(levels).toEqual({
      "agentgateway-system": "restricted",
      "dcgm-exporter": "privileged",
      "dynamo-system": "baseline",
      "grove-system": "baseline",
      "dra-driver-nvidia-gpu": "privileged",
      "inference-gateway": "restricted",
      "kai-resource-reservation": "baseline",
      "kai-scheduler": "baseline",
      keda: "restricted",
      "lws-system": "restricted",
      openfga: "restricted",
      "spire-server": "restricted",
      "spire-system": "privileged",
      "tenant-research": "restricted",
      "tenant-search": "restricted",
    });
  });

  it("admits critical pods on GKE, and writes no quota elsewhere", async () => {
    const quotas = (of: Recording) =>
      of.objects.filter(({ kind }) => kind === "ResourceQuota").map(({ metadata }) => metadata.namespace);
    expect(quotas(recording).sort()).toEqual([
      "dcgm-exporter",
      "dra-driver-nvidia-gpu",
      "spire-server",
      "spire-system",
    ]);
    const elsewhere = wideEnvironment({ cluster: { kind: "existing", context: "wide", region: "eu-north-1" } });
    expect(quotas(await record(elsewhere))).toEqual([]);
  });

  it("takes every image of its own from the mirror", () => {
    const used = JSON.stringify(recording.objects).match(/"image":"[^"]+"/g) ?? [];
    expect(used.length).toBeGreaterThanOrEqual(8);
    for (const image of used) {
      expect(image).toMatch(/^"image":"mirror\.example\.org\/images\//);
    }
    for (const { repository } of Object.values(images)) {
      const path = repository.slice(repository.indexOf("/"));
      expect(used.some((image) => image.includes(path))).toBe(true);
    }
  });

  it("mounts a service account token into nothing but endpoint pickers", () => {
    for (const { kind, metadata, spec } of recording.objects) {
      const template = spec?.template?.spec ?? spec?.leaderWorkerTemplate?.leaderTemplate.spec;
      if (kind === "Deployment" || kind === "Job" || kind === "LeaderWorkerSet") {
        expect(template.automountServiceAccountToken, metadata.name).toBe(metadata.name.endsWith("-picker"));
      }
    }
  });

  it("refuses a tuple that does not fit, before it creates anything", () => {
    const environment = wideEnvironment();
    environment.authorization.tuples.push({ user: "team:search", relation: "owner", object: "model:qwen3-32b" });
    expect(() => new Platform("platform", environment)).toThrow(
      "authorization.tuples[3]: user team:search: model#owner can be given to user, team#member, not to team",
    );
  });
});
