import { beforeAll, describe, expect, it } from "vitest";
import { images } from "../../../catalog/images";
import { gpuPool } from "../../accelerators/testing";
import type { KubernetesObject, Recording } from "../../recording";
import { dynamoModel, recordModel, role } from "./testing";

interface Component {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into pods.
  readonly [field: string]: any;
}

const component = ({ spec }: KubernetesObject, name: string): Component =>
  spec.components.find((candidate: Component) => candidate.name === name);
const podOf = ({ podTemplate }: Component) => podTemplate.spec;
const mainOf = (of: Component) => podOf(of).containers[0];
const flag = (of: Component, name: string): string | undefined => mainOf(of).args[mainOf(of).args.indexOf(name) + 1];

describe("a disaggregated model on Dynamo", () => {
  let recording: Recording;
  let graph: KubernetesObject;
  beforeAll(async () => {
    recording = await recordModel(dynamoModel());
    graph = recording.object("DynamoGraphDeployment", "qwen");
  });

  it("is a graph of a frontend, prefill and decode workers", () => {
    expect(graph.apiVersion).toBe("nvidia.com/v1beta1");
    expect(graph.metadata.namespace).toBe("tenant-search");
    expect(graph.spec.components.map(({ name, type, replicas }: Component) => [name, type, replicas])).toEqual([
      ["frontend", "frontend", 1],
      ["prefill", "prefill", 2],
      ["decode", "decode", 1],
    ]);
    for (const each of graph.spec.components) {
      expect(podOf(each).containers).toHaveLength(1);
      expect(mainOf(each)).toMatchObject({
        name: "main",
        image: expect.stringContaining(images.dynamoVllm.repository),
      });
    }
  });

  it("is looked after by GKE's load balancer where its frontend answers", async () => {
    const behind = await recordModel(dynamoModel(), gpuPool("h100"), "gke");
    const targetRef = { group: "", kind: "Service", name: "qwen-frontend" };
    expect(behind.object("HealthCheckPolicy", "qwen-frontend").spec.targetRef).toEqual(targetRef);
    expect(behind.object("GCPBackendPolicy", "qwen-frontend").spec).toMatchObject({
      targetRef,
      default: { timeoutSec: 3600 },
    });
  });

  it("claims each role's GPUs by its template, and none for the frontend", () => {
    for (const [name, template] of [
      ["prefill", "gpu-h100-80gb-x1"],
      ["decode", "gpu-h100-80gb-x4"],
    ] as const) {
      expect(podOf(component(graph, name)).resourceClaims).toEqual([
        { name: "gpus", resourceClaimTemplateName: template },
      ]);
      expect(mainOf(component(graph, name)).resources.claims).toEqual([{ name: "gpus" }]);
      expect(recording.object("ResourceClaimTemplate", template, "tenant-search")).toBeDefined();
    }
    expect(podOf(component(graph, "frontend")).resourceClaims).toBeUndefined();
  });

  it("gives a worker the part of a node that its GPUs are", () => {
    const { requests, limits } = mainOf(component(graph, "decode")).resources;
    expect(requests).toEqual({ cpu: "84", memory: "896Gi" });
    expect(limits).toEqual({ memory: "896Gi" });
    expect(component(graph, "decode").sharedMemorySize).toBe("20Gi");
  });

  it("runs the roles on the pinned weights, and hands caches over by NIXL", () => {
    for (const name of ["prefill", "decode"]) {
      const worker = component(graph, name);
      expect(mainOf(worker).command).toEqual(["python3", "-m", "dynamo.vllm"]);
      expect(flag(worker, "--model")).toBe("Qwen/Qwen3-32B");
      expect(flag(worker, "--revision")).toBe("9".repeat(40));
      expect(flag(worker, "--served-model-name")).toBe("qwen");
      expect(flag(worker, "--disaggregation-mode")).toBe(name);
      expect(JSON.parse(flag(worker, "--kv-transfer-config")!)).toEqual({
        kv_connector: "NixlConnector",
        kv_role: "kv_both",
      });
    }
    expect(flag(component(graph, "decode"), "--tensor-parallel-size")).toBe("4");
  });

  it("is placed by KAI from its tenant's queue, on the pool's nodes", () => {
    const labels = {
      "llm-d.ai/model": "qwen",
      // By which SPIRE gives them an identity.
      "llm-d.ai/inference-serving": "true",
      "kai.scheduler/queue": "tenant-search",
      priorityClassName: "ai-platform-model-server",
    };
    expect(graph.metadata.labels).toEqual(labels);
    expect(graph.spec.labels).toEqual(labels);
    expect(graph.metadata.annotations).toMatchObject({ "nvidia.com/kai-scheduler-queue": "tenant-search" });
    expect(graph.spec.priorityClassName).toBe("ai-platform-model-server");
    // Grove refuses pods of one graph that name different schedulers.
    expect(graph.spec.components.map((each: Component) => podOf(each).schedulerName)).toEqual(
      Array(3).fill("kai-scheduler"),
    );
    expect(podOf(component(graph, "prefill")).nodeSelector).toEqual({ pool: "h100" });
    expect(podOf(component(graph, "prefill")).tolerations).toContainEqual(
      expect.objectContaining({ key: "nvidia.com/gpu" }),
    );
    expect(podOf(component(graph, "frontend")).nodeSelector).toBeUndefined();
  });

  it("states what a namespace of the level restricted demands, and reports to nobody", () => {
    for (const each of graph.spec.components) {
      expect(podOf(each).securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(mainOf(each).securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
    expect(graph.spec.env).toEqual(
      expect.arrayContaining([
        { name: "VLLM_NO_USAGE_STATS", value: "1" },
        { name: "HF_HUB_DISABLE_TELEMETRY", value: "1" },
        { name: "RAY_USAGE_STATS_ENABLED", value: "0" },
        { name: "DYN_EVENT_PLANE", value: "zmq" },
      ]),
    );
  });

  it("lets the frontend guess what workers have cached, who then report nothing", () => {
    const { args } = mainOf(component(graph, "frontend"));
    expect(args.slice(args.indexOf("--router-mode"))).toEqual(["--router-mode", "kv", "--no-router-kv-events"]);
    expect(JSON.parse(flag(component(graph, "prefill"), "--kv-events-config")!)).toEqual({
      enable_kv_cache_events: false,
    });
  });

  it("lets its pods find each other under an account of their own", () => {
    expect(recording.object("ServiceAccount", "qwen").automountServiceAccountToken).toBe(false);
    expect(podOf(component(graph, "frontend"))).toMatchObject({
      serviceAccountName: "qwen",
      automountServiceAccountToken: true,
    });
    const binding = recording.object("RoleBinding", "qwen-discovery");
    expect(binding.roleRef).toMatchObject({ kind: "Role", name: "qwen-k8s-service-discovery-role" });
    expect(binding.subjects).toEqual([{ kind: "ServiceAccount", name: "qwen", namespace: "tenant-search" }]);
  });

  it("is reached by the gateway at its frontend alone, under its own path", () => {
    const [rule] = recording.object("HTTPRoute", "qwen").spec.rules;
    expect(rule.matches).toEqual([{ path: { type: "PathPrefix", value: "/qwen" } }]);
    expect(rule.backendRefs).toEqual([{ group: "", kind: "Service", name: "qwen-frontend", port: 8000 }]);
    expect(rule.timeouts).toEqual({ request: "3600s" });
    const { ingress, podSelector } = recording.object("NetworkPolicy", "qwen").spec;
    expect(podSelector.matchLabels).toEqual({ "llm-d.ai/model": "qwen" });
    expect(ingress[0]).toEqual({ from: [{ podSelector }] });
    expect(ingress[1].ports).toEqual([{ protocol: "TCP", port: 8000 }]);
  });

  it("is drained one worker of a role at a time", () => {
    expect(recording.object("PodDisruptionBudget", "qwen-decode").spec).toEqual({
      maxUnavailable: 1,
      selector: {
        matchLabels: {
          "nvidia.com/dynamo-graph-deployment-name": "qwen",
          "nvidia.com/dynamo-component": "decode",
        },
      },
    });
  });
});

describe("a model on Dynamo", () => {
  const aggregated = (change = {}) => ({ serving: { mode: "aggregated" as const, servers: role(change) } });
  const graphOf = async (...args: Parameters<typeof recordModel>) =>
    (await recordModel(...args)).object("DynamoGraphDeployment", "qwen");

  it("has one kind of worker where it is aggregated", async () => {
    const graph = await graphOf(dynamoModel({ maxContext: 8192 }, aggregated({ replicas: 3 })));
    expect(graph.spec.components.map(({ type, replicas }: Component) => [type, replicas])).toEqual([
      ["frontend", 1],
      ["worker", 3],
    ]);
    expect(flag(component(graph, "worker"), "--max-model-len")).toBe("8192");
    expect(mainOf(component(graph, "worker")).args).not.toContain("--disaggregation-mode");
  });

  it("spans nodes by Dynamo's own means, with no container but the model's own", async () => {
    const graph = await graphOf(
      dynamoModel({}, aggregated({ gpus: 8, nodes: 2, tensorParallel: 16 })),
      gpuPool("h100", { multiNode: true }),
    );
    expect(component(graph, "worker").multinode).toEqual({ nodeCount: 2 });
    expect(flag(component(graph, "worker"), "--tensor-parallel-size")).toBe("16");
    expect(podOf(component(graph, "worker")).resourceClaims[0].resourceClaimTemplateName).toBe("gpu-h100-80gb-x8");
    expect(graph.metadata.annotations).toMatchObject({ "nvidia.com/vllm-distributed-executor-backend": "ray" });
  });

  it("has workers report what they cache where that is asked for: of two roles, prefill", async () => {
    const graph = await graphOf(dynamoModel({ cache: "precise" }));
    expect(mainOf(component(graph, "frontend")).args).not.toContain("--no-router-kv-events");
    const reports = (name: string) =>
      JSON.parse(flag(component(graph, name), "--kv-events-config")!).enable_kv_cache_events;
    expect([reports("prefill"), reports("decode")]).toEqual([true, false]);
  });

  it("takes turns where no picker is asked for", async () => {
    const graph = await graphOf(dynamoModel({ routing: "service" }));
    expect(flag(component(graph, "frontend"), "--router-mode")).toBe("round-robin");
  });

  it("is out of KAI's queues where KAI does not place its pool, and asks for no other scheduler than that pool's", async () => {
    const pool = gpuPool("h100", { devices: { owner: "dra", sharing: { how: "consumable" } } });
    const graph = await graphOf(dynamoModel(), pool);
    expect(graph.spec.labels).toEqual({ "llm-d.ai/model": "qwen", "llm-d.ai/inference-serving": "true" });
    expect(podOf(component(graph, "frontend")).schedulerName).toBe("default-scheduler");
  });

  it("is refused before anything of it is made where Dynamo cannot do what it asks", async () => {
    await expect(recordModel(dynamoModel({ priority: 3 }))).rejects.toThrow("models.qwen.priority: backend dynamo");
  });
});
