import { describe, expect, it } from "vitest";
import { releases } from "../catalog/releases";
import { customResource } from "./custom-resource";
import { record, wideEnvironment } from "./testing";

describe("customResource", () => {
  it("refuses a kind that the release does not bring", () => {
    expect(() => customResource("lws", "LeaderWorkerSets")).toThrow(
      "catalog: release lws brings no kind LeaderWorkerSets",
    );
  });

  it("writes every custom resource in the version that its release stores", async () => {
    const recording = await record(wideEnvironment());
    const definitions = Object.values(releases).flatMap(({ crds }) => crds);
    const kinds = new Set<string>();
    for (const { apiVersion, kind } of recording.objects) {
      const definition = definitions.find((candidate) => apiVersion.startsWith(`${candidate.group}/`));
      if (definition !== undefined) {
        const own = definitions.find((candidate) => candidate.group === definition.group && candidate.kind === kind);
        expect(apiVersion).toBe(`${own?.group}/${own?.storage}`);
        kinds.add(kind);
      }
    }
    expect([...kinds].sort()).toEqual([
      "AgentgatewayParameters",
      "AgentgatewayPolicy",
      "ClusterSPIFFEID",
      "ComputeDomain",
      "DynamoGraphDeployment",
      "Gateway",
      "HTTPRoute",
      "InferenceModelRewrite",
      "InferenceObjective",
      "InferencePool",
      "LeaderWorkerSet",
      "PodGroup",
      "PodMonitor",
      "Queue",
      "ScaledObject",
      "Topology",
    ]);
  });
});
