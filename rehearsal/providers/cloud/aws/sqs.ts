import { checkJson, requirePolicy } from "./policy-document";
import { arnOf, dnsSuffix } from "./settings";
import { type AwsKind, keyAt, named } from "./shared";
import { tokens } from "./tokens";

const queue: AwsKind = {
  token: tokens.queue,
  autoname: { field: "name", longest: 80 },
  immutable: ["name", "namePrefix", "fifoQueue"],
  references: [keyAt("kmsMasterKeyId")],
  check: (inputs) => checkJson(inputs, "policy"),
  validate: ({ inputs, settings }) => requirePolicy(inputs.policy, settings),
  identity: ({ name }) => name,
  conflict: () => "QueueAlreadyExists: The specified queue already exists.",
  missing: () => "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist.",
  id: (operation) => {
    const { settings } = operation;
    return `https://sqs.${settings.region}.${dnsSuffix(settings)}/${settings.account}/${named(operation)}`;
  },
  outputs: (operation) => {
    const { inputs, id, settings } = operation;
    const name = named(operation);
    return {
      arn: arnOf(settings, "sqs", name),
      url: id,
      name,
      namePrefix: inputs.namePrefix ?? "",
      contentBasedDeduplication: inputs.contentBasedDeduplication ?? false,
      deduplicationScope: inputs.deduplicationScope ?? "",
      delaySeconds: inputs.delaySeconds ?? 0,
      fifoQueue: inputs.fifoQueue ?? false,
      fifoThroughputLimit: inputs.fifoThroughputLimit ?? "",
      kmsDataKeyReusePeriodSeconds: inputs.kmsDataKeyReusePeriodSeconds ?? 300,
      maxMessageSize: inputs.maxMessageSize ?? 262_144,
      messageRetentionSeconds: inputs.messageRetentionSeconds ?? 345_600,
      policy: inputs.policy ?? "",
      receiveWaitTimeSeconds: inputs.receiveWaitTimeSeconds ?? 0,
      redriveAllowPolicy: inputs.redriveAllowPolicy ?? "",
      redrivePolicy: inputs.redrivePolicy ?? "",
      sqsManagedSseEnabled: inputs.sqsManagedSseEnabled ?? inputs.kmsMasterKeyId === undefined,
      visibilityTimeoutSeconds: inputs.visibilityTimeoutSeconds ?? 30,
    };
  },
};

const queuePolicy: AwsKind = {
  token: "aws:sqs/queuePolicy:QueuePolicy",
  immutable: ["queueUrl"],
  references: [{ path: "queueUrl", to: tokens.queue, by: "url", holds: false }],
  check: (inputs) => checkJson(inputs, "policy"),
  validate: ({ inputs, settings }) => requirePolicy(inputs.policy, settings),
  missing: (value) => `AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist: ${value}`,
  id: ({ inputs }) => inputs.queueUrl,
};

export const sqs: readonly AwsKind[] = [queue, queuePolicy];
