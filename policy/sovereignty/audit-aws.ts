import { type Context, deferred, type Observation, type Resource, unknown, type Value } from "../rule";
import type { AuditFinding } from "./audit";
import { judgeDays, outlives } from "./audit-retention";
import { type Field, fieldsAt, isOn, shown } from "./fields";

const type = {
  cluster: "aws:eks/cluster:Cluster",
  logs: "aws:cloudwatch/logGroup:LogGroup",
  vpc: "aws:ec2/vpc:Vpc",
  flowLog: "aws:ec2/flowLog:FlowLog",
  trail: "aws:cloudtrail/trail:Trail",
} as const;
const locks = [
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
];
const buckets = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

export const awsAuditTypes: ReadonlySet<string> = new Set([...Object.values(type), ...locks]);

export function auditOnAws(all: readonly Resource[], context: Context): AuditFinding[] {
  const of = (wanted: string) => all.filter((resource) => resource.type === wanted);
  const seen = (resource: Resource, observations: readonly Observation[]) =>
    observations.map((observation): AuditFinding => ({ ...observation, resource }));
  return [
    ...of(type.cluster).flatMap((resource) => [
      ...seen(resource, recorded(resource)),
      ...seen(resource, kept(resource, of(type.logs))),
    ]),
    ...of(type.logs).flatMap((resource) => [
      ...logGroup(resource, context),
      ...seen(resource, lasting(resource, context)),
    ]),
    ...of(type.vpc).flatMap((resource) => seen(resource, watched(resource, of(type.flowLog), of(type.vpc)))),
    ...of(type.trail).flatMap((resource) =>
      seen(resource, [...trail(resource), ...(outlives(context) ? locked(resource, all) : [])]),
    ),
    ...all.filter((resource) => locks.includes(resource.type)).flatMap((resource) => lock(resource, context)),
  ];
}

/** What of EKS's logs says who did what. */
const wanted = ["audit", "authenticator"];

function recorded({ props }: Resource): Observation[] {
  const kinds = fieldsAt(props, "enabledClusterLogTypes");
  if (kinds.some(({ value }) => value === unknown)) return [deferred(["enabledClusterLogTypes"])];
  const missing = wanted.filter((kind) => !kinds.some(({ value }) => value === kind));
  return missing.length === 0
    ? []
    : [
        {
          field: ["enabledClusterLogTypes"],
          message: `lack ${missing.join(" and ")}, so that nobody can say who did what in the cluster`,
          remedy: `add ${missing.join(" and ")}`,
        },
      ];
}

/** EKS makes the group where nobody has: under no key, for nobody to say how long. */
function kept({ props }: Resource, groups: readonly Resource[]): Observation[] {
  if (props.name === unknown || groups.some((group) => group.props.name === unknown)) return [deferred(["name"])];
  const group = `/aws/eks/${props.name}/cluster`;
  return groups.some((resource) => resource.props.name === group)
    ? []
    : [
        {
          field: ["name"],
          value: shown(props.name),
          message: `whose log group ${group} this stack does not make, so that nobody decides how long it lasts`,
          remedy: "make the log group before the cluster",
        },
      ];
}

function logGroup(resource: Resource, context: Context): AuditFinding[] {
  const { logGroupClass } = resource.props;
  if (logGroupClass === "DELIVERY") {
    const message = "whose logs are kept for two days, whatever retentionInDays says";
    return [
      { resource, field: ["logGroupClass"], value: "DELIVERY", message, remedy: "use STANDARD or INFREQUENT_ACCESS" },
    ];
  }
  return fieldsAt(resource.props, "retentionInDays").flatMap((field) =>
    judgeDays(resource, field, context, {
      forEver: (value) => value === undefined || Number(value) === 0,
      unstated: "",
    }),
  );
}

/** Kept by the engine, by the provider, or by CloudWatch Logs itself. */
function lasting({ props, options }: Resource, context: Context): Observation[] {
  if (!outlives(context) || options.protect || isOn(props.skipDestroy) || isOn(props.deletionProtectionEnabled))
    return [];
  const open = (["skipDestroy", "deletionProtectionEnabled"] as const).find((name) => props[name] === unknown);
  return open !== undefined
    ? [deferred([open])]
    : [
        {
          field: ["skipDestroy"],
          value: shown(props.skipDestroy),
          message: `${props.skipDestroy === undefined ? "is not stated, " : ""}so that the logs go with the stack`,
          remedy: "set skipDestroy or deletionProtectionEnabled to true, or protect the resource",
        },
      ];
}

/** Every network has a flow log of all that passes and all that is refused. */
function watched({ props }: Resource, flowLogs: readonly Resource[], vpcs: readonly Resource[]): Observation[] {
  const whole = flowLogs.filter(
    (log) => log.props.vpcId !== undefined && [undefined, "ALL"].includes(log.props.trafficType as string),
  );
  const hidden = flowLogs.filter((log) => log.props.trafficType === unknown);
  const own = props.id === undefined || props.id === unknown ? undefined : props.id;
  const found =
    own === undefined
      ? whole.length >= vpcs.length
      : whole.some((log) => log.props.vpcId === own || log.props.vpcId === unknown);
  if (found) return [];
  return hidden.length > 0
    ? [deferred(["id"])]
    : [
        {
          field: ["id"],
          value: shown(own),
          message: "has no flow log of this stack that takes down all traffic",
          remedy: "make an ec2.FlowLog of the VPC with trafficType ALL",
        },
      ];
}

function trail({ props }: Resource): Observation[] {
  const must = (name: string, byDefault: boolean, message: string): Observation[] => {
    const value = props[name];
    if (value === unknown) return [deferred([name])];
    return value === undefined
      ? byDefault
        ? []
        : [{ field: [name], message: `is not stated, ${message}` }]
      : isOn(value)
        ? []
        : [{ field: [name], value: shown(value), message }];
  };
  return [
    ...must("enableLogging", true, "so that the trail takes nothing down"),
    ...must("includeGlobalServiceEvents", true, "so that what is done by IAM and STS is missing"),
    ...must("enableLogFileValidation", false, "so that nobody can tell whether a log was changed"),
  ];
}

/** A trail's bucket, where this stack makes it, locks its objects. */
function locked({ props }: Resource, all: readonly Resource[]): Observation[] {
  const name = props.s3BucketName;
  const bucket = all.find((resource) => buckets.includes(resource.type) && same(resource.props, name));
  if (bucket === undefined || isOn(bucket.props.objectLockEnabled)) return [];
  if (bucket.props.objectLockEnabled === unknown || name === unknown) return [deferred(["s3BucketName"])];
  return [
    {
      field: ["s3BucketName"],
      value: shown(name),
      message: "a bucket whose objects can be deleted",
      remedy: "set objectLockEnabled on the bucket, and give it a BucketObjectLockConfiguration",
    },
  ];
}

const same = ({ bucket, id }: Resource["props"], name: Value) => name !== undefined && (bucket === name || id === name);

function lock(resource: Resource, context: Context): AuditFinding[] {
  const at = "rule?.defaultRetention";
  const mode = fieldsAt(resource.props, `${at}.mode`).flatMap(({ field, value }): AuditFinding[] => {
    if (value === unknown) return [{ ...deferred(field), resource }];
    return value === "COMPLIANCE"
      ? []
      : [
          {
            resource,
            field,
            value: shown(value),
            message: "which whoever has the right can lift; expected COMPLIANCE",
          },
        ];
  });
  const years = fieldsAt(resource.props, `${at}.years?`).map(
    ({ field, value }): Field => ({
      field,
      value: typeof value === "number" ? value * 365 : value,
    }),
  );
  const spans = years.length > 0 ? years : fieldsAt(resource.props, `${at}.days`);
  return [
    ...mode,
    ...spans.flatMap((span) => judgeDays(resource, span, context, { forEver: () => false, unstated: "is not stated" })),
  ];
}
