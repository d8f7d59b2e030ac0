import { expect, test } from "vitest";
import { chartReference, releases } from "../../catalog/releases";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { describe as text, unknown } from "../rule";
import { catalogImage } from "./catalog-image";
import { deployment, fields, findings, kinds, object, restrictedContainer, restrictedPod, upstream } from "./testing";

const running = (image: string | typeof unknown) =>
  deployment(restrictedPod({ containers: [restrictedContainer({ image })] }));
const field = "spec.template.spec.containers[0].image";
const chart = (over: object = {}) => {
  const { chart, version } = chartReference(releases.lws, {});
  return resourceWith("kubernetes:helm.sh/v4:Chart", { chart, version, ...over });
};

test("says what it is", () => {
  expect(catalogImage).toMatchObject({
    id: "security-catalog-image",
    concern: "security",
    severity: "high",
  });
  expect(catalogImage.title).toBe("Images and charts are the catalog's");
});

test("lets through the catalog's images and charts, also from a mirror", () => {
  expect(findings(catalogImage, running("ghcr.io/llm-d/llm-d-cuda:v0.9.0"))).toEqual([]);
  expect(findings(catalogImage, chart())).toEqual([]);
  const mirror = { images: "registry.example.eu/mirror", charts: "oci://registry.example.eu/charts" };
  const context = contextWith({ environment: environmentWith({ mirror }) });
  expect(findings(catalogImage, running("registry.example.eu/mirror/llm-d/llm-d-cuda:v0.9.0"), context)).toEqual([]);
  expect(fields(catalogImage, running("ghcr.io/llm-d/llm-d-cuda:v0.9.0"), context)).toEqual([field]);
  expect(findings(catalogImage, chart(chartReference(releases.lws, mirror)), context)).toEqual([]);
});

test("reads aloud", () => {
  expect(text(findings(catalogImage, running("docker.io/library/nginx:1.29"))[0]!)).toBe(
    `[security-catalog-image] thing (kubernetes:apps/v1:Deployment): ${field} is "docker.io/library/nginx:1.29", which the catalog ` +
      "does not name. Remedy: add the image to catalog/images.ts, or the release to catalog/releases.ts, with the source that was read.",
  );
});

test.each([
  ["another tag", running("ghcr.io/llm-d/llm-d-cuda:v0.9.1"), field],
  ["no tag", running("ghcr.io/llm-d/llm-d-cuda"), field],
  ["another registry", running("ghcr.example/llm-d/llm-d-cuda:v0.9.0"), field],
  ["what is no reference", running("ghcr.io/llm-d/llm-d-cuda:v0.9.0@latest"), field],
  ["another version of a chart", chart({ version: "v0.0.1" }), "version"],
  ["another chart", chart({ chart: "oci://ghcr.io/mine/charts/lws" }), "chart"],
  ["another manifest", resourceWith("kubernetes:yaml/v2:ConfigFile", { file: "https://example.org/a.yaml" }), "file"],
  ["objects of a group of files", resourceWith("kubernetes:yaml/v2:ConfigGroup", { files: ["a.yaml"] }), ""],
] as const)("refuses %s", (_name, resource, at) => {
  expect(fields(catalogImage, resource)).toEqual([at]);
});

test("a container of a chart is refused like any; what an operator makes an image of is said", () => {
  expect(findings(catalogImage, upstream(running("docker.io/library/nginx:1.29"), "lws", "lws-system"))).toMatchObject([
    { kind: "violation" },
  ]);
  const part = object("nvidia.com/v1:ClusterPolicy", {
    spec: { driver: { image: "driver", repository: "nvcr.io/nvidia", version: "1" } },
  });
  expect(findings(catalogImage, upstream(part, "gpu-operator", "gpu-operator"))).toMatchObject([
    { kind: "unverified" },
  ]);
});

test("an image not known yet is deferred to up, and refused there", () => {
  expect(kinds(catalogImage, running(unknown))).toEqual(["deferred", "violation"]);
  expect(kinds(catalogImage, chart({ version: unknown }))).toEqual(["deferred", "violation"]);
});
