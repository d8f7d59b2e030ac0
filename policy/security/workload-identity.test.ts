import { expect, test } from "vitest";
import { contextWith, resourceWith } from "../fixtures";
import { type Properties, describe as text, unknown } from "../rule";
import { fields, findings, kinds, object, restrictedPod } from "./testing";
import { workloadIdentity } from "./workload-identity";

const serving = { "llm-d.ai/inference-serving": "true" };
const namespace = resourceWith("kubernetes:core/v1:Namespace", {
  metadata: { name: "tenant-search", labels: { "ai-platform/tenant": "search" } },
});
const identity = (over: Properties = {}) =>
  object("spire.spiffe.io/v1alpha1:ClusterSPIFFEID", {
    spec: {
      spiffeIDTemplate: "spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}",
      podSelector: { matchLabels: serving },
      namespaceSelector: { matchExpressions: [{ key: "ai-platform/tenant", operator: "Exists" }] },
      ...over,
    },
  });
const named = (name: string) => ({ metadata: { name, namespace: "tenant-search" } });
const route = (...names: string[]) =>
  object("gateway.networking.k8s.io/v1:HTTPRoute", {
    spec: { rules: [{ backendRefs: names.map((name) => ({ name, port: 8000 })) }] },
  });
const service = (selector: Properties) => object("core/v1:Service", { ...named("model"), spec: { selector } });
const pool = (matchLabels: Properties) =>
  object("inference.networking.k8s.io/v1:InferencePool", { ...named("model"), spec: { selector: { matchLabels } } });
const server = (labels: Properties) =>
  object("apps/v1:Deployment", { spec: { template: { metadata: { labels }, spec: restrictedPod() } } });

test("says what it is", () => {
  expect(workloadIdentity).toMatchObject({
    id: "security-workload-identity",
    concern: "security",
    severity: "high",
  });
  expect(workloadIdentity.title).toBe("Every endpoint has a workload identity");
});

test("lets through what an identity selects, and workloads that nobody calls", () => {
  const labels = { "llm-d.ai/model": "a", ...serving };
  expect(findings(workloadIdentity, [namespace, identity(), route("model"), service(labels), server(labels)])).toEqual(
    [],
  );
  const byPool = object("gateway.networking.k8s.io/v1:HTTPRoute", {
    spec: { rules: [{ backendRefs: [{ kind: "InferencePool", name: "model" }] }] },
  });
  expect(findings(workloadIdentity, [namespace, identity(), byPool, pool(labels)])).toEqual([]);
  expect(findings(workloadIdentity, [server({ app: "job" })])).toEqual([]);
});

test("reads aloud", () => {
  const [first] = findings(workloadIdentity, [namespace, identity(), route("model"), service({ app: "mine" })]);
  expect(text(first!)).toBe(
    "[security-workload-identity] thing (kubernetes:gateway.networking.k8s.io/v1:HTTPRoute): spec.rules[0].backendRefs[0].name leads " +
      'to pods selected by {"app":"mine"}, which no ClusterSPIFFEID selects: they have no identity. Remedy: label its pods as ' +
      "components/labels.ts says, or add a ClusterSPIFFEID to components/identity/identity.ts.",
  );
});

test("pods that answer, choose endpoints or act have one", () => {
  for (const labels of [
    serving,
    { "app.kubernetes.io/component": "endpoint-picker" },
    { "app.kubernetes.io/component": "mcp-server" },
  ]) {
    expect(fields(workloadIdentity, [namespace, server(labels)])).toEqual(["spec.template.metadata.labels"]);
  }
});

test("a graph's pods have the graph's labels", () => {
  const graph = (labels: Properties) =>
    object("nvidia.com/v1beta1:DynamoGraphDeployment", {
      ...named("model"),
      spec: { labels, components: [{ podTemplate: { spec: restrictedPod() } }] },
    });
  expect(findings(workloadIdentity, [namespace, identity(), route("model-frontend"), graph(serving)])).toEqual([]);
  expect(findings(workloadIdentity, [namespace, identity(), route("model-frontend"), graph({})])).toMatchObject([
    { kind: "violation" },
  ]);
});

test("a team's stack relies on the platform's identities, by its labels", () => {
  const base = contextWith();
  const team = { ...base, environment: { ...base.environment, team: {} } } as never;
  expect(findings(workloadIdentity, [route("model"), service(serving), server(serving)], team)).toEqual([]);
  expect(fields(workloadIdentity, [route("model"), service({ app: "a" })], team)).toEqual([
    "spec.rules[0].backendRefs[0].name",
  ]);
});

test.each([
  ["another trust domain", { spiffeIDTemplate: "spiffe://elsewhere.org/ns/a" }, "spec.spiffeIDTemplate"],
  [
    "an identity of one's choice",
    { spiffeIDTemplate: "spiffe://example.org/{{ .PodMeta.Labels.as }}" },
    "spec.spiffeIDTemplate",
  ],
  ["one that lasts", { ttl: "720h" }, "spec.ttl"],
  ["others' identities", { federatesWith: ["elsewhere.org"] }, "spec.federatesWith[0]"],
] as const)("refuses %s", (_name, over, field) => {
  expect(fields(workloadIdentity, identity(over))).toEqual([field]);
});

test("SPIRE is given the environment's trust domain", () => {
  const spire = (trustDomain: string) =>
    resourceWith(
      "ai-platform:release:Release",
      { chart: "spire", values: { global: { spire: { trustDomain } } } },
      { name: "spire" },
    );
  expect(findings(workloadIdentity, spire("example.org"))).toEqual([]);
  expect(findings(workloadIdentity, spire("elsewhere.org"))).toMatchObject([
    { kind: "violation", value: "elsewhere.org" },
  ]);
});

test("who answers is said where it cannot be seen", () => {
  expect(findings(workloadIdentity, route("elsewhere"))).toMatchObject([{ kind: "unverified" }]);
});

test("a selector not known yet is deferred to up, and refused there", () => {
  expect(kinds(workloadIdentity, [namespace, identity({ podSelector: unknown }), server(serving)])).toEqual([
    "deferred",
    "violation",
  ]);
  expect(kinds(workloadIdentity, identity({ spiffeIDTemplate: unknown }))).toEqual(["deferred", "violation"]);
});
