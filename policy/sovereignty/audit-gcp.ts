import { type Context, deferred, type Observation, type Resource, unknown } from "../rule";
import type { AuditFinding } from "./audit";
import { judgeDays, outlives } from "./audit-retention";
import { fieldsAt, isOn, shown } from "./fields";

const type = {
  cluster: "gcp:container/cluster:Cluster",
  config: "gcp:projects/iAMAuditConfig:IAMAuditConfig",
  bucket: "gcp:logging/projectBucketConfig:ProjectBucketConfig",
  sink: "gcp:logging/projectSink:ProjectSink",
} as const;

export const googleAuditTypes: ReadonlySet<string> = new Set(Object.values(type));

export function auditOnGoogle(all: readonly Resource[], context: Context): AuditFinding[] {
  const of = (wanted: string) => all.filter((resource) => resource.type === wanted);
  const stores = of(type.bucket).map((bucket) => fed(bucket, of(type.sink)));
  return [
    ...of(type.cluster).flatMap((resource) =>
      [...recorded(resource), ...accesses(of(type.config)), ...stored(stores)].map((seen) => ({ ...seen, resource })),
    ),
    ...of(type.bucket).flatMap((resource) => bucket(resource, context)),
  ];
}

/** What the control plane must write down: what keeps the nodes running, and every call of the API. */
const components = ["SYSTEM_COMPONENTS", "APISERVER"];

function recorded({ props }: Resource): Observation[] {
  const service = props.loggingService;
  if (service === "none")
    return [
      { field: ["loggingService"], value: "none", message: "so that the cluster logs nothing", remedy: "leave it out" },
    ];
  const kinds = fieldsAt(props, "loggingConfig.enableComponents");
  const field = ["loggingConfig", "enableComponents"];
  if (kinds.some(({ value }) => value === unknown)) return [deferred(field)];
  const missing = components.filter((component) => !kinds.some(({ value }) => value === component));
  return missing.length === 0
    ? []
    : [
        {
          field,
          message: `lack ${missing.join(" and ")}, so that nobody can say who did what in the cluster`,
          remedy: `add ${missing.join(" and ")}`,
        },
      ];
}

/** Services by which data is looked at and decrypted; Google writes down who changed what by itself, and no more. */
const services = ["container.googleapis.com", "cloudkms.googleapis.com"];
const kinds = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

function accesses(configs: readonly Resource[]): Observation[] {
  if (configs.some(({ props }) => fieldsAt(props, "auditLogConfigs.logType").some(({ value }) => value === unknown))) {
    return [deferred(["project"])];
  }
  const covered = (service: string, kind: string) =>
    configs.some(({ props }) => {
      const entries = fieldsAt(props, "auditLogConfigs.logType");
      const exempted = fieldsAt(props, "auditLogConfigs.exemptedMembers?").map(({ field }) => field[1]);
      const of = props.service === service || props.service === "allServices";
      return of && entries.some(({ field, value }) => value === kind && !exempted.includes(field[1]!));
    });
  const missing = services.filter((service) => !kinds.every((kind) => covered(service, kind)));
  return missing.length === 0
    ? []
    : [
        {
          field: ["project"],
          message: `does not take down every access by ${missing.join(" and ")}`,
          remedy: `make a projects.IAMAuditConfig of each, or of allServices, with ${kinds.join(", ")} and no exempted members`,
        },
      ];
}

/** Every audit log and, by OR, what else: nothing in the filter can take one out again. */
const everyAudit = /logName\s*:\s*"cloudaudit\.googleapis\.com"/i;
const narrows = /\bNOT\b|\bAND\b|!=|!~|!:|\n|(^|[\s(])-/;
const takesAll = (filter: string) => filter === "" || (everyAudit.test(filter) && !narrows.test(filter));

/**
 * Whether the audit logs go to a bucket: by Google's own sink to its default one, or by one that lets none of them out.
 * Unknown where that is not known yet.
 */
function fed({ props }: Resource, sinks: readonly Resource[]): boolean | typeof unknown {
  const id = props.bucketId;
  if (id === "_Default") return true;
  const answers = sinks.map(({ props: { destination, filter, disabled, exclusions } }) => {
    if (isOn(disabled) || fieldsAt(exclusions, "filter?").length > 0) return false;
    if ([id, destination, filter, disabled, exclusions].includes(unknown)) return unknown;
    return takesAll(String(filter ?? "").trim()) && String(destination).endsWith(`/buckets/${String(id)}`);
  });
  return answers.includes(true) || (answers.includes(unknown) ? unknown : false);
}

function stored(answers: readonly (boolean | typeof unknown)[]): Observation[] {
  const field = ["project"];
  if (answers.includes(true)) return [];
  if (answers.includes(unknown)) return [deferred(field)];
  return [
    {
      field,
      message:
        "has no log bucket of this stack that a sink sends all audit logs to, so that nobody decides how long they last",
      remedy: "make a logging.ProjectBucketConfig and a logging.ProjectSink to it, without exclusions",
    },
  ];
}

function bucket(resource: Resource, context: Context): AuditFinding[] {
  const { props } = resource;
  const days = fieldsAt(props, "retentionDays").flatMap((field) => {
    const stated = Number(field.value) === 0 ? { ...field, value: undefined } : field;
    return judgeDays(resource, field.value === unknown ? field : stated, context, {
      forEver: () => false,
      unstated: "is not stated, which comes to 30 days that logs are kept",
    });
  });
  if (!outlives(context) || isOn(props.locked)) return days;
  const field = ["locked"];
  if (props.locked === unknown) return [...days, { ...deferred(field), resource }];
  const message = `${props.locked === undefined ? "is not stated, " : ""}so that the logs can be deleted before their time`;
  return [...days, { resource, field, value: shown(props.locked), message, remedy: "set locked to true" }];
}
