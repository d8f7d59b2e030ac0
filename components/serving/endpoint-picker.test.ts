import { beforeAll, describe, expect, it } from "vitest";
import { recordProgram } from "../recording";
import { type Recording, record, wideEnvironment } from "../testing";
import { EndpointPicker, type EndpointPickerArgs } from "./endpoint-picker";
import { pickerConfig } from "./picker-config";

describe("EndpointPicker", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("may read its pool and change nothing", () => {
    const { rules } = recording.object("Role", "qwen3-32b-picker");
    expect(new Set(rules.flatMap(({ verbs }: { verbs: string[] }) => verbs))).toEqual(
      new Set(["get", "list", "watch"]),
    );
    expect(recording.objects.some(({ kind }) => kind.startsWith("ClusterRole"))).toBe(false);
    expect(recording.object("RoleBinding", "qwen3-32b-picker").subjects).toEqual([
      { kind: "ServiceAccount", name: "qwen3-32b-picker", namespace: "tenant-search" },
    ]);
  });

  it("is configured for the model's servers", () => {
    const config = JSON.parse(recording.object("ConfigMap", "qwen3-32b-picker").data["config.yaml"]);
    expect(config).toEqual(pickerConfig({ mode: "disaggregated", cache: "approximate" }));
  });

  it("watches the pool of its model", () => {
    const { spec, metadata } = recording.object("Deployment", "deepseek-r1-picker");
    const [epp] = spec.template.spec.containers;
    expect(epp.args).toContain("--pool-name=deepseek-r1");
    expect(epp.args).toContain("--pool-namespace=$(NAMESPACE)");
    expect(metadata.namespace).toBe("tenant-research");
    // Before any model server: without it no request reaches one.
    expect(spec.template.spec.priorityClassName).toBe("ai-platform-request-path");
    const service = recording.object("Service", "deepseek-r1-picker");
    expect(spec.template.metadata.labels).toMatchObject(service.spec.selector);
    expect(service.spec.ports[0].port).toBe(9002);
  });
});

describe("a picker of its own", () => {
  const picker = (args: Partial<EndpointPickerArgs>) =>
    recordProgram("picker", () => new EndpointPicker("p", { namespace: "n", model: "m", mirror: {}, ...args }, {}));

  it("with the precise cache is sent to the servers for tokens, and may be several", async () => {
    const servers = { "llm-d.ai/model": "m", "ai-platform/version": "v2" };
    const recording = await picker({ model: "m-v2", servedModel: "m", servers, cache: "precise", replicas: 2 });
    const config = JSON.parse(recording.object("ConfigMap", "m-v2-picker").data["config.yaml"]);
    expect(config).toEqual(
      pickerConfig({
        mode: "disaggregated",
        cache: "precise",
        servedModel: "m",
        renderUrl: "http://m-v2-render:8000",
      }),
    );
    const render = recording.object("Service", "m-v2-render");
    expect(render.spec.selector).toEqual(servers);
    expect(render.spec.ports).toEqual([{ name: "http", port: 8000, targetPort: 8000 }]);
    const { spec } = recording.object("Deployment", "m-v2-picker");
    expect(spec).toMatchObject({ replicas: 2, strategy: { type: "RollingUpdate" } });
    // The model's own label, by which its network policy admits pods, and one that tells its versions' pickers apart.
    expect(spec.selector.matchLabels).toMatchObject({
      "llm-d.ai/model": "m",
      "app.kubernetes.io/instance": "m-v2",
    });
  });

  it("with an approximate one is alone", async () => {
    await expect(picker({ replicas: 2 })).rejects.toThrow(/2 replicas.*expected 1.*precise/);
    const recording = await picker({ mode: "aggregated" });
    expect(recording.object("Deployment", "m-picker").spec).toMatchObject({
      replicas: 1,
      strategy: { type: "Recreate" },
    });
    expect(recording.objects.some(({ metadata }) => metadata.name === "m-render")).toBe(false);
    const config = JSON.parse(recording.object("ConfigMap", "m-picker").data["config.yaml"]);
    expect(config.schedulingProfiles.map(({ name }: { name: string }) => name)).toEqual(["default"]);
  });
});
