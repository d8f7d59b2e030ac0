import { beforeAll, describe, expect, it } from "vitest";
import { Platform } from "../platform";
import { type Recording, recordProgram } from "../recording";
import { record, wideEnvironment } from "../testing";

const revision = (digit: string) => digit.repeat(40);
const source = (digit: string) => ({ huggingFace: "Qwen/Qwen3-32B", revision: revision(digit) });

/** A model of two versions, by what of the requests each gets. */
const canary = (stable: number, next: number) =>
  wideEnvironment({
    models: [
      {
        name: "assistant",
        tenant: "search",
        pool: "h100",
        maxContext: 16_384,
        priority: 5,
        serving: { mode: "disaggregated", prefill: { replicas: 2 }, decode: { replicas: 2 } },
        versions: [
          { name: "v1", weight: stable, source: source("1") },
          {
            name: "v2",
            weight: next,
            source: source("2"),
            serving: { mode: "aggregated", servers: { replicas: 1, gpus: 2 } },
          },
        ],
      },
    ],
  });

const kindsOf = (recording: Recording, kind: string) =>
  recording.objects
    .filter((object) => object.kind === kind && object.metadata.name.startsWith("assistant"))
    .map(({ metadata }) => metadata.name)
    .sort();

/** Everything that an engine would compare, without what only tells resources apart. */
const inputsOf = (recording: Recording) =>
  new Map(recording.resources.map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)]));

describe("a canary", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(canary(90, 10));
  });

  it("has servers, a pool and a picker of its own", () => {
    expect(kindsOf(recording, "Deployment")).toEqual([
      "assistant-v1-decode",
      "assistant-v1-picker",
      "assistant-v1-prefill",
      "assistant-v2",
      "assistant-v2-picker",
    ]);
    expect(kindsOf(recording, "InferencePool")).toEqual(["assistant-v1", "assistant-v2"]);
    for (const version of ["v1", "v2"]) {
      expect(recording.object("InferencePool", `assistant-${version}`).spec.selector.matchLabels).toEqual({
        "llm-d.ai/model": "assistant",
        "llm-d.ai/inference-serving": "true",
        "ai-platform/version": version,
      });
    }
  });

  it("has servers that no other version's selector finds", () => {
    const selector = recording.object("InferencePool", "assistant-v1").spec.selector.matchLabels;
    const found = recording.objects
      .filter(({ kind }) => kind === "Deployment")
      .filter(({ spec }) =>
        Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value),
      );
    expect(found.map(({ metadata }) => metadata.name).sort()).toEqual(["assistant-v1-decode", "assistant-v1-prefill"]);
  });

  it("is sent its part of the requests, with the objective of its own pool", () => {
    const [rule] = recording.object("HTTPRoute", "assistant").spec.rules;
    expect(rule.backendRefs.map(({ name, weight }: { name: string; weight: number }) => [name, weight])).toEqual([
      ["assistant-v1", 90],
      ["assistant-v2", 10],
    ]);
    for (const { name, filters } of rule.backendRefs) {
      expect(filters).toEqual([
        {
          type: "RequestHeaderModifier",
          requestHeaderModifier: { set: [{ name: "x-llm-d-inference-objective", value: name }] },
        },
      ]);
      expect(recording.object("InferenceObjective", name).spec).toMatchObject({
        priority: 5,
        poolRef: { name },
      });
    }
    expect(rule.filters).toHaveLength(1);
  });

  it("is promoted, and rolled back, by its route alone", async () => {
    const before = inputsOf(recording);
    const changed = async (stable: number, next: number) => {
      const after = inputsOf(await record(canary(stable, next)));
      expect([...after.keys()]).toEqual([...before.keys()]);
      return [...after].filter(([key, inputs]) => before.get(key) !== inputs).map(([key]) => key);
    };
    const route = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute assistant";
    expect(await changed(0, 100)).toEqual([route]);
    expect(await changed(100, 0)).toEqual([route]);
  });

  it("is told of by the stack: which version runs, from where, and for how much", async () => {
    let platform: Platform | undefined;
    await recordProgram("canary", () => {
      platform = new Platform("platform", canary(90, 10));
    });
    expect(platform!.published.models[0]).toMatchObject({
      name: "assistant",
      versions: [
        {
          name: "v1",
          weight: 90,
          source: { kind: "huggingFace", repository: "Qwen/Qwen3-32B", revision: revision("1") },
        },
        { name: "v2", weight: 10, source: { revision: revision("2") } },
      ],
    });
  });
});

describe("a small model", () => {
  it("has a Service instead of a pool and a picker, and one policy with its like", async () => {
    const small = (name: string) => ({
      name,
      model: "qwen3-0.6b" as const,
      tenant: "search",
      pool: "h100",
      serving: { mode: "aggregated" as const, servers: { replicas: 1 } },
    });
    const recording = await record(wideEnvironment({ models: [small("a"), small("b")] }));
    expect(recording.objects.filter(({ kind }) => kind === "InferencePool")).toEqual([]);
    const service = recording.object("Service", "a");
    expect(service.spec.selector).toMatchObject({ "llm-d.ai/model": "a" });
    // The official provider fails a Service that has had no endpoint for ten minutes, and servers may wait longer.
    expect(service.metadata.annotations).toMatchObject({ "pulumi.com/skipAwait": "true" });
    expect(recording.object("HTTPRoute", "a").spec.rules[0].backendRefs).toEqual([
      { group: "", kind: "Service", name: "a", port: 8000 },
    ]);
    const policies = recording.objects.filter(
      ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.namespace === "tenant-search",
    );
    expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual([
      "allowed",
      "default-deny",
      "fill-caches",
      "metrics",
      "models",
    ]);
    // What fills the pool's cache fetches; servers do not.
    expect(recording.object("NetworkPolicy", "fill-caches", "tenant-search").spec).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/component": "model-cache" } },
      policyTypes: ["Egress"],
      egress: [{ ports: [{ protocol: "TCP", port: 443 }] }],
    });
    expect(recording.object("NetworkPolicy", "models").spec.podSelector.matchLabels).toEqual({
      "ai-platform/routing": "service",
    });
    const deployment = recording.object("Deployment", "a");
    expect(deployment.spec.template.metadata.labels).toMatchObject({ "ai-platform/routing": "service" });
    // A second replica brings a picker: what changes then must not be what the Deployment is made anew for.
    expect(deployment.spec.selector.matchLabels).not.toHaveProperty("ai-platform/routing");
  });

  it("that spans nodes lets its pods talk to each other", async () => {
    const recording = await record(
      wideEnvironment({
        models: [
          {
            name: "wide",
            model: "qwen3-32b",
            tenant: "research",
            pool: "nvl72",
            serving: { mode: "aggregated", servers: { replicas: 1, gpus: 4, nodes: 2 } },
          },
        ],
      }),
    );
    expect(recording.object("Service", "wide")).toBeDefined();
    const { podSelector, ingress } = recording.object("NetworkPolicy", "wide").spec;
    expect(podSelector.matchLabels).toEqual({ "llm-d.ai/model": "wide" });
    expect(ingress[0]).toEqual({ from: [{ podSelector: { matchLabels: { "llm-d.ai/model": "wide" } } }] });
    const { leaderTemplate, workerTemplate } = recording.object("LeaderWorkerSet", "wide").spec.leaderWorkerTemplate;
    for (const { metadata } of [leaderTemplate, workerTemplate]) {
      expect(metadata.labels).toMatchObject({ "llm-d.ai/model": "wide" });
    }
  });
});

describe("an adapter", () => {
  it("is asked for by its own name, and known to the servers by one for each of its sources", async () => {
    const model = (digit: string) => ({
      name: "base",
      model: "qwen3-8b" as const,
      tenant: "search",
      pool: "h100",
      serving: { mode: "aggregated" as const, servers: { replicas: 1 } },
      adapters: [{ name: "legal", source: { huggingFace: "example/legal", revision: revision(digit) } }],
    });
    const rewriteOf = async (digit: string) =>
      (await record(wideEnvironment({ models: [model(digit)] }))).object("InferenceModelRewrite", "base").spec;
    const [one, other] = await Promise.all([rewriteOf("1"), rewriteOf("2")]);
    expect(one.poolRef).toMatchObject({ kind: "InferencePool", name: "base" });
    expect(one.rules[0].matches).toEqual([{ model: { type: "Exact", value: "legal" } }]);
    expect(one.rules[0].targets[0].modelRewrite).toMatch(/^legal-[0-9a-f]{8}$/);
    expect(other.rules[0].targets).not.toEqual(one.rules[0].targets);
  });
});
