import { beforeAll, describe, expect, it } from "vitest";
import { models } from "../../catalog/models";
import { type KubernetesObject, type Recording, record, wideEnvironment } from "../testing";

const containerOf = (pod: KubernetesObject["spec"], name: string) =>
  [...(pod.initContainers ?? []), ...pod.containers].find((candidate: { name: string }) => candidate.name === name);

describe("a model whose replicas fit single nodes", () => {
  let recording: Recording;
  let prefill: KubernetesObject;
  let decode: KubernetesObject;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
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
      "--served-model-name=qwen3-32b",
      "--port=8000",
      "--tensor-parallel-size=1",
      "--block-size=128",
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
      const labels = { "kai.scheduler/queue": "tenant-search", priorityClassName: "inference" };
      expect(metadata.labels).toMatchObject(labels);
      expect(spec.template.metadata.labels).toMatchObject(labels);
      expect(spec.template.spec.schedulerName).toBe("kai-scheduler");
      // A class that is not there would have every pod refused.
      expect(spec.template.spec.priorityClassName).toBeUndefined();
    }
  });

  it("takes GPUs only when one of each role can have them", () => {
    const group = recording.object("PodGroup", "qwen3-32b");
    expect(group.spec).toEqual({
      queue: "tenant-search",
      priorityClassName: "inference",
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
      expect(spec.template.metadata.annotations).toEqual({ "pod-group-name": "qwen3-32b" });
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
          timeouts: { request: "1h" },
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
    expect(recording.object("NetworkPolicy", "deny-ingress", "tenant-search").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress"],
    });
    const { ingress, podSelector } = recording.object("NetworkPolicy", "qwen3-32b").spec;
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

  it("is there after the operator that looks after it", () => {
    const operator = recording.resource("kubernetes:helm.sh/v4:Chart", "lws");
    const set = recording.resource("kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet", "deepseek-r1-decode");
    expect(recording.waitsFor(set, operator)).toBe(true);
  });
});

describe("EndpointPicker", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("may read its pool and change nothing", () => {
    const { rules } = recording.object("Role", "qwen3-32b-picker");
    expect(new Set(rules.flatMap(({ verbs }: { verbs: string[] }) => verbs))).toEqual(
      new Set(["get", "list", "watch"]),
    );
    expect(recording.objects.some(({ kind }) => kind.startsWith("ClusterRole"))).toBe(false);
    expect(recording.object("RoleBinding", "qwen3-32b-picker").subjects).toEqual([
      { kind: "ServiceAccount", name: "qwen3-32b-picker", namespace: "tenant-search" },
    ]);
  });

  it("refers only to plugins that its configuration has", () => {
    const config = JSON.parse(recording.object("ConfigMap", "qwen3-32b-picker").data["config.yaml"]);
    expect(config.apiVersion).toBe("llm-d.ai/v1alpha1");
    const plugins = config.plugins.map(({ type }: { type: string }) => type);
    for (const profile of config.schedulingProfiles) {
      for (const { pluginRef } of profile.plugins) {
        expect(plugins).toContain(pluginRef);
      }
    }
    expect(config.schedulingProfiles.map(({ name }: { name: string }) => name)).toEqual(["prefill", "decode"]);
  });

  it("watches the pool of its model", () => {
    const { spec, metadata } = recording.object("Deployment", "deepseek-r1-picker");
    const [epp] = spec.template.spec.containers;
    expect(epp.args).toContain("--pool-name=deepseek-r1");
    expect(epp.args).toContain("--pool-namespace=$(NAMESPACE)");
    expect(metadata.namespace).toBe("tenant-research");
    const service = recording.object("Service", "deepseek-r1-picker");
    expect(spec.template.metadata.labels).toMatchObject(service.spec.selector);
    expect(service.spec.ports[0].port).toBe(9002);
  });
});
