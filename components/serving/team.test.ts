import { beforeAll, describe, expect, it } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { type Recording, recordProgram } from "../recording";
import { homesOf } from "./gpus";
import { checkLimits, type PlatformOutputs, TeamModels } from "./team";

const environment = loadEnvironment("prod-aws-team-search");
const team = environment.team!;

const platform: PlatformOutputs = {
  access: { kubeconfig: "apiVersion: v1\nkind: Config\n" },
  gateway: {
    namespace: "inference-gateway",
    gatewayName: "inference-gateway",
    host: "models.example.org",
    implementation: "agentgateway",
    ranges: [],
  },
  backends: ["llm-d"],
  tenants: {
    search: { namespace: "tenant-search", queue: "tenant-search", gpus: { quota: 16, used: 4 }, pools: ["h100"] },
  },
};

describe("a team's models", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await recordProgram(environment.stack, () => new TeamModels("team", { environment, team, platform }));
  });

  it("are all that its stack makes, in the platform's namespace and queue", () => {
    const { objects } = recording;
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["tenant-search"]));
    expect(objects.map(({ kind }) => kind)).not.toContain("Namespace");
    expect(objects.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(["qwen3-32b-search-prefill", "qwen3-32b-search-decode"]),
    );
    const decode = recording.object("Deployment", "qwen3-32b-search-decode");
    expect(decode.metadata.labels).toMatchObject({ "kai.scheduler/queue": "tenant-search" });
    expect(recording.object("HTTPRoute", "qwen3-32b-search").spec.parentRefs).toEqual([
      { name: "inference-gateway", namespace: "inference-gateway" },
    ]);
  });

  it("claim by templates that are not the platform's", () => {
    const templates = recording.objects.filter(({ kind }) => kind === "ResourceClaimTemplate");
    expect(templates.map(({ metadata }) => metadata.name).sort()).toEqual([
      "prod-aws-team-search-gpu-h100-80gb-x1",
      "prod-aws-team-search-gpu-h100-80gb-x2",
    ]);
  });

  it("reach the cluster as the platform says", () => {
    expect(recording.resource("pulumi:providers:kubernetes", "kubernetes").inputs).toMatchObject(platform.access);
  });
});

describe("behind GKE's load balancer", () => {
  it.each([
    ["picker", "InferencePool", "inference.networking.k8s.io"],
    ["service", "Service", ""],
  ] as const)(
    "a model by its %s has what ends no answer early and asks servers where they answer",
    async (routing, kind, group) => {
      const [model] = team.models;
      const [version] = model!.versions;
      const servers = { replicas: 1, gpus: 2, nodes: 1, tensorParallel: 2, expertParallel: false };
      const serving = { mode: "aggregated" as const, servers };
      const models = [{ ...model!, routing, versions: [{ ...version!, serving }] }];
      const gateway = { ...platform.gateway, implementation: "gke" as const, ranges: ["10.129.0.0/23"] };
      const recording = await recordProgram(
        environment.stack,
        () => new TeamModels("team", { environment, team: { ...team, models }, platform: { ...platform, gateway } }),
      );
      const targetRef = { group, kind, name: model!.name };
      expect(recording.object("GCPBackendPolicy", model!.name).spec.targetRef).toEqual(targetRef);
      expect(recording.object("HealthCheckPolicy", model!.name).spec.targetRef).toEqual(targetRef);
    },
  );
});

describe("the limits that a platform publishes", () => {
  const left = (used: number, over: object = {}) => ({
    search: { ...platform.tenants.search!, gpus: { quota: 16, used }, ...over },
  });

  it("let pass what fits", () => {
    expect(checkLimits(team, left(13), homesOf(environment.pools))).toMatchObject({ queue: "tenant-search" });
  });

  it("count the servers that a model may come to", () => {
    const [model] = team.models;
    const [version] = model!.versions;
    const scale = { min: 1, max: 10, waiting: 4, kvUtilization: 0.8 };
    const serving = version!.serving.mode === "disaggregated" ? version!.serving : undefined;
    const versions = [{ ...version!, serving: { ...serving!, prefill: { ...serving!.prefill, scale } } }];
    expect(() =>
      checkLimits({ ...team, models: [{ ...model!, versions }] }, left(13), homesOf(environment.pools)),
    ).toThrow("they ask for 12 GPUs, and prod-aws leaves search 3 of its 16");
  });

  it("hold for the pools that a model overflows to as well", () => {
    const [model] = team.models;
    const models = [{ ...model!, variants: [{ pool: "spare" }] }];
    expect(() => checkLimits({ ...team, models }, left(0), homesOf(environment.pools))).toThrow(
      'team.models.qwen3-32b-search.variants.0.pool: "spare" is none of the pools that prod-aws offers: h100',
    );
  });

  it.each<[what: string, tenants: PlatformOutputs["tenants"], message: string]>([
    [
      "more GPUs than are left",
      left(14),
      "team.models: they ask for 3 GPUs, and prod-aws leaves search 2 of its 16; take replicas away, or have the owner of prod-aws raise the quota",
    ],
    [
      "a pool that is not offered",
      left(0, { pools: ["slices"] }),
      'team.models.qwen3-32b-search.pool: "h100" is none of the pools that prod-aws offers: slices',
    ],
    ["a tenant that is none", {}, 'team.tenant: "search" is none of the tenants of prod-aws: there is none'],
  ])("refuse %s, before anything is made", async (_, tenants, message) => {
    const made = recordProgram(
      environment.stack,
      () => new TeamModels("team", { environment, team, platform: { ...platform, tenants } }),
    );
    await expect(made).rejects.toThrow(message);
  });
});
