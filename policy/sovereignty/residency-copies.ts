import { type Context, deferred, type Observation, type Resource, unknown, type Value } from "../rule";
import { type Field, fieldsAt, shown } from "./fields";

/** What data is copied to, by names that say no region: such a place must be made by the same stack, which says where. */

type Home = readonly [types: readonly string[], names: readonly string[]];

const s3: Home = [
  ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/directoryBucket:DirectoryBucket"],
  ["bucket", "arn", "id"],
];
const gcs: Home = [["gcp:storage/bucket:Bucket"], ["name", "id"]];
const dataset: Home = [["gcp:bigquery/dataset:Dataset"], ["datasetId"]];
const topic: Home = [["gcp:pubsub/topic:Topic"], ["name"]];

/** Where a bucket of S3 is named, by name or ARN. */
const s3Fields: readonly (readonly [type: string, path: string])[] = [
  ["aws:s3/bucketReplicationConfig:BucketReplicationConfig", "rules.destination.bucket"],
  ["aws:s3/bucket:Bucket", "replicationConfiguration?.rules.destination.bucket"],
  ["aws:s3/bucketV2:BucketV2", "replicationConfigurations?.rules.destinations.bucket"],
  ["aws:s3/bucket:Bucket", "logging?.targetBucket"],
  ["aws:s3/bucketLogging:BucketLogging", "targetBucket"],
  ["aws:s3/bucketLoggingV2:BucketLoggingV2", "targetBucket"],
  ["aws:s3/inventory:Inventory", "destination.bucket.bucketArn"],
  ["aws:cloudtrail/trail:Trail", "s3BucketName"],
  ["aws:cfg/deliveryChannel:DeliveryChannel", "s3BucketName"],
  ["aws:dynamodb/tableExport:TableExport", "s3Bucket"],
  ["aws:rds/exportTask:ExportTask", "s3BucketName"],
  ["aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "extendedS3Configuration?.bucketArn"],
  ["aws:lb/loadBalancer:LoadBalancer", "accessLogs?.bucket"],
];

const gcsFields: readonly (readonly [type: string, path: string])[] = [
  ["gcp:storage/bucket:Bucket", "logging?.logBucket"],
  ["gcp:storage/transferJob:TransferJob", "transferSpec.gcsDataSink?.bucketName"],
];

const sinks = /^gcp:logging\/(project|folder|organization|billingAccount)Sink:/;

const remedy = "make the destination in this stack, or state an exception that says where it is";

export function judgeCopies(resource: Resource, all: readonly Resource[], context: Context): readonly Observation[] {
  const { type, props } = resource;
  const at = (fields: typeof s3Fields, home: Home) =>
    fields
      .filter(([of]) => of === type)
      .flatMap(([, path]) => fieldsAt(props, path).flatMap((field) => judge(field, home, all)));
  return [
    ...at(s3Fields, s3),
    ...at(gcsFields, gcs),
    ...(type === "aws:ec2/flowLog:FlowLog"
      ? fieldsAt(props, "logDestination?")
          .filter(isBucket)
          .flatMap((field) => judge(field, s3, all))
      : []),
    ...(sinks.test(type) ? fieldsAt(props, "destination").flatMap((field) => judgeSink(field, all, context)) : []),
  ];
}

const isBucket = ({ value }: Field) => typeof value === "string" && /^arn:[a-z0-9-]*:s3:/i.test(value);

/** A bucket's name, of its ARN or of itself. */
const bare = (value: string) => value.replace(/^arn:[a-z0-9-]*:s3:::/i, "").split("/")[0]!;

function judge({ field, value }: Field, [types, names]: Home, all: readonly Resource[], name?: string): Observation[] {
  if (value === unknown) return [deferred(field)];
  if (typeof value !== "string" || value === "") {
    return [{ field, message: "is not stated, so that nobody can say where the copy is", remedy }];
  }
  const wanted = name ?? bare(value);
  const made = all.filter(({ type }) => types.includes(type));
  if (
    made.some(({ props }) =>
      names.some((key) => known(props[key]) !== undefined && bare(known(props[key])!) === wanted),
    )
  )
    return [];
  // Its name may still be the engine's to make up.
  if (made.some(({ props }) => names.every((key) => known(props[key]) === undefined))) return [deferred(field)];
  return [
    { field, value: shown(value), message: "which this stack does not make, and the name says no region", remedy },
  ];
}

const known = (value: Value): string | undefined => (typeof value === "string" ? value : undefined);

/** A sink of Cloud Logging. One whose destination names a location is for the rule about regions. */
function judgeSink(
  { field, value }: Field,
  all: readonly Resource[],
  { environment: { cluster } }: Context,
): Observation[] {
  if (typeof value !== "string") return judge({ field, value }, gcs, all);
  const [service = "", ...path] = value.split("/");
  const name = path.at(-1);
  switch (service.split(".")[0]) {
    case "storage":
      return judge({ field, value }, gcs, all, name);
    case "bigquery":
      return judge({ field, value }, dataset, all, name);
    case "pubsub":
      return judge({ field, value }, topic, all, name);
    default:
      return path.includes("locations") || (cluster.kind === "gke" && path[1] === cluster.project)
        ? []
        : [{ field, value, message: "which says no region, and is of another project", remedy }];
  }
}
