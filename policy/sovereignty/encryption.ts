import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";
import { judgeKey, type KeyCloud, managedAlias } from "./customer-key";
import { type Rest, restsOnAws } from "./encryption-aws";
import { restsOnGoogle } from "./encryption-gcp";
import { isKey, judgeKeyItself } from "./encryption-keys";
import { isVolumeSource, judgeVolumes, off } from "./encryption-kubernetes";
import { type Field, fieldsAt, isOn, parse, shown } from "./fields";

/**
 * Data rests under keys of one's own: wherever the tables of AWS and Google Cloud say that a resource holds data, and in
 * the volumes that Kubernetes asks for. A key that a cloud manages (`alias/aws/...`) or a cipher without key (`AES256`) is
 * refused in any other resource as well. Keys rotate, and can be had back for a while after their deletion.
 */
export const encryption: ResourceRule = {
  id: "sovereignty-encryption",
  title: "Data rests under keys of one's own",
  concern: "sovereignty",
  severity: "critical",
  frameworks: frameworks["sovereignty-encryption"],
  remedy: "name a customer-managed key, such as the one that cluster.encryption makes",
  applies: (resource) =>
    tables.has(resource.type) ||
    isKey(resource) ||
    resource.type in switches ||
    isVolumeSource(resource) ||
    otherCloud.test(resource.type) ||
    /^(aws|gcp):/.test(resource.type),
  check(resource, context) {
    const found = isVolumeSource(resource)
      ? judgeVolumes(resource, context)
      : [
          ...(tables.get(resource.type) ?? []).flatMap((rest) => judgeRest(rest, resource, context)),
          ...(isKey(resource) ? judgeKeyItself(resource) : []),
          ...(switches[resource.type]?.(resource) ?? []),
          ...unjudged(resource, context),
          ...stray(resource),
        ];
    // What two rows of a table say of one field is said once.
    return [...new Map([...found].reverse().map((seen) => [seen.field.join("\0"), seen])).values()].reverse();
  },
};

const tables = new Map<string, Rest[]>();
for (const rest of [...restsOnAws, ...restsOnGoogle]) {
  tables.set(rest.type, [...(tables.get(rest.type) ?? []), rest]);
}

const cloudOf = (type: string): KeyCloud => (type.startsWith("aws:") ? "aws" : "gcp");

/** Whether one of several properties, `a|b.c`, is stated and not off; unknown where that cannot be told. */
function stated(props: Value, paths: string): boolean | typeof unknown {
  const values = paths.split("|").flatMap((path) => fieldsAt(props, path).map(({ value }) => value));
  if (values.some((value) => value !== undefined && value !== unknown && value !== false && value !== "false")) {
    return true;
  }
  return values.includes(unknown) ? unknown : false;
}

function judgeRest(rest: Rest, { type, props }: Resource, context: Context): Observation[] {
  for (const [paths, wanted] of [
    [rest.where, true],
    [rest.unless, false],
  ] as const) {
    const is = paths === undefined ? wanted : stated(props, paths);
    if (is === unknown) return [deferred(paths!.split("|")[0]!.split("."))];
    if (is !== wanted) return [];
  }
  if (besides.has(type) && fieldsAt(props, rest.key.split(".")[0]!)[0]?.value === undefined) {
    return [bySecond(rest, context)];
  }
  const found: Observation[] = [];
  for (const { field, value } of rest.on === undefined ? [] : fieldsAt(props, rest.on)) {
    if (value === unknown) found.push(deferred(field));
    else if (!isOn(value)) found.push({ field, value: shown(value), message: off(value) });
  }
  if (rest.by !== undefined) {
    const [path, values] = rest.by;
    found.push(...fieldsAt(props, path).flatMap((choice) => judgeChoice(choice, values)));
  }
  // Where nothing is encrypted at all, no key needs to be asked for.
  return found.some(({ kind }) => kind === undefined)
    ? found
    : [...found, ...fieldsAt(props, rest.key).flatMap((field) => judgeKey(field, cloudOf(type)))];
}

function judgeChoice({ field, value }: Field, values: readonly string[]): Observation[] {
  if (value === unknown) return [deferred(field)];
  if (typeof value === "string" && values.includes(value)) return [];
  const message = `${value === undefined ? "is not stated, " : ""}so that no key of one's own is used; expected ${values.join(" or ")}`;
  return [{ field, value: shown(value), message }];
}

/** What a second resource may encrypt, which nobody sees who looks at this one. */
const besides = new Set(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]);

const bySecond = ({ key }: Rest, { environment }: Context): Observation => ({
  kind: environment.jurisdiction.sovereign ? "violation" : "unverified",
  field: [key.split(".")[0]!],
  message: "is not stated, and what a second resource says of the bucket comes after the first objects can",
  remedy: `state ${key.split(".")[0]} on the bucket itself, with sseAlgorithm aws:kms and a customer-managed key`,
});

/** Resources that are right or wrong by something else than a key. */
const switches: Readonly<Record<string, (resource: Resource) => Observation[]>> = {
  "aws:ebs/encryptionByDefault:EncryptionByDefault": ({ props }) => {
    const [{ field, value } = { field: ["enabled"], value: undefined }] = fieldsAt(props, "enabled");
    if (value === unknown) return [deferred(field)];
    return value === undefined || isOn(value) ? [] : [{ field, value: shown(value), message: off(value) }];
  },
  "aws:eks/cluster:Cluster": ({ props }) => {
    const what = fieldsAt(props, "encryptionConfig?.resources");
    if (what.some(({ value }) => value === unknown)) return [deferred(["encryptionConfig", "resources"])];
    return what.length === 0 || what.some(({ value }) => value === "secrets")
      ? []
      : [{ field: ["encryptionConfig", "resources"], message: "do not name secrets, which then rest under AWS's key" }];
  },
  "aws:eks/nodeGroup:NodeGroup": ({ props }) =>
    props.launchTemplate === unknown
      ? [deferred(["launchTemplate"])]
      : props.launchTemplate !== undefined
        ? []
        : [
            {
              field: ["launchTemplate"],
              message: "is not stated, and the disks that EKS gives such nodes have no key of one's own",
              remedy: "give the nodes a launch template whose volumes name a key",
            },
          ],
  "aws:ssm/parameter:Parameter": ({ props }) => {
    if (props.type === unknown) return [deferred(["type"])];
    return props.type === "SecureString" ? fieldsAt(props, "keyId").flatMap((field) => judgeKey(field, "aws")) : [];
  },
};

/** Providers of clouds whose resources have other names and properties. */
const otherCloud = /^(aws-native|awsx|eks|google-native|azure|azure-native|alicloud|oci|ibm|digitalocean|linode):/;

const unjudged = ({ type }: Resource, { environment }: Context): Observation[] =>
  otherCloud.test(type)
    ? [
        {
          kind: environment.jurisdiction.sovereign ? "violation" : "unverified",
          field: ["type"],
          value: type,
          message: "of a provider of which is not known here what holds data, and under which key",
          remedy: "make it with @pulumi/aws or @pulumi/gcp, or add its types to policy/sovereignty/encryption.ts",
        },
      ]
    : [];

/** Names of properties that name a key. */
const keyName = /(kms|encryption|cmk|customerManaged).*|^key(Id|Arn)$/i;
const cipherName = /^(serverSideEncryption|sseAlgorithm|sseType|encryptionType|encryptionMode)$/i;
const noKey = /^(AES-?256|SSE_S3|NONE|AWS_OWNED_CMK|AWS_OWNED_KMS_KEY)$/i;

/** Keys of the cloud's own, and ciphers without key, wherever a resource names them. */
function stray({ type, props }: Resource): Observation[] {
  if (!/^(aws|gcp):/.test(type)) return [];
  const found: Observation[] = [];
  const look = (value: Value, field: Path) => {
    const key = [...field].reverse().find((part) => typeof part === "string");
    if (typeof key !== "string" || typeof value !== "string") return;
    const inside = parse(value);
    if (isObject(inside) || Array.isArray(inside)) {
      walk(inside, (item, path) => look(item, [...field, ...path]));
    } else if (keyName.test(key) && managedAlias.test(value)) {
      found.push({ field, value, message: "which is a key that AWS manages and not one's own" });
    } else if (cipherName.test(key) && noKey.test(value)) {
      found.push({ field, value, message: "so that no key of one's own is used" });
    }
  };
  walk(props, look);
  return found;
}
