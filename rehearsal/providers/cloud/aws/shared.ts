import ipaddr from "ipaddr.js";
import { Unknown } from "../../kubernetes/values";
import type { CloudObject, Failure, Kind, Operation, Plain, Reference } from "../kind";
import type { AwsSettings } from "./settings";
import { tokens } from "./tokens";

export type AwsKind = Kind<AwsSettings>;
export type AwsReference = Reference<AwsSettings>;
export type AwsOperation = Operation<AwsSettings>;

/** `vpc-0123456789abcdef0`: how EC2 names most things. */
export const ec2Id =
  (prefix: string) =>
  ({ hex }: Pick<AwsOperation, "hex">): string =>
    `${prefix}-${hex(17)}`;

/** The name that was given, or made of the prefix that was given. */
export const named = ({ inputs, digits }: Pick<AwsOperation, "inputs" | "digits">, field = "name"): string =>
  inputs[field] ?? `${inputs[`${field}Prefix`] ?? ""}${digits(26)}`;

/** A subnet by its id, wherever an input names some. */
export const subnets = (path: string): AwsReference => ({ path, to: tokens.subnet, by: "id" });

/** Security groups: those of a stack, the default one of a VPC, and the one that EKS makes for a cluster. */
export const securityGroupsAt = (path: string, more: Partial<AwsReference> = {}): AwsReference => ({
  path,
  to: [tokens.securityGroup, tokens.vpc, tokens.cluster],
  by: ["id", "defaultSecurityGroupId", "vpcConfig.clusterSecurityGroupId"],
  ...more,
});

/** A role by its ARN. IAM lets go of roles that are in use, so it holds none. */
export const roleArn = (path: string, more: Partial<AwsReference> = {}): AwsReference => ({
  path,
  to: tokens.role,
  by: "arn",
  holds: false,
  ...more,
});

/** A key by any of its names. Keys are scheduled for deletion, in use or not; AWS's own are always there. */
export const keyAt = (path: string): AwsReference => ({
  path,
  to: [tokens.key, tokens.alias],
  by: ["arn", "keyId", "id", "name"],
  holds: false,
  outside: (value) => value.startsWith("alias/aws/"),
});

/** Failures of inputs that must be IPv4 ranges written by their first address, and of sizes that are not allowed. */
export function checkCidr(inputs: Plain, property: string, from = 0, to = 32): Failure[] {
  const value = inputs[property];
  if (value === undefined || value instanceof Unknown) return [];
  const reason = (expected: string) => [{ property, reason: `expected ${expected}, not "${value}"` }];
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(value)) return reason("an IPv4 range such as 10.0.0.0/16");
  const bits = ipaddr.IPv4.parseCIDR(value)[1];
  const network = `${ipaddr.IPv4.networkAddressFromCIDR(value).toString()}/${bits}`;
  if (value !== network) return reason(`the range by its first address, ${network}`);
  return bits < from || bits > to ? reason(`a range of size /${from} to /${to}`) : [];
}

/** Whether an IPv4 range lies in another. */
export function within(inner: string, outer: string): boolean {
  const [address, bits] = ipaddr.IPv4.parseCIDR(inner);
  const [network, outerBits] = ipaddr.IPv4.parseCIDR(outer);
  return bits >= outerBits && address.match(network, outerBits);
}

/** The subnets that a list of ids names, as far as the world has them. */
export const subnetsOf = ({ world }: Pick<AwsOperation, "world">, ids: readonly string[] | undefined): CloudObject[] =>
  (ids ?? []).flatMap((id) => world.find(tokens.subnet, "id", id) ?? []);

/** Inputs of which exactly one must be given. */
export function exactlyOne(inputs: Plain, fields: readonly string[]): Failure[] {
  const given = fields.filter((field) => inputs[field] !== undefined);
  if (given.length === 1) return [];
  const reason = `exactly one of ${fields.join(", ")} must be given, not ${given.join(" and ") || "none"}`;
  return [{ property: given[1] ?? fields[0]!, reason }];
}
