import { describe, expect, test } from "vitest";
import { type Context, evaluateStack, type Properties, type Resource, describe as text, unknown } from "../rule";
import { audit } from "./audit";
import { contextOn, named, ownProject } from "./testing";

const run = (resources: readonly Resource[], context: Context) => evaluateStack(audit, resources, context);
const said = (resources: readonly Resource[], context: Context) =>
  run(resources, context).map(({ kind, name, field }) => `${kind} ${name} ${field}`);

test("says what it is", () => {
  expect(audit).toMatchObject({ id: "sovereignty-audit", concern: "sovereignty", severity: "high" });
  expect(audit.title).toBe("Audit logs are on, kept long enough, and outlive the stack");
});

describe("on AWS", () => {
  const strict = contextOn("eks", { sovereign: true, auditRetentionDays: 365 });
  const cluster = (props: Properties = {}) =>
    named("cluster", "aws:eks/cluster:Cluster", {
      name: "ai",
      enabledClusterLogTypes: ["audit", "authenticator"],
      ...props,
    });
  const logs = (props: Properties = {}, over: Partial<Resource> = {}) =>
    named(
      "logs",
      "aws:cloudwatch/logGroup:LogGroup",
      { name: "/aws/eks/ai/cluster", retentionInDays: 365, skipDestroy: true, ...props },
      over,
    );

  test("a cluster whose logs are on, last and stay is let through", () => {
    expect(run([cluster(), logs()], strict)).toEqual([]);
    expect(run([cluster(), logs({ retentionInDays: 0 })], strict)).toEqual([]);
    expect(
      run([cluster(), logs({ skipDestroy: undefined }, { options: { protect: true, ignoreChanges: [] } })], strict),
    ).toEqual([]);
    expect(run([cluster(), logs({ skipDestroy: undefined, deletionProtectionEnabled: true })], strict)).toEqual([]);
  });

  test("logs that are off, nobody's, short or deleted with the stack are refused", () => {
    expect(said([cluster({ enabledClusterLogTypes: ["api", "audit"] }), logs()], strict)).toEqual([
      "violation cluster enabledClusterLogTypes",
    ]);
    expect(said([cluster()], strict)).toEqual(["violation cluster name"]);
    expect(said([cluster(), logs({ retentionInDays: 30 })], strict)).toEqual(["violation logs retentionInDays"]);
    expect(said([cluster(), logs({ logGroupClass: "DELIVERY" })], strict)).toEqual(["violation logs logGroupClass"]);
    expect(said([cluster(), logs({ skipDestroy: false })], strict)).toEqual(["violation logs skipDestroy"]);
    expect(text(run([cluster(), logs({ retentionInDays: 30 })], strict)[0]!)).toContain(
      'retentionInDays is "30", days that logs are kept; expected at least 365. Remedy: keep logs for at least 365 days',
    );
  });

  test("logs of what is for a while may go with it", () => {
    expect(run([cluster(), logs({ skipDestroy: undefined, retentionInDays: 90 })], contextOn("eks"))).toHaveLength(0);
  });

  test("a network without flow logs is refused, and one whose flow log leaves something out", () => {
    const vpc = named("vpc", "aws:ec2/vpc:Vpc", {});
    const flow = (trafficType: string) => named("flow", "aws:ec2/flowLog:FlowLog", { vpcId: "vpc-1", trafficType });
    expect(said([vpc], strict)).toEqual(["violation vpc id"]);
    expect(said([vpc, flow("ACCEPT")], strict)).toEqual(["violation vpc id"]);
    expect(run([vpc, flow("ALL")], strict)).toEqual([]);
  });

  test("a trail that can be changed or deleted is refused", () => {
    const trail = (props: Properties) =>
      named("trail", "aws:cloudtrail/trail:Trail", { s3BucketName: "trail", enableLogFileValidation: true, ...props });
    const bucket = (objectLockEnabled: boolean) =>
      named("bucket", "aws:s3/bucket:Bucket", { bucket: "trail", objectLockEnabled });
    const lock = (mode: string, days: number) =>
      named("lock", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
        bucket: "trail",
        rule: { defaultRetention: { mode, days } },
      });
    expect(run([trail({}), bucket(true), lock("COMPLIANCE", 365)], strict)).toEqual([]);
    expect(said([trail({ enableLogging: false }), bucket(true)], strict)).toEqual(["violation trail enableLogging"]);
    expect(said([trail({ enableLogFileValidation: undefined }), bucket(true)], strict)).toEqual([
      "violation trail enableLogFileValidation",
    ]);
    expect(said([trail({}), bucket(false)], strict)).toEqual(["violation trail s3BucketName"]);
    expect(said([lock("GOVERNANCE", 30)], strict)).toEqual([
      "violation lock rule.defaultRetention.mode",
      "violation lock rule.defaultRetention.days",
    ]);
  });

  test("what is not known yet is deferred, and refused at up", () => {
    const hidden = [
      cluster({ enabledClusterLogTypes: unknown }),
      logs({ retentionInDays: unknown, skipDestroy: unknown }),
    ];
    expect(said(hidden, strict)).toEqual([
      "deferred cluster enabledClusterLogTypes",
      "deferred logs retentionInDays",
      "deferred logs skipDestroy",
    ]);
    expect(run(hidden, { ...strict, preview: false }).every(({ kind }) => kind === "violation")).toBe(true);
  });
});

describe("on Google Cloud", () => {
  const strict = contextOn("gke", { sovereign: true, auditRetentionDays: 365 });
  const cluster = (props: Properties = {}) =>
    named("cluster", "gcp:container/cluster:Cluster", {
      loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "APISERVER"] },
      ...props,
    });
  const config = (service: string, logTypes = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"], more: Properties = {}) =>
    named(service, "gcp:projects/iAMAuditConfig:IAMAuditConfig", {
      service,
      auditLogConfigs: logTypes.map((logType) => ({ logType, ...more })),
    });
  const bucket = (props: Properties = {}) =>
    named("bucket", "gcp:logging/projectBucketConfig:ProjectBucketConfig", {
      bucketId: "audit",
      location: "europe-west4",
      retentionDays: 365,
      locked: true,
      ...props,
    });
  const sink = (props: Properties = {}) =>
    named("sink", "gcp:logging/projectSink:ProjectSink", {
      destination: `logging.googleapis.com/projects/${ownProject}/locations/europe-west4/buckets/audit`,
      filter: 'logName:"cloudaudit.googleapis.com" OR resource.type="k8s_control_plane_component"',
      ...props,
    });
  const whole = [config("allServices"), bucket(), sink()];

  test("a project whose audit logs are on, last and stay is let through", () => {
    expect(run([cluster(), ...whole], strict)).toEqual([]);
    const each = [config("container.googleapis.com"), config("cloudkms.googleapis.com")];
    expect(run([cluster(), ...each, bucket(), sink({ filter: undefined })], strict)).toEqual([]);
  });

  test.each<[string, readonly Resource[], string]>([
    ["logs of a cluster that are off", [cluster({ loggingService: "none" }), ...whole], "cluster loggingService"],
    [
      "a cluster whose API server logs nothing",
      [cluster({ loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS"] } }), ...whole],
      "cluster loggingConfig.enableComponents",
    ],
    ["accesses that nobody takes down", [cluster(), bucket(), sink()], "cluster project"],
    [
      "accesses of some",
      [cluster(), config("allServices", undefined, { exemptedMembers: ["user:a@b.org"] }), bucket(), sink()],
      "cluster project",
    ],
    [
      "reads that are left out",
      [cluster(), config("allServices", ["ADMIN_READ", "DATA_WRITE"]), bucket(), sink()],
      "cluster project",
    ],
    ["a bucket that nothing is sent to", [cluster(), config("allServices"), bucket()], "cluster project"],
    ["a sink that is off", [cluster(), config("allServices"), bucket(), sink({ disabled: true })], "cluster project"],
    [
      "a sink that leaves something out",
      [cluster(), config("allServices"), bucket(), sink({ exclusions: [{ name: "x", filter: "y" }] })],
      "cluster project",
    ],
    [
      "a bucket of 30 days",
      [cluster(), config("allServices"), bucket({ retentionDays: undefined }), sink()],
      "bucket retentionDays",
    ],
    [
      "a bucket that can be deleted",
      [cluster(), config("allServices"), bucket({ locked: false }), sink()],
      "bucket locked",
    ],
  ])("%s are refused", (_name, resources, expected) => {
    expect(said(resources, strict)).toEqual([`violation ${expected}`]);
  });

  test("what is not known yet is deferred", () => {
    expect(said([cluster(), config("allServices"), bucket(), sink({ filter: unknown })], strict)).toEqual([
      "deferred cluster project",
    ]);
    expect(said([cluster(), config("allServices"), bucket({ locked: unknown }), sink()], strict)).toEqual([
      "deferred bucket locked",
    ]);
  });
});

test("the audit log of a cluster that somebody else runs is said not to be seen, where it matters", () => {
  const existing = named("cluster", "ai-platform:cluster:ExistingCluster", {});
  expect(said([existing], contextOn("existing", { sovereign: true }))).toEqual(["unverified cluster cluster"]);
  expect(run([existing], contextOn("existing"))).toEqual([]);
});
