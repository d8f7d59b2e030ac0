import { digestOf, type Lock, lock } from "./lock";

/** A container image. `repository` starts with the registry host; `digest` only where a source that was read states it. */
export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

/** An image that the platform's own workloads run, and where the reference was read. */
export interface WorkloadImage extends Image {
  readonly source: string;
  readonly date: string;
}

/** The llm-d release that names the router version pinned in `releases.ts`; its server image carries NIXL and vLLM. */
const llmD = {
  source: "https://github.com/llm-d/llm-d/releases, component summary of v0.9.0",
  // The page states no day in what was read; this is the day of reading.
  date: "2026-11-21",
} as const;

const table = {
  endpointPicker: { repository: "ghcr.io/llm-d/llm-d-router-endpoint-picker", tag: "v0.10.0", ...llmD },
  routingSidecar: { repository: "ghcr.io/llm-d/llm-d-router-disagg-sidecar", tag: "v0.10.0", ...llmD },
  vllm: { repository: "ghcr.io/llm-d/llm-d-cuda", tag: "v0.9.0", ...llmD },
  dynamoVllm: {
    repository: "nvcr.io/nvidia/ai-dynamo/vllm-runtime",
    tag: "1.3.0",
    source:
      "https://docs.nvidia.com/dynamo/v1.3.0/resources/release-artifacts (vLLM v0.23.0, CUDA 13, amd64 and arm64)",
    // The page states no day in what was read; this is the day of reading.
    date: "2026-11-21",
  },
  /** Verifies who signed an image of weights. */
  cosign: {
    repository: "ghcr.io/sigstore/cosign/cosign",
    tag: "v3.1.2",
    source: "sigstore/cosign at tag v3.1.2 (193d2153431f): Makefile and README.md (image)",
    date: "2026-07-17",
  },
  /** Copies weights out of buckets. */
  rclone: {
    repository: "ghcr.io/rclone/rclone",
    tag: "1.75.0",
    source: "rclone/rclone at tag v1.75.0 (9ee9d0a0cafd): .github/workflows/build_publish_docker_image.yml",
    date: "2026-07-31",
  },
  openfgaCli: {
    repository: "docker.io/openfga/cli",
    tag: "v0.7.6",
    source: "openfga/cli CHANGELOG.md at 009b2ef5e717 (version), .goreleaser.yaml at 0d02575953de (image)",
    date: "2025-11-04",
  },
} as const satisfies Readonly<Record<string, WorkloadImage>>;

export type ImageName = keyof typeof table;
export const images: Readonly<Record<ImageName, WorkloadImage>> = table;

/**
 * The reference a pod states. A mirror prefix takes the place of the registry host, so that
 * `ghcr.io/llm-d/x:tag` becomes `<prefix>/llm-d/x:tag`. A digest, of the catalog or of the lock file, wins over the tag: it
 * cannot move.
 */
export function imageReference(
  image: Image,
  mirror: { readonly images?: string },
  locked: Lock | undefined = lock,
): string {
  const path = image.repository.slice(image.repository.indexOf("/") + 1);
  const repository = mirror.images === undefined ? image.repository : `${mirror.images.replace(/\/+$/, "")}/${path}`;
  const digest = digestOf(image, locked);
  return digest === undefined ? `${repository}:${image.tag}` : `${repository}@${digest}`;
}
