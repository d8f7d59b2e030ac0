import { uuid } from "../../../control-plane/node-object";
import { checkJson, requirePolicy } from "./policy-document";
import { arnOf, iamArn } from "./settings";
import { type AwsKind, keyAt } from "./shared";
import { tokens } from "./tokens";

/** Keys are scheduled for deletion whether or not something needs them, so that nothing holds them. */
const key: AwsKind = {
  token: tokens.key,
  immutable: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
  check: (inputs) => [
    ...checkJson(inputs, "policy"),
    ...(typeof inputs.deletionWindowInDays === "number" &&
    (inputs.deletionWindowInDays < 7 || inputs.deletionWindowInDays > 30)
      ? [{ property: "deletionWindowInDays", reason: `expected 7 to 30 days, not ${inputs.deletionWindowInDays}` }]
      : []),
  ],
  validate: ({ inputs, settings }) => requirePolicy(inputs.policy, settings),
  missing: (value) => `NotFoundException: Key '${value}' does not exist`,
  id: ({ inputs, hex }) => (inputs.multiRegion ? `mrk-${hex(32)}` : uuid(hex(64))),
  outputs: ({ inputs, id, settings }) => ({
    arn: arnOf(settings, "kms", `key/${id}`),
    keyId: id,
    customerMasterKeySpec: inputs.customerMasterKeySpec ?? "SYMMETRIC_DEFAULT",
    description: inputs.description ?? "",
    enableKeyRotation: inputs.enableKeyRotation ?? false,
    isEnabled: inputs.isEnabled ?? true,
    keyUsage: inputs.keyUsage ?? "ENCRYPT_DECRYPT",
    multiRegion: inputs.multiRegion ?? false,
    policy: inputs.policy ?? JSON.stringify(accountPolicy(iamArn(settings, "root"))),
    rotationPeriodInDays: inputs.rotationPeriodInDays ?? (inputs.enableKeyRotation ? 365 : 0),
  }),
};

/** What KMS gives a key that came without a policy: the account decides by IAM. */
const accountPolicy = (root: string) => ({
  Version: "2012-10-17",
  Id: "key-default-1",
  Statement: [
    { Sid: "Enable IAM User Permissions", Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" },
  ],
});

const alias: AwsKind = {
  token: tokens.alias,
  autoname: { field: "name", longest: 256, prefix: "alias/" },
  immutable: ["name", "namePrefix"],
  references: [keyAt("targetKeyId")],
  check: ({ name }) =>
    typeof name === "string" && !/^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/.test(name)
      ? [{ property: "name", reason: `expected alias/ and a name that does not start with aws/, not "${name}"` }]
      : [],
  identity: ({ name }) => name,
  conflict: ({ inputs, settings }) =>
    `AlreadyExistsException: An alias with the name ${arnOf(settings, "kms", inputs.name)} already exists`,
  missing: (value) => `NotFoundException: Alias ${value} is not found.`,
  id: ({ inputs }) => inputs.name,
  outputs({ inputs, id, settings, world }) {
    const target = world.find(tokens.key, ["arn", "keyId"], inputs.targetKeyId);
    return {
      arn: arnOf(settings, "kms", id),
      namePrefix: inputs.namePrefix ?? "",
      targetKeyArn: target?.state.arn ?? arnOf(settings, "kms", `key/${inputs.targetKeyId}`),
      targetKeyId: target?.id ?? inputs.targetKeyId,
    };
  },
};

export const kms: readonly AwsKind[] = [key, alias];
