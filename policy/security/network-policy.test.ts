import { expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { type Properties, describe as text, unknown } from "../rule";
import { networkPolicy } from "./network-policy";
import { findings, kinds, object } from "./testing";

// Of a cluster that the platform makes: of others nothing is known, which is a finding of its own.
const context = contextOf(loadEnvironment("prod-aws"));
const namespace = resourceWith("kubernetes:core/v1:Namespace", { metadata: { name: "tenant-search" } });
const policy = (spec: Properties) => object("networking.k8s.io/v1:NetworkPolicy", { spec });
const deny = policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
const addon = (values: object) =>
  resourceWith("aws:eks/addon:Addon", { addonName: "vpc-cni", configurationValues: JSON.stringify(values) });
const all = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

test("says what it is", () => {
  expect(networkPolicy).toMatchObject({
    id: "security-network-policy",
    concern: "security",
    severity: "high",
  });
  expect(networkPolicy.title).toBe("Namespaces are closed to the network");
});

test("lets through a namespace that is closed, and what opens it by ports or to somebody", () => {
  const open = policy({
    ...all,
    ingress: [{ ports: [{ port: 9443 }] }, { from: [{ podSelector: {} }] }],
    egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }, { ports: [{ port: 443 }] }],
  });
  expect(findings(networkPolicy, [namespace, deny, open, addon({ enableNetworkPolicy: "true" })], context)).toEqual([]);
});

test("two policies may close it together", () => {
  const one = (type: string) => policy({ podSelector: { matchLabels: {} }, policyTypes: [type] });
  expect(findings(networkPolicy, [namespace, one("Ingress"), one("Egress")], context)).toEqual([]);
});

test("reads aloud", () => {
  const [first] = findings(networkPolicy, [namespace, policy({ podSelector: {} })], context);
  expect(text(first!)).toBe(
    '[security-network-policy] thing (kubernetes:core/v1:Namespace): metadata.name is "tenant-search", and no NetworkPolicy ' +
      "with an empty podSelector denies its pods' outgoing traffic (policyTypes: Egress). " +
      "Remedy: make the namespace with components/namespace.ts, and state there who talks to whom.",
  );
});

test("a namespace without any is open in both directions", () => {
  expect(findings(networkPolicy, [namespace], context)).toHaveLength(2);
});

test.each<[string, Properties]>([
  ["spec.egress[0]", { ...all, egress: [{}] }],
  ["spec.ingress[0]", { ...all, ingress: [{}] }],
  ["spec.egress[0].to[0].ipBlock.cidr", { ...all, egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] }],
  ["spec.ingress[0].from[0].namespaceSelector", { ...all, ingress: [{ from: [{ namespaceSelector: {} }] }] }],
])("refuses %s that opens everything", (field, spec) => {
  expect(findings(networkPolicy, policy(spec), context)).toMatchObject([{ kind: "violation", field }]);
});

test("refuses a cluster on which nothing enforces policies", () => {
  expect(findings(networkPolicy, addon({}), context)).toMatchObject([{ field: "configurationValues" }]);
  const gke = (props: Properties) => resourceWith("gcp:container/cluster:Cluster", props);
  expect(findings(networkPolicy, gke({ datapathProvider: "LEGACY_DATAPATH" }), context)).toMatchObject([
    { field: "datapathProvider" },
  ]);
  expect(findings(networkPolicy, gke({ datapathProvider: "ADVANCED_DATAPATH" }), context)).toEqual([]);
});

test("says that it cannot see what a cluster does that was there before", () => {
  const local = contextOf(loadEnvironment("local"));
  expect(findings(networkPolicy, [namespace, deny], local)).toMatchObject([
    { kind: "unverified", field: "cluster.kind" },
  ]);
});

test("a selector not known yet is deferred to up, and refused there", () => {
  const unclear = policy({ podSelector: unknown, policyTypes: ["Ingress", "Egress"] });
  expect(kinds(networkPolicy, [namespace, unclear], context)).toEqual(["deferred", "violation"]);
});
