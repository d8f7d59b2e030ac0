import { expect, test } from "vitest";
import { type Context, evaluateStack, type Properties, type Resource, describe as text, unknown } from "../rule";
import { supportAccess } from "./support-access";
import { contextOn, named, ownProject } from "./testing";

const strict = contextOn("gke", { sovereign: true });
const run = (resources: readonly Resource[], context: Context = strict) =>
  evaluateStack(supportAccess, resources, context);

const cluster = named("cluster", "gcp:container/cluster:Cluster", {});
const approval = (props: Properties = {}, of = "projects") =>
  named("approval", `gcp:${of}/accessApprovalSettings:AccessApprovalSettings`, {
    projectId: ownProject,
    enrolledServices: [{ cloudProduct: "all", enrollmentLevel: "BLOCK_ALL" }],
    ...props,
  });
const workload = (props: Properties) => named("workload", "gcp:assuredworkloads/workload:Workload", props);

test("says what it is", () => {
  expect(supportAccess).toMatchObject({ id: "sovereignty-support-access", concern: "sovereignty", severity: "high" });
  expect(supportAccess.title).toBe("The cloud's own support asks before it looks at data");
});

test("a project, folder or organization whose data support asks for is let through", () => {
  expect(run([cluster, approval()])).toEqual([]);
  expect(run([cluster, approval({ projectId: undefined, folderId: "1" }, "folder")])).toEqual([]);
  expect(
    run([
      cluster,
      workload({ partner: "SOVEREIGN_CONTROLS_BY_PSN", partnerPermissions: { serviceAccessApprover: true } }),
    ]),
  ).toEqual([]);
});

test("a project whose data support can look at is refused, where the environment is sovereign", () => {
  expect(text(run([cluster])[0]!)).toBe(
    `[sovereignty-support-access] cluster (gcp:container/cluster:Cluster): project is "${ownProject}", a project whose data Google's support can look at without asking. ` +
      "Remedy: enrol the project in Access Approval for all products: projects.AccessApprovalSettings with cloudProduct all.",
  );
  expect(run([cluster], contextOn("gke"))).toEqual([]);
});

test("a setting of another project, of some products, or of another level does not do", () => {
  expect(run([cluster, approval({ projectId: "other" })])).toMatchObject([{ kind: "violation", name: "cluster" }]);
  const some = approval({ enrolledServices: [{ cloudProduct: "storage.googleapis.com" }] });
  expect(run([cluster, some])).toMatchObject([{ kind: "violation", name: "approval", field: "enrolledServices" }]);
  const lax = approval({ enrolledServices: [{ cloudProduct: "all", enrollmentLevel: "NONE" }] });
  expect(run([cluster, lax])).toMatchObject([{ kind: "violation", field: "enrolledServices[0].enrollmentLevel" }]);
});

test("a partner that may not approve is refused", () => {
  const partner = workload({ partner: "SOVEREIGN_CONTROLS_BY_PSN", partnerPermissions: { dataLogsViewer: true } });
  expect(run([partner])).toMatchObject([{ kind: "violation", field: "partnerPermissions.serviceAccessApprover" }]);
});

test("what is not known yet is deferred", () => {
  expect(run([cluster, approval({ enrolledServices: unknown })])).toMatchObject([
    { kind: "deferred", field: "enrolledServices" },
  ]);
  expect(run([cluster, approval({ projectId: unknown })])).toMatchObject([{ kind: "deferred", name: "approval" }]);
});

test("AWS and clusters of one's own have nothing to switch on", () => {
  expect(run([named("eks", "aws:eks/cluster:Cluster", {})], contextOn("eks", { sovereign: true }))).toEqual([]);
});
