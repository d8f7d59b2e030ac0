import { describe, expect, it } from "vitest";
import { images } from "../../catalog/images";
import { ModelServers, type ModelServersArgs } from "./model-server";
import { podSpec } from "./pod";
import { both, decode, model, podArgs, pool, prefill, recordBelow } from "./testing";
import { server, startupFailures } from "./vllm";

const selector = { "llm-d.ai/model": "qwen3-32b", "llm-d.ai/inference-serving": "true", "ai-platform/version": "v1" };

/** What ModelServers makes of `change`. */
async function made(change: Partial<ModelServersArgs> = {}) {
  let servers: ModelServers | undefined;
  const left: string[] = [];
  const recording = await recordBelow((parent) => {
    servers = new ModelServers(
      "qwen3-32b-v1",
      {
        ...podArgs(change),
        topology: { near: "each other" },
        namespace: "tenant-search",
        identity: selector,
        ...change,
      },
      {
        parent,
        transformations: [
          ({ opts }) => {
            left.push(...(("ignoreChanges" in opts && opts.ignoreChanges) || []));
            return undefined;
          },
        ],
      },
    );
  });
  return { recording, servers: servers!, left };
}

describe("an aggregated server", () => {
  const spec = podSpec(podArgs(), "single");

  it("answers by itself, and hands no caches over", () => {
    expect(spec.initContainers).toBeUndefined();
    const [container] = spec.containers as ReturnType<typeof server>[];
    expect(container).toMatchObject({
      command: ["vllm", "serve"],
      ports: [{ name: "server", containerPort: 8000 }],
    });
    expect(container!.args).toEqual([
      "Qwen/Qwen3-32B",
      "--revision=0123456789abcdef0123456789abcdef01234567",
      "--served-model-name=qwen3-32b",
      "--port=8000",
      "--tensor-parallel-size=1",
      "--block-size=128",
      "--gpu-memory-utilization=0.9",
      "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
    ]);
    expect(JSON.stringify(container!.env)).not.toContain("NIXL");
  });

  it("keeps requests to the length that is stated", () => {
    expect(server(podArgs({ model: model({ maxContext: 8192 }) }), "single", 8000, []).args).toContain(
      "--max-model-len=8192",
    );
  });

  it("tells the picker of its cache where that is to know it exactly", () => {
    const container = server(podArgs({ model: model({ cache: "precise" }) }), "single", 8000, []);
    expect((container.args as string[]).some((arg) => arg.startsWith("--kv-events-config="))).toBe(true);
    expect(container.ports).toContainEqual({ name: "kv-events", containerPort: 5556 });
    const alone = server(podArgs({ model: model({ cache: "precise", routing: "service" }) }), "single", 8000, []);
    expect(JSON.stringify(alone)).not.toContain("kv-events");
  });
});

describe("separate roles", () => {
  it("hand caches over by NIXL, decode from behind the routing sidecar", () => {
    const spec = podSpec(podArgs({ role: decode() }), "single");
    expect((spec.initContainers as { image: string }[])[0]!.image).toContain(images.routingSidecar.repository);
    const [vllm] = spec.containers as ReturnType<typeof server>[];
    expect(vllm!.args).toContain("--port=8200");
    expect(vllm!.ports).toEqual([
      { name: "server", containerPort: 8200 },
      { name: "nixl", containerPort: 5600 },
    ]);
    expect(podSpec(podArgs({ role: prefill() }), "single").initContainers).toBeUndefined();
  });

  it("use the NVLink that joins their nodes, where one does", () => {
    const joined = server(podArgs({ role: decode(), channelTemplate: "channel" }), "single", 8200, []);
    expect(joined.args).toContain("--enable-cumem-allocator");
    expect(joined.env).toContainEqual({ name: "UCX_CUDA_IPC_ENABLE_MNNVL", value: "y" });
    expect(JSON.stringify(server(podArgs({ role: decode() }), "single", 8200, []))).not.toContain("MNNVL");
  });
});

describe("a pod", () => {
  it("meets the restricted level of Pod Security", () => {
    const tiered = model({ kvCache: { cpuGib: 1, storage: { gib: 10, kind: "local" } } });
    const spec = podSpec(podArgs({ model: tiered, role: decode() }), "single");
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    const containers = [...(spec.initContainers as object[]), ...(spec.containers as object[])];
    expect(containers).toHaveLength(3);
    for (const container of containers) {
      expect(container).toMatchObject({
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      });
    }
    expect(JSON.stringify(spec)).not.toMatch(/hostPath|hostNetwork|IPC_LOCK/);
  });

  it("has an hour to start, and more where its weights need it", () => {
    expect(startupFailures(61, { remote: true })).toBe(120);
    // 627 GiB at 0.116 GiB a second, and half an hour.
    expect(startupFailures(626.9, { remote: true })).toBe(241);
    expect(startupFailures(626.9, { remote: false })).toBe(120);
  });
});

describe("ModelServers", () => {
  it("are found by what the caller says and by llm-d's name of the role", async () => {
    const { recording, servers } = await made();
    const { spec } = recording.object("Deployment", "qwen3-32b-v1", "tenant-search");
    expect(spec.selector.matchLabels).toEqual({ ...selector, "llm-d.ai/role": "prefill-decode" });
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.template.metadata.annotations).toHaveProperty(["ai-platform/weights-source"]);
    expect(servers.target).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment" });
  });

  it("keep apart and are drained one by one, where there may be several", async () => {
    const { recording } = await made();
    const apart = { ...selector, "llm-d.ai/role": "prefill-decode" };
    expect(recording.object("Deployment", "qwen3-32b-v1").spec.template.spec.topologySpreadConstraints).toEqual(
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: apart },
      })),
    );
    expect(recording.object("PodDisruptionBudget", "qwen3-32b-v1").spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: apart },
    });
    const one = await made({ role: both({ replicas: 1 }) });
    expect(one.recording.objects.map(({ kind }) => kind)).toEqual(["Deployment"]);
    expect(one.recording.objects[0]!.spec.template.spec.topologySpreadConstraints).toBeUndefined();
  });

  it("may begin with none, and become several", async () => {
    const scale = { min: 0, max: 4, waiting: 4, kvUtilization: 0.8 };
    const { recording, left } = await made({ role: both({ replicas: 0, scale }) });
    expect(recording.object("Deployment", "qwen3-32b-v1").spec.replicas).toBe(0);
    expect(left).toEqual(["spec.replicas"]);
    expect((await made()).left).toEqual([]);
    expect(recording.object("PodDisruptionBudget", "qwen3-32b-v1")).toBeDefined();
  });

  it("are a LeaderWorkerSet across nodes, whose workers are found only where they answer", async () => {
    const on = pool({ multiNode: true });
    const { recording, servers } = await made({ pool: on, role: both({ gpus: 8, nodes: 2 }) });
    const { metadata, spec } = recording.object("LeaderWorkerSet", "qwen3-32b-v1");
    expect(metadata.annotations).toMatchObject({ near: "each other" });
    const { leaderTemplate, workerTemplate, size } = spec.leaderWorkerTemplate;
    expect(size).toBe(2);
    expect(leaderTemplate.metadata.labels).toMatchObject(selector);
    expect(workerTemplate.metadata.labels).toMatchObject({
      "llm-d.ai/model": "qwen3-32b",
      "ai-platform/version": "v1",
    });
    expect(workerTemplate.metadata.labels).not.toHaveProperty(["llm-d.ai/inference-serving"]);
    expect(workerTemplate.metadata.labels).not.toHaveProperty(["llm-d.ai/role"]);
    expect(servers.target).toMatchObject({
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
    });
    const spread = both({ gpus: 8, nodes: 2, tensorParallel: 1, expertParallel: true });
    const wide = (await made({ pool: on, role: spread })).recording.object("LeaderWorkerSet", "qwen3-32b-v1");
    expect(wide.spec.leaderWorkerTemplate.workerTemplate.metadata.labels).toMatchObject(selector);
  });
});
