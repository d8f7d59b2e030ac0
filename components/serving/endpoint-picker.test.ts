import { beforeAll, describe, expect, it } from "vitest";
import { type Recording, record, wideEnvironment } from "../testing";

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

  it("refers only to plugins that its configuration has", () => {
    const config = JSON.parse(recording.object("ConfigMap", "qwen3-32b-picker").data["config.yaml"]);
    expect(config.apiVersion).toBe("llm-d.ai/v1alpha1");
    const plugins = config.plugins.map(({ type }: { type: string }) => type);
    for (const profile of config.schedulingProfiles) {
      for (const { pluginRef } of profile.plugins) {
        expect(plugins).toContain(pluginRef);
      }
    }
    expect(config.schedulingProfiles.map(({ name }: { name: string }) => name)).toEqual(["prefill", "decode"]);
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
