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
      resources: { cpu: unbounded, memory: unbounded, gpu: { quota: 8, limit: 16, overQuotaWeight: 1 } },
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
      quota: 56,
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

  it("doubles control pods in production only", async () => {
    expect(recording.values("lws").replicaCount).toBe(2);
    const development = await record(wideEnvironment({ tier: "development" }));
    expect(development.values("lws").replicaCount).toBe(1);
    expect(development.values("kai-scheduler").operator.replicaCount).toBe(1);
  });
});
