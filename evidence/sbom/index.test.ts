import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";
import { describe, expect, it } from "vitest";
import { images } from "../../catalog/images";
import type { Lock } from "../../catalog/lock";
import { releases } from "../../catalog/releases";
import { planOf } from "../../policy/plan";
import { type Resource, unknown } from "../../policy/rule";
import type { Environment } from "../../stacks/environment";
import { loadEnvironment } from "../../stacks/load";
import { sbomOf } from ".";

const made = new Date("2026-11-21T12:00:00Z");
const none: Lock = { version: 1, images: {}, releases: {} };

const plans = new Map<string, Promise<readonly Resource[]>>();

async function of(stack: string, locked: Lock = none, more: readonly Resource[] = [], change?: Partial<Environment>) {
  const environment = { ...loadEnvironment(stack), ...change };
  if (!plans.has(stack)) plans.set(stack, planOf(loadEnvironment(stack)));
  const resources = [...(await plans.get(stack)!), ...more];
  const { text, summary } = sbomOf({ environment, resources, commit: "0".repeat(40), made, locked });
  // biome-ignore lint/suspicious/noExplicitAny: JSON, whose schema the first test holds it to
  const bom: any = JSON.parse(text);
  const find = (ref: string) =>
    bom.components.find((component: { readonly "bom-ref": string }) => component["bom-ref"] === ref);
  const property = (ref: string, name: string) =>
    find(ref).properties.find((item: { readonly name: string }) => item.name === `ai-platform:${name}`)?.value;
  return { text, summary, bom, find, property };
}

const vllm = (registry = "") => `image:${registry}${images.vllm.repository}:${images.vllm.tag}`;
const digest = `sha256:${"a".repeat(64)}`;

describe("the bill of materials", () => {
  it.each(["local", "sovereign-aws-eu", "prod-gcp", "prod-aws-team-search"])(
    "of %s is CycloneDX 1.6 to the letter of its schema, and every purl can be read",
    async (stack) => {
      const { text, bom, summary } = await of(stack);
      expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
      const urls: string[] = bom.components.flatMap(({ purl }: { readonly purl?: string }) => purl ?? []);
      expect(urls.length).toBeGreaterThan(0);
      for (const url of urls) expect(PackageURL.fromString(url).toString()).toBe(url);
      const refs = [...bom.components.map((one: { readonly "bom-ref": string }) => one["bom-ref"]), "stack"];
      expect(new Set(refs).size).toBe(refs.length);
      for (const { ref, dependsOn = [] } of bom.dependencies) {
        for (const name of [ref, ...dependsOn]) expect(refs).toContain(name);
      }
      expect(summary.notInCatalog).toEqual([]);
      const { charts, manifests, images: found, models } = summary;
      expect(bom.components).toHaveLength(charts + manifests + found + models);
    },
  );

  it("names the charts that the stack installs, and no others", async () => {
    const { bom, find } = await of("local");
    const { chart, version, registry } = releases["kai-scheduler"].source as never as Record<string, string>;
    expect(find("release:kai-scheduler")).toMatchObject({ type: "application", version });
    expect(PackageURL.fromString(find("release:kai-scheduler").purl)).toMatchObject({
      type: "oci",
      name: chart,
      version: undefined,
      qualifiers: { repository_url: `${registry!.slice("oci://".length)}/${chart}`, tag: version },
    });
    expect(find("release:istiod")).toBeUndefined();
    expect(find("release:gateway-api")).toMatchObject({ type: "file", version: releases["gateway-api"].version });
    expect(bom.metadata.component).toMatchObject({ name: "ai-platform-blueprint/local", version: "0".repeat(40) });
  });

  it("has no purl for a chart of a plain repository, for which there is no type", async () => {
    const { find } = await of("local");
    expect(find("release:dcgm-exporter").purl).toBeUndefined();
    expect(find("release:dcgm-exporter").externalReferences[0].url).toMatch(/^https:/);
  });

  it("says that a digest is not known, and makes none up", async () => {
    const { find, property, bom, summary } = await of("local");
    expect(find(vllm())).toMatchObject({ type: "container", version: images.vllm.tag });
    expect(find(vllm()).hashes).toBeUndefined();
    expect(property(vllm(), "digest")).toBe("unknown");
    expect(bom.components.filter(({ hashes }: { readonly hashes?: unknown }) => hashes !== undefined)).toEqual([]);
    expect(summary.pinned).toMatchObject({ charts: 0, manifests: 0, images: 0 });
  });

  it("states the digests that the lock knows", async () => {
    const from = { from: "a registry", date: "2026-11-21" };
    const kai = releases["kai-scheduler"].source as { readonly version: string };
    const locked: Lock = {
      version: 1,
      images: { [`${images.vllm.repository}:${images.vllm.tag}`]: { digest, ...from } },
      releases: {
        "kai-scheduler": { version: kai.version, sha256: "b".repeat(64), ...from },
        lws: { version: "another", sha256: "c".repeat(64), ...from },
      },
    };
    const { find, property, summary } = await of("local", locked);
    expect(find(vllm())).toMatchObject({ version: digest, hashes: [{ alg: "SHA-256", content: "a".repeat(64) }] });
    expect(PackageURL.fromString(find(vllm()).purl).version).toBe(digest);
    expect(find("release:kai-scheduler").hashes).toEqual([{ alg: "SHA-256", content: "b".repeat(64) }]);
    expect(property("release:lws", "digest")).toBe("unknown");
    expect(summary.pinned).toMatchObject({ charts: 1, images: 1 });
  });

  it("takes images from the mirror that the environment states", async () => {
    const { find } = await of("sovereign-aws-eu");
    const path = images.vllm.repository.slice(images.vllm.repository.indexOf("/"));
    const mirrored = `image:registry.sovereign.example.org${path}:${images.vllm.tag}`;
    expect(PackageURL.fromString(find(mirrored).purl).qualifiers).toMatchObject({
      repository_url: `registry.sovereign.example.org${path}`,
    });
    expect(find(vllm())).toBeUndefined();
  });

  it("names models with their sources, revisions and licences", async () => {
    const { find, bom } = await of("local");
    const [model] = loadEnvironment("local").models;
    const source = model!.versions[0]!.source as { readonly repository: string; readonly revision: string };
    const ref = `model:${source.repository}@${source.revision}`;
    expect(find(ref)).toMatchObject({
      type: "machine-learning-model",
      version: source.revision,
      purl: `pkg:huggingface/${source.repository}@${source.revision}`,
      licenses: [{ license: { id: "Apache-2.0" } }],
    });
    expect(bom.dependencies.find((one: { readonly ref: string }) => one.ref === "stack").dependsOn).toContain(ref);
  });

  it("names weights that lie elsewhere by where they lie", async () => {
    const { models } = loadEnvironment("local");
    const version = models[0]!.versions[0]!;
    const sources = [
      { kind: "oci", reference: `registry.example.org/weights/qwen@${digest}` },
      { kind: "s3", uri: "s3://weights/qwen", region: "eu-north-1" },
      { kind: "pvc", claim: "weights", path: "qwen" },
    ] as const;
    const served = sources.map((source) => ({ ...models[0]!, versions: [{ ...version, source }] }));
    const { find, property, text } = await of("local", none, [], { models: served });
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
    expect(find(`model:${sources[0].reference}`)).toMatchObject({
      version: digest,
      hashes: [{ content: "a".repeat(64) }],
    });
    expect(property(`model:${sources[1].uri}`, "region")).toBe("eu-north-1");
    expect(property(`model:${sources[1].uri}`, "digest")).toBe("unknown");
    expect(property("model:pvc:qwen3-32b:weights/qwen", "digest")).toBe("unknown");
  });

  it("says which images the catalog does not name, or nobody knows yet", async () => {
    const pod = (name: string, image: string | typeof unknown): Resource => ({
      urn: `urn:${name}`,
      type: "kubernetes:core/v1:Pod",
      name,
      props: { spec: { containers: [{ name: "main", image }] } },
      secrets: [],
      options: { protect: false, ignoreChanges: [] },
    });
    const stranger = ["registry.example.org", "stranger:latest"].join("/");
    const { summary, find } = await of("local", none, [pod("odd", stranger), pod("later", unknown)]);
    expect(find(`image:${stranger}`)).toMatchObject({ type: "container" });
    expect(summary.notInCatalog).toEqual([
      "later (kubernetes:core/v1:Pod): not known before the update",
      `${stranger} (odd)`,
    ]);
  });
});
