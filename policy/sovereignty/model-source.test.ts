import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { planOf } from "../plan";
import { type Context, evaluateStack, type Properties, describe as text, unknown } from "../rule";
import { modelSource } from "./model-source";

const environment = loadEnvironment("sovereign-gcp-eu");
const context = contextOf(environment);
const free = contextOf(loadEnvironment("onprem"));

/** The context with one model whose weights come from there. */
const from = (source: object, base: Context = context): Context => {
  const [model] = base.environment.models;
  const versions = [{ ...model!.versions[0]!, name: undefined, source }];
  return {
    ...base,
    environment: { ...base.environment, models: [{ ...model!, name: "m", versions, adapters: [] }] as never },
  };
};
const none: Context = { ...context, environment: { ...environment, models: [] } };
const run = (props: Properties, over: Context = none, type = "kubernetes:core/v1:Pod") =>
  evaluateStack(modelSource, [resourceWith(type, props)], over);
const container = (more: Properties): Properties => ({ spec: { containers: [{ name: "a", ...more }] } });

test("says what it is", () => {
  expect(modelSource).toMatchObject({
    id: "sovereignty-model-source",
    concern: "sovereignty",
    severity: "high",
  });
});

test("what the blueprint makes of a bucket in the jurisdiction is let through", async () => {
  const plan = await planOf(environment);
  expect(plan.filter((resource) => modelSource.applies(resource, context)).length).toBeGreaterThan(0);
  expect(evaluateStack(modelSource, plan, context)).toEqual([]);
});

describe("sources that the environment states", () => {
  test.each<[string, object, Context]>([
    ["a bucket in the jurisdiction", { kind: "gs", uri: "gs://a/b", region: "europe-west4" }, context],
    [
      "an image of its registries",
      { kind: "oci", reference: `registry.sovereign.example.org/a@sha256:${"0".repeat(64)}` },
      context,
    ],
    ["an image that the mirror has", { kind: "oci", reference: `ghcr.io/models/a@sha256:${"0".repeat(64)}` }, context],
    ["a volume", { kind: "pvc", claim: "weights", path: "a" }, context],
    [
      "a declared hub, where it is not sovereign",
      { kind: "huggingFace", repository: "Qwen/Qwen3-32B", revision: "0" },
      free,
    ],
  ])("%s is let through", (_name, source, base) => {
    expect(evaluateStack(modelSource, [], from(source, base))).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ["a bucket abroad", { kind: "gs", uri: "gs://a/b", region: "us-central1" }, /outside eu; allowed: europe-west4/],
    ["a bucket of another cloud's kind", { kind: "s3", uri: "s3://a/b", region: "europe-west4" }, /no region of it/],
    [
      "a hub that nobody declared",
      { kind: "huggingFace", repository: "Qwen/Qwen3-32B", revision: "0" },
      /does not name/,
    ],
  ])("%s is refused", (_name, source, message) => {
    const [finding] = evaluateStack(modelSource, [], from(source));
    expect(finding).toMatchObject({ kind: "violation", urn: "", field: "models.m.source" });
    expect(finding!.message).toMatch(message);
  });

  test("a declared hub whose operator is under another law is refused where it is sovereign", () => {
    const base = from({ kind: "huggingFace", repository: "Qwen/Qwen3-32B", revision: "0" });
    const { jurisdiction } = free.environment;
    const declared = { ...base.environment.jurisdiction, endpoints: jurisdiction.endpoints };
    const [finding] = evaluateStack(modelSource, [], {
      ...base,
      environment: { ...base.environment, jurisdiction: declared },
    });
    expect(text(finding!)).toContain("its operator Hugging Face, Inc. is under the law of us, not of eu");
  });
});

describe("what runs is refused", () => {
  test.each<[string, Properties, string, string?]>([
    [
      "a server that fetches by itself",
      container({ command: ["vllm", "serve"], args: ["Qwen/Qwen3-32B"] }),
      "spec.containers[0].args[0]",
    ],
    [
      "a worker of Dynamo",
      container({ command: ["python3", "-m", "dynamo.vllm"], args: ["--model", "Qwen/Qwen3-14B"] }),
      "spec.containers[0].args[1]",
    ],
    ["a download", container({ args: ["hf", "download", "Qwen/Qwen3-32B"] }), "spec.containers[0].args[2]"],
    [
      "another hub",
      container({ env: [{ name: "HF_ENDPOINT", value: "https://hub.evil.com" }] }),
      "spec.containers[0].env[0].value",
    ],
    [
      "a bucket abroad",
      container({ args: ["s3://a/b"], env: [{ name: "AWS_REGION", value: "us-east-1" }] }),
      "spec.containers[0].args[0]",
    ],
    ["a bucket of which nothing says where", container({ args: ["gs://a/b"] }), "spec.containers[0].args[0]"],
    [
      "an annotation",
      { metadata: { annotations: { "ai-platform/weights-source": "https://huggingface.co/a/b@0" } } },
      'metadata.annotations["ai-platform/weights-source"]',
    ],
    [
      "adapters that cannot be read",
      { metadata: { annotations: { "ai-platform/adapter-sources": "{" } } },
      'metadata.annotations["ai-platform/adapter-sources"]',
    ],
    [
      "a custom resource",
      { spec: { model: { storageUri: "hf://a/b" } } },
      "spec.model.storageUri",
      "kubernetes:serving.kserve.io/v1beta1:InferenceService",
    ],
  ])("%s", (_name, props, field, type) => {
    expect(run(props, none, type)).toMatchObject([{ kind: "violation", field }]);
  });
});

describe("what runs is let through", () => {
  test.each<[string, Properties]>([
    ["a server of a folder", container({ command: ["vllm", "serve"], args: ["/weights"] })],
    [
      "a server that may look nowhere else",
      container({ command: ["vllm", "serve", "a/b"], env: [{ name: "HF_HUB_OFFLINE", value: "1" }] }),
    ],
    [
      "a bucket whose region the annotation says",
      {
        metadata: {
          annotations: { "ai-platform/weights-source": "gs://a/b", "ai-platform/weights-region": "europe-west4" },
        },
        spec: { containers: [{ command: ["rclone", "copy", ":gcs,env_auth=true:a/b", "/m"] }] },
      },
    ],
    ["what serves no model", container({ command: ["serve"], args: ["docs/site"] })],
  ])("%s", (_name, props) => {
    expect(run(props)).toEqual([]);
  });
});

test("what is not known is deferred to up, and refused there", () => {
  const props: Properties = { metadata: { annotations: { "ai-platform/weights-source": unknown } } };
  expect(run(props)).toMatchObject([{ kind: "deferred" }]);
  expect(run(props, { ...none, preview: false })).toMatchObject([{ kind: "violation" }]);
  expect(run(container({ command: ["vllm", "serve"], args: unknown }))).toMatchObject([
    { kind: "deferred", field: "spec.containers[0].args" },
  ]);
});
