import { createHash } from "node:crypto";
import type { input as inputs } from "@pulumi/kubernetes/types";
import { imageReference, images } from "../../catalog/images";
import type { GpuPool, Mirror, Model, RoleName } from "../../stacks/environment";
import { restrictedContainer } from "../security";
import { isFetched, temporary } from "./fetch";
import { diskGibShare, memoryGibOf } from "./node-share";
import type { Layout } from "./parallelism";
import { kvBlockTokens } from "./picker-config";

/**
 * Tiers of the KV cache below the GPUs' memory: vLLM's own offloading connector, beside NIXL where roles hand caches over.
 * Sources: vLLM v0.26.0 docs/features/kv_offloading_usage.md, disagg_prefill.md (MultiConnector); llm-d
 * guides/tiered-prefix-cache, 2026-08.
 */

type KvCache = NonNullable<Model["kvCache"]>;

const bytesPerGib = 2 ** 30;
/** Tokens of a block in storage: a multiple of one on the GPU, and the guide's 256. */
const storedBlockSize = 2 * kvBlockTokens;

const storageVolume = "kv-cache";
const storagePath = "/kv-cache";

/** GiB that llm-d's guide gives a server for each GPU, beside whatever it caches (64 for four; pd-disaggregation, 2026-08). */
const serverGibPerGpu = 16;

interface Connector {
  readonly kv_connector: string;
  readonly kv_role: "kv_producer" | "kv_both";
  readonly kv_connector_extra_config?: object;
}

/** Hands caches from one role to the other. None where each server computes both. */
const handover = (role: RoleName): Connector | undefined =>
  role === "both"
    ? undefined
    : { kv_connector: "NixlConnector", kv_role: role === "prefill" ? "kv_producer" : "kv_both" };

/**
 * Folder of what servers of the same weights keep. vLLM tells models apart by what it was told to serve, which is a
 * repository without its revision, or the path that all images are mounted at (v1/kv_offload/file_mapper.py, read
 * 2026-11-21): of two versions that share a volume, each would read what the other computed.
 */
const folderOf = (origin: string) =>
  `${storagePath}/blocks/${createHash("sha256").update(origin).digest("hex").slice(0, 16)}`;

function tiers({ cpuGib = 0, storage }: KvCache, { enginesPerPod }: Layout, origin: string): Connector {
  // The connector counts the bytes of one engine, over all of its GPUs and therefore pods.
  const bytes = Math.floor((cpuGib * bytesPerGib) / enginesPerPod);
  return {
    kv_connector: "OffloadingConnector",
    kv_role: "kv_both",
    kv_connector_extra_config: {
      ...(storage === undefined ? {} : { spec_name: "TieringOffloadingSpec" }),
      cpu_bytes_to_use: bytes,
      ...(storage === undefined
        ? {}
        : { block_size: storedBlockSize, secondary_tiers: [{ type: "fs", root_dir: folderOf(origin) }] }),
    },
  };
}

/**
 * `--kv-transfer-config` of a server; undefined where it neither hands caches over nor keeps them elsewhere.
 *
 * @param origin where its weights come from, in the state that they are in
 */
export function transferConfig(
  role: RoleName,
  kvCache: KvCache | undefined,
  layout: Layout,
  origin: string,
): Connector | undefined {
  const connectors = [handover(role), kvCache && tiers(kvCache, layout, origin)].filter((item) => item !== undefined);
  return connectors.length < 2
    ? connectors[0]
    : { kv_connector: "MultiConnector", kv_role: "kv_both", kv_connector_extra_config: { connectors } };
}

/** Makes equal tokens equal files on all servers. Any number will do; the guide's. */
const hashSeed = { name: "PYTHONHASHSEED", value: "42" } as const;

/** What a pod needs for the tiers, beside its connector. */
export interface KvCacheParts {
  readonly volumes: readonly inputs.core.v1.Volume[];
  readonly mounts: readonly inputs.core.v1.VolumeMount[];
  readonly env: readonly inputs.core.v1.EnvVar[];
  /** What the server requests of its node's disk. */
  readonly requests: Readonly<Record<string, string>>;
  /** Containers that run beside the server, started before it. */
  readonly sidecars: readonly inputs.core.v1.Container[];
}

export function kvCacheParts(kvCache: KvCache | undefined, mirror: Mirror): KvCacheParts {
  const storage = kvCache?.storage;
  if (storage === undefined) {
    return { volumes: [], mounts: [], env: [], requests: {}, sidecars: [] };
  }
  const local = storage.kind === "local";
  const mount = { name: storageVolume, mountPath: storagePath };
  return {
    volumes: [
      local
        ? { name: storageVolume, emptyDir: { sizeLimit: `${storage.gib}Gi` } }
        : { name: storageVolume, persistentVolumeClaim: { claimName: storage.claim! } },
    ],
    mounts: [mount],
    env: local ? [] : [hashSeed],
    requests: local ? { "ephemeral-storage": `${storage.gib}Gi` } : {},
    sidecars: [evictor(storage.gib, mount, mirror)],
  };
}

/**
 * Above `$1` KiB deletes what nobody read for longest until no more than `$2` are left. vLLM's file system tier deletes
 * nothing, and a pod whose disk is full is evicted. A file that is gone is a block that is not cached, as upstream's own
 * evictor has it (llm-d guides/wide-ep-lws kv-cache-evictor.yaml), whose thresholds these are.
 */
export const evictOnce = `used=$(du -sk "$0" | cut -f1)
if [ "$used" -gt "$1" ]; then
  find "$0" -type f -name '*.bin' -printf '%A@ %k %p\\n' | sort -n | while read -r _ size path; do
    [ "$used" -gt "$2" ] || break
    rm -f "$path"
    used=$((used - size))
  done
fi`;
const thresholds = { from: 0.8, to: 0.55 } as const;

const evictor = (gib: number, mount: inputs.core.v1.VolumeMount, mirror: Mirror): inputs.core.v1.Container => ({
  name: "kv-cache-evictor",
  image: imageReference(images.vllm, mirror),
  command: ["/bin/sh", "-c", `while sleep 15; do\n${evictOnce}\ndone`, storagePath],
  args: [thresholds.from, thresholds.to].map((threshold) => `${Math.floor(gib * threshold * 2 ** 20)}`),
  restartPolicy: "Always",
  securityContext: restrictedContainer,
  resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "1Gi" } },
  volumeMounts: [mount, temporary],
});

/**
 * Why a node cannot hold a role's tiers, as a sentence that begins with `where`; undefined when it can, or when nothing is
 * known of its disk, as on a cluster that was there before.
 *
 * @param share GPUs of a node that one pod has, or the part of one
 */
export function checkKvCache(
  { kvCache, versions }: Pick<Model, "kvCache" | "versions">,
  pool: GpuPool,
  share: number,
  where: string,
): string | undefined {
  if (kvCache === undefined) {
    return undefined;
  }
  const { cpuGib = 0, storage } = kvCache;
  const memory = memoryGibOf({ pool, share });
  const own = Math.ceil(serverGibPerGpu * share);
  if (cpuGib + own > memory) {
    return `${where}: ${cpuGib} GiB of kvCache.cpuGib and ${own} GiB for the server itself are more than the ${memory} GiB of memory that a pod gets of a node of pool ${pool.name}. State at most ${Math.max(0, memory - own)}, or more GPUs for a replica.`;
  }
  if (storage === undefined) {
    return undefined;
  }
  if (cpuGib === 0) {
    return `${where}: kvCache.storage is reached through CPU memory, of which there is none for it. State kvCache.cpuGib.`;
  }
  if ((storage.kind === "shared") !== (storage.claim !== undefined)) {
    return `${where}: kvCache.storage.claim and kind: shared go together, and the disk of a node has no claim.`;
  }
  const disk = storage.kind === "local" ? diskGibShare({ pool, share }) : undefined;
  const fetched = pool.modelCache === undefined ? versions.filter(({ source }) => isFetched(source)) : [];
  const weights = Math.ceil(Math.max(0, ...fetched.map(({ architecture }) => architecture.weightsGib)));
  if (disk !== undefined && storage.gib + weights > disk) {
    const beside = weights === 0 ? "" : ` and ${weights} GiB of weights`;
    return `${where}: ${storage.gib} GiB of kvCache.storage${beside} are more than the ${disk} GiB of disk that a pod gets of a node of pool ${pool.name}. State at most ${Math.max(0, disk - weights)}, or kind: shared.`;
  }
  return undefined;
}
