import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { RoleName } from "../../stacks/environment";
import { checkKvCache, evictOnce, transferConfig } from "./kv-cache";
import { layoutOf } from "./parallelism";
import { podSpec } from "./pod";
import { decode, model, podArgs, pool, prefill, role } from "./testing";
import { server } from "./vllm";

const single = layoutOf(role());
const gib = 2 ** 30;
const origin = "https://huggingface.co/Qwen/Qwen3-32B@0";

describe("transferConfig", () => {
  it("is none for servers that neither hand caches over nor keep them elsewhere", () => {
    expect(transferConfig("both", undefined, single, origin)).toBeUndefined();
  });

  it("hands caches over by NIXL between roles", () => {
    expect(transferConfig("prefill", undefined, single, origin)).toEqual({
      kv_connector: "NixlConnector",
      kv_role: "kv_producer",
    });
    expect(transferConfig("decode", undefined, single, origin)).toEqual({
      kv_connector: "NixlConnector",
      kv_role: "kv_both",
    });
  });

  it("keeps what GPUs drop in memory, and beside NIXL where roles are apart", () => {
    const offloading = {
      kv_connector: "OffloadingConnector",
      kv_role: "kv_both",
      kv_connector_extra_config: { cpu_bytes_to_use: 100 * gib },
    };
    expect(transferConfig("both", { cpuGib: 100 }, single, origin)).toEqual(offloading);
    expect(transferConfig("decode", { cpuGib: 100 }, single, origin)).toEqual({
      kv_connector: "MultiConnector",
      kv_role: "kv_both",
      kv_connector_extra_config: {
        connectors: [{ kv_connector: "NixlConnector", kv_role: "kv_both" }, offloading],
      },
    });
  });

  it("divides a pod's memory among its engines, and adds up that of the pods of one", () => {
    const bytes = (of: Parameters<typeof role>[0]) => {
      const config = transferConfig("both", { cpuGib: 64 }, layoutOf(role(of)), origin);
      return (config?.kv_connector_extra_config as Record<string, unknown> | undefined)?.cpu_bytes_to_use;
    };
    expect(bytes({ gpus: 8, tensorParallel: 2 })).toBe(16 * gib);
    expect(bytes({ gpus: 8, nodes: 2 })).toBe(128 * gib);
  });

  it("goes on to storage through memory", () => {
    const storage = { gib: 500, kind: "shared", claim: "kv" } as const;
    expect(transferConfig("both", { cpuGib: 10, storage }, single, origin)?.kv_connector_extra_config).toEqual({
      spec_name: "TieringOffloadingSpec",
      cpu_bytes_to_use: 10 * gib,
      block_size: 256,
      secondary_tiers: [{ type: "fs", root_dir: expect.stringMatching(/^\/kv-cache\/blocks\/[0-9a-f]{16}$/) }],
    });
  });

  it("keeps apart in storage what other weights computed, and lets both roles of the same read it", () => {
    const kvCache = { cpuGib: 10, storage: { gib: 500, kind: "shared", claim: "kv" } } as const;
    const folder = (roleName: RoleName, from: string) =>
      JSON.stringify(transferConfig(roleName, kvCache, single, from)).match(/"root_dir":"([^"]+)"/)![1];
    expect(folder("prefill", origin)).toBe(folder("decode", origin));
    expect(folder("prefill", origin)).not.toBe(folder("prefill", "https://huggingface.co/Qwen/Qwen3-32B@1"));
  });
});

describe("a pod with tiers", () => {
  const local = model({ kvCache: { cpuGib: 100, storage: { gib: 200, kind: "local" } } });

  it("has shared memory for the first, within the memory that is its share of the node", () => {
    const plain = podSpec(podArgs(), "single");
    const tiered = podSpec(podArgs({ model: local }), "single");
    const shm = (spec: typeof plain) =>
      (spec.volumes as { name: string; emptyDir?: { sizeLimit: string } }[]).find(({ name }) => name === "shm")
        ?.emptyDir;
    expect(shm(plain)).toEqual({ medium: "Memory", sizeLimit: "20Gi" });
    expect(shm(tiered)).toEqual({ medium: "Memory", sizeLimit: "120Gi" });
    const memory = (args: Parameters<typeof podArgs>[0]) =>
      (server(podArgs(args), "single", 8000, []).resources as { requests: { memory: string } }).requests.memory;
    expect(memory({ model: local })).toBe(memory({}));
  });

  it("asks the node for the disk of the second, and deletes what is too much", () => {
    const spec = podSpec(podArgs({ model: local, role: decode() }), "single");
    expect(spec.volumes).toContainEqual({ name: "kv-cache", emptyDir: { sizeLimit: "200Gi" } });
    const [vllm] = spec.containers as { resources: { requests: object }; volumeMounts: object[] }[];
    expect(vllm!.resources.requests).toMatchObject({ "ephemeral-storage": "200Gi" });
    expect(vllm!.volumeMounts).toContainEqual({ name: "kv-cache", mountPath: "/kv-cache" });
    const sidecars = spec.initContainers as { name: string; restartPolicy: string; args: string[] }[];
    expect(sidecars.map(({ name }) => name)).toEqual(["kv-cache-evictor", "routing-sidecar"]);
    expect(sidecars[0]).toMatchObject({ restartPolicy: "Always", args: [`${160 * 2 ** 20}`, `${110 * 2 ** 20}`] });
  });

  it("mounts a claim that all share, and names blocks as all do", () => {
    const shared = model({ kvCache: { cpuGib: 10, storage: { gib: 500, kind: "shared", claim: "kv" } } });
    const spec = podSpec(podArgs({ model: shared, role: prefill() }), "single");
    expect(spec.volumes).toContainEqual({ name: "kv-cache", persistentVolumeClaim: { claimName: "kv" } });
    const [vllm] = spec.containers as { env: object[]; resources: { requests: object } }[];
    expect(vllm!.env).toContainEqual({ name: "PYTHONHASHSEED", value: "42" });
    expect(vllm!.resources.requests).not.toHaveProperty("ephemeral-storage");
  });

  it("clears what a crashed server left in shared memory before the next one", () => {
    expect(server(podArgs({ model: local }), "single", 8000, []).command).toEqual([
      "/bin/sh",
      "-c",
      'rm -f /dev/shm/vllm_offload_*; exec vllm serve "$@"',
      "vllm",
    ]);
    expect(server(podArgs(), "single", 8000, []).command).toEqual(["vllm", "serve"]);
  });
});

describe("the evictor", () => {
  let folder: string;
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Files of 100 KiB, the first of which was read longest ago. */
  function fill(count: number): void {
    folder = mkdtempSync(path.join(tmpdir(), "evictor-"));
    mkdirSync(path.join(folder, "blocks"));
    for (let index = 0; index < count; index++) {
      const file = path.join(folder, "blocks", `${index}.bin`);
      writeFileSync(file, Buffer.alloc(100 * 1024, 1));
      utimesSync(file, 1_000_000 + index, 1_000_000);
    }
    writeFileSync(path.join(folder, "blocks", "config.json"), "{}");
  }
  const evict = (from: number, to: number) =>
    execFileSync("/bin/sh", ["-c", evictOnce, folder, `${from}`, `${to}`], { stdio: "inherit" });

  it("deletes what nobody read for longest, until little enough is left", () => {
    fill(10);
    evict(800, 550);
    const left = readdirSync(path.join(folder, "blocks"));
    expect(left).toContain("9.bin");
    expect(left).toContain("config.json");
    expect(left).not.toContain("0.bin");
    expect(left.length).toBeGreaterThanOrEqual(5);
    expect(left.length).toBeLessThanOrEqual(7);
  });

  it("leaves alone what has room", () => {
    fill(3);
    evict(800, 550);
    expect(readdirSync(path.join(folder, "blocks"))).toHaveLength(4);
  });
});

describe("checkKvCache", () => {
  const check = (kvCache: NonNullable<ReturnType<typeof model>["kvCache"]>, on = pool(), share = 1) =>
    checkKvCache(model({ kvCache }), on, share, "models.x.serving.servers");
  const made = (change: Parameters<typeof pool>[0] = {}) =>
    pool({ machine: { cpus: 192, memoryGib: 2048, type: "p5.48xlarge" }, ...change });

  it("has nothing against what a node can hold", () => {
    // An eighth of seven eighths of 2048 GiB is 224; 16 of it are the server's own.
    expect(check({ cpuGib: 208 })).toBeUndefined();
    expect(checkKvCache(model(), pool(), 1, "x")).toBeUndefined();
  });

  it("refuses more memory than a pod gets of its node", () => {
    expect(check({ cpuGib: 209 })).toBe(
      "models.x.serving.servers: 209 GiB of kvCache.cpuGib and 16 GiB for the server itself are more than the 224 GiB of memory that a pod gets of a node of pool h100. State at most 208, or more GPUs for a replica.",
    );
    expect(check({ cpuGib: 209 }, pool(), 2)).toBeUndefined();
  });

  it("refuses storage that nothing leads to, and a claim where there is none", () => {
    expect(check({ storage: { gib: 10, kind: "local" } })).toContain("State kvCache.cpuGib.");
    expect(check({ cpuGib: 1, storage: { gib: 10, kind: "shared" } })).toContain("go together");
    expect(check({ cpuGib: 1, storage: { gib: 10, kind: "local", claim: "kv" } })).toContain("go together");
  });

  it("refuses more than the disk of a node that the platform makes, weights included", () => {
    const storage = (size: number) => ({ cpuGib: 1, storage: { gib: size, kind: "local" as const } });
    // Four of eight GPUs, 85 percent of 500 GiB, of which 62 go to weights that each server fetches by itself.
    expect(check(storage(150), made(), 4)).toBeUndefined();
    expect(check(storage(151), made(), 4)).toContain(
      "151 GiB of kvCache.storage and 62 GiB of weights are more than the 212 GiB of disk",
    );
    const cached = made({ modelCache: { storageClass: "shared", gib: 1000 } });
    expect(check(storage(212), cached, 4)).toBeUndefined();
    expect(check(storage(213), cached, 4)).toContain("213 GiB of kvCache.storage are more than");
  });

  it("does not judge disks of which nothing is stated", () => {
    expect(check({ cpuGib: 1, storage: { gib: 100_000, kind: "local" } })).toBeUndefined();
  });
});
