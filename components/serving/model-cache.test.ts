import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { GpuPool } from "../../stacks/environment";
import { placementOf } from "../scheduling/placement";
import { type FetchedSource, fetchContainer } from "./fetch";
import { checkModelCache, ModelCache, type ModelCacheArgs } from "./model-cache";
import { hub, model, pool, recordBelow } from "./testing";
import { cacheFolder, weightsOf } from "./weights";

const bucket: FetchedSource = { kind: "gs", uri: "gs://weights/qwen/1", region: "europe-west4" };
const cached = (change: Partial<GpuPool> = {}) =>
  pool({ modelCache: { storageClass: "shared", gib: 1000 }, ...change });

const recorded = (change: Partial<ModelCacheArgs> = {}) =>
  recordBelow((parent) => {
    const on = change.pool ?? cached();
    return new ModelCache(
      "tenant-search-models-h100",
      {
        namespace: "tenant-search",
        serviceAccount: "models",
        pool: on,
        placement: placementOf(on, false),
        sources: [hub, bucket],
        mirror: {},
        ...change,
      },
      { parent },
    );
  });

describe("a model cache", () => {
  it("is a volume that all nodes of its pool read", async () => {
    expect((await recorded()).object("PersistentVolumeClaim", "models-h100", "tenant-search").spec).toEqual({
      accessModes: ["ReadWriteMany"],
      storageClassName: "shared",
      resources: { requests: { storage: "1000Gi" } },
    });
    const one = await recorded({ pool: cached({ min: 1, max: 1 }), prefix: "team-" });
    expect(one.object("PersistentVolumeClaim", "team-models-h100").spec.accessModes).toEqual(["ReadWriteOnce"]);
  });

  it("is filled once from each source, into the folder that servers read", async () => {
    const recording = await recorded({ sources: [hub, bucket, { ...hub }] });
    const jobs = recording.objects.filter(({ kind }) => kind === "Job");
    expect(jobs).toHaveLength(2);
    const jobOf = (source: FetchedSource) =>
      jobs.find(({ spec }) => spec.template.spec.containers[0].command.at(-1).endsWith(cacheFolder(source)))!;
    for (const source of [hub, bucket]) {
      const { spec } = jobOf(source).spec.template;
      expect(spec.containers[0].command.at(-1)).toBe(weightsOf(source, { cache: "models-h100", mirror: {} }).argument);
      expect(spec.volumes[0]).toEqual({ name: "models", persistentVolumeClaim: { claimName: "models-h100" } });
      expect(spec.serviceAccountName).toBe("models");
    }
    expect(jobOf(hub).spec.template.spec.containers[0].args).toEqual([
      "hf",
      "download",
      hub.repository,
      "--revision",
      hub.revision,
      "--exclude",
      "*/*",
      "--local-dir",
      `/model-cache/huggingface/Qwen/Qwen3-32B/${hub.revision}`,
    ]);
    expect(jobOf(bucket).metadata.annotations).toMatchObject({
      "ai-platform/weights-source": "gs://weights/qwen/1",
      "ai-platform/weights-region": "europe-west4",
      "pulumi.com/skipAwait": "true",
    });
  });

  it("has Jobs whose names are labels, however long its stack's name is", async () => {
    const jobs = (await recorded({ prefix: `${"team-".repeat(9)}` })).objects.filter(({ kind }) => kind === "Job");
    const names = jobs.map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(2);
    expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(63);
  });

  it("is filled on the nodes of its pool, without their GPUs", async () => {
    const spec = (await recorded()).objects.find(({ kind }) => kind === "Job")!.spec.template.spec;
    expect(spec.nodeSelector).toEqual({ "example.org/pool": "h100" });
    expect(spec.tolerations).toEqual([{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
    expect(JSON.stringify(spec)).not.toContain("resourceClaims");
  });
});

describe("what fetches weights", () => {
  /** Runs the container's shell with another command in place of the download. */
  function fetched(folder: string, command: string): number {
    const container = fetchContainer({ name: "fetch", source: hub, folder, mounts: [], mirror: {} });
    const [shell, ...rest] = container.command as string[];
    try {
      execFileSync(shell!, [...rest, "/bin/sh", "-c", command], { stdio: "ignore" });
      return 0;
    } catch (error) {
      return (error as { status: number }).status;
    }
  }

  it("says that a folder is complete only when it is, and fetches nothing twice", () => {
    const root = mkdtempSync(path.join(tmpdir(), "model-cache-"));
    const folder = path.join(root, "repository", "commit");
    const mark = path.join(folder, ".complete");
    try {
      expect(fetched(folder, `touch ${folder}/half; exit 3`)).not.toBe(0);
      expect(existsSync(path.join(folder, "half"))).toBe(true);
      expect(existsSync(mark)).toBe(false);
      expect(fetched(folder, `echo first > ${folder}/whole`)).toBe(0);
      expect(existsSync(mark)).toBe(true);
      writeFileSync(path.join(folder, "whole"), "kept");
      expect(fetched(folder, "exit 3")).toBe(0);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe("checkModelCache", () => {
  it("adds up the weights of what is fetched, each once", () => {
    const models = [model(), model({ name: "same" })];
    const small = cached({ modelCache: { storageClass: "shared", gib: 61 } });
    expect(checkModelCache(cached(), models, "search")).toBeUndefined();
    expect(checkModelCache(pool(), models, "search")).toBeUndefined();
    expect(checkModelCache(small, [model({ backend: "dynamo" })], "search")).toBeUndefined();
    expect(checkModelCache(small, models, "search")).toBe(
      "pools.h100.modelCache.gib: the weights of tenant search's models there come to 62 GiB, and the volume has 61. State at least 62.",
    );
  });
});
