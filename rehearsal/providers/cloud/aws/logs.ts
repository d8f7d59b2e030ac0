import { arnOf } from "./settings";
import { type AwsKind, ec2Id, exactlyOne, keyAt, named, roleArn } from "./shared";
import { tokens } from "./tokens";

const logGroup: AwsKind = {
  token: tokens.logGroup,
  autoname: { field: "name", longest: 512 },
  immutable: ["name", "namePrefix", "logGroupClass"],
  references: [keyAt("kmsKeyId")],
  identity: ({ name }) => name,
  conflict: () => "ResourceAlreadyExistsException: The specified log group already exists",
  missing: (value) => `ResourceNotFoundException: The specified log group does not exist: ${value}`,
  validateDelete({ id, state }) {
    if (state.deletionProtectionEnabled) {
      throw new Error(`ValidationException: deletion protection is enabled for the log group ${id}`);
    }
  },
  remains: ({ state }) => state.skipDestroy === true,
  id: (operation) => named(operation),
  outputs: ({ inputs, id, settings }) => ({
    arn: arnOf(settings, "logs", `log-group:${id}`),
    name: id,
    namePrefix: inputs.namePrefix ?? "",
    deletionProtectionEnabled: inputs.deletionProtectionEnabled ?? false,
    logGroupClass: inputs.logGroupClass ?? "STANDARD",
    retentionInDays: inputs.retentionInDays ?? 0,
    skipDestroy: inputs.skipDestroy ?? false,
  }),
};

const sources = [
  "eniId",
  "regionalNatGatewayId",
  "subnetId",
  "vpcId",
  "transitGatewayId",
  "transitGatewayAttachmentId",
];

const flowLog: AwsKind = {
  token: "aws:ec2/flowLog:FlowLog",
  immutable: [
    ...sources,
    "deliverCrossAccountRole",
    "destinationOptions",
    "iamRoleArn",
    "logDestination",
    "logDestinationType",
    "logFormat",
    "maxAggregationInterval",
    "trafficType",
  ],
  references: [
    { path: "vpcId", to: tokens.vpc, by: "id", holds: false },
    { path: "subnetId", to: tokens.subnet, by: "id", holds: false },
    roleArn("iamRoleArn"),
    {
      path: "logDestination",
      to: tokens.logGroup,
      by: "arn",
      holds: false,
      outside: (_, { inputs }) => (inputs.logDestinationType ?? cloudWatch) !== cloudWatch,
    },
  ],
  check: (inputs) => exactlyOne(inputs, sources),
  identity: (state) => `${sources.map((source) => state[source]).find(Boolean)} ${state.logDestination}`,
  conflict: () =>
    "FlowLogAlreadyExists: Error. There is an existing Flow Log with the same configuration and log destination.",
  missing: (value) => `InvalidFlowLogId.NotFound: The flow log ${value} is not found`,
  id: ec2Id("fl"),
  outputs: ({ inputs, id, settings }) => ({
    arn: arnOf(settings, "ec2", `vpc-flow-log/${id}`),
    logDestination: inputs.logDestination ?? "",
    logDestinationType: inputs.logDestinationType ?? cloudWatch,
    logFormat: inputs.logFormat ?? defaultFormat,
    maxAggregationInterval: inputs.maxAggregationInterval ?? 600,
  }),
};

const cloudWatch = "cloud-watch-logs";

/** The fields of a record when a program asks for none of its own. */
const defaultFormat = [
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
]
  .join(" ")
  .split(" ")
  .map((field) => `\${${field}}`)
  .join(" ");

export const logs: readonly AwsKind[] = [logGroup, flowLog];
