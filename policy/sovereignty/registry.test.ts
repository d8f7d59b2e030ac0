import { describe, expect, test } from "vitest";
import type { Release } from "../../catalog/releases";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { type Context, evaluate, type Properties, describe as text, unknown, type Value } from "../rule";
import { registry } from "./registry";

const run = (type: string, props: Properties, context: Context = contextWith(), over = {}) =>
  evaluate(registry, resourceWith(type, props, over), context);

const pod = (image: Value): Properties => ({ spec: { containers: [{ name: "x", image }] } });
const runPod = (image: Value, context?: Context) => run("kubernetes:core/v1:Pod", pod(image), context);

const registries = (...list: string[]) => contextWith({ jurisdiction: { registries: list } });
const mirror = (charts: string) => contextWith({ environment: environmentWith({ mirror: { charts } }) });
const digest = `sha256:${"0".repeat(64)}`;

test("says what it is", () => {
  expect(registry).toMatchObject({ id: "sovereignty-registry", concern: "sovereignty", severity: "high" });
  expect(registry.title).toBe("Images, charts and manifests come from the registries of the jurisdiction");
});

test("a violation names rule, resource, field, value, what is allowed, and the remedy", () => {
  const [finding] = runPod("nginx:1.29");
  expect(text(finding!)).toBe(
    '[sovereignty-registry] thing (kubernetes:core/v1:Pod): spec.containers[0].image is "nginx:1.29", ' +
      "which is short for docker.io and in no registry of eu; " +
      "allowed: registry.example.eu, ghcr.io/llm-d, registry.k8s.io. " +
      "Remedy: mirror it to a registry of jurisdiction.registries and set mirror.images or mirror.charts.",
  );
});

describe("images let through", () => {
  test.each([
    ["a host", "registry.example.eu/team/app:1"],
    ["a host in capitals, with a final dot and the default port", "REGISTRY.example.eu.:443/team/app:1"],
    ["a path", "ghcr.io/llm-d/llm-d-cuda:v0.9.0"],
    ["a digest", `ghcr.io/llm-d/llm-d-cuda@${digest}`],
    ["a tag and a digest", `ghcr.io/llm-d/llm-d-cuda:v0.9.0@${digest}`],
  ])("%s", (_name, image) => {
    expect(runPod(image)).toEqual([]);
  });

  test.each([
    ["docker.io", "nginx"],
    ["docker.io/library", "nginx:1"],
    ["docker.io/library", "library/nginx"],
    ["index.docker.io", "registry-1.docker.io/openfga/openfga:v1"],
    ["oci://docker.io/openfga/", "openfga/openfga:v1"],
    ["registry.example.eu:5000", "registry.example.eu:5000/app"],
    ["localhost:5001", "localhost:5001/app"],
    ["[::1]:5000", "[::1]:5000/app"],
  ])("%s allows %s", (allowed, image) => {
    expect(runPod(image, registries(allowed))).toEqual([]);
  });

  test.each<[string, string, Properties]>([
    ["a container without image", "kubernetes:core/v1:Pod", { spec: { containers: [{ name: "x" }] } }],
    [
      "an image that is never pulled",
      "kubernetes:core/v1:Pod",
      { spec: { initContainers: [{ name: "x", image: "on-the-node:fixed", imagePullPolicy: "Never" }] } },
    ],
    ["what is no pod", "kubernetes:core/v1:ConfigMap", { data: { image: "docker.io/evil" } }],
    [
      "a definition",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
      { spec: { containers: [{ image: "evil" }] } },
    ],
    [
      "a machine image",
      "gcp:compute/instance:Instance",
      { bootDisk: { initializeParams: { image: "debian-cloud/debian-12" } } },
    ],
  ])("%s", (_name, type, props) => {
    expect(run(type, props)).toEqual([]);
  });
});

describe("images refused", () => {
  test.each([
    ["another host", "quay.io/app:1"],
    ["another path", "ghcr.io/other/app:1"],
    ["a path that only starts alike", "ghcr.io/llm-d-evil/app:1"],
    ["a host that only starts alike", "registry.k8s.io.evil.com/app:1"],
    ["a host that only ends alike", "evil-registry.k8s.io/app:1"],
    ["another port", "registry.example.eu:5000/app"],
    ["an allowed host as a path", "evil.com/registry.k8s.io/app"],
    ["an allowed host as a name", "registry.k8s.io"],
    ["an allowed host as a tag", "evil/app:registry.k8s.io"],
    ["a path in other case", "ghcr.io/LLM-D/app"],
    ["a short name", "nginx"],
    ["a short name with a path", "library/nginx:1.29"],
    ["an allowed host as user", "registry.k8s.io@evil.com/app"],
    ["a path that climbs", "ghcr.io/llm-d/../evil/app"],
    ["an address", "https://registry.k8s.io/app"],
    ["a tag that looks like a digest", "evil.com/app:sha256-abc"],
    ["an IPv6 host", "[2001:db8::1]:5000/app"],
    ["leading space", " evil.com/app"],
  ])("%s", (_name, image) => {
    expect(runPod(image)).toMatchObject([
      { kind: "violation", rule: "sovereignty-registry", field: "spec.containers[0].image", value: image },
    ]);
  });

  test.each<[string, string, Properties, string]>([
    [
      "an init container",
      "kubernetes:core/v1:Pod",
      { spec: { initContainers: [{ image: "evil" }] } },
      "spec.initContainers[0].image",
    ],
    [
      "an ephemeral container",
      "kubernetes:core/v1:Pod",
      { spec: { ephemeralContainers: [{ image: "evil" }] } },
      "spec.ephemeralContainers[0].image",
    ],
    [
      "an image volume",
      "kubernetes:core/v1:Pod",
      { spec: { volumes: [{ name: "m", image: { reference: "evil/model:1" } }] } },
      "spec.volumes[0].image.reference",
    ],
    [
      "a Deployment's second container",
      "kubernetes:apps/v1:Deployment",
      { spec: { template: { spec: { containers: [{ image: "registry.k8s.io/a" }, { image: "evil" }] } } } },
      "spec.template.spec.containers[1].image",
    ],
    [
      "a CronJob",
      "kubernetes:batch/v1:CronJob",
      { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: "evil" }] } } } } } },
      "spec.jobTemplate.spec.template.spec.containers[0].image",
    ],
    [
      "a LeaderWorkerSet",
      "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet",
      { spec: { leaderWorkerTemplate: { workerTemplate: { spec: { containers: [{ image: "evil" }] } } } } },
      "spec.leaderWorkerTemplate.workerTemplate.spec.containers[0].image",
    ],
    [
      "a PodTemplate",
      "kubernetes:core/v1:PodTemplate",
      { template: { spec: { containers: [{ image: "evil" }] } } },
      "template.spec.containers[0].image",
    ],
    [
      "a List",
      "kubernetes:core/v1:List",
      { items: [{ spec: { containers: [{ image: "evil" }] } }] },
      "items[0].spec.containers[0].image",
    ],
    [
      "a custom resource's image",
      "kubernetes:kai.scheduler/v1:Config",
      { spec: { image: "evil/app:1" } },
      "spec.image",
    ],
    [
      "a custom resource's image in parts",
      "kubernetes:kai.scheduler/v1:Config",
      { spec: { binder: { image: { repository: "evil.com/kai", name: "binder" } } } },
      "spec.binder.image",
    ],
    [
      "a cloud's own containers",
      "gcp:cloudrunv2/service:Service",
      { template: { containers: [{ image: "evil.com/a" }] } },
      "template.containers[0].image",
    ],
  ])("%s", (_name, type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "violation", field }]);
  });
});

describe("charts", () => {
  const v4 = "kubernetes:helm.sh/v4:Chart";
  test.each<[string, string, Properties]>([
    ["an OCI reference", v4, { chart: "oci://ghcr.io/llm-d/charts/router" }],
    ["a chart repository", v4, { chart: "router", repositoryOpts: { repo: "https://registry.example.eu/charts" } }],
    [
      "a component's own statement",
      "ai-platform:release:Release",
      { chart: "router", repository: "https://registry.k8s.io/charts/" },
    ],
  ])("%s is let through", (_name, type, props) => {
    expect(run(type, props)).toEqual([]);
  });

  test.each<[string, string, Properties, string]>([
    ["an OCI reference", v4, { chart: "oci://ghcr.io/evil/router" }, "chart"],
    [
      "an OCI reference beside an allowed repository",
      v4,
      { chart: "oci://ghcr.io/evil/router", repositoryOpts: { repo: "https://registry.k8s.io" } },
      "chart",
    ],
    [
      "a chart repository",
      v4,
      { chart: "router", repositoryOpts: { repo: "https://evil.com/charts" } },
      "repositoryOpts.repo",
    ],
    [
      "a v3 chart's repository",
      "kubernetes:helm.sh/v3:Chart",
      { chart: "router", fetchOpts: { repo: "https://evil.com/charts" } },
      "fetchOpts.repo",
    ],
    ["a path that climbs", v4, { chart: "oci://ghcr.io/llm-d/%2e%2e/evil/router" }, "chart"],
    [
      "an allowed host as user",
      v4,
      { chart: "x", repositoryOpts: { repo: "https://registry.k8s.io@evil.com/" } },
      "repositoryOpts.repo",
    ],
    ["an archive by address", v4, { chart: "https://evil.com/router-1.tgz" }, "chart"],
    ["an alias of the machine's helm configuration", v4, { chart: "stable/router" }, "chart"],
    ["a local chart", v4, { chart: "./charts/router" }, "chart"],
    ["a component's own statement", "ai-platform:release:Release", { chart: "oci://evil.com/router" }, "chart"],
  ])("%s is refused", (_name, type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "violation", field }]);
  });

  test("a file is let through when it lies in the mirror", () => {
    const context = mirror("/srv/mirror/");
    expect(run(v4, { chart: "/srv/mirror/router-1.tgz" }, context)).toEqual([]);
    expect(run(v4, { chart: "/srv/mirror/../router-1.tgz" }, context)).toMatchObject([{ kind: "violation" }]);
    expect(run(v4, { chart: "/srv/mirror-evil/router-1.tgz" }, context)).toMatchObject([{ kind: "violation" }]);
    expect(run(v4, { chart: "/srv/mirror/router-1.tgz" }, mirror("oci://ghcr.io/llm-d"))).toHaveLength(1);
  });

  test("credentials in an address are not printed", () => {
    const [finding] = run(v4, { chart: "x", repositoryOpts: { repo: "https://ada:hunter2@evil.com/" } });
    expect(text(finding!)).not.toContain("hunter2");
  });

  describe("a v3 Release, whose objects nobody sees", () => {
    const type = "kubernetes:helm.sh/v3:Release";
    const known = (repository: string) =>
      contextWith({
        releases: {
          router: {
            name: "router",
            source: { kind: "chart", chart: "router", version: "1", registry: "oci://ghcr.io/llm-d" },
            images: [{ repository, tag: "1" }],
          } as unknown as Release,
        },
      });
    const chart = "oci://ghcr.io/llm-d/router";

    test("is judged by the images of the catalog", () => {
      expect(run(type, { chart }, known("ghcr.io/llm-d/router"))).toEqual([]);
      expect(run(type, { chart }, known("evil.com/router"))).toMatchObject([
        { kind: "violation", field: "chart", message: expect.stringContaining("starts evil.com/router:1") },
      ]);
    });

    test("is refused when the catalog does not know it", () => {
      expect(run(type, { chart })).toMatchObject([
        { kind: "violation", message: expect.stringContaining("the catalog does not know") },
      ]);
    });
  });
});

describe("manifests", () => {
  const file = "kubernetes:yaml/v2:ConfigFile";
  test("come from a registry's host or from the mirror", () => {
    const context = registries("github.com/kubernetes-sigs");
    expect(run(file, { file: "https://github.com/kubernetes-sigs/gateway-api/x.yaml" }, context)).toEqual([]);
    expect(run(file, { file: "https://github.com/evil/x.yaml" }, context)).toMatchObject([{ field: "file" }]);
    expect(run(file, { file: "/srv/mirror/x.yaml" }, mirror("/srv/mirror"))).toEqual([]);
    expect(run(file, { file: "x.yaml" })).toMatchObject([{ kind: "violation" }]);
  });

  test.each<[string, Properties, string]>([
    [
      "kubernetes:yaml/v2:ConfigGroup",
      { files: ["https://registry.k8s.io/a.yaml", "https://evil.com/b.yaml"] },
      "files[1]",
    ],
    ["kubernetes:yaml:ConfigGroup", { files: "https://evil.com/b.yaml" }, "files"],
    ["kubernetes:kustomize/v2:Directory", { directory: "https://evil.com/repo" }, "directory"],
    ["ai-platform:release:Release", { file: "https://evil.com/b.yaml" }, "file"],
  ])("of a %s are read too", (type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "violation", field }]);
  });
});

describe("what is not known is deferred to up, and refused there", () => {
  test.each<[string, string, Properties, string]>([
    ["an image", "kubernetes:core/v1:Pod", pod(unknown), "spec.containers[0].image"],
    ["a container", "kubernetes:core/v1:Pod", { spec: { containers: [unknown] } }, "spec.containers[0]"],
    ["all containers", "kubernetes:core/v1:Pod", { spec: { containers: unknown } }, "spec.containers"],
    ["a template", "kubernetes:apps/v1:Deployment", { spec: { template: unknown } }, "spec.template"],
    ["a whole spec", "kubernetes:apps/v1:Deployment", { spec: unknown }, "spec"],
    [
      "a part of an image",
      "kubernetes:kai.scheduler/v1:Config",
      { spec: { image: { repository: unknown, name: "x" } } },
      "spec.image",
    ],
    ["a chart", "kubernetes:helm.sh/v4:Chart", { chart: unknown }, "chart"],
    [
      "a chart repository",
      "kubernetes:helm.sh/v4:Chart",
      { chart: "x", repositoryOpts: { repo: unknown } },
      "repositoryOpts.repo",
    ],
    ["its options", "kubernetes:helm.sh/v4:Chart", { chart: "x", repositoryOpts: unknown }, "repositoryOpts"],
    ["a manifest", "kubernetes:yaml/v2:ConfigFile", { file: unknown }, "file"],
    ["a list of manifests", "kubernetes:yaml/v2:ConfigGroup", { files: unknown }, "files"],
  ])("%s", (_name, type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "deferred", field }]);
    expect(run(type, props, contextWith({ preview: false }))).toMatchObject([{ kind: "violation", field }]);
  });
});

test("secrets are judged and not printed", () => {
  const secret = { secrets: [["spec", "containers", 0, "image"]] };
  const [finding] = run("kubernetes:core/v1:Pod", pod("evil.com/hunter2:1"), contextWith(), secret);
  expect(text(finding!)).toContain('image is "(secret)"');
  expect(text(finding!)).not.toContain("hunter2");
});
