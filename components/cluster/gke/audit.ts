import * as logging from "@pulumi/gcp/logging";
import * as projects from "@pulumi/gcp/projects";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import type { AuditLogs } from "../audit-logs";
import { apiName } from "./names";
import type { GkeSettings } from "./settings";

export interface GkeAuditArgs {
  readonly cluster: GkeSettings;
  readonly auditLogs: AuditLogs;
  /** Key that they are encrypted with. */
  readonly keyName: Input<string>;
  /** What must be there before the first of them: the APIs, and the key's use by Cloud Logging. */
  readonly after: readonly ComponentResource[];
}

/** Services by which data is looked at and decrypted. Google takes down who changed what by itself, and no more. */
const services = ["container", "cloudkms"] as const;
const accesses = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] as const;

/**
 * What is kept: every audit log of the project, and what the control plane writes. The name of the resource type was not
 * read in a page of Google's: unverified.
 */
const filter = 'logName:"cloudaudit.googleapis.com" OR resource.type="k8s_control_plane_component"';

/**
 * Who looked at what, in a log bucket of the cluster's region and under the customer's key. Google's own bucket is of no
 * region and keeps such logs for 30 days. A locked bucket cannot be deleted while there is anything in it: it stays when
 * the stack goes.
 */
export class GkeAudit extends ComponentResource {
  constructor(name: string, { cluster, auditLogs, keyName, after }: GkeAuditArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:GkeAudit", name, {}, opts);
    const { project, region } = cluster;
    const first = { parent: this, dependsOn: [...after] };
    for (const service of services) {
      new projects.IAMAuditConfig(
        `${service}-accesses`,
        { project, service: apiName(service), auditLogConfigs: accesses.map((logType) => ({ logType })) },
        first,
      );
    }
    const bucketId = `${cluster.name}-audit`;
    const bucket = new logging.ProjectBucketConfig(
      "audit",
      {
        project,
        location: region,
        bucketId,
        description: `Who did what in the cluster ${cluster.name}, and who looked at its data`,
        retentionDays: auditLogs.days,
        locked: auditLogs.outliveStack,
        cmekSettings: { kmsKeyName: keyName },
        deletionPolicy: auditLogs.outliveStack ? "ABANDON" : "DELETE",
      },
      first,
    );
    new logging.ProjectSink(
      "audit",
      {
        name: bucketId,
        destination: `${apiName("logging")}/projects/${project}/locations/${region}/buckets/${bucketId}`,
        filter,
      },
      { parent: this, dependsOn: [bucket] },
    );
    this.registerOutputs({});
  }
}
