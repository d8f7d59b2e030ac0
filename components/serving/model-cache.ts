import { createHash } from "node:crypto";
import { Job } from "@pulumi/kubernetes/batch/v1";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { GpuPool, Mirror, Model } from "../../stacks/environment";
import type { Placement } from "../scheduling/placement";
import { restrictedPod } from "../security";
import { type FetchedSource, fetchContainer, isFetched, temporary } from "./fetch";
import { modelCacheLabels } from "./fetch-traffic";
import { serverUser } from "./pod";
import { annotationsOf, cacheFolder, originOf } from "./weights";

export interface ModelCacheArgs {
  readonly namespace: Input<string>;
  /** Of the Jobs that fetch: what it may do at a cloud is what they read buckets with. */
  readonly serviceAccount: Input<string>;
  /** The pool whose servers read it. Source: `pools` of the environment, one with a `modelCache`. */
  readonly pool: GpuPool;
  /** On which of the cluster's nodes the pool's servers run. */
  readonly placement: Placement;
  /** What it holds; each once. */
  readonly sources: readonly FetchedSource[];
  /** What the names of its objects start with, where others keep theirs in the same namespace. */
  readonly prefix?: string;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** A short name of a source, for that of its Job. */
const idOf = (source: FetchedSource) => createHash("sha256").update(cacheFolder(source)).digest("hex").slice(0, 10);

/** A Job's pods carry its name as a label. */
const longestJob = 63;

/** Name of the Job that fills a volume from a source. */
function jobName(volume: string, source: FetchedSource): string {
  const name = `${volume}-${idOf(source)}`;
  return name.length <= longestJob
    ? name
    : `models-${createHash("sha256").update(volume).digest("hex").slice(0, 10)}-${idOf(source)}`;
}

/**
 * A volume that holds the weights of one tenant's models on one pool, and the Jobs that fill it: one for each source,
 * which ends when all of its files are there. A Job runs on the pool's own nodes, for a volume may be of use in their zone
 * alone; it asks for no GPUs.
 */
export class ModelCache extends ComponentResource {
  /** Name of its claim, known once that exists. */
  readonly claim: Output<string>;

  constructor(name: string, args: ModelCacheArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:ModelCache", name, {}, opts);
    const { namespace, pool, placement, sources, prefix = "", mirror } = args;
    const { modelCache } = pool;
    if (modelCache === undefined) {
      throw new Error(`pools.${pool.name}.modelCache: none is stated, and ${name} is to be one`);
    }
    const volume = `${prefix}models-${pool.name}`;
    // Nobody waits: the volume may be made only when a pod is placed, and a download lasts for as long as it does.
    const skipAwait = { "pulumi.com/skipAwait": "true" };
    const claim = new PersistentVolumeClaim(
      name,
      {
        metadata: { name: volume, namespace, annotations: skipAwait },
        spec: {
          // Written by one pod at a time, and read on all nodes of the pool.
          accessModes: [pool.max > 1 ? "ReadWriteMany" : "ReadWriteOnce"],
          storageClassName: modelCache.storageClass,
          resources: { requests: { storage: `${modelCache.gib}Gi` } },
        },
      },
      { parent: this },
    );
    this.claim = claim.metadata.name;
    const mounts = [{ name: "models", mountPath: "/model-cache" }];
    for (const source of new Map(sources.map((each) => [idOf(each), each])).values()) {
      const job = jobName(volume, source);
      const origin = annotationsOf(originOf(source));
      new Job(
        `${name}-${idOf(source)}`,
        {
          metadata: { name: job, namespace, annotations: { ...skipAwait, ...origin } },
          spec: {
            // A source that cannot be reached for an hour is asked again: servers wait for as long.
            backoffLimit: 100,
            template: {
              metadata: { labels: modelCacheLabels, annotations: origin },
              spec: {
                restartPolicy: "OnFailure",
                serviceAccountName: args.serviceAccount,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                securityContext: { ...restrictedPod(serverUser), fsGroupChangePolicy: "OnRootMismatch" },
                ...(Object.keys(placement.nodeSelector).length === 0 ? {} : { nodeSelector: placement.nodeSelector }),
                tolerations: [...placement.tolerations],
                containers: [
                  fetchContainer({
                    name: "fetch",
                    source,
                    folder: `${mounts[0]!.mountPath}/${cacheFolder(source)}`,
                    mounts,
                    mirror,
                  }),
                ],
                volumes: [
                  { name: "models", persistentVolumeClaim: { claimName: this.claim } },
                  { name: temporary.name, emptyDir: {} },
                ],
              },
            },
          },
        },
        // A Job cannot be changed; one that runs again finds what is there already.
        { parent: this, deleteBeforeReplace: true },
      );
    }
    this.registerOutputs({ claim: this.claim });
  }
}

/**
 * Why a pool's model cache cannot hold the weights of one tenant's models, as a sentence; undefined when it can. Adapters
 * are left out: nothing states their size, and they are small beside the models. So are Dynamo's, which fetch their own.
 */
export function checkModelCache(
  pool: Pick<GpuPool, "name" | "modelCache">,
  models: readonly Pick<Model, "versions" | "backend">[],
  tenant: string,
): string | undefined {
  if (pool.modelCache === undefined) {
    return undefined;
  }
  const sizes = new Map(
    models
      .filter(({ backend }) => backend === "llm-d")
      .flatMap(({ versions }) =>
        versions.flatMap(({ source, architecture }) =>
          isFetched(source) ? [[cacheFolder(source), architecture.weightsGib] as const] : [],
        ),
      ),
  );
  const needed = Math.ceil([...sizes.values()].reduce((sum, gib) => sum + gib, 0));
  return needed <= pool.modelCache.gib
    ? undefined
    : `pools.${pool.name}.modelCache.gib: the weights of tenant ${tenant}'s models there come to ${needed} GiB, and the volume has ${pool.modelCache.gib}. State at least ${needed}.`;
}
