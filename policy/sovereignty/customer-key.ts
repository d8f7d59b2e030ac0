import { deferred, type Observation, unknown, type Value } from "../rule";
import { type Field, shown } from "./fields";

/**
 * What tells a key of one's own from one that the cloud holds. An ARN of a key says nothing of who manages it, so that
 * one which was looked up under `alias/aws/...` passes for one's own: nothing that is registered gives it away.
 */

export type KeyCloud = "aws" | "gcp";

const names: Readonly<Record<KeyCloud, string>> = { aws: "AWS", gcp: "Google" };

/** `alias/aws/ebs`, by itself or in an ARN. */
export const managedAlias = /(^|:)alias\/aws\//i;

/** Key ids and ARNs; and aliases, which may lead to a managed key only by a name that AWS keeps for itself. */
const awsKey = /^(arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:)?(key\/)?(mrk-)?[0-9a-z-]+$/i;
const awsAlias = /^(arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:)?alias\/[\w/-]+$/i;
const googleKey =
  /^(\/\/cloudkms\.[a-z.]+\/|https:\/\/[\w.-]+\/v1\/)?projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+(\/cryptoKeyVersions\/\d+)?$/;

/** What is wrong with a key, as the rest of a sentence; undefined where it is one's own. */
function objection(value: Value, cloud: KeyCloud): string | undefined {
  if (value === undefined || value === null || value === "") {
    return `is not stated, so that it rests under a key of ${names[cloud]}'s own`;
  }
  if (typeof value !== "string") return "is no name of a key";
  if (cloud === "gcp") return googleKey.test(value) ? undefined : "which is no key of Cloud KMS";
  if (managedAlias.test(value)) return "which is a key that AWS manages and not one's own";
  return awsKey.test(value) || awsAlias.test(value) ? undefined : "which is no key of KMS";
}

/** What there is to say of a field that must name a key of one's own. */
export function judgeKey({ field, value }: Field, cloud: KeyCloud): Observation[] {
  if (value === unknown) return [deferred(field)];
  const message = objection(value, cloud);
  return message === undefined ? [] : [{ field, value: value === "" ? undefined : shown(value), message }];
}
