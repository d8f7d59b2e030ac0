import { createHash } from "node:crypto";
import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Input } from "@pulumi/pulumi";
import { imageVolumes } from "../../catalog/image-volumes";
import { imageReference, images } from "../../catalog/images";
import type { Mirror, Source } from "../../stacks/environment";
import { restrictedContainer } from "../security";
import { completionMark, type FetchedSource, fetchContainer, isFetched, temporary } from "./fetch";

/** What a pod mounts, runs and states to have the weights of a model, or of an adapter. */
export interface PodWeights {
  /** What `vllm serve` is given: a path, or a repository of Hugging Face that it fetches itself. */
  readonly argument: string;
  /** Commit of that repository; none where `argument` is a path. */
  readonly revision?: string;
  /** Those of several weights of one pod may have the same name, and are the same then. */
  readonly volumes: readonly inputs.core.v1.Volume[];
  readonly mounts: readonly inputs.core.v1.VolumeMount[];
  /** Run before the server, in this order. */
  readonly initContainers?: readonly inputs.core.v1.Container[];
  readonly env: readonly inputs.core.v1.EnvVar[];
  /** Whether every start of a server fetches the files over a network. */
  readonly remote: boolean;
  readonly origin: Origin;
}

/** Where weights come from, for whoever judges it by a pod's annotations. */
export interface Origin {
  /** `https://huggingface.co/<repository>@<commit>`, or what the source's uri says. */
  readonly source: string;
  /** Where the bucket is. None for a source that does not say where it keeps what. */
  readonly region?: string;
  /** Who must have signed an image. None where nobody must. */
  readonly signature?: string;
}

/** On pods and Jobs: where their weights come from. Adapters have one annotation, a JSON object of origins by name. */
export const originAnnotations = {
  source: "ai-platform/weights-source",
  region: "ai-platform/weights-region",
  signature: "ai-platform/weights-signature",
  adapters: "ai-platform/adapter-sources",
} as const;

export interface WeightsOptions {
  /** The adapter's name; none for the weights of the model itself. */
  readonly adapter?: string;
  /** GiB of the weights, which bound the disk that a pod fetches them to. None: unbounded. */
  readonly gib?: number;
  /** Claim of the pool's model cache, where it has one. */
  readonly cache?: Input<string>;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

const cacheVolume = "model-cache";
const cachePath = "/model-cache";

/**
 * What a pod needs to have the weights of a source.
 *
 * An image is mounted as it is, its root being the model's folder, and by its digest. Where a signature is asked for, a
 * container verifies it before the server starts, so that a pod with weights that nobody vouched for never serves; image
 * and signature are looked for in the same registry, the mirror where there is one. What must be fetched comes from the
 * pool's model cache, where there is one: a pod waits until it is complete. Otherwise each pod fetches it by itself.
 */
export function weightsOf(source: Source, options: WeightsOptions): PodWeights {
  const { adapter, gib, cache, mirror } = options;
  const volume = adapter === undefined ? "weights" : `adapter-${adapter}`;
  const mountPath = adapter === undefined ? "/weights" : `/adapters/${adapter}`;
  const origin = originOf(source);
  switch (source.kind) {
    case "oci": {
      const reference = mirrored(source.reference, mirror);
      return {
        argument: mountPath,
        volumes: [{ name: volume, image: { reference, pullPolicy: "IfNotPresent" } }],
        mounts: [{ name: volume, mountPath, readOnly: true }],
        ...(source.signature === undefined
          ? {}
          : { initContainers: [verification(`verify-${volume}`, reference, source.signature, mirror)] }),
        env: offline,
        remote: true,
        origin,
      };
    }
    case "pvc":
      return {
        argument: source.path === "" ? mountPath : `${mountPath}/${source.path}`,
        volumes: [{ name: volume, persistentVolumeClaim: { claimName: source.claim, readOnly: true } }],
        mounts: [{ name: volume, mountPath, readOnly: true }],
        env: offline,
        remote: false,
        origin,
      };
    default: {
      if (cache !== undefined) {
        const folder = `${cachePath}/${cacheFolder(source)}`;
        return {
          argument: folder,
          volumes: [{ name: cacheVolume, persistentVolumeClaim: { claimName: cache } }],
          mounts: [{ name: cacheVolume, mountPath: cachePath, readOnly: true }],
          initContainers: [waiting(`await-${volume}`, folder, mirror)],
          env: offline,
          remote: false,
          origin,
        };
      }
      const sizeLimit = gib === undefined ? {} : { sizeLimit: `${Math.ceil(gib * 1.5)}Gi` };
      if (source.kind === "huggingFace" && adapter === undefined) {
        // vLLM fetches it itself, and only what it needs of it.
        return {
          argument: source.repository,
          revision: source.revision,
          volumes: [{ name: "models", emptyDir: sizeLimit }],
          mounts: [{ name: "models", mountPath: "/models" }],
          env: [{ name: "HF_HOME", value: "/models" }],
          remote: true,
          origin,
        };
      }
      const mounts = [{ name: volume, mountPath }];
      return {
        argument: mountPath,
        volumes: [{ name: volume, emptyDir: sizeLimit }],
        mounts,
        initContainers: [fetchContainer({ name: `fetch-${volume}`, source, folder: mountPath, mounts, mirror })],
        env: [],
        remote: true,
        origin,
      };
    }
  }
}

/** The files are there; what is not must not be looked for elsewhere. */
const offline = [{ name: "HF_HUB_OFFLINE", value: "1" }] as const;

/** Folder of a source in a model cache: its repository and commit, or its bucket and what stands for the prefix. */
export function cacheFolder(source: FetchedSource): string {
  if (source.kind === "huggingFace") {
    return `huggingface/${source.repository}/${source.revision}`;
  }
  const bucket = source.uri.slice(source.uri.indexOf("://") + 3).split("/")[0];
  return `${source.kind}/${bucket}/${createHash("sha256").update(source.uri).digest("hex").slice(0, 16)}`;
}

/**
 * Waits for the Job that fills the cache. In the pod, not in the update that makes it: pods start again without one, an
 * update does not last for as long as a download, and a server that waits shows what for. The shell is the server's own.
 */
const waiting = (name: string, folder: string, mirror: Mirror): inputs.core.v1.Container => ({
  name,
  image: imageReference(images.vllm, mirror),
  command: ["/bin/sh", "-c", 'until [ -e "$0" ]; do sleep 5; done', `${folder}/${completionMark}`],
  securityContext: restrictedContainer,
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "128Mi" } },
  volumeMounts: [{ name: cacheVolume, mountPath: cachePath, readOnly: true }],
});

type Signature = NonNullable<Extract<Source, { kind: "oci" }>["signature"]>;

/** Where cosign finds a key that is stated as text. */
const keyVariable = "SIGNER_KEY";

/**
 * Ends well only when who is asked for has signed the image, and the transparency log knows of it.
 * Source: sigstore/cosign v3.1.2 doc/cosign_verify.md. With `--k8s-keychain` it uses what the pod's service account may
 * do at a cloud's registry, and asks the API server nothing (cmd/cosign/cli/options/registry.go).
 */
function verification(name: string, reference: string, signature: Signature, mirror: Mirror): inputs.core.v1.Container {
  const inline = "key" in signature && signature.key.includes("-----BEGIN");
  const signer =
    "key" in signature
      ? [`--key=${inline ? `env://${keyVariable}` : signature.key}`]
      : [`--certificate-identity=${signature.identity}`, `--certificate-oidc-issuer=${signature.issuer}`];
  return {
    name,
    image: imageReference(images.cosign, mirror),
    args: ["verify", ...signer, "--k8s-keychain", reference],
    env: [
      // It keeps what it trusts at home.
      { name: "HOME", value: temporary.mountPath },
      ...("key" in signature && inline ? [{ name: keyVariable, value: signature.key }] : []),
    ],
    securityContext: restrictedContainer,
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    volumeMounts: [temporary],
  };
}

/** A reference by digest, from the mirror where there is one. */
function mirrored(reference: string, mirror: Mirror): string {
  const [repository, digest] = reference.split("@") as [string, string];
  return imageReference({ repository, tag: "", digest }, mirror);
}

export function originOf(source: Source): Origin {
  switch (source.kind) {
    case "huggingFace":
      return { source: `https://huggingface.co/${source.repository}@${source.revision}` };
    case "oci": {
      const { reference, signature } = source;
      const by = signature && ("key" in signature ? signature.key : `${signature.identity} (${signature.issuer})`);
      return { source: `oci://${reference}`, ...(by === undefined ? {} : { signature: by }) };
    }
    case "pvc":
      return { source: `pvc://${source.claim}${source.path === "" ? "" : `/${source.path}`}` };
    default:
      return { source: source.uri, region: source.region };
  }
}

/** Annotations that say where the weights of a pod come from, so that it can be judged. */
export function annotationsOf(
  origin: Origin,
  adapters: Readonly<Record<string, Origin>> = {},
): Readonly<Record<string, string>> {
  return {
    [originAnnotations.source]: origin.source,
    ...(origin.region === undefined ? {} : { [originAnnotations.region]: origin.region }),
    ...(origin.signature === undefined ? {} : { [originAnnotations.signature]: origin.signature }),
    ...(Object.keys(adapters).length === 0 ? {} : { [originAnnotations.adapters]: JSON.stringify(adapters) }),
  };
}

/**
 * Why a cluster cannot take weights from a source, as a sentence that begins with `where`; undefined when it can.
 *
 * @param kubernetes minor of the cluster, such as 1.36; undefined on a cluster of which it is not stated
 */
export function checkSource(source: Source, kubernetes: string | undefined, where: string): string | undefined {
  const [, minor] = (kubernetes ?? imageVolumes.minimumKubernetes).split(".");
  const [, minimum] = imageVolumes.minimumKubernetes.split(".");
  return source.kind === "oci" && Number(minor) < Number(minimum)
    ? `${where}: an image is mounted as a volume, which Kubernetes does from ${imageVolumes.minimumKubernetes} on, and the cluster has ${kubernetes}. Use a newer Kubernetes, or another source.`
    : undefined;
}

/** The distinct sources among those of several models that a model cache holds. */
export const cachedSources = (sources: readonly Source[]): readonly FetchedSource[] => [
  ...new Map(sources.filter(isFetched).map((source) => [cacheFolder(source), source])).values(),
];
