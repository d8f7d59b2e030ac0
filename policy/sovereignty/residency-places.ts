import { type Context, deferred, type Observation, type Resource, unknown, type Value } from "../rule";
import { type Field, fieldsAt, isOn, shown } from "./fields";

/** Where data rests when nobody says it, or when what is said is several places at once. */

/** What a cloud decides by itself where a property is left out. Defaults are those that @pulumi/gcp 9.37.0 documents. */
const unstated: readonly {
  readonly type: string;
  readonly path: string;
  readonly instead: string;
}[] = [
  {
    type: "gcp:compute/snapshot:Snapshot",
    path: "storageLocations",
    instead: "so that Compute Engine stores it in the nearest multi-region",
  },
  {
    type: "gcp:compute/image:Image",
    path: "storageLocations",
    instead: "so that Compute Engine stores it in the nearest multi-region",
  },
  {
    type: "gcp:compute/resourcePolicy:ResourcePolicy",
    path: "snapshotSchedulePolicy?.snapshotProperties.storageLocations",
    instead: "so that Compute Engine stores the snapshots in the nearest multi-region",
  },
  {
    type: "gcp:pubsub/topic:Topic",
    path: "messageStoragePolicy.allowedPersistenceRegions",
    instead: "so that Pub/Sub stores messages wherever they are published",
  },
  {
    type: "gcp:sql/databaseInstance:DatabaseInstance",
    path: "settings.backupConfiguration?.location",
    instead: "so that Cloud SQL stores backups in the nearest multi-region",
  },
  {
    type: "gcp:bigquery/dataset:Dataset",
    path: "location",
    instead: "so that BigQuery stores it in the multi-region US",
  },
];

/** Resources that are made to be in several regions. */
const spanning: ReadonlyMap<string, string> = new Map([
  ["aws:rds/globalCluster:GlobalCluster", "a database that copies itself to every region that joins it"],
  ["aws:docdb/globalCluster:GlobalCluster", "a database that copies itself to every region that joins it"],
  ["aws:neptune/globalCluster:GlobalCluster", "a database that copies itself to every region that joins it"],
  [
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
    "a cache that copies itself to every region that joins it",
  ],
  ["aws:memorydb/multiRegionCluster:MultiRegionCluster", "a cache that copies itself to every region that joins it"],
  ["aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint", "one name for buckets of several regions"],
]);

const multiRegionKeys = new Set(["aws:kms/key:Key", "aws:kms/externalKey:ExternalKey"]);
const replicaKeys = new Set(["aws:kms/replicaKey:ReplicaKey", "aws:kms/replicaExternalKey:ReplicaExternalKey"]);

export function judgePlaces(resource: Resource, context: Context): readonly Observation[] {
  const { type, props } = resource;
  return [
    ...unstated
      .filter((entry) => entry.type === type)
      .flatMap((entry) => fieldsAt(props, entry.path).flatMap((field) => judgeStated(field, entry.instead))),
    ...(type === "gcp:secretmanager/secret:Secret" ? secret(props) : []),
    ...(type === "gcp:spanner/instance:Instance"
      ? fieldsAt(props, "config").flatMap((field) => spanner(field, context))
      : []),
    ...(multiRegionKeys.has(type) ? fieldsAt(props, "multiRegion?").flatMap(multiRegion) : []),
    ...(replicaKeys.has(type)
      ? [
          {
            field: ["primaryKeyArn"],
            value: shown(props.primaryKeyArn),
            message: "so that one key is in two regions",
            remedy: "make a key in each region",
          },
        ]
      : []),
    ...(type === "aws:bedrock/guardrail:Guardrail"
      ? fieldsAt(props, "crossRegionConfig?.guardrailProfileIdentifier").map(({ field, value }) =>
          value === unknown
            ? deferred(field)
            : {
                field,
                value: shown(value),
                message: "a profile that sends prompts to several regions",
                remedy: "leave crossRegionConfig out",
              },
        )
      : []),
    ...(spanning.has(type)
      ? [{ field: ["type"], value: type, message: spanning.get(type)!, remedy: "make one for each region" }]
      : []),
  ];
}

/** What is stated, the rule about regions judges; a multi-region that the cloud filled in by itself, it does not see. */
function judgeStated({ field, value }: Field, instead: string): Observation[] {
  if (value === unknown) return [deferred(field)];
  const remedy = "state a region of jurisdiction.regions";
  return value === undefined || value === "" ? [{ field, message: `is not stated, ${instead}`, remedy }] : [];
}

function secret(props: Value): Observation[] {
  const remedy = "state replication.userManaged with replicas in jurisdiction.regions, or make a RegionalSecret";
  return ["replication.auto?", "replication.automatic?"].flatMap((path) =>
    fieldsAt(props, path).flatMap(({ field, value }): Observation[] => {
      if (value === unknown) return [deferred(field)];
      if (value === false || value === "false") return [];
      return [{ field, message: "lets Google replicate the secret wherever it sees fit", remedy }];
    }),
  );
}

/** `regional-europe-west4` is one region; `eur3` and `nam3` are several. */
function spanner({ field, value }: Field, { environment: { jurisdiction } }: Context): Observation[] {
  if (value === unknown) return [deferred(field)];
  const region = /(?:^|\/)regional-([a-z0-9-]+)$/i.exec(String(value ?? ""))?.[1]?.toLowerCase();
  return region !== undefined && jurisdiction.regions.some((allowed) => allowed.toLowerCase() === region)
    ? []
    : [
        {
          field,
          value: shown(value),
          message: `which is no single region of ${jurisdiction.name}; allowed: ${jurisdiction.regions.map((name) => `regional-${name}`).join(", ")}`,
          remedy: "use the configuration of one region",
        },
      ];
}

const multiRegion = ({ field, value }: Field): Observation[] => {
  if (value === unknown) return [deferred(field)];
  return isOn(value)
    ? [
        {
          field,
          value: shown(value),
          message: "so that the key can be replicated to any region",
          remedy: "leave multiRegion out",
        },
      ]
    : [];
};
