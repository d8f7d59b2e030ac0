import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Api } from "./api";
import { childName } from "./construct";
import { Scopes } from "./context";
import { dependencies, normalize, parseYaml, readManifests } from "./manifests";

/** An API server that serves ConfigMaps and Namespaces and nothing else. */
const api = {
  discovery: {
    find: async (_: string, kind: string) =>
      ({ ConfigMap: { namespaced: true }, Namespace: { namespaced: false } })[kind],
  },
} as unknown as Api;

describe("YAML", () => {
  it("is read as Kubernetes reads it", () => {
    const text =
      "---\n# only a comment\n---\nkind: A\nversion: 1.10\ntime: 12:30:45\nday: 2001-01-01\nflag: yes\nmode: 0644\nnull_value: ~\n---\n{}\n";
    expect(parseYaml(text, "x")).toEqual([
      { kind: "A", version: 1.1, time: "12:30:45", day: "2001-01-01", flag: true, mode: 420, null_value: null },
    ]);
  });

  it("that is broken is refused with its place", () => {
    expect(() => parseYaml("a: 1\nb: [", "file.yaml")).toThrow(/file\.yaml is not valid YAML \(line 2\)/);
    expect(() => parseYaml("just text", "file.yaml")).toThrow(/expected Kubernetes objects/);
  });
});

describe("manifest files", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "manifests-"));
    mkdirSync(join(folder, "sub"));
    for (const name of ["b.yaml", "a.yaml", "c.json", ".hidden.yaml", "sub/d.yaml"])
      writeFileSync(join(folder, name), `name: ${name}`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("match patterns, in order", async () => {
    const names = async (pattern: string) =>
      (await readManifests(join(folder, pattern), true)).map((file) => file.text);
    expect(await names("*.yaml")).toEqual(["name: a.yaml", "name: b.yaml"]);
    expect(await names("*/[a-d].y?ml")).toEqual(["name: sub/d.yaml"]);
    expect(await names("a.yaml")).toEqual(["name: a.yaml"]);
  });

  it("that are missing are named", async () => {
    await expect(readManifests(join(folder, "none.yaml"), false)).rejects.toThrow(/none\.yaml cannot be read/);
  });
});

describe("objects of a manifest", () => {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "globes.example.org" },
    spec: { group: "example.org", scope: "Cluster", names: { kind: "Globe" }, versions: [{ name: "v1" }] },
  };
  const globe = { apiVersion: "example.org/v1", kind: "Globe", metadata: { name: "g" } };
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: null } };

  it("get the default namespace by the scope of their kind", async () => {
    const objects = await normalize([globe, map, definition], "team", new Scopes(), api);
    expect(objects.map((object) => object.metadata.namespace)).toEqual([undefined, "team", undefined]);
  });

  it("are taken out of lists", async () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: [map, { apiVersion: "v1", kind: "ConfigMapList", items: [map] }],
    };
    expect(await normalize([list], "team", new Scopes(), api)).toHaveLength(2);
  });

  it("without kind or name are refused", async () => {
    await expect(normalize([{ apiVersion: "v1" }], "team", new Scopes(), api)).rejects.toThrow(/no apiVersion or kind/);
    await expect(normalize([{ ...map, metadata: {} }], "team", new Scopes(), api)).rejects.toThrow(
      /no \.metadata\.name/,
    );
  });

  it("wait for their definition, their namespace and what they name", () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } };
    const inside = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "team" } };
    const annotated = {
      ...globe,
      metadata: { name: "h", annotations: { "config.kubernetes.io/depends-on": "/namespaces/team/ConfigMap/m" } },
    };
    expect(dependencies([globe, inside, annotated, definition, namespace])).toEqual([[3], [4], [3, 1], [], []]);
  });

  it("may not wait for each other", () => {
    const on = (name: string, other: string) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, annotations: { "config.kubernetes.io/depends-on": `/Namespace/${other}` } },
    });
    expect(() => dependencies([on("a", "b"), on("b", "a")])).toThrow("Namespace a -> Namespace b -> Namespace a");
  });

  it("are named as by the official provider", () => {
    expect(childName("kai", { metadata: { namespace: "ns", name: "x" } })).toBe("kai:ns/x");
    expect(childName("kai", { metadata: { name: "x" } })).toBe("kai:x");
    expect(childName("", { metadata: { name: "x" } })).toBe("x");
  });
});
