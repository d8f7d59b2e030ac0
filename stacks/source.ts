import { z } from "zod";

/** Where a model's weights come from. Each names one state of them that cannot change under it. */

/** Who signed an image: a key, or an identity that a certificate authority vouched for. Source: sigstore's cosign. */
const signature = z.union([
  z.strictObject({ key: z.string().min(1).describe("Public key, as PEM or as a KMS reference that cosign takes.") }),
  z.strictObject({
    identity: z.string().min(1).describe("Subject of the certificate, such as a workflow's address."),
    issuer: z.url().describe("Who vouched for the identity."),
  }),
]);

export const source = z.strictObject({
  huggingFace: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, "a repository of Hugging Face, such as Qwen/Qwen3-32B")
    .optional()
    .describe("Repository on Hugging Face; `revision` says which commit of it."),
  revision: z
    .string()
    .regex(/^[0-9a-f]{40}$/, "a commit: 40 hexadecimal digits. A branch or tag can come to mean something else")
    .optional(),
  uri: z
    .string()
    .regex(
      /^(oci:\/\/[a-z0-9.:-]+\/[\w./-]+@sha256:[0-9a-f]{64}|(s3|gs):\/\/[a-z0-9][a-z0-9._-]+\/\S+|pvc:\/\/[a-z0-9][a-z0-9.-]*(\/\S+)?)$/,
      "oci://<host>/<repository>@sha256:<64 digits>, s3://<bucket>/<prefix>, gs://<bucket>/<prefix> or pvc://<claim>/<path>",
    )
    .optional()
    .describe("An OCI image by digest, a prefix of a bucket, or a folder of a volume that is there."),
  region: z.string().min(1).optional().describe("Where the bucket is: a key of catalog/regions.ts, or of `sites`."),
  signature: signature.optional().describe("Who must have signed the OCI image."),
});

type StatedSource = z.output<typeof source>;

/**
 * - `huggingFace`: `repository` at commit `revision`
 * - `oci`: `reference` is host/repository@sha256:digest
 * - `s3`, `gs`: `uri` is the prefix under which the files are, in a bucket of `region`
 * - `pvc`: folder `path` of PersistentVolumeClaim `claim`, in the tenant's namespace
 */
export type Source =
  | { readonly kind: "huggingFace"; readonly repository: string; readonly revision: string }
  | { readonly kind: "oci"; readonly reference: string; readonly signature?: z.output<typeof signature> }
  | { readonly kind: "s3" | "gs"; readonly uri: string; readonly region: string }
  | { readonly kind: "pvc"; readonly claim: string; readonly path: string };

type Issue = (path: (string | number)[], message: string) => void;

/** The one place that a stated source means. Reports what is missing or too much, and returns undefined then. */
export function resolveSource(stated: StatedSource, issue: Issue): Source | undefined {
  const { huggingFace, revision, uri, region, signature: signed } = stated;
  if ((huggingFace === undefined) === (uri === undefined)) {
    issue([], "either huggingFace or uri");
    return undefined;
  }
  const scheme = uri?.slice(0, uri.indexOf("://"));
  const bucket = scheme === "s3" || scheme === "gs";
  if (huggingFace === undefined && revision !== undefined) {
    issue(["revision"], "nothing: it belongs to huggingFace; a uri names its state itself");
  }
  if (!bucket && region !== undefined) {
    issue(["region"], "nothing: it belongs to s3:// and gs://");
  }
  if (scheme !== "oci" && signed !== undefined) {
    issue(["signature"], "nothing: it belongs to oci://");
  }
  if (huggingFace !== undefined) {
    if (revision === undefined) {
      issue(["revision"], "the commit to serve, 40 hexadecimal digits: what a branch holds can change");
      return undefined;
    }
    return { kind: "huggingFace", repository: huggingFace, revision };
  }
  const rest = uri!.slice(uri!.indexOf("://") + 3);
  if (scheme === "oci") {
    return { kind: "oci", reference: rest, ...(signed === undefined ? {} : { signature: signed }) };
  }
  if (bucket) {
    if (region === undefined) {
      issue(["region"], "where the bucket is: under what law weights lie decides who may serve them");
      return undefined;
    }
    return { kind: scheme, uri: uri!, region };
  }
  const slash = rest.indexOf("/");
  return { kind: "pvc", claim: slash < 0 ? rest : rest.slice(0, slash), path: slash < 0 ? "" : rest.slice(slash + 1) };
}
