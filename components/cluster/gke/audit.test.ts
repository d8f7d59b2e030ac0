import { describe, expect, it } from "vitest";
import { gkeArgs, recordGke } from "./testing";

const bucket = "gcp:logging/projectBucketConfig:ProjectBucketConfig";
const approval = "gcp:projects/accessApprovalSettings:AccessApprovalSettings";

describe("audit logs", () => {
  it("take down every access to the cluster and its keys, into a bucket of its region that outlives it", async () => {
    const recording = await recordGke(gkeArgs());
    for (const service of ["container", "cloudkms"]) {
      expect(recording.one("gcp:projects/iAMAuditConfig:IAMAuditConfig", `${service}-accesses`).inputs).toEqual({
        project: "acme-ai-prod",
        service: `${service}.googleapis.com`,
        auditLogConfigs: [{ logType: "ADMIN_READ" }, { logType: "DATA_READ" }, { logType: "DATA_WRITE" }],
      });
    }
    expect(recording.one(bucket, "audit").inputs).toMatchObject({
      location: "europe-west4",
      bucketId: "ai-prod-audit",
      retentionDays: 365,
      locked: true,
      cmekSettings: { kmsKeyName: "CryptoKey/logs" },
      deletionPolicy: "ABANDON",
    });
    const sink = recording.one("gcp:logging/projectSink:ProjectSink", "audit");
    expect(sink.inputs.destination).toBe(
      "logging.googleapis.com/projects/acme-ai-prod/locations/europe-west4/buckets/ai-prod-audit",
    );
    expect(recording.waitsFor(sink, recording.one(bucket, "audit"))).toBe(true);
    const cluster = recording.one("gcp:container/cluster:Cluster", "cluster");
    expect(recording.waitsFor(cluster, sink)).toBe(true);
  });

  it("of a development cluster go with it, and last as long as the jurisdiction asks", async () => {
    const jurisdiction = {
      name: "eu",
      regions: ["europe-west4"],
      registries: ["mirror.example.org"],
      auditRetentionDays: 120,
    };
    const recording = await recordGke(gkeArgs({ tier: "development", jurisdiction }));
    expect(recording.one(bucket, "audit").inputs).toMatchObject({
      retentionDays: 120,
      locked: false,
      deletionPolicy: "DELETE",
    });
  });
});

describe("Google's support", () => {
  it("asks before it looks at data where it has to, and tells the administrators", async () => {
    expect((await recordGke(gkeArgs())).of(approval)).toEqual([]);
    const recording = await recordGke({ ...gkeArgs(), supportAsks: true });
    const settings = recording.one(approval, "access-approval");
    expect(settings.inputs).toEqual({
      projectId: "acme-ai-prod",
      enrolledServices: [{ cloudProduct: "all", enrollmentLevel: "BLOCK_ALL" }],
      notificationEmails: ["platform@example.org"],
    });
    expect(recording.waitsFor(settings, recording.one("gcp:projects/service:Service", "accessapproval-api"))).toBe(
      true,
    );
  });
});
