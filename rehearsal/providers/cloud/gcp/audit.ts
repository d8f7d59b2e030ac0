import type { Failure, Plain } from "../kind";
import { cryptoKeyToken, requireKeyUse } from "./kms";
import { fullName } from "./names";
import { gcpKind, googleMessage } from "./resource";

/** Who looks at a project's data: what is taken down of it, where that is kept, and whether Google's support asks first. */

const logTypes = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

/** Which accesses by one service are taken down. Making it replaces what is there. */
export const auditConfig = gcpKind({
  token: "gcp:projects/iAMAuditConfig:IAMAuditConfig",
  immutable: ["project", "service"],
  missing: (value) => googleMessage(404, `the audit configuration ${value} was not found`, "notFound"),
  check: ({ auditLogConfigs = [] }) =>
    (Array.isArray(auditLogConfigs) ? auditLogConfigs : []).flatMap(({ logType }: Plain, index: number): Failure[] =>
      typeof logType !== "string" || logTypes.includes(logType)
        ? []
        : [
            {
              property: `auditLogConfigs[${index}].logType`,
              reason: `expected one of ${logTypes.join(", ")}, not "${logType}"`,
            },
          ],
    ),
  id: ({ inputs: { project, service } }) => `${project}/audit_config/${service}`,
  outputs: ({ hex }) => ({ etag: hex(12) }),
});

const bucketToken = "gcp:logging/projectBucketConfig:ProjectBucketConfig";

/** Where logs are kept. One that is locked is not deleted as long as anything is in it, and here something always is. */
export const logBucket = gcpKind({
  token: bucketToken,
  api: "logging",
  immutable: ["project", "location", "bucketId"],
  references: [{ path: "cmekSettings.kmsKeyName", to: cryptoKeyToken, by: "id", holds: false }],
  identity: ({ location, bucketId }) => `${location}/${bucketId}`,
  conflict: ({ settings, inputs }) =>
    googleMessage(
      409,
      `Bucket ${fullName(settings, `locations/${inputs.location}/buckets/${inputs.bucketId}`)} already exists.`,
      "alreadyExists",
    ),
  missing: (value) => googleMessage(404, `Bucket ${value} does not exist.`, "notFound"),
  validate({ inputs: { cmekSettings, location, retentionDays }, previous, world }) {
    if (cmekSettings?.kmsKeyName && !previous) {
      requireKeyUse(world, cmekSettings.kmsKeyName, "gcp-sa-logging", location);
    }
    if (previous?.state.locked && previous.state.retentionDays !== retentionDays) {
      throw new Error(googleMessage(400, "Retention of a locked bucket cannot be changed.", "failedPrecondition"));
    }
  },
  validateDelete({ id, state }) {
    if (state.locked) {
      throw new Error(googleMessage(400, `Bucket ${id} is locked and not empty.`, "failedPrecondition"));
    }
  },
  id: ({ settings, inputs }) => fullName(settings, `locations/${inputs.location}/buckets/${inputs.bucketId}`),
  outputs: ({ inputs, id, now, previous }) => ({
    name: id,
    description: inputs.description ?? "",
    retentionDays: inputs.retentionDays || 30,
    locked: inputs.locked ?? false,
    enableAnalytics: inputs.enableAnalytics ?? false,
    createTime: previous?.state.createTime ?? now,
    lifecycleState: "ACTIVE",
    ...(inputs.cmekSettings && {
      cmekSettings: {
        ...inputs.cmekSettings,
        name: `${id}/cmekSettings`,
        kmsKeyVersionName: `${inputs.cmekSettings.kmsKeyName}/cryptoKeyVersions/1`,
        serviceAccountId: "gcp-sa-logging",
      },
    }),
  }),
});

/** Sends log entries on, as they come. */
export const logSink = gcpKind({
  token: "gcp:logging/projectSink:ProjectSink",
  api: "logging",
  needs: ["project"],
  autoname: { field: "name", longest: 100 },
  namePattern: /^[A-Za-z0-9_.-]{1,100}$/,
  immutable: ["name", "project"],
  identity: ({ name }) => name,
  conflict: ({ inputs }) => googleMessage(409, `Sink ${inputs.name} already exists`, "alreadyExists"),
  missing: (value) => googleMessage(404, `Sink ${value} does not exist`, "notFound"),
  check: ({ destination }) =>
    typeof destination !== "string" || /^(storage|bigquery|pubsub|logging)\.[a-z.]+\/.+/.test(destination)
      ? []
      : [{ property: "destination", reason: `expected <service>/<full name>, not "${destination}"` }],
  id: ({ settings, inputs }) => fullName(settings, `sinks/${inputs.name}`),
  outputs: ({ inputs, digits }) => ({
    writerIdentity:
      inputs.customWriterIdentity ?? `serviceAccount:service-${digits(12)}@gcp-sa-logging.iam.gserviceaccount.com`,
  }),
});

/** Whether support asks, of a project as a whole. */
export const accessApproval = gcpKind({
  token: "gcp:projects/accessApprovalSettings:AccessApprovalSettings",
  api: "accessapproval",
  immutable: ["projectId"],
  identity: ({ projectId }) => projectId,
  conflict: ({ inputs }) =>
    googleMessage(409, `Access Approval settings of ${inputs.projectId} already exist`, "alreadyExists"),
  missing: (value) => googleMessage(404, `Access Approval settings ${value} were not found`, "notFound"),
  check: ({ enrolledServices = [], notificationEmails = [] }) => [
    ...(Array.isArray(enrolledServices) && enrolledServices.length === 0
      ? [{ property: "enrolledServices", reason: "expected at least one service" }]
      : []),
    ...(Array.isArray(notificationEmails) && notificationEmails.length > 50
      ? [{ property: "notificationEmails", reason: `expected at most 50 addresses, not ${notificationEmails.length}` }]
      : []),
  ],
  id: ({ inputs }) => `projects/${inputs.projectId}/accessApprovalSettings`,
  outputs: ({ inputs, id }) => ({
    name: id,
    activeKeyVersion: inputs.activeKeyVersion ?? "",
    ancestorHasActiveKeyVersion: false,
    enrolledAncestor: false,
    invalidKeyVersion: false,
  }),
});
