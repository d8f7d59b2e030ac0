import type { input as inputs } from "@pulumi/kubernetes/types";
import { imageReference, images } from "../../catalog/images";
import type { Mirror, Source } from "../../stacks/environment";
import { restrictedContainer } from "../security";

/** A source whose files are copied before a server can read them, rather than mounted as they are. */
export type FetchedSource = Extract<Source, { kind: "huggingFace" | "s3" | "gs" }>;

export const isFetched = (source: Source): source is FetchedSource =>
  source.kind === "huggingFace" || source.kind === "s3" || source.kind === "gs";

/** The one place outside its volumes that a container may write to; a volume of every pod here. */
export const temporary = { name: "tmp", mountPath: "/tmp" } as const;

/** The file that says that all others of its folder are there. */
export const completionMark = ".complete";

/**
 * Runs the command that it is given unless the folder, its first argument, is complete already; and says so in the end.
 * A command that was interrupted is run again, and goes on with what it finds.
 */
const once = `[ -e "$0/${completionMark}" ] || { mkdir -p "$0" && "$@" && touch "$0/${completionMark}"; }`;

export interface FetchArgs {
  /** Name of the container. */
  readonly name: string;
  readonly source: FetchedSource;
  /** Folder that takes the files, on what `mounts` has writable. */
  readonly folder: string;
  readonly mounts: readonly inputs.core.v1.VolumeMount[];
  readonly mirror: Mirror;
}

/**
 * A container that copies a source's files into a folder, and ends. Buckets are read with what the pod's service account
 * may do at their cloud; Hugging Face without an account.
 * Sources: huggingface.co/docs/huggingface_hub/guides/cli (`hf` comes with the library that vLLM needs); rclone v1.75.0
 * docs/content/{docs,s3,googlecloudstorage}.md.
 */
export function fetchContainer({ name, source, folder, mounts, mirror }: FetchArgs): inputs.core.v1.Container {
  const fromHub = source.kind === "huggingFace";
  return {
    name,
    image: imageReference(fromHub ? images.vllm : images.rclone, mirror),
    command: ["/bin/sh", "-c", once, folder],
    args: fromHub
      ? // Below its root a repository has the weights again, for other software (`original`, `metal`).
        [
          ...["hf", "download", source.repository, "--revision", source.revision],
          ...["--exclude", "*/*", "--local-dir", folder],
        ]
      : ["rclone", "copy", remoteOf(source), folder],
    env: [
      { name: "HOME", value: temporary.mountPath },
      ...(fromHub
        ? [
            { name: "HF_HOME", value: `${temporary.mountPath}/huggingface` },
            { name: "HF_HUB_DISABLE_TELEMETRY", value: "1" },
          ]
        : [{ name: "XDG_CONFIG_HOME", value: temporary.mountPath }]),
    ],
    securityContext: restrictedContainer,
    resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "8Gi" } },
    volumeMounts: [...mounts, temporary],
  };
}

/** A bucket and prefix as rclone takes it, with credentials from where the pod runs. */
function remoteOf({ kind, uri, region }: Extract<FetchedSource, { kind: "s3" | "gs" }>): string {
  const path = uri.slice(uri.indexOf("://") + 3);
  return kind === "s3" ? `:s3,provider=AWS,env_auth=true,region=${region}:${path}` : `:gcs,env_auth=true:${path}`;
}
