import { beforeAll, describe, expect, it } from "vitest";
import { releases } from "../../catalog/releases";
import { type Recording, record, wideEnvironment } from "../testing";

const unbounded = { quota: -1, limit: -1, overQuotaWeight: 1 };

describe("Scheduling", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("promises each tenant its quota, up to its limit, and shares what is idle by weight", () => {
    expect(recording.object("Queue", "tenant-search").spec).toEqual({
      displayName: "search",
      parentQueue: "tenants",
      resources: { cpu: unbounded, memory: unbounded, gpu: { quota: 16, limit: 16, overQuotaWeight: 1 } },
    });
    expect(recording.object("Queue", "tenant-research").spec.resources.gpu).toEqual({
      quota: 48,
      limit: -1,
      overQuotaWeight: 3,
    });
  });

  it("has one root, which promises what its leaves promise together", () => {
    const queues = recording.objects.filter(({ kind }) => kind === "Queue");
    expect(queues.filter(({ spec }) => spec.parentQueue === undefined).map(({ metadata }) => metadata.name)).toEqual([
      "tenants",
    ]);
    expect(recording.object("Queue", "tenants").spec.resources.gpu).toEqual({
      quota: 64,
      limit: -1,
      overQuotaWeight: 1,
    });
  });

  it("installs KAI so that nothing is left to a hook or to what the cluster answers", () => {
    expect(recording.values("kai-scheduler")).toEqual({
      global: {
        registry: "mirror.example.org/images/kai-scheduler/kai-scheduler",
        tag: releases["kai-scheduler"].version,
        resourceReservation: { createNamespace: false, createServiceAccount: false },
      },
      operator: { replicaCount: 2 },
      kaiConfig: { render: true },
      kaiConfigDeployer: { enabled: false },
      topologyMigration: { enabled: false },
      postCleanup: { enabled: false },
      defaultQueue: { createDefaultQueue: false },
    });
    expect(recording.object("ServiceAccount", "kai-resource-reservation").metadata.namespace).toBe(
      "kai-resource-reservation",
    );
  });

  it("writes queues once KAI's definitions are there", () => {
    const kai = recording.resource("kubernetes:helm.sh/v4:Chart", "kai-scheduler");
    for (const name of ["tenants", "tenant-search", "tenant-research"]) {
      const queue = recording.resource("kubernetes:scheduling.run.ai/v2:Queue", name);
      expect(recording.waitsFor(queue, kai), name).toBe(true);
    }
  });

  it("has classes of its own for what it runs, before any pod names one", () => {
    const classes = recording.objects.filter(({ kind }) => kind === "PriorityClass");
    expect(classes.map(({ metadata, value }) => [metadata.name, value])).toEqual([
      // From 100 on KAI does not preempt.
      ["ai-platform-model-server", 125],
      ["ai-platform-request-path", 1_000_000],
    ]);
    const named = (name: string) => recording.resource("kubernetes:scheduling.k8s.io/v1:PriorityClass", name);
    // A component starts what it holds when it has what it waits for.
    const servers = recording.resource("ai-platform:serving:ModelServers", "qwen3-32b-decode");
    expect(recording.waitsFor(servers, named("ai-platform-model-server"))).toBe(true);
    const picker = recording.resource("ai-platform:serving:EndpointPicker", "qwen3-32b-picker");
    expect(recording.waitsFor(picker, named("ai-platform-request-path"))).toBe(true);
  });

  it("tells KAI which nodes lie in one NVLink domain", () => {
    expect(recording.object("Topology", "nvl72").spec.levels).toEqual([
      { nodeLabel: "nvidia.com/gpu.clique" },
      { nodeLabel: "kubernetes.io/hostname" },
    ]);
    expect(recording.objects.filter(({ kind }) => kind === "Topology")).toHaveLength(1);
  });

  it("doubles control pods in production only", async () => {
    expect(recording.values("lws").replicaCount).toBe(2);
    const development = await record(wideEnvironment({ tier: "development" }));
    expect(development.values("lws").replicaCount).toBe(1);
    expect(development.values("kai-scheduler").operator.replicaCount).toBe(1);
  });
});
