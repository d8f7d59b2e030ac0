import { expect, test } from "vitest";
import { contextWith } from "../fixtures";
import type { Resource } from "../rule";
import { object, upstream } from "./testing";
import { isUpstream, lenient } from "./upstream";

const context = contextWith();
const service = object("core/v1:Service", {});
const under = (types: string, name: string, resource: Resource = upstream(service, "keda", "keda")): Resource => ({
  ...resource,
  options: { ...resource.options, parent: `urn:pulumi:test::ai-platform::${types}::${name}` },
});

test("an object of a release of the catalog, in its own namespaces", () => {
  expect(isUpstream(upstream(service, "keda", "keda"), context)).toBe(true);
  expect(isUpstream(upstream(service, "spire", "spire-server"), context)).toBe(true);
  expect(isUpstream(upstream(service, "keda", "tenant-search"), context)).toBe(false);
  expect(isUpstream(service, context)).toBe(false);
});

test("no other chart, and no chart that the platform does not install itself", () => {
  expect(isUpstream(under("ai-platform:release:Release$kubernetes:helm.sh/v4:Chart", "mine"), context)).toBe(false);
  expect(isUpstream(under("kubernetes:helm.sh/v4:Chart", "keda"), context)).toBe(false);
  expect(isUpstream(under("ai-platform:release:Release$kubernetes:yaml/v2:ConfigGroup", "keda"), context)).toBe(false);
});

test("a workload without a namespace would go anywhere; a role for the cluster goes nowhere", () => {
  const bare = (type: string) => {
    const made = upstream(object(type, {}), "keda", "keda");
    return { ...made, props: { metadata: { name: "a" } } };
  };
  expect(isUpstream(bare("apps/v1:Deployment"), context)).toBe(false);
  expect(isUpstream(bare("rbac.authorization.k8s.io/v1:ClusterRole"), context)).toBe(true);
});

test("what is found there is said, unless it is severe", () => {
  const seen = { field: ["a"], message: "is wide" };
  const [said] = lenient([seen], upstream(service, "keda", "keda"), context);
  expect(said).toMatchObject({ kind: "unverified", message: expect.stringContaining("of release keda") });
  expect(lenient([{ ...seen, severe: true }], upstream(service, "keda", "keda"), context)).toEqual([seen]);
  expect(lenient([seen], service, context)).toEqual([seen]);
});
