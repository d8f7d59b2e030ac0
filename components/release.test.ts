import { beforeAll, describe, expect, it } from "vitest";
import { type ReleaseName, releases } from "../catalog/releases";
import { unchosen } from "./chosen-releases";
import { Release, releaseImage } from "./release";
import { type Recording, record, wideEnvironment } from "./testing";

const chart = "kubernetes:helm.sh/v4:Chart";
const manifest = "kubernetes:yaml/v2:ConfigFile";
const typeOf = (name: ReleaseName) => (releases[name].install.how === "helm.v4.Chart" ? chart : manifest);

/** What the wide environment has no use for: its nodes are there, with their drivers, and the DRA driver owns the GPUs. */
const elsewhere = new Set<string>([
  ...["karpenter-crd", "karpenter", "gpu-operator", "hami"],
  ...unchosen(wideEnvironment()),
]);

describe("Release", () => {
  let mirrored: Recording;
  let published: Recording;
  beforeAll(async () => {
    mirrored = await record(wideEnvironment());
    published = await record(wideEnvironment({ mirror: {} }));
  });

  it("installs every release of the catalog that this environment calls for once, under its own name", () => {
    const installed = mirrored.resources.filter(({ type }) => type === chart || type === manifest);
    expect(installed.map(({ name }) => name).sort()).toEqual(
      Object.keys(releases)
        .filter((name) => !elsewhere.has(name))
        .sort(),
    );
  });

  it("takes charts from their publishers, at the catalog's version", () => {
    expect(published.resource(chart, "kai-scheduler").inputs).toMatchObject({
      name: "kai-scheduler",
      chart: "oci://ghcr.io/kai-scheduler/kai-scheduler/kai-scheduler",
      version: releases["kai-scheduler"].version,
      namespace: "kai-scheduler",
    });
  });

  it("takes charts from an oci mirror", () => {
    for (const { inputs, name } of mirrored.resources.filter(({ type }) => type === chart)) {
      expect(inputs.chart).toBe(`oci://mirror.example.org/charts/${name}`);
      expect(inputs.version).toBeDefined();
    }
  });

  it("takes charts and manifests from a folder", async () => {
    const recording = await record(wideEnvironment({ mirror: { charts: "/srv/charts" } }));
    const { inputs } = recording.resource(chart, "openfga");
    expect(inputs.chart).toMatch(/^\/srv\/charts\/openfga-[0-9.]+\.tgz$/);
    expect(inputs.version).toBeUndefined();
    expect(recording.resource(manifest, "gateway-api").inputs.file).toBe(
      `/srv/charts/gateway-api-${releases["gateway-api"].version}.yaml`,
    );
  });

  it("installs nothing of what the cluster brings itself", async () => {
    const cluster = { kind: "existing" as const, context: "wide", region: "eu-north-1" };
    const recording = await record(wideEnvironment({ cluster: { ...cluster, provides: ["gateway-api"] } }));
    expect(recording.resources.filter(({ type }) => type === manifest).map(({ name }) => name)).not.toContain(
      "gateway-api",
    );
    expect(recording.resource("ai-platform:release:Release", "gateway-api")).toBeDefined();
  });

  it("waits for the releases that the catalog puts before it", () => {
    let edges = 0;
    for (const { name, after } of Object.values(releases).filter((release) => !elsewhere.has(release.name))) {
      for (const needed of after) {
        const later = mirrored.resource(typeOf(name as ReleaseName), name);
        const earlier = mirrored.resource(typeOf(needed as ReleaseName), needed);
        expect(mirrored.waitsFor(later, earlier), `${name} after ${needed}`).toBe(true);
        edges += 1;
      }
    }
    expect(edges).toBeGreaterThan(5);
  });

  it("goes into the namespace of the catalog, which is there first", () => {
    for (const { inputs, name } of mirrored.resources.filter(({ type }) => type === chart)) {
      const { namespace } = releases[name as ReleaseName];
      expect(inputs.namespace ?? "").toBe(namespace);
      if (namespace !== "") {
        const object = mirrored.resources.find(
          ({ type, inputs: { metadata } }) =>
            type === "kubernetes:core/v1:Namespace" && (metadata as { name: string }).name === namespace,
        );
        expect(mirrored.waitsFor(mirrored.resource(chart, name), object!), name).toBe(true);
      }
    }
  });

  it("refuses to come before what it comes after", () => {
    expect(() => new Release({ release: "spire", mirror: {} }, {})).toThrow(
      "release spire comes after spire-crds, which it was not given",
    );
  });

  it("refuses to be without its namespace", () => {
    expect(() => new Release({ release: "openfga", mirror: {} }, {})).toThrow(
      "release openfga goes to namespace openfga, which it was not given",
    );
  });
});

describe("releaseImage", () => {
  const tag = releases.openfga.images[0]!.tag;

  it("takes a published image apart", () => {
    expect(releaseImage("openfga", "openfga/openfga", {})).toEqual({
      registry: "docker.io",
      path: "openfga/openfga",
      repository: "docker.io/openfga/openfga",
      tag,
    });
  });

  it("puts the mirror in the registry's place", () => {
    expect(releaseImage("openfga", "openfga/openfga", { images: "mirror.example.org/images/" })).toEqual({
      registry: "mirror.example.org/images",
      path: "openfga/openfga",
      repository: "mirror.example.org/images/openfga/openfga",
      tag,
    });
  });

  it("refuses an image that the catalog does not list", () => {
    expect(() => releaseImage("openfga", "openfga/other", {})).toThrow(
      "catalog: release openfga lists no image openfga/other",
    );
  });
});
