import type { CloudObject } from "../kind";
import { checkJson, requirePolicy } from "./policy-document";
import { iamArn, isAmazonsOwn } from "./settings";
import { type AwsKind, type AwsOperation, type AwsReference, named } from "./shared";
import { tokens } from "./tokens";

/** IAM's unique ids: four letters that say the type, and seventeen more. */
const uniqueId = (letters: string, { hex }: Pick<AwsOperation, "hex">): string =>
  `${letters}${BigInt(`0x${hex(24, "unique")}`)
    .toString(36)
    .toUpperCase()
    .padStart(17, "A")
    .slice(0, 17)}`;

const conflict =
  (what: string) =>
  ({ inputs }: AwsOperation) =>
    `EntityAlreadyExists: ${what} with name ${inputs.name} already exists.`;

const role: AwsKind = {
  token: tokens.role,
  autoname: { field: "name", longest: 64 },
  immutable: ["name", "namePrefix", "path"],
  check: (inputs) => checkJson(inputs, "assumeRolePolicy"),
  validate({ inputs, settings }) {
    requirePolicy(inputs.assumeRolePolicy, settings);
    for (const { policy } of inputs.inlinePolicies ?? []) requirePolicy(policy, settings);
    for (const value of inputs.managedPolicyArns ?? []) requireAttachable(value, settings);
  },
  identity: ({ name }) => name,
  conflict: conflict("Role"),
  missing: (value) => `NoSuchEntity: The role with name ${value} cannot be found.`,
  inUse(_, users) {
    const has = (token: string) => users.some(({ type }: CloudObject) => type === token);
    const must = has(tokens.instanceProfile)
      ? "remove roles from instance profile"
      : has(tokens.rolePolicyAttachment)
        ? "detach all policies"
        : "delete policies";
    return `DeleteConflict: Cannot delete entity, must ${must} first.`;
  },
  id: (operation) => named(operation),
  outputs: (operation) => {
    const { inputs, id, now, previous, settings } = operation;
    const path = inputs.path ?? "/";
    return {
      arn: iamArn(settings, `role${path}${id}`),
      name: id,
      namePrefix: inputs.namePrefix ?? "",
      path,
      createDate: previous?.state.createDate ?? now,
      forceDetachPolicies: inputs.forceDetachPolicies ?? false,
      inlinePolicies: inputs.inlinePolicies ?? [],
      managedPolicyArns: inputs.managedPolicyArns ?? [],
      maxSessionDuration: inputs.maxSessionDuration ?? 3600,
      uniqueId: uniqueId("AROA", operation),
    };
  },
};

/** A policy that AWS keeps for everybody, in this partition. The stack makes no managed policies of its own. */
function requireAttachable(value: string, settings: AwsOperation["settings"]): void {
  if (isAmazonsOwn(value, settings, "iam", "policy/")) return;
  const [, partition] = value.split(":");
  throw new Error(
    partition === settings.partition
      ? `NoSuchEntity: Policy ${value} does not exist or is not attachable.`
      : "ValidationError: Invalid ARN partition",
  );
}

const itsRole: AwsReference = { path: "role", to: tokens.role, by: ["name", "id"] };

const rolePolicy: AwsKind = {
  token: tokens.rolePolicy,
  autoname: { field: "name", longest: 128 },
  immutable: ["name", "namePrefix", "role"],
  references: [itsRole],
  check: (inputs) => checkJson(inputs, "policy"),
  validate: ({ inputs, settings }) => requirePolicy(inputs.policy, settings),
  // A second policy of a name overwrites the first.
  missing: (value) => `NoSuchEntity: The role policy with name ${value} cannot be found.`,
  id: (operation) => `${operation.inputs.role}:${named(operation)}`,
  outputs: (operation) => ({ name: named(operation), namePrefix: operation.inputs.namePrefix ?? "" }),
};

const rolePolicyAttachment: AwsKind = {
  token: tokens.rolePolicyAttachment,
  immutable: ["policyArn", "role"],
  references: [itsRole],
  validate: ({ inputs, settings }) => requireAttachable(inputs.policyArn, settings),
  missing: (value) => `NoSuchEntity: Policy ${value} was not found.`,
  id: ({ inputs }) => `${inputs.role}/${inputs.policyArn}`,
};

const instanceProfile: AwsKind = {
  token: tokens.instanceProfile,
  autoname: { field: "name", longest: 128 },
  immutable: ["name", "namePrefix", "path"],
  references: [itsRole],
  identity: ({ name }) => name,
  conflict: ({ inputs }) => `EntityAlreadyExists: Instance Profile ${inputs.name} already exists.`,
  missing: (value) => `NoSuchEntity: Instance Profile ${value} cannot be found.`,
  id: (operation) => named(operation),
  outputs: (operation) => {
    const { inputs, id, now, previous, settings } = operation;
    const path = inputs.path ?? "/";
    return {
      arn: iamArn(settings, `instance-profile${path}${id}`),
      name: id,
      namePrefix: inputs.namePrefix ?? "",
      path,
      createDate: previous?.state.createDate ?? now,
      uniqueId: uniqueId("AIPA", operation),
    };
  },
};

export const iam: readonly AwsKind[] = [role, rolePolicy, rolePolicyAttachment, instanceProfile];
