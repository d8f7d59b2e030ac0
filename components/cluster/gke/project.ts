import * as assuredworkloads from "@pulumi/gcp/assuredworkloads";
import * as projects from "@pulumi/gcp/projects";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { apiName, fitting } from "./names";
import type { GkeSettings } from "./settings";

export interface GkeProjectArgs {
  readonly cluster: GkeSettings;
  /** Whether Google's support has to ask before it looks at data. */
  readonly supportAsks: boolean;
  /** Whether nothing that holds data may be deleted by an update. */
  readonly protectedFromDeletion: boolean;
}

/** APIs that the cluster and what stands around it are made with. */
const apis = [
  "binaryauthorization",
  "cloudkms",
  "cloudresourcemanager",
  "compute",
  "container",
  "dns",
  "iam",
  "logging",
  "monitoring",
] as const;

/** The API by which support asks. */
const approval = "accessapproval";

/**
 * What must be true of the project before anything is made in it: the regime that it is under, its APIs, and that
 * support asks before it looks at data.
 */
export class GkeProject extends ComponentResource {
  constructor(
    name: string,
    { cluster, supportAsks, protectedFromDeletion }: GkeProjectArgs,
    opts: ComponentResourceOptions,
  ) {
    super("ai-platform:cluster:GkeProject", name, {}, opts);
    const { assuredWorkload } = cluster;
    const regime =
      assuredWorkload === undefined
        ? []
        : [
            new assuredworkloads.Workload(
              "assured-workload",
              {
                // Its name has 4 to 30 characters.
                displayName: `aip-${fitting(cluster.name, 26)}`,
                organization: assuredWorkload.organization,
                location: cluster.region,
                complianceRegime: assuredWorkload.regime,
                billingAccount: `billingAccounts/${assuredWorkload.billingAccount}`,
                // A folder, for the API ignores projects. Source: Assured Workloads API, ResourceType, 2025-10.
                resourceSettings: [{ resourceType: "CONSUMER_FOLDER", displayName: fitting(cluster.name, 30) }],
                violationNotificationsEnabled: true,
                deletionPolicy: protectedFromDeletion ? "PREVENT" : "DELETE",
              },
              { parent: this },
            ),
          ];
    const services = [...apis, ...(supportAsks ? [approval] : [])].map(
      (api) =>
        new projects.Service(
          `${api}-api`,
          // Others may use the project: what this stack switched on stays on.
          { project: cluster.project, service: apiName(api), disableOnDestroy: false },
          { parent: this, dependsOn: regime },
        ),
    );
    if (supportAsks) {
      new projects.AccessApprovalSettings(
        "access-approval",
        {
          projectId: cluster.project,
          enrolledServices: [{ cloudProduct: "all", enrollmentLevel: "BLOCK_ALL" }],
          // People and groups have addresses that are read; service accounts do not.
          notificationEmails: cluster.admins
            .filter((admin) => !admin.startsWith("serviceAccount:"))
            .map((admin) => admin.slice(admin.indexOf(":") + 1)),
        },
        { parent: this, dependsOn: services },
      );
    }
    this.registerOutputs({});
  }
}
