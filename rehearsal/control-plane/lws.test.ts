import { describe, expect, it } from "vitest";
import type { Environment } from "../../stacks/environment";
import { lwsWebhooks, spansNodes } from "./lws";

const environment = (models: object[], team?: object) =>
  ({ models, ...(team && { team: { models: [team] } }) }) as unknown as Environment;
const role = (nodes: number) => ({ replicas: 2, gpus: 8, nodes });
const disaggregated = (nodes: number) => ({ mode: "disaggregated", prefill: role(1), decode: role(nodes) });

describe("whether a replica spans nodes", () => {
  it("is told by any role of any version of any model, a team's included", () => {
    const aggregated = { versions: [{ serving: { mode: "aggregated", servers: role(1) } }] };
    expect(spansNodes(environment([]))).toBe(false);
    expect(spansNodes(environment([aggregated, { versions: [{ serving: disaggregated(1) }] }]))).toBe(false);
    expect(
      spansNodes(environment([aggregated, { versions: [aggregated.versions[0]!, { serving: disaggregated(2) }] }])),
    ).toBe(true);
    expect(spansNodes(environment([aggregated], { serving: disaggregated(4) }))).toBe(true);
  });
});

describe("the webhooks", () => {
  const configurations = lwsWebhooks(12345, "a certificate").map(([, object]) => object);
  const webhooks = configurations.flatMap((object) => object.webhooks);

  it("are answered on loopback, by a server that is known", () => {
    for (const { clientConfig } of webhooks) {
      expect(clientConfig.url).toMatch(/^https:\/\/127\.0\.0\.1:12345\/(mutate|validate)-/);
      expect(Buffer.from(clientConfig.caBundle, "base64").toString()).toBe("a certificate");
    }
  });

  it("concern no pod but those of a LeaderWorkerSet", () => {
    const ofPods = webhooks.filter(({ rules }) => rules[0].resources.includes("pods"));
    expect(ofPods).toHaveLength(2);
    for (const { objectSelector } of ofPods) {
      expect(objectSelector.matchExpressions).toEqual([
        { key: "leaderworkerset.sigs.k8s.io/name", operator: "Exists" },
      ]);
    }
    expect(webhooks.map(({ rules }) => rules[0].apiGroups[0])).toEqual([
      "leaderworkerset.x-k8s.io",
      "",
      "leaderworkerset.x-k8s.io",
      "",
      "disaggregatedset.x-k8s.io",
    ]);
  });
});
