import { describe, expect, it } from "vitest";
import { accelerators } from "./accelerators";
import { addons } from "./addons";
import { type Image, imageReference, images } from "./images";
import { eksAmiTypes, kubernetes } from "./kubernetes";
import { HOURS_PER_MONTH, prices } from "./prices";
import { regions } from "./regions";
import { chartReference, manifestReference, type Release, type ReleaseName, releases } from "./releases";

const all: readonly (readonly [string, Release])[] = Object.entries(releases);
const allImages: readonly Image[] = [...all.flatMap(([, release]) => release.images), ...Object.values(images)];

/** An ISO day that is not in the future of the day on which the catalog was last read. */
const day = expect.stringMatching(/^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
/** A version with another one, a build or a flavour before or behind it: `4.5.3-4.8.2-distroless`, `distroless-v1.39.0`. */
const flavoured = /^([a-z]+-)?v?\d+\.\d+\.\d+(-[a-z0-9.]+)*$/;

describe("releases", () => {
  it.each(all)("%s is pinned, sourced and named by its key", (key, release) => {
    expect(release.name).toBe(key);
    expect(release.version).toMatch(flavoured);
    expect(release.origin).toEqual({ source: expect.stringMatching(/\S/), date: day });
    expect(release.install.hooks).toMatch(/\.$/);
    expect(release.minimumKubernetes).toMatch(/^(1\.\d+(\.\d+)?|unknown)$/);
    if (release.source.kind === "chart") {
      expect(release.source.version).toMatch(flavoured);
      expect(release.source.registry).toMatch(/^(oci|https):\/\/[^/]+\/.*[^/]$/);
      expect(release.install.how).not.toBe("yaml.v2.ConfigFile");
    } else {
      expect(release.source.url).toContain(`/${release.version}/`);
      expect(release.install.how).toBe("yaml.v2.ConfigFile");
    }
    // Pods need a namespace; cluster-scoped releases must not ask for one.
    expect(release.namespace === "").toBe(release.images.length === 0);
  });

  it("install every custom resource kind once", () => {
    const installed = all.flatMap(([name, { crds }]) => crds.map((crd) => `${crd.plural}.${crd.group} by ${name}`));
    const kinds = installed.map((line) => line.split(" ")[0]);
    expect(kinds.filter((kind, index) => kinds.indexOf(kind) !== index)).toEqual([]);
  });

  it("store a version that they serve", () => {
    for (const [name, { crds }] of all) {
      for (const crd of crds) {
        expect(crd.versions, `${name}: ${crd.kind}`).toContain(crd.storage);
        expect(crd.plural).toBe(crd.plural.toLowerCase());
      }
    }
  });

  it("come in an order that can be followed", () => {
    const done = new Set<string>();
    const visit = (name: ReleaseName, trail: readonly string[]): void => {
      expect(trail, "a circle").not.toContain(name);
      if (!done.has(name)) {
        for (const before of releases[name].after) {
          expect(Object.keys(releases)).toContain(before);
          visit(before, [...trail, name]);
        }
        done.add(name);
      }
    };
    for (const [name] of all) {
      visit(name as ReleaseName, []);
    }
    expect([...done].sort()).toEqual(Object.keys(releases).sort());
  });

  it("have their definitions before what uses them", () => {
    const predecessors = (name: ReleaseName): ReadonlySet<string> =>
      new Set(releases[name].after.flatMap((other) => [other, ...predecessors(other)]));
    expect(predecessors("agentgateway")).toEqual(new Set(["agentgateway-crds", "gateway-api", "inference-extension"]));
    expect(predecessors("spire")).toContain("spire-crds");
    expect(predecessors("llm-d-router-crds")).toContain("inference-extension");
    expect(predecessors("karpenter")).toEqual(new Set(["karpenter-crd"]));
  });

  it("leave out a chart's own definitions only where another release brings some", () => {
    const without = all.filter(([, { install }]) => install.skipCrds);
    expect(without.map(([name]) => name)).toEqual(["karpenter"]);
    for (const [name, release] of without) {
      expect(release.crds, name).toEqual([]);
      expect(
        release.after.some((before) => releases[before].crds.length > 0),
        name,
      ).toBe(true);
    }
  });

  it("take definitions only from a module of the version that runs", () => {
    const bare = (text: string) => text.replace(/^v/, "");
    for (const [name, release] of all) {
      if (release.crdModule !== undefined) {
        const users = all.filter(([, other]) => other.after.includes(name as ReleaseName));
        const running = [release.version, ...users.flatMap(([, { images }]) => images.map((image) => image.tag))];
        expect(running.map(bare), name).toContain(bare(release.crdModule.version));
        expect(release.crds, name).not.toEqual([]);
        expect(release.crdModule.folders, name).not.toEqual([]);
      }
    }
  });
});

describe("images", () => {
  it("name their registry host, a pinned tag and a whole digest", () => {
    for (const image of allImages) {
      expect(image.repository).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(\/[a-z0-9._-]+)+$/);
      expect(image.tag).toMatch(flavoured);
      expect(image.digest ?? `sha256:${"0".repeat(64)}`).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
  });

  it("of the platform's own workloads are sourced", () => {
    for (const [name, image] of Object.entries(images)) {
      expect(image, name).toMatchObject({ source: expect.stringMatching(/\S/), date: day });
    }
  });

  it("come from a mirror under their own path, by digest where there is one", () => {
    const image = { repository: "ghcr.io/org/app", tag: "v1.2.3" };
    const digest = `sha256:${"a".repeat(64)}`;
    expect(imageReference(image, {})).toBe("ghcr.io/org/app:v1.2.3");
    expect(imageReference(image, { images: "mirror.example.org/copies/" })).toBe(
      "mirror.example.org/copies/org/app:v1.2.3",
    );
    expect(imageReference({ ...image, digest }, {})).toBe(`ghcr.io/org/app@${digest}`);
  });
});

describe("references", () => {
  const chart = releases["kai-scheduler"];
  const source = chart.source.kind === "chart" ? chart.source : undefined;

  it("of a chart are its registry, an OCI mirror or an archive in a folder", () => {
    expect(chartReference(chart, {})).toEqual({
      chart: `${source?.registry}/kai-scheduler`,
      version: source?.version,
    });
    expect(chartReference(chart, { charts: "oci://mirror.example.org/charts/" })).toEqual({
      chart: "oci://mirror.example.org/charts/kai-scheduler",
      version: source?.version,
    });
    expect(chartReference(chart, { charts: "/copies" })).toEqual({
      chart: `/copies/kai-scheduler-${source?.version}.tgz`,
    });
  });

  it("of a chart in a repository state that repository", () => {
    const release: Release = {
      ...chart,
      source: { kind: "chart", chart: "app", version: "1.2.3", registry: "https://charts.example.org" },
    };
    expect(chartReference(release, {})).toEqual({
      chart: "app",
      version: "1.2.3",
      repository: "https://charts.example.org",
    });
  });

  it("of a manifest are its address or a file in a folder", () => {
    const manifest = releases["gateway-api"];
    const url = manifest.source.kind === "manifest" ? manifest.source.url : undefined;
    expect(manifestReference(manifest, {})).toBe(url);
    expect(manifestReference(manifest, { charts: "oci://mirror.example.org" })).toBe(url);
    expect(manifestReference(manifest, { charts: "/copies" })).toBe(`/copies/gateway-api-${manifest.version}.yaml`);
  });

  it("of the other kind are refused", () => {
    expect(() => chartReference(releases["gateway-api"], {})).toThrow("gateway-api is a manifest");
    expect(() => manifestReference(chart, {})).toThrow("kai-scheduler is a chart");
  });
});

describe("facts", () => {
  it("about accelerators are whole, and say what is unverified", () => {
    for (const [name, accelerator] of Object.entries(accelerators)) {
      expect(accelerator, name).toMatchObject({ source: expect.stringMatching(/\S/), date: day });
      expect(accelerator.cudaComputeCapability, name).toMatch(/^\d+\.\d\.0$/);
      expect(accelerator.memoryMib, name).toBeGreaterThan(16 * 1024);
      // The size in the key is NVIDIA's, in GB; the driver's, in MiB, is never far from it.
      const gb = Number(/-(\d+)gb$/.exec(name)?.[1]);
      expect(Math.abs((accelerator.memoryMib * 2 ** 20) / 1e9 / gb - 1), name).toBeLessThan(0.1);
      expect(accelerator.state === "verified" || accelerator.note !== undefined, name).toBe(true);
      const { bf16Tflops, fp8Tflops, memoryGBps, linkGBps, source } = accelerator.throughput;
      expect(source, name).toMatch(/\S/);
      expect(memoryGBps, name).toBeGreaterThan(linkGBps);
      // Tensor cores that have FP8 do twice the work in it; a figure with sparsity would be twice as much again.
      expect((fp8Tflops ?? 2 * bf16Tflops) / bf16Tflops, name).toBeCloseTo(2, 1);
    }
  });

  it("about regions build on no commercial partition by accident", () => {
    for (const [name, region] of Object.entries(regions)) {
      expect(region, name).toMatchObject({ source: expect.stringMatching(/\S/), date: day });
      expect(region.country, name).toMatch(region.provider === "existing" ? /^$/ : /^[A-Z]{2}$/);
    }
    expect(regions["eusc-de-east-1"]).toMatchObject({ partition: "aws-eusc", dnsSuffix: "amazonaws.eu" });
  });

  it("about EKS add-ons pin each of them for each Kubernetes minor that EKS offers", () => {
    expect(Object.keys(addons).sort()).toEqual([...kubernetes.eks].sort());
    const names = Object.keys(addons["1.36"].versions).sort();
    for (const [minor, entry] of Object.entries(addons)) {
      expect(entry, minor).toMatchObject({ source: expect.stringMatching(/\S/), date: day });
      expect(Object.keys(entry.versions).sort(), minor).toEqual(names);
      for (const [name, pinned] of Object.entries(entry.versions)) {
        expect(pinned, `${name} for ${minor}`).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
      }
      // The one that is of the cluster's own version.
      expect(entry.versions["kube-proxy"], minor).toMatch(new RegExp(`^v${minor}\\.`));
      expect(entry.state === "verified" || entry.note !== undefined, minor).toBe(true);
    }
  });

  it("about Kubernetes are newest first, new enough for DRA, and have a patch each", () => {
    const minor = (name: string) => Number(name.split(".")[1]);
    for (const list of [kubernetes.eks, kubernetes.gke, ...Object.values(kubernetes.gkeChannels)]) {
      expect(list.map(minor)).toEqual(list.map(minor).sort((one, other) => other - one));
      expect(minor(list.at(-1)!)).toBeGreaterThanOrEqual(minor(kubernetes.minimumForDra));
    }
    for (const list of Object.values(kubernetes.gkeChannels)) {
      expect(kubernetes.gke).toEqual(expect.arrayContaining([...list]));
    }
    for (const name of [...kubernetes.eks, ...kubernetes.gke]) {
      expect(kubernetes.patches[name]).toMatch(new RegExp(`^v${name}\\.\\d+$`));
    }
    expect(eksAmiTypes.amazonLinux.gpu).toBe("AL2023_x86_64_NVIDIA");
  });

  it("about prices are of known regions and machines, never zero, and say so when they have no date", () => {
    for (const [key, price] of Object.entries(prices)) {
      const [provider, region, sku] = key.split("/");
      expect(regions[region as keyof typeof regions]?.provider, key).toBe(provider);
      expect(sku, key).toMatch(/\S/);
      expect(price.usdPerHour, key).toBeGreaterThan(0);
      expect(price.spotUsdPerHour ?? 0, key).toBeLessThanOrEqual(price.usdPerHour);
      expect(price.gpus > 0, key).toBe(price.accelerator !== undefined);
      expect(price.accelerator === undefined || price.accelerator in accelerators, key).toBe(true);
      expect(price.source, key).toMatch(/ at [0-9a-f]{12,40}$/);
      expect(price.date === "unknown" ? price.note : price.date, key).toEqual(
        price.date === "unknown" ? expect.stringMatching(/date/) : day,
      );
    }
    expect(HOURS_PER_MONTH).toBe((365 * 24) / 12);
  });
});
