import { afterEach, beforeEach, expect, it } from "vitest";
import { failure, plain } from "../../testing";
import { type TestCloud, testCloud } from "../testing";
import { config, enable, keyUser, makeKey, project, region, tokens } from "./testing";

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("gcp", config);
  await enable(cloud.engine);
});
afterEach(() => cloud.stop());

const bucket = (more: object = {}) => ({ project, location: region, bucketId: "audit", ...more });
const create = (type: string, name: string, inputs: object) => cloud.engine.create(type, name, inputs as never);

it("keeps logs for 30 days unless it is told otherwise, under a key that Cloud Logging may use", async () => {
  const { key } = await makeKey(cloud.engine);
  const cmekSettings = { kmsKeyName: key.id };
  expect(await failure(create(tokens.LogBucket, "early", bucket({ cmekSettings })))).toContain("gcp-sa-logging");
  await create(tokens.KeyMember, "user", keyUser(key, "gcp-sa-logging"));
  const made = await create(tokens.LogBucket, "audit", bucket({ cmekSettings }));
  expect(made.id).toBe(`projects/${project}/locations/${region}/buckets/audit`);
  expect(plain(made)).toMatchObject({ retentionDays: 30, locked: false });
  expect(await failure(create(tokens.LogBucket, "again", bucket()))).toContain(`Bucket ${made.id} already exists.`);
});

it("deletes no locked bucket, which can be left behind", async () => {
  const locked = await create(tokens.LogBucket, "locked", bucket({ locked: true }));
  expect(await failure(cloud.engine.delete(locked))).toContain("is locked and not empty");
  const left = await create(
    tokens.LogBucket,
    "left",
    bucket({ bucketId: "b", locked: true, deletionPolicy: "ABANDON" }),
  );
  await cloud.engine.delete(left);
});

it("refuses kinds of accesses, destinations and settings that there are not", async () => {
  const config = (logType: string) => ({ project, service: "allServices", auditLogConfigs: [{ logType }] });
  await create(tokens.AuditConfig, "reads", config("DATA_READ"));
  expect(await failure(create(tokens.AuditConfig, "none", config("READS")))).toContain("expected one of ADMIN_READ");
  expect(await failure(create(tokens.LogSink, "sink", { name: "s", destination: "elsewhere" }))).toContain(
    "destination",
  );
  const settings = { projectId: project, enrolledServices: [] };
  expect(await failure(create(tokens.AccessApproval, "none", settings))).toContain("expected at least one service");
});
