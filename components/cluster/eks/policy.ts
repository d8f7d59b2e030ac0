import { type Input, jsonStringify, type Output } from "@pulumi/pulumi";

/** Who a statement is about: everybody, services, or identities of the account. */
type Principal = "*" | { readonly Service: string | readonly string[] } | { readonly AWS: string };

/** One statement of an IAM policy, of a trust policy or of the policy on a resource. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Principal;
  readonly Action: string | readonly string[];
  readonly Resource?: Input<string> | readonly Input<string>[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;
}

/** A policy document as IAM, KMS and SQS take it. */
export const policyDocument = (...statements: readonly Statement[]): Output<string> =>
  jsonStringify({ Version: "2012-10-17", Statement: statements });
