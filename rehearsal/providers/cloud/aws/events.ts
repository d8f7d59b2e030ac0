import { checkJson } from "./policy-document";
import { arnOf } from "./settings";
import { type AwsKind, named, roleArn } from "./shared";
import { tokens } from "./tokens";

const defaultBus = "default";

/** Rules and targets of a bus other than the default one are known by the bus, too. */
const onBus = (bus: string | undefined, name: string, separator: string): string =>
  bus === undefined || bus === defaultBus ? name : `${bus}${separator}${name}`;

const eventRule: AwsKind = {
  token: tokens.eventRule,
  autoname: { field: "name", longest: 64 },
  immutable: ["eventBusName", "name", "namePrefix"],
  references: [roleArn("roleArn")],
  check: (inputs) => [
    ...checkJson(inputs, "eventPattern"),
    ...(inputs.eventPattern === undefined && inputs.scheduleExpression === undefined
      ? [{ property: "eventPattern", reason: "a rule needs eventPattern or scheduleExpression" }]
      : []),
  ],
  missing: (value) => `ResourceNotFoundException: Rule ${value} does not exist on EventBus ${defaultBus}.`,
  inUse: () => "ValidationException: Rule can't be deleted since it has targets.",
  id: (operation) => onBus(operation.inputs.eventBusName, named(operation), "/"),
  outputs: (operation) => {
    const { inputs, id, settings } = operation;
    return {
      arn: arnOf(settings, "events", `rule/${id}`),
      name: named(operation),
      namePrefix: inputs.namePrefix ?? "",
      eventBusName: inputs.eventBusName ?? defaultBus,
      state: inputs.state ?? "ENABLED",
      forceDestroy: inputs.forceDestroy ?? false,
    };
  },
};

const eventTarget: AwsKind = {
  token: "aws:cloudwatch/eventTarget:EventTarget",
  immutable: ["eventBusName", "rule", "targetId"],
  references: [
    { path: "rule", to: tokens.eventRule, by: "name" },
    // Of what may be a target, the world has queues.
    { path: "arn", to: tokens.queue, by: "arn", holds: false, outside: (value) => value.split(":")[2] !== "sqs" },
    roleArn("roleArn"),
  ],
  missing: (value) => `ResourceNotFoundException: Target ${value} does not exist.`,
  id: ({ inputs, digits }) => `${onBus(inputs.eventBusName, inputs.rule, "-")}-${inputs.targetId ?? digits(26)}`,
  importId: ({ state }) => `${onBus(state.eventBusName, state.rule, "/")}/${state.targetId}`,
  outputs: ({ inputs, digits }) => ({
    targetId: inputs.targetId ?? digits(26),
    eventBusName: inputs.eventBusName ?? defaultBus,
    forceDestroy: inputs.forceDestroy ?? false,
  }),
};

export const events: readonly AwsKind[] = [eventRule, eventTarget];
