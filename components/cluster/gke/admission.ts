import * as binaryauthorization from "@pulumi/gcp/binaryauthorization";
import type { CustomResourceOptions } from "@pulumi/pulumi";

/**
 * Patterns of Binary Authorization for a registry of the environment, which is a host or a path below one. `**` at the end
 * stands for any path; an entry may also be an image itself, which then has a tag or a digest after it.
 * Source: cloud.google.com/binary-authorization/docs/policy-yaml-reference, 2026-11.
 */
export function patternsOf(registry: string): string[] {
  const place = registry.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/\/+$/, "");
  return [`${place}/**`, ...(place.includes("/") ? [`${place}:*`, `${place}@*`] : [])];
}

export interface AdmissionArgs {
  /** Hosts, or host/path prefixes, that images may come from. Source: `jurisdiction.registries`. */
  readonly registries: readonly string[];
  /** Images that are on the nodes already and come from nowhere. */
  readonly local: readonly string[];
}

/**
 * The rule of the project by which its clusters admit images: those of the environment's registries, and those that GKE
 * itself is made of. A project has one such policy, whichever cluster of it comes first.
 */
export const admission = (name: string, { registries, local }: AdmissionArgs, opts: CustomResourceOptions) =>
  new binaryauthorization.Policy(
    name,
    {
      description: "Images of the environment's registries, and those of GKE itself.",
      globalPolicyEvaluationMode: "ENABLE",
      admissionWhitelistPatterns: [...registries.flatMap(patternsOf), ...local].map((namePattern) => ({ namePattern })),
      defaultAdmissionRule: { evaluationMode: "ALWAYS_DENY", enforcementMode: "ENFORCED_BLOCK_AND_AUDIT_LOG" },
    },
    opts,
  );
