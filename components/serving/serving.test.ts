import { beforeAll, describe, expect, it } from "vitest";
import { models } from "../../catalog/models";
import { type KubernetesObject, type Recording, record, slicedEnvironment, wideEnvironment } from "../testing";

const containerOf = (pod: KubernetesObject["spec"], name: string) =>
  [...(pod.initContainers ?? []), ...pod.containers].find((candidate: { name: string }) => candidate.name === name);

describe("a model whose replicas fit single nodes", () => {
  let recording: Recording;
  let prefill: KubernetesObject;
  let decode: KubernetesObject;
  beforeAll(async () => {
    const { pools, ...wide } = wideEnvironment();
    // Without a cache of weights, which has a test of its own.
    recording = await record({ ...wide, pools: pools.map((pool) => ({ ...pool, modelCache: undefined })) });
    prefill = recording.object("Deployment", "qwen3-32b-prefill");
    decode = recording.object("Deployment", "qwen3-32b-decode");
  });

  it("runs each role as a Deployment in its tenant's namespace", () => {
    expect(prefill.spec.replicas).toBe(2);
    expect(decode.spec.replicas).toBe(1);
    expect(prefill.metadata.namespace).toBe("tenant-search");
    expect(prefill.spec.strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  });

  it("claims each role's GPUs, and hands them to vLLM", () => {
    for (const [role, template] of [
      [prefill, "gpu-h100-80gb-x1"],
      [decode, "gpu-h100-80gb-x4"],
    ] as const) {
      const pod = role.spec.template.spec;
      expect(pod.resourceClaims).toEqual([{ name: "gpus", resourceClaimTemplateName: template }]);
      expect(containerOf(pod, "vllm").resources.claims).toEqual([{ name: "gpus" }]);
      expect(recording.object("ResourceClaimTemplate", template, "tenant-search")).toBeDefined();
    }
  });

  it("shares out a node's CPUs and memory by its GPUs", () => {
    const { requests, limits } = containerOf(decode.spec.template.spec, "vllm").resources;
    // Half of the node's eight GPUs, of seven eighths of 192 CPUs and 2048 GiB.
    expect(requests).toEqual({ cpu: "84", memory: "896Gi" });
    expect(limits).toEqual({ memory: "896Gi" });
  });

  it("puts the routing sidecar before vLLM on decode, and nothing before it on prefill", () => {
    const pod = decode.spec.template.spec;
    const sidecar = containerOf(pod, "routing-sidecar");
    expect(sidecar.restartPolicy).toBe("Always");
    expect(sidecar.args).toEqual([
      "--port=8000",
      "--model-server-port=8200",
      "--kv-connector=nixlv2",
      "--secure-proxy=false",
    ]);
    expect(containerOf(pod, "vllm").args).toContain("--port=8200");
    expect(prefill.spec.template.spec.initContainers).toBeUndefined();
    expect(containerOf(prefill.spec.template.spec, "vllm").args).toContain("--port=8000");
  });

  it("serves the catalog's weights under the model's name, with NIXL between the roles", () => {
    const { args, env } = containerOf(prefill.spec.template.spec, "vllm");
    expect(args).toEqual([
      models["qwen3-32b"].huggingFace,
      `--revision=${models["qwen3-32b"].revision}`,
      "--served-model-name=qwen3-32b",
      "--port=8000",
      "--tensor-parallel-size=1",
      "--block-size=128",
      "--max-model-len=16384",
      "--gpu-memory-utilization=0.9",
      '--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_producer"}',
      "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
    ]);
    expect(containerOf(decode.spec.template.spec, "vllm").args).toContain(
      '--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_both"}',
    );
    expect(env).toContainEqual({ name: "VLLM_NIXL_SIDE_CHANNEL_PORT", value: "5600" });
    expect(env).toContainEqual({ name: "VLLM_NO_USAGE_STATS", value: "1" });
  });

  it("is placed by KAI, from its tenant's queue, at the inference priority", () => {
    for (const { metadata, spec } of [prefill, decode]) {
      const labels = { "kai.scheduler/queue": "tenant-search", priorityClassName: "ai-platform-model-server" };
      expect(metadata.labels).toMatchObject(labels);
      expect(spec.template.metadata.labels).toMatchObject(labels);
      expect(spec.template.spec.schedulerName).toBe("kai-scheduler");
      expect(spec.template.spec.priorityClassName).toBe("ai-platform-model-server");
    }
  });

  it("takes GPUs only when one of each role can have them", () => {
    const group = recording.object("PodGroup", "qwen3-32b");
    expect(group.spec).toEqual({
      queue: "tenant-search",
      priorityClassName: "ai-platform-model-server",
      minSubGroup: 2,
      subGroups: [
        { name: "prefill", minMember: 1 },
        { name: "decode", minMember: 1 },
      ],
    });
    for (const [role, { metadata, spec }] of [
      ["prefill", prefill],
      ["decode", decode],
    ] as const) {
      expect(metadata.annotations?.["kai.scheduler/skip-podgrouper"]).toBe("true");
      expect(spec.template.metadata.annotations).toMatchObject({ "pod-group-name": "qwen3-32b" });
      expect(spec.template.metadata.labels["kai.scheduler/subgroup-name"]).toBe(role);
    }
  });

  it("does not hold an update up while it waits for GPUs", () => {
    expect(prefill.metadata.annotations?.["pulumi.com/skipAwait"]).toBe("true");
    expect(decode.metadata.annotations?.["pulumi.com/skipAwait"]).toBe("true");
    const picker = recording.object("Deployment", "qwen3-32b-picker");
    expect(picker.metadata.annotations?.["pulumi.com/skipAwait"]).toBeUndefined();
  });

  it("is reached through a pool of both roles, its picker, and a route under its name", () => {
    const pool = recording.object("InferencePool", "qwen3-32b");
    expect(pool.spec).toEqual({
      selector: { matchLabels: { "llm-d.ai/model": "qwen3-32b", "llm-d.ai/inference-serving": "true" } },
      targetPorts: [{ number: 8000 }],
      endpointPickerRef: { name: "qwen3-32b-picker", port: { number: 9002 }, failureMode: "FailClose" },
    });
    for (const { spec } of [prefill, decode]) {
      expect(spec.template.metadata.labels).toMatchObject(pool.spec.selector.matchLabels);
    }
    expect(recording.object("HTTPRoute", "qwen3-32b").spec).toEqual({
      parentRefs: [{ name: "inference-gateway", namespace: "inference-gateway" }],
      hostnames: ["models.example.org"],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/qwen3-32b" } }],
          filters: [
            { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } },
            {
              type: "RequestHeaderModifier",
              requestHeaderModifier: { set: [{ name: "x-llm-d-inference-objective", value: "qwen3-32b" }] },
            },
          ],
          backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen3-32b" }],
          timeouts: { request: "3600s" },
        },
      ],
    });
  });

  it("gives its requests the model's priority", () => {
    expect(recording.object("InferenceObjective", "qwen3-32b").spec).toEqual({
      priority: 10,
      poolRef: { group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen3-32b" },
    });
    expect(recording.object("InferenceObjective", "deepseek-r1").spec.priority).toBe(-1);
  });

  it("lets in only its own pods and the gateway", () => {
    expect(recording.object("NetworkPolicy", "default-deny", "tenant-search").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const allowed = recording.object("NetworkPolicy", "allowed", "tenant-search").spec;
    expect(allowed.ingress).toEqual([]);
    // Names, and nothing else.
    expect(allowed.egress.map(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))).toEqual([
      [53, 53],
    ]);
    const { ingress, egress, podSelector } = recording.object("NetworkPolicy", "qwen3-32b").spec;
    expect(egress).toEqual([{ to: [{ podSelector }] }]);
    expect(podSelector.matchLabels).toEqual({ "llm-d.ai/model": "qwen3-32b" });
    expect(ingress).toHaveLength(2);
    expect(ingress[1].ports.map(({ port }: { port: number }) => port)).toEqual([8000, 9002]);
  });
});

describe("a model whose replicas span nodes", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("runs each role as a LeaderWorkerSet of as many pods as nodes", () => {
    const { spec } = recording.object("LeaderWorkerSet", "deepseek-r1-decode");
    expect(spec.replicas).toBe(1);
    expect(spec.leaderWorkerTemplate.size).toBe(4);
    const prefill = recording.object("LeaderWorkerSet", "deepseek-r1-prefill");
    expect([prefill.spec.replicas, prefill.spec.leaderWorkerTemplate.size]).toEqual([2, 2]);
    expect(recording.objects.some(({ kind, metadata }) => kind === "PodGroup" && metadata.name === "deepseek-r1")).toBe(
      false,
    );
  });

  it("spreads the model over all GPUs of the group, and lets only the leader answer", () => {
    const { leaderTemplate, workerTemplate } = recording.object("LeaderWorkerSet", "deepseek-r1-decode").spec
      .leaderWorkerTemplate;
    const leader = containerOf(leaderTemplate.spec, "vllm");
    const worker = containerOf(workerTemplate.spec, "vllm");
    for (const { args } of [leader, worker]) {
      expect(args).toContain("--tensor-parallel-size=16");
      expect(args).toContain("--nnodes=$(LWS_GROUP_SIZE)");
    }
    expect(leader.args).not.toContain("--headless");
    expect(worker.args).toContain("--headless");
    expect(containerOf(leaderTemplate.spec, "routing-sidecar")).toBeDefined();
    expect(containerOf(workerTemplate.spec, "routing-sidecar")).toBeUndefined();
    const { matchLabels } = recording.object("InferencePool", "deepseek-r1").spec.selector;
    expect(leaderTemplate.metadata.labels).toMatchObject(matchLabels);
    expect(workerTemplate.metadata.labels).not.toMatchObject(matchLabels);
  });

  it("joins leaders and workers of both roles in one ComputeDomain", () => {
    const domain = recording.object("ComputeDomain", "deepseek-r1", "tenant-research");
    expect(domain.spec).toEqual({
      numNodes: 0,
      channel: { allocationMode: "Single", resourceClaimTemplate: { name: "deepseek-r1-channel" } },
    });
    for (const role of ["prefill", "decode"]) {
      const { leaderTemplate, workerTemplate } = recording.object("LeaderWorkerSet", `deepseek-r1-${role}`).spec
        .leaderWorkerTemplate;
      for (const { spec } of [leaderTemplate, workerTemplate]) {
        expect(spec.resourceClaims).toEqual([
          { name: "gpus", resourceClaimTemplateName: "gpu-gb200-186gb-x4" },
          { name: "channel", resourceClaimTemplateName: "deepseek-r1-channel" },
        ]);
        expect(containerOf(spec, "vllm").resources.claims).toEqual([{ name: "gpus" }, { name: "channel" }]);
      }
    }
  });

  it("keeps each replica in one NVLink domain", () => {
    for (const role of ["prefill", "decode"]) {
      const { metadata } = recording.object("LeaderWorkerSet", `deepseek-r1-${role}`);
      expect(metadata.annotations).toMatchObject({
        "kai.scheduler/topology": "nvl72",
        "kai.scheduler/topology-required-placement": "nvidia.com/gpu.clique",
      });
    }
  });

  it("is there after the operator that looks after it", () => {
    const operator = recording.resource("kubernetes:helm.sh/v4:Chart", "lws");
    const set = recording.resource("kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet", "deepseek-r1-decode");
    expect(recording.waitsFor(set, operator)).toBe(true);
  });
});

describe("the pool of a model", () => {
  let sliced: Recording;
  beforeAll(async () => {
    sliced = await record(slicedEnvironment());
  });
  const podOf = (recording: Recording, name: string) => recording.object("Deployment", name).spec.template.spec;

  it("is where its servers run, and nowhere else", () => {
    for (const pool of ["whole", "slices", "turns", "shares", "hami"]) {
      expect(podOf(sliced, `${pool}-prefill`).nodeSelector).toEqual({ "example.org/pool": pool });
    }
  });

  it("says who places them, and only KAI has queues and groups", () => {
    const kai = ["whole", "turns"];
    const others = { slices: "default-scheduler", shares: "default-scheduler", hami: "hami-scheduler" };
    for (const name of kai) {
      expect(podOf(sliced, `${name}-decode`).schedulerName).toBe("kai-scheduler");
    }
    for (const [name, scheduler] of Object.entries(others)) {
      const { metadata, spec } = sliced.object("Deployment", `${name}-decode`);
      expect(spec.template.spec.schedulerName).toBe(scheduler);
      expect(spec.template.metadata.labels).not.toHaveProperty(["kai.scheduler/queue"]);
      expect(metadata.annotations).not.toHaveProperty(["kai.scheduler/skip-podgrouper"]);
    }
    const groups = sliced.objects.filter(({ kind }) => kind === "PodGroup").map(({ metadata }) => metadata.name);
    expect(groups.sort()).toEqual([...kai].sort());
  });

  it("is tolerated where its nodes may go at any time, if the model allows it", async () => {
    const wide = wideEnvironment();
    const recording = await record({
      ...wide,
      pools: wide.pools.map((pool) => (pool.name === "h100" ? { ...pool, capacity: "spot" as const } : pool)),
      models: wide.models.map((model) => ({ ...model, spot: model.pool === "h100" })),
    });
    const keys = (name: string) => podOf(recording, name).tolerations.map(({ key }: { key: string }) => key);
    expect(keys("qwen3-32b-decode")).toEqual(["nvidia.com/gpu", "ai-platform/spot"]);
    expect(podOf(sliced, "whole-decode").tolerations).toHaveLength(1);
  });
});
