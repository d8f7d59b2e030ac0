import { describe, expect, test } from "vitest";
import type { Release } from "../../catalog/releases";
import { contextWith, resourceWith } from "../fixtures";
import { evaluate, type Properties, describe as text, unknown, type Value } from "../rule";
import { digest } from "./digest";

const sha = "0123456789abcdef".repeat(4);
const pod = (image: Value, more: Properties = {}): Properties => ({
  spec: { containers: [{ name: "a", image, ...more }] },
});
const run = (type: string, props: Properties, context = contextWith()) =>
  evaluate(digest, resourceWith(type, props), context);

test("says what it is", () => {
  expect(digest).toMatchObject({ id: "sovereignty-digest", concern: "sovereignty", severity: "high" });
});

test("a violation names field, image and remedy", () => {
  const [finding] = run("kubernetes:core/v1:Pod", pod("ghcr.io/llm-d/llm-d-cuda:v0.9.0"));
  expect(text(finding!)).toBe(
    '[sovereignty-digest] thing (kubernetes:core/v1:Pod): spec.containers[0].image is "ghcr.io/llm-d/llm-d-cuda:v0.9.0", ' +
      "which names a tag, and what a tag names can change. " +
      "Remedy: name it by digest, as <registry>/<repository>@sha256:<64 digits>.",
  );
});

describe("lets through", () => {
  test.each<[string, string, Properties]>([
    ["a digest", "kubernetes:core/v1:Pod", pod(`ghcr.io/llm-d/a@sha256:${sha}`)],
    ["a tag with a digest", "kubernetes:core/v1:Pod", pod(`ghcr.io/llm-d/a:v1@sha256:${sha}`)],
    ["a longer digest", "kubernetes:core/v1:Pod", pod(`ghcr.io/llm-d/a@sha512:${sha}${sha}`)],
    [
      "an image that is never pulled",
      "kubernetes:core/v1:Pod",
      pod("cos-nvidia-installer:fixed", { imagePullPolicy: "Never" }),
    ],
    [
      "parts with a digest",
      "kubernetes:agentgateway.dev/v1alpha1:AgentgatewayParameters",
      {
        spec: {
          image: { registry: "cr.agentgateway.dev", repository: "agentgateway", tag: "v1", digest: `sha256:${sha}` },
        },
      },
    ],
    [
      "a variable that names no image",
      "kubernetes:core/v1:Pod",
      pod(`a@sha256:${sha}`, { env: [{ name: "IMAGE_TAG", value: "v1" }] }),
    ],
    ["what runs nothing", "kubernetes:core/v1:ConfigMap", { data: { image: "a:v1" } }],
  ])("%s", (_name, type, props) => {
    expect(run(type, props)).toEqual([]);
  });
});

describe("refuses", () => {
  test.each<[string, string, Properties, string, RegExp]>([
    ["a tag", "kubernetes:core/v1:Pod", pod("a:v1"), "spec.containers[0].image", /names a tag/],
    ["nothing but a name", "kubernetes:core/v1:Pod", pod("a"), "spec.containers[0].image", /names no state/],
    [
      "half a digest",
      "kubernetes:core/v1:Pod",
      pod(`a@sha256:${sha.slice(32)}`),
      "spec.containers[0].image",
      /not whole/,
    ],
    ["what cannot be read", "kubernetes:core/v1:Pod", pod("a b"), "spec.containers[0].image", /cannot be|can be read/],
    [
      "an image volume",
      "kubernetes:core/v1:Pod",
      { spec: { volumes: [{ image: { reference: "a:v1" } }] } },
      "spec.volumes[0].image.reference",
      /tag/,
    ],
    [
      "a variable that names one",
      "kubernetes:core/v1:Pod",
      pod(`a@sha256:${sha}`, { env: [{ name: "SIDECAR_IMAGE", value: "ghcr.io/a/b:v1" }] }),
      "spec.containers[0].env[0].value",
      /tag/,
    ],
    [
      "containers as text",
      "aws:ecs/taskDefinition:TaskDefinition",
      { containerDefinitions: '[{"image":"a:v1"}]' },
      "containerDefinitions[0].image",
      /tag/,
    ],
  ])("%s", (_name, type, props, field, message) => {
    const [finding] = run(type, props);
    expect(finding).toMatchObject({ kind: "violation", field });
    expect(finding?.message).toMatch(message);
  });
});

test("a Release, whose objects nobody sees, is judged by the images of the catalog", () => {
  const release = (digest?: string) =>
    contextWith({
      releases: {
        router: {
          name: "router",
          source: { kind: "chart", chart: "router", version: "1", registry: "oci://ghcr.io/llm-d" },
          images: [{ repository: "ghcr.io/llm-d/router", tag: "1", ...(digest && { digest }) }],
        } as unknown as Release,
      },
    });
  const type = "kubernetes:helm.sh/v3:Release";
  expect(run(type, { chart: "oci://ghcr.io/llm-d/router" }, release())).toMatchObject([
    { kind: "violation", field: "chart" },
  ]);
  expect(run(type, { chart: "oci://ghcr.io/llm-d/router" }, release(`sha256:${sha}`))).toEqual([]);
  expect(run(type, { chart: unknown }, release())).toMatchObject([{ kind: "deferred", field: "chart" }]);
});

test("what is not known is deferred to up, and refused there", () => {
  expect(run("kubernetes:core/v1:Pod", pod(unknown))).toMatchObject([
    { kind: "deferred", field: "spec.containers[0].image" },
  ]);
  expect(run("kubernetes:core/v1:Pod", pod(unknown), contextWith({ preview: false }))).toMatchObject([
    { kind: "violation" },
  ]);
});
