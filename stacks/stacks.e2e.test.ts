import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findControlPlane } from "../rehearsal/control-plane";
import { temporaryFolder } from "../rehearsal/control-plane/testing";
import { runOperation } from "../rehearsal/engine";
import { leftInCloud } from "../rehearsal/providers/cloud/left";
import { rehearse } from "../rehearsal/rehearse";
import type { RehearsalReport } from "../rehearsal/report";
import { tearDown } from "../rehearsal/tear-down";
import { silentProgress } from "../rehearsal/testing";
import { Workspace } from "../rehearsal/workspace";
import { loadEnvironment } from "./load";

/** Every stack but `local`, whose own test is that of the rehearsal. A team's stack brings its platform with it. */
const stacks = readdirSync(__dirname)
  .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
  .filter((stack) => stack !== "local")
  .sort();
const platforms = new Set(stacks.map((stack) => loadEnvironment(stack).team?.platform));
const rehearsed = stacks.filter((stack) => !platforms.has(stack));

/** What an API server holds that came with it. */
const own =
  /^(default|kube-.*|system:.*|kubeadm:.*|rehearsal[:-].*|cluster-admin|admin|edit|view|kubernetes|.*\.networking\.gke\.io)$/;

const collections = [
  "/api/v1/namespaces",
  "/api/v1/persistentvolumes",
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  "/apis/resource.k8s.io/v1/deviceclasses",
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/storage.k8s.io/v1/storageclasses",
  "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
];

it("delivers the environments that the README names", () => {
  expect(stacks).toEqual([
    "dev-aws",
    "dev-gcp",
    "onprem",
    "prod-aws",
    "prod-aws-team-search",
    "prod-gcp",
    "sovereign-aws-eu",
    "sovereign-gcp-eu",
    "sovereign-onprem-eu",
  ]);
});

describe.each(rehearsed)("%s", (stack) => {
  const environment = loadEnvironment(stack);
  const platform = environment.team?.platform ?? stack;
  let base: string;
  let workspace: Workspace;
  let report: RehearsalReport;

  beforeAll(async () => {
    base = await temporaryFolder("stack");
    workspace = new Workspace(stack, base, platform);
    report = await rehearse(stack, { progress: silentProgress(), base });
  });

  afterAll(async () => {
    await tearDown(platform, { progress: silentProgress(), base, force: true });
    await rm(base, { recursive: true, force: true });
  });

  it("goes from nothing to scheduled pods", () => {
    expect(report.errors).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.pods).toMatchObject({ pending: 0, waiting: [] });
    expect(report.gpus.claimed).toBeGreaterThan(0);
    expect(report.monthlyCostUsd).toBeGreaterThan(0);
  });

  it("has nothing to change in a second run", async () => {
    const again = await runOperation(workspace, "preview");
    expect(again.errors).toEqual([]);
    expect(Object.keys(again.changes)).toEqual(["same"]);
  });

  // Defined only where there is a team: a test that never applies to a stack is not one that was skipped.
  if (environment.team)
    it("refuses models above what the platform leaves the team", async () => {
      const models = [{ name: "qwen3-32b-search", serving: { prefill: { replicas: 40 } } }];
      const greedy = await rehearse(stack, { progress: silentProgress(), base, change: { team: { models } } });
      expect(greedy.ok).toBe(false);
      expect(greedy.errors).toEqual([
        expect.stringMatching(/they ask for 42 GPUs, and prod-aws leaves search 12 of its 16/),
      ]);
      expect(greedy.changes).toEqual({});
    });

  it("leaves an empty cloud and an empty API server when it is destroyed", async () => {
    for (const doomed of [...new Set([stack, platform])]) {
      const result = await runOperation(new Workspace(doomed, base, platform), "destroy");
      expect(result.errors).toEqual([]);
    }
    expect(await leftInCloud(workspace)).toEqual([]);
    const plane = (await findControlPlane(workspace.controlPlane))!;
    const names = await Promise.all(
      collections.map(async (collection) => (await plane.client.list(collection)).map(({ metadata }) => metadata.name)),
    );
    plane.client.close();
    expect(names.flat().filter((name) => !own.test(name))).toEqual([]);
  });
});

describe("bad input that only the program can see", () => {
  let base: string;
  beforeAll(async () => {
    base = await temporaryFolder("bad-input");
  });
  afterAll(async () => {
    await tearDown("onprem", { progress: silentProgress(), base, force: true });
    await rm(base, { recursive: true, force: true });
  });

  it("is one error, and nothing is created: two owners of the same GPUs", async () => {
    const labels = { "example.org/gpus": "whole" };
    const report = await rehearse("onprem", {
      progress: silentProgress(),
      base,
      change: { pools: [{ name: "slices", labels, devices: { owner: "hami", sharing: null } }] },
    });
    expect(report.ok).toBe(false);
    expect(report.errors).toEqual([
      expect.stringMatching(
        /pools h100 and slices: nothing tells their nodes apart, and dra and hami would both hand out/,
      ),
    ]);
    expect(report.changes).toEqual({});
    expect(report.pods.running).toBe(0);
  });
});
