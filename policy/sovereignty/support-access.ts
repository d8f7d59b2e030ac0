import { frameworks } from "../frameworks";
import { type Context, deferred, type Observation, type Resource, type StackRule, unknown } from "../rule";
import { fieldsAt, isOn, shown } from "./fields";

/**
 * Where a cloud offers that its own support asks before it looks at data, a sovereign environment has it ask.
 *
 * Google offers Access Approval, of a project or of the folder or organization above it, for every product at once; under
 * Assured Workloads a partner can approve in one's place (`partnerPermissions.serviceAccessApprover`). Sources: @pulumi/gcp
 * 9.37.0, projects/accessApprovalSettings and assuredworkloads/workload.
 *
 * AWS offers nothing to be switched on: it states that its operators have no technical means of access to KMS, EC2 on
 * Nitro and EKS (aws.amazon.com/trust-center/operator-access; whitepaper "The Security Design of the AWS Nitro System", no
 * AWS operator access; 2026-11). Nor does a cluster that is met through a kubeconfig show who supports it. There this rule
 * has nothing to judge.
 */
export const supportAccess: StackRule = {
  id: "sovereignty-support-access",
  title: "The cloud's own support asks before it looks at data",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-support-access"],
  remedy:
    "enrol the project in Access Approval for all products: projects.AccessApprovalSettings with cloudProduct all",
  applies: ({ type }, { environment: { jurisdiction } }) =>
    jurisdiction.sovereign && (type === cluster || type === workload || approvals.test(type)),
  checkStack(resources, context) {
    if (!context.environment.jurisdiction.sovereign) return [];
    const settings = resources.filter(({ type }) => approvals.test(type));
    const partners = resources.filter(({ type }) => type === workload);
    return [
      ...settings.flatMap((resource) => enrolled(resource).map((seen) => ({ ...seen, resource }))),
      ...partners.flatMap((resource) => partner(resource).map((seen) => ({ ...seen, resource }))),
      ...resources
        .filter(({ type }) => type === cluster)
        .flatMap((resource) => {
          const asked = settings.some((setting) => covers(setting, resource, context)) || partners.some(approving);
          return asked
            ? []
            : [
                {
                  resource,
                  field: ["project"],
                  value: projectOf(resource, context),
                  message: "a project whose data Google's support can look at without asking",
                },
              ];
        }),
    ];
  },
};

const cluster = "gcp:container/cluster:Cluster";
const workload = "gcp:assuredworkloads/workload:Workload";
const approvals = /^gcp:(projects|folder|organizations)\/accessApprovalSettings:AccessApprovalSettings$/;

/** What a setting leaves out. Products are enrolled one by one or, by `all`, together. */
function enrolled({ type, props }: Resource): Observation[] {
  if (type.startsWith("gcp:projects/") && props.projectId === unknown) return [deferred(["projectId"])];
  const products = fieldsAt(props, "enrolledServices.cloudProduct");
  const levels = fieldsAt(props, "enrolledServices.enrollmentLevel?");
  const open = [...products, ...levels].find(({ value }) => value === unknown);
  if (open !== undefined) return [deferred(open.field)];
  const found: Observation[] = levels
    .filter(({ value }) => value !== "BLOCK_ALL")
    .map(({ field, value }) => ({
      field,
      value: shown(value),
      message: "which does not keep support out; expected BLOCK_ALL",
    }));
  if (!products.some(({ value }) => value === "all")) {
    found.push({
      field: ["enrolledServices"],
      message: `name ${products.map(({ value }) => value).join(", ") || "nothing"}, and Google's support can look at what other products hold`,
    });
  }
  return found;
}

const projectOf = (
  { props, provider }: Resource,
  { environment: { cluster: settings } }: Context,
): string | undefined =>
  shown(props.project) ?? shown(provider?.props.project) ?? (settings.kind === "gke" ? settings.project : undefined);

/** Folders and organizations are above any project; a setting of a project must be of the cluster's. */
function covers(setting: Resource, of: Resource, context: Context): boolean {
  if (!setting.type.startsWith("gcp:projects/")) return true;
  const project = setting.props.projectId ?? setting.props.project;
  return project === unknown || String(project).replace(/^projects\//, "") === projectOf(of, context);
}

const approver = "partnerPermissions.serviceAccessApprover";
const approving = ({ props }: Resource) =>
  props.partner !== undefined && fieldsAt(props, approver).some(({ value }) => isOn(value) || value === unknown);

/** A partner that runs the regime's controls has support ask it. */
function partner({ props }: Resource): Observation[] {
  if (props.partner === undefined || props.partner === null || props.partner === "") return [];
  return fieldsAt(props, approver).flatMap(({ field, value }): Observation[] => {
    if (value === unknown) return [deferred(field)];
    return isOn(value)
      ? []
      : [
          {
            field,
            value: shown(value),
            message: "so that the partner cannot approve what Google's support looks at",
            remedy: "set partnerPermissions.serviceAccessApprover to true",
          },
        ];
  });
}
