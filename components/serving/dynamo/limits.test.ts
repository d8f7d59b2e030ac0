import { describe, expect, it } from "vitest";
import type { Model, Role, Version } from "../../../stacks/environment";
import { gpuPool } from "../../accelerators/testing";
import { checkBackend } from "./limits";
import { dynamoModel, role } from "./testing";

const aggregated = (change: Partial<Role>): Partial<Version> => ({
  serving: { mode: "aggregated", servers: role(change) },
});

describe("what Dynamo cannot do", () => {
  const [version] = dynamoModel().versions;
  const h100 = gpuPool("h100");

  it.each<[string, Partial<Model>, Partial<Version>]>([
    ["adapters", { adapters: [{ name: "polite", source: version!.source }] }, {}],
    ["variants", { variants: [{ pool: "other" }] }, {}],
    ["kvCache", { kvCache: { cpuGib: 64 } }, {}],
    ["kvCache", { kvCache: { storage: { gib: 100, kind: "local" } } }, {}],
    ["priority", { priority: -1 }, {}],
    [
      "versions",
      {
        versions: [
          { ...version!, name: "v1", weight: 90 },
          { ...version!, name: "v2", weight: 10 },
        ],
      },
      {},
    ],
    ["versions", {}, { name: "v1" }],
    ["source", {}, { source: { kind: "s3", uri: "s3://bucket/prefix", region: "eu-north-1" } }],
    ["source", {}, { source: { kind: "oci", reference: `example.org/model@sha256:${"0".repeat(64)}` } }],
    ["source", {}, { source: { kind: "pvc", claim: "weights", path: "/" } }],
    ["serving.servers.slice", {}, aggregated({ slice: { memoryGib: 20 } })],
    ["serving.servers.expertParallel", {}, aggregated({ gpus: 8, tensorParallel: 1, expertParallel: true })],
    ["serving.servers.tensorParallel", {}, aggregated({ gpus: 8, tensorParallel: 4 })],
    ["serving.servers.scale", {}, aggregated({ scale: { min: 1, max: 4 } as Role["scale"] })],
    ["name", { name: "n".repeat(42), tenant: "t".repeat(20) }, {}],
  ])("refuses %s, in a sentence that says what to do", (at, change, versionChange) => {
    const model = dynamoModel(change, versionChange);
    const refusal = (() => {
      try {
        checkBackend(model, h100);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(refusal.split("\n")).toHaveLength(1);
    expect(refusal).toMatch(
      new RegExp(`^models\\.${model.name}\\.${at}: backend dynamo .+; use backend: llm-d, or .+$`),
    );
  });

  it("refuses a pool whose scheduler Grove does not know", () => {
    const hami = gpuPool("h100", { devices: { owner: "hami", sharing: { how: "consumable" } } });
    expect(() => checkBackend(dynamoModel(), hami)).toThrow(/models\.qwen\.pool: backend dynamo .*hami-scheduler/);
  });

  it("refuses replicas that span nodes of an NVLink domain, and not those of other nodes", () => {
    const model = dynamoModel({}, aggregated({ gpus: 4, nodes: 2, tensorParallel: 8 }));
    const nvl72 = gpuPool("h100", { accelerator: "gb200-186gb", perNode: 4, multiNode: true });
    expect(() => checkBackend(model, nvl72)).toThrow("models.qwen.serving.servers.nodes: backend dynamo");
    expect(() => checkBackend(model, gpuPool("h100", { multiNode: true }))).not.toThrow();
  });

  it("names everything at once, each with its path", () => {
    const model = dynamoModel({ priority: 1, variants: [{ pool: "other" }] });
    expect(() => checkBackend(model, h100, "models.3")).toThrow(/^models\.3\.variants: [^\n]+\nmodels\.3\.priority: /);
  });

  it("is nothing that the rest asks for, nor any other backend's business", () => {
    expect(() => checkBackend(dynamoModel({ cache: "precise", spot: true, maxContext: 8192 }), h100)).not.toThrow();
    expect(() => checkBackend(dynamoModel({ backend: "llm-d", priority: 5 }), h100)).not.toThrow();
  });
});
