import { describe, expect, it } from "vitest";
import { compare, covers, formatPath, mustDeleteFirst, parsePath, replacementFields } from "./diff";
import { unknown } from "./values";

const settings = { enableConfigMapMutable: false, enableSecretMutable: false };

function changes(before: object, now: object, given = settings) {
  const fields = replacementFields(now, given);
  return Object.fromEntries(
    compare(before, now, fields).map((change) => [
      formatPath(change.path),
      `${change.kind}${change.replace ? "!" : ""}`,
    ]),
  );
}

const deployment = (spec: object, metadata: object = { name: "web" }) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata,
  spec,
});

describe("changes", () => {
  it("are none between equal inputs", () => {
    expect(changes(deployment({ replicas: 1 }), deployment({ replicas: 1 }))).toEqual({});
  });

  it("are found leaf by leaf, in lists too", () => {
    const before = deployment({ replicas: 1, list: [{ a: 1 }, { b: 1 }], gone: { x: 1 } });
    const now = deployment({ replicas: 2, list: [{ a: 2 }], labels: { "a.b/c": "d" } });
    expect(changes(before, now)).toEqual({
      "spec.replicas": "update",
      "spec.list[0].a": "update",
      "spec.list[1]": "delete",
      "spec.gone": "delete",
      "spec.labels": "add",
    });
  });

  it("include values that are not known yet", () => {
    expect(changes(deployment({ replicas: 1 }), deployment({ replicas: unknown }))).toEqual({
      "spec.replicas": "update",
    });
    expect(changes(deployment({}), deployment({}, { name: unknown }))).toEqual({ "metadata.name": "update!" });
  });

  it.each([
    ["a name", deployment({}), deployment({}, { name: "other" }), { "metadata.name": "update!" }],
    [
      "a deployment's selector",
      deployment({ selector: { matchLabels: { a: "b" } } }),
      deployment({ selector: { matchLabels: { a: "c" } } }),
      { "spec.selector.matchLabels.a": "update!" },
    ],
    [
      "a job's template",
      { kind: "Job", apiVersion: "batch/v1", spec: { template: { spec: { x: 1 } } } },
      { kind: "Job", apiVersion: "batch/v1", spec: { template: { spec: { x: 2 } } } },
      { "spec.template.spec.x": "update!" },
    ],
    [
      "a pod's container image, but not its labels",
      { kind: "Pod", apiVersion: "v1", metadata: { labels: { a: "1" } }, spec: { containers: [{ image: "a" }] } },
      { kind: "Pod", apiVersion: "v1", metadata: { labels: { a: "2" } }, spec: { containers: [{ image: "b" }] } },
      { "metadata.labels.a": "update", "spec.containers[0].image": "update!" },
    ],
    [
      "a role binding's role",
      { kind: "ClusterRoleBinding", apiVersion: "rbac.authorization.k8s.io/v1", roleRef: { name: "a" } },
      { kind: "ClusterRoleBinding", apiVersion: "rbac.authorization.k8s.io/v1", roleRef: { name: "b" } },
      { "roleRef.name": "update!" },
    ],
    [
      "a config map's data",
      { kind: "ConfigMap", apiVersion: "v1", data: { a: "1" } },
      { kind: "ConfigMap", apiVersion: "v1", data: { a: "2" } },
      { "data.a": "update!" },
    ],
    [
      "a whole map that contains such a field",
      { kind: "StorageClass", apiVersion: "storage.k8s.io/v1" },
      { kind: "StorageClass", apiVersion: "storage.k8s.io/v1", parameters: { a: "b" } },
      { parameters: "add!" },
    ],
  ])("replace the object for %s", (_, before, now, expected) => {
    expect(changes(before, now)).toEqual(expected);
  });

  it("leave a config map in place when it is declared mutable, unless it says immutable itself", () => {
    const map = (data: string, rest = {}) => ({ kind: "ConfigMap", apiVersion: "v1", data: { a: data }, ...rest });
    const mutable = { ...settings, enableConfigMapMutable: true };
    expect(changes(map("1"), map("2"), mutable)).toEqual({ "data.a": "update" });
    expect(changes(map("1", { immutable: true }), map("2", { immutable: true }), mutable)).toEqual({
      "data.a": "update!",
    });
  });
});

describe("paths", () => {
  it("are written and read in the engine's notation", () => {
    const path = ["metadata", "annotations", 'a."b"', "list", 2, "x"];
    expect(formatPath(path)).toBe('metadata.annotations["a.\\"b\\""].list[2].x');
    expect(parsePath(formatPath(path))).toEqual(path.map(String));
  });

  it("are ignored at and below what ignoreChanges names", () => {
    expect(covers(parsePath("spec.containers[*].image"), ["spec", "containers", 1, "image"])).toBe(true);
    expect(covers(["spec"], ["spec", "replicas"])).toBe(true);
    expect(covers(["spec", "replicas"], ["spec"])).toBe(false);
  });
});

describe("a replacement", () => {
  const live = { metadata: { name: "web", namespace: "shop" } };
  it("deletes first when the name is the program's own and stays", () => {
    expect(mustDeleteFirst({ metadata: { name: "web", namespace: "shop" } }, live)).toBe(true);
  });
  it("does not when the name is made up, changes, or lives in another namespace", () => {
    const annotations = { "pulumi.com/autonamed": "true" };
    expect(mustDeleteFirst({ metadata: { name: "web", namespace: "shop", annotations } }, live)).toBe(false);
    expect(mustDeleteFirst({ metadata: { name: "web2", namespace: "shop" } }, live)).toBe(false);
    expect(mustDeleteFirst({ metadata: { name: "web", namespace: "other" } }, live)).toBe(false);
  });
});
