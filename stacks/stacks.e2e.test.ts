import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findControlPlane, type KubeObject } from "../rehearsal/control-plane";
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
    "onprem-team-assistants",
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

  // Defined only for the stacks that they are about: a test that never applies to one is not one that was skipped.
  if (platform === "onprem") servesEveryKind(() => workspace);
  if (platform === "prod-aws")
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
    const left = (await Promise.all(collections.map((collection) => plane.client.list(collection)))).flat();
    plane.client.close();
    // What its chart says to keep is kept: definitions of Dynamo, whose objects would go with them.
    const kept = ({ metadata }: KubeObject) => metadata.annotations?.["helm.sh/resource-policy"] === "keep";
    const names = left.filter((object) => !kept(object)).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => !own.test(name))).toEqual([]);
  });
});

/** What onprem and its team serve: one test for each kind of model. */
function servesEveryKind(workspaceOf: () => Workspace): void {
  const list = async (path: string) => {
    const plane = (await findControlPlane(workspaceOf().controlPlane))!;
    const items = await plane.client.list(path);
    plane.client.close();
    return items;
  };
  const podsOf = (tenant: string, selector: string) =>
    list(`/api/v1/namespaces/tenant-${tenant}/pods?labelSelector=${encodeURIComponent(selector)}`);
  /** Devices that the pods' claims were allocated, as node/device. */
  const devicesOf = async (tenant: string, pods: readonly KubeObject[]): Promise<string[]> => {
    const claims = await list(`/apis/resource.k8s.io/v1/namespaces/tenant-${tenant}/resourceclaims`);
    const names = new Set(pods.flatMap((pod) => statusesOf(pod).map(({ resourceClaimName }) => resourceClaimName)));
    return claims
      .filter(({ metadata }) => names.has(metadata.name))
      .flatMap(({ status }) =>
        status.allocation.devices.results.map(({ pool, device }: KubeObject) => `${pool}/${device}`),
      );
  };
  const statusesOf = (pod: KubeObject): { resourceClaimName: string }[] => pod.status.resourceClaimStatuses ?? [];

  it("spreads a model of experts over nodes, by LeaderWorkerSet's own controller", async () => {
    for (const role of ["prefill", "decode"]) {
      const pods = await podsOf("research", `leaderworkerset.sigs.k8s.io/name=deepseek-r1-${role}`);
      expect(pods.map(({ metadata }) => metadata.name).sort()).toEqual([
        `deepseek-r1-${role}-0`,
        `deepseek-r1-${role}-0-1`,
      ]);
      expect(pods.map(({ status }) => status.phase)).toEqual(["Running", "Running"]);
      expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(2);
      const variables = pods.flatMap(({ spec }) =>
        spec.containers[0].env.filter(({ name }: KubeObject) => name === "LWS_LEADER_ADDRESS"),
      );
      expect(variables, "what the controller's webhook adds").toHaveLength(2);
      expect(new Set(await devicesOf("research", pods)).size).toBe(16);
    }
  });

  it("serves a canary beside the stable version, for one request in ten", async () => {
    const [route] = (await list("/apis/gateway.networking.k8s.io/v1/namespaces/tenant-search/httproutes")).filter(
      ({ metadata }) => metadata.name === "qwen3-32b",
    );
    expect(route!.spec.rules[0].backendRefs.map(({ name, weight }: KubeObject) => [name, weight])).toEqual([
      ["qwen3-32b-stable", 90],
      ["qwen3-32b-next", 10],
    ]);
    const gpus = async (version: string) => {
      const pods = await podsOf("search", `llm-d.ai/model=qwen3-32b,ai-platform/version=${version},llm-d.ai/role`);
      expect(pods.every(({ status }) => status.phase === "Running")).toBe(true);
      return new Set(await devicesOf("search", pods)).size;
    };
    // Two for prefill and two for decode; one and one.
    expect(await gpus("stable")).toBe(4);
    expect(await gpus("next")).toBe(2);
  });

  it("serves one by Dynamo, through what Grove's kinds say", async () => {
    const sets = await list("/apis/grove.io/v1alpha1/namespaces/tenant-search/podcliquesets");
    expect(sets.map(({ metadata }) => metadata.ownerReferences[0].kind)).toEqual(["DynamoGraphDeployment"]);
    const cliques = await list("/apis/grove.io/v1alpha1/namespaces/tenant-search/podcliques");
    expect(cliques).toHaveLength(3);
    const pods = await podsOf("search", `app.kubernetes.io/part-of=${sets[0]!.metadata.name}`);
    expect(pods.map(({ status }) => status.phase)).toEqual(["Running", "Running", "Running"]);
    expect(await devicesOf("search", pods)).toHaveLength(2);
  });

  it("serves 40 small models on slices of 8 GPUs", async () => {
    const pods = await podsOf("assistants", "ai-platform/routing=service");
    expect(pods).toHaveLength(40);
    expect(new Set(pods.map(({ status }) => status.phase))).toEqual(new Set(["Running"]));
    const devices = await devicesOf("assistants", pods);
    expect(new Set(devices).size).toBe(40);
    const gpus = devices.map((device) => /^(.+\/gpu-\d+)-mig-/.exec(device)?.[1]);
    expect(gpus).not.toContain(undefined);
    expect(new Set(gpus).size).toBeLessThanOrEqual(8);
  });

  it("promotes a canary by its route alone", async () => {
    const { folder } = workspaceOf();
    const versions = [
      { name: "stable", weight: 0 },
      { name: "next", weight: 100 },
    ];
    const promoted = await rehearse("onprem", {
      progress: silentProgress(),
      base: path.dirname(folder),
      change: { models: [{ name: "qwen3-32b", versions }] },
    });
    expect(promoted.errors).toEqual([]);
    const { same, ...changed } = promoted.changes;
    expect(changed).toEqual({ update: 1 });
    expect(same).toBeGreaterThan(200);
  });
}

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
