import { ComponentResource } from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { Namespace, type Traffic } from "./namespace";
import { recordProgram } from "./recording";
import { called, podsOf } from "./traffic";

const made = (traffic?: Traffic) =>
  recordProgram("namespaces", () => {
    const parent = new ComponentResource("test:test:Platform", "platform");
    new Namespace("tools", { name: "tools", podSecurity: "restricted", traffic }, { parent });
  });

it("is closed in both directions, whatever else is said", async () => {
  const recording = await made();
  expect(recording.object("NetworkPolicy", "default-deny", "tools").spec).toEqual({
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
  });
});

it("lets its pods talk among themselves and ask for names, and nothing else", async () => {
  const { spec } = (await made()).object("NetworkPolicy", "allowed", "tools");
  expect(spec.ingress).toEqual([{ from: [{ podSelector: {} }] }]);
  expect(spec.egress).toEqual([
    { to: [{ podSelector: {} }] },
    {
      to: [
        { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } },
        { ipBlock: { cidr: "169.254.0.0/16" } },
      ],
      ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ],
    },
  ]);
});

it("opens what is stated: webhooks by their port, the API server by its own", async () => {
  const { spec } = (
    await made({ within: false, callApi: true, ingress: [called(9443), { from: [podsOf("a")] }] })
  ).object("NetworkPolicy", "allowed", "tools");
  expect(spec.ingress).toEqual([
    { ports: [{ protocol: "TCP", port: 9443 }] },
    { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "a" } } }] },
  ]);
  expect(spec.egress).toHaveLength(2);
  expect(spec.egress[1]).toEqual({
    ports: [
      { protocol: "TCP", port: 443 },
      { protocol: "TCP", port: 6443 },
    ],
  });
});
