import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  unknown,
  type Value,
  walk,
} from "../rule";
import { fieldsAt, parse, shown } from "./fields";
import { accountOf, listOf, ownAccount, strangeMember } from "./own-account";

/** Who, outside the environment's own account or project, is let at data: by policies, grants and shares. */

const remedy = "let only the environment's own account or project in, or state an exception for this one";

/** Properties by which something is shared with, or sent to, an account that they name. */
const accountFields: readonly (readonly [type: string, path: string])[] = [
  ["aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", "accountId"],
  ["aws:ec2/amiLaunchPermission:AmiLaunchPermission", "accountId?"],
  ["aws:rds/snapshot:Snapshot", "sharedAccounts?"],
  ["aws:rds/clusterSnapshot:ClusterSnapshot", "sharedAccounts?"],
  ["aws:rds/snapshotCopy:SnapshotCopy", "sharedAccounts?"],
  ["aws:kms/grant:Grant", "granteePrincipal"],
  ["aws:kms/grant:Grant", "retiringPrincipal?"],
  ["aws:ram/principalAssociation:PrincipalAssociation", "principal"],
  [
    "aws:ecr/replicationConfiguration:ReplicationConfiguration",
    "replicationConfiguration?.rules.destinations.registryId",
  ],
  ["aws:s3/bucketReplicationConfig:BucketReplicationConfig", "rules.destination.account?"],
  ["aws:backup/plan:Plan", "rules.copyActions?.destinationVaultArn"],
  ["aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "destinationArn"],
  ["aws:cloudwatch/eventTarget:EventTarget", "arn"],
  ["aws:ec2/flowLog:FlowLog", "logDestination?"],
  ["aws:sns/topicSubscription:TopicSubscription", "endpoint?"],
];

/** What is open to everybody, or to whoever is of an organization. */
const groupFields: readonly (readonly [type: string, path: string])[] = [
  ["aws:ec2/amiLaunchPermission:AmiLaunchPermission", "group?"],
  ["aws:ec2/amiLaunchPermission:AmiLaunchPermission", "organizationArn?"],
  ["aws:ec2/amiLaunchPermission:AmiLaunchPermission", "organizationalUnitArn?"],
];

const iamGrant =
  /^gcp:(storage|kms|secretmanager|artifactregistry|bigquery|bigtable|pubsub|spanner|compute|sql|logging)\/[^:]*iam(member|binding|policy)/i;

export function judgeGrants(resource: Resource, context: Context): readonly Observation[] {
  const { type, props } = resource;
  if (iamGrant.test(type)) return members(props, context);
  if (type.startsWith("gcp:storage/")) return openToAll(props);
  if (!type.startsWith("aws:") || type.startsWith("aws:iam/")) return [];
  return [
    ...accountFields
      .filter(([of]) => of === type)
      .flatMap(([, path]) => fieldsAt(props, path).flatMap(({ field, value }) => judgeAccount(field, value, context))),
    ...groupFields
      .filter(([of]) => of === type)
      .flatMap(([, path]) =>
        fieldsAt(props, path).flatMap(({ field, value }) =>
          value === unknown
            ? [deferred(field)]
            : [{ field, value: shown(value), message: "which is more than the environment's own account", remedy }],
        ),
      ),
    // What an endpoint lets through, it grants to nobody: that is for the policies of who asks and of what is asked for.
    ...(type === "aws:ec2/vpcEndpoint:VpcEndpoint" ? [] : policies(props, context)),
  ];
}

function judgeAccount(field: Path, value: Value, context: Context): Observation[] {
  if (value === unknown) return [deferred(field)];
  const account = typeof value === "string" ? accountOf(value) : undefined;
  if (account === undefined || account === ownAccount(context)) return [];
  return [
    {
      field,
      value: shown(value),
      message: "which is of another account, where nobody here decides about the data",
      remedy,
    },
  ];
}

function members(props: Value, context: Context): Observation[] {
  const judge = (field: Path, value: Value): Observation[] => {
    if (value === unknown) return [deferred(field)];
    const message = typeof value === "string" ? strangeMember(value, context) : undefined;
    return message === undefined
      ? []
      : [{ field, value: shown(value), message: `${message}, who could copy what is there`, remedy }];
  };
  return ["member?", "members?", "policyData?.bindings.members"].flatMap((path) =>
    fieldsAt(props, path).flatMap(({ field, value }) => judge(field, value)),
  );
}

/** Access control lists of buckets and objects. */
function openToAll(props: Value): Observation[] {
  const found: Observation[] = [];
  walk(props, (value, field) => {
    if (
      typeof value === "string" &&
      /(^|:)(allUsers|allAuthenticatedUsers)$|^publicRead(Write)?$|^authenticatedRead$/i.test(value.trim())
    ) {
      found.push({ field, value, message: "which is everybody, who could copy what is there", remedy });
    }
  });
  return found;
}

/** Properties that hold a policy of who may do what with the resource; unknown, they hide it. */
const policyName = /^(policy|accessPolicy|accessPolicies|policyDocument|resourcePolicy|resourcePolicyJson)$/;

function policies(props: Value, context: Context): Observation[] {
  const found: Observation[] = [];
  walk(props, (value, field) => {
    const key = field.at(-1);
    if (value === unknown && typeof key === "string" && policyName.test(key)) {
      found.push(deferred(field));
    }
    const document = typeof value === "string" ? parse(value) : undefined;
    if (isObject(document) && document.Statement !== undefined) {
      found.push(
        ...listOf(parse(document.Statement)).flatMap((statement) => judgeStatement(statement, field, context)),
      );
    }
  });
  return found;
}

function judgeStatement(statement: Value, field: Path, context: Context): Observation[] {
  if (!isObject(statement) || !/^allow$/i.test(String(statement.Effect))) return [];
  const { Principal: principal, NotPrincipal: except } = statement;
  if (except !== undefined) {
    return [{ field, message: "lets in everybody but those whom NotPrincipal names", remedy }];
  }
  if (principal === undefined || confined(statement.Condition, context)) return [];
  const named = isObject(principal)
    ? [...listOf(principal.AWS), ...listOf(principal.CanonicalUser)]
    : listOf(principal);
  return named.flatMap((who): Observation[] => {
    if (typeof who !== "string") return [];
    const account = accountOf(who);
    if (account !== undefined && account === ownAccount(context)) return [];
    const message =
      who === "*"
        ? "lets in everybody, under no condition that keeps them to the environment's own account"
        : `lets in ${who}, who is not of the environment's own account`;
    return [{ field, message, remedy }];
  });
}

/** Condition keys that say whose the caller is, by account or ARN. */
const callers =
  /^(kms:calleraccount|aws:principalaccount|aws:sourceaccount|aws:principalarn|aws:sourcearn|aws:sourceowner)$/i;
const operators = /^(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/i;

/** Whether a condition holds only for callers of one's own account. Operators that pass what is missing do not. */
function confined(condition: Value, context: Context): boolean {
  const own = ownAccount(context);
  if (!isObject(condition) || own === undefined) return false;
  return Object.entries(condition).some(
    ([operator, tests]) =>
      operators.test(operator) &&
      isObject(tests) &&
      Object.entries(tests).some(
        ([key, value]) =>
          callers.test(key) &&
          listOf(value).length > 0 &&
          listOf(value).every((item) => typeof item === "string" && accountOf(item) === own),
      ),
  );
}
