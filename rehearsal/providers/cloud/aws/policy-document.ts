import { type AwsPartitionName, partitions, servicePrincipal } from "../../../../catalog/partitions";
import { isMap, type Json, Unknown } from "../../kubernetes/values";
import type { Failure, Plain } from "../kind";
import type { AwsSettings } from "./settings";

/** Failures of inputs that must be JSON and are not. */
export function checkJson(inputs: Plain, property: string): Failure[] {
  const value = inputs[property];
  if (value === undefined || value instanceof Unknown) return [];
  try {
    JSON.parse(value);
    return [];
  } catch {
    return [{ property, reason: `"${property}" contains an invalid JSON policy` }];
  }
}

/**
 * Refuses what holds in no account of the partition: resources of another partition, and principals of services that are
 * spelled as elsewhere. Nothing else of a policy is judged.
 *
 * Wordings: https://github.com/runs-on/runs-on/issues/518 (aws-eusc) and
 * https://github.com/pulumi/pulumi-eks/issues/2341 (principals).
 *
 * @throws Error in IAM's words.
 */
export function requirePolicy(text: string | undefined, { partition }: AwsSettings): void {
  if (text === undefined) return;
  const document: Json = JSON.parse(text);
  for (const statement of [document.Statement ?? []].flat()) {
    for (const resource of [statement.Resource ?? [], statement.NotResource ?? []].flat()) {
      const [prefix, named] = String(resource).split(":");
      if (prefix === "arn" && named !== partition && named !== "*") {
        throw new Error(`MalformedPolicyDocument: Partition "${named}" is not valid for resource "${resource}".`);
      }
    }
    const { Service: services = [] } = isMap(statement.Principal) ? statement.Principal : {};
    for (const service of [services].flat()) {
      if (!isPrincipal(String(service), partition)) {
        throw new Error(`MalformedPolicyDocument: Invalid principal in policy: "SERVICE":"${service}"`);
      }
    }
  }
}

/** What principals may end in anywhere, the longest first. */
const suffixes = Object.values(partitions)
  .flatMap(({ provider, dnsSuffix }) => (provider === "aws" ? [`.${dnsSuffix}`] : []))
  .sort((one, other) => other.length - one.length);

function isPrincipal(text: string, partition: AwsPartitionName): boolean {
  const suffix = suffixes.find((candidate) => text.endsWith(candidate));
  if (suffix === undefined) return false;
  const service = text.slice(0, -suffix.length);
  // Some services have a principal in every region, logs.<region> among them, and those are spelled in their own way.
  return /\.[a-z]+(-[a-z]+)+-\d$/.test(service) || text === servicePrincipal(partition, service);
}
