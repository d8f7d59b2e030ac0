import { permissionAdmission } from "../admission/permission";
import { frameworks } from "../frameworks";
import { type Context, deferred, type Observation, type Resource, type ResourceRule, unknown, walk } from "../rule";
import { managedPolicies, ofStatement, statementsOf } from "./aws-policies";
import { at, isTrue, listOf } from "./objects";
import { isAwsAuth, isBinding, isRole, ofAwsAuth, ofBinding, ofRole } from "./rbac";
import { lenient } from "./upstream";

/** Rights are listed: in Kubernetes' roles, in AWS' policy documents, and in Google Cloud's roles. */
export const wildcardPermission: ResourceRule = {
  id: "security-wildcard-permission",
  title: "Rights are listed one by one",
  concern: "security",
  severity: "high",
  frameworks: frameworks["security-wildcard-permission"],
  remedy: "list the verbs and resources that are needed, and nothing else",
  applies: (resource) =>
    isRole(resource) ||
    isBinding(resource) ||
    isAwsAuth(resource) ||
    /^aws(-native)?:(iam|eks)[/:]/.test(resource.type) ||
    statementsOf(resource).statements.length > 0 ||
    statementsOf(resource).hidden.length > 0 ||
    googleRoles(resource).length > 0 ||
    resource.type === "gcp:container/cluster:Cluster",
  check(resource, context) {
    const { statements, hidden } = statementsOf(resource);
    return lenient(
      [
        ...(isRole(resource) ? ofRole(resource) : []),
        ...(isBinding(resource) ? ofBinding(resource) : []),
        ...(isAwsAuth(resource) ? ofAwsAuth(resource) : []),
        ...hidden.map(deferred),
        ...statements.flatMap((statement) => ofStatement(statement, resource)),
        ...managedPolicies(resource),
        ...ofEks(resource, context),
        ...googleRoles(resource),
      ],
      resource,
      context,
    );
  },
  admission: permissionAdmission,
};

/** Access policies of EKS that may do everything, or all but manage those. */
const administrators = /\/Amazon(EKS|SageMaker|AIDevOps)?(Cluster)?AdminPolicy$/i;

function ofEks({ type, props }: Resource, { environment: { cluster } }: Context): Observation[] {
  if (/^aws:eks\/cluster:|^aws-native:eks:Cluster$/.test(type)) {
    const field = ["accessConfig", "bootstrapClusterCreatorAdminPermissions"];
    const creator = at(props, ...field);
    const mode = at(props, "accessConfig", "authenticationMode");
    return [
      ...(creator === unknown ? [deferred(field)] : []),
      ...(creator === unknown || creator === false
        ? []
        : [{ field, message: "is not false, and makes whoever creates the cluster its administrator for good" }]),
      ...(mode === unknown ? [deferred(["accessConfig", "authenticationMode"])] : []),
      ...(mode === "API" || mode === unknown
        ? []
        : [
            {
              field: ["accessConfig", "authenticationMode"],
              ...(typeof mode === "string" ? { value: mode } : {}),
              message: "which also takes administrators from a ConfigMap; expected API",
              remedy: "use access entries",
            },
          ]),
    ];
  }
  if (/^aws:eks\/accessPolicyAssociation:/.test(type)) {
    const { policyArn, principalArn } = props;
    if (policyArn === unknown) return [deferred(["policyArn"])];
    if (!administrators.test(String(policyArn).trim())) return [];
    if (principalArn === unknown) return [deferred(["principalArn"])];
    const account = cluster.kind === "eks" ? cluster.account : "";
    const stated = cluster.kind === "eks" ? cluster.adminRoles : [];
    return stated.some(
      (role) =>
        new RegExp(`^arn:[^:]+:iam::${account}:role/`).test(String(principalArn)) &&
        String(principalArn).endsWith(`:role/${role}`),
    )
      ? []
      : [
          {
            field: ["principalArn"],
            value: String(principalArn),
            message: `which gets ${String(policyArn).split("/").at(-1)}, and is none of cluster.adminRoles`,
            remedy:
              "name the role in cluster.adminRoles, or give it an access policy for the namespaces that it works in",
          },
        ];
  }
  if (/^aws:eks\/accessEntry:/.test(type)) {
    return listOf(props.kubernetesGroups).flatMap((group, index) =>
      group === "system:masters"
        ? [{ field: ["kubernetesGroups", index], value: group, message: "who may do everything, whatever roles say" }]
        : [],
    );
  }
  return [];
}

/** Google's basic roles that may change everything, and those that may give any role to anybody. */
const broadRoles =
  /^roles\/(owner|editor|iam\.securityAdmin|resourcemanager\.(organization|folder|project)IamAdmin|resourcemanager\.organizationAdmin)$/i;

function googleRoles({ type, props }: Resource): Observation[] {
  if (!/^(gcp|google-native):/.test(type)) return [];
  const found: Observation[] = [];
  walk(props, (value, field) => {
    const key = field.at(-1);
    const iam = /iam/i.test(type) && /^(role|policyData|permissions|bindings)$/.test(String(key));
    if (value === unknown && iam) {
      found.push(deferred(field));
    } else if (typeof value === "string") {
      const role = value.trim();
      const inside = /"(roles\/[\w.]+)"/g;
      const roles = broadRoles.test(role)
        ? [role]
        : [...value.matchAll(inside)].map((match) => match[1]!).filter((one) => broadRoles.test(one));
      found.push(
        ...roles.map((one) => ({ field, value: one, message: "which may do everything, or give itself the right to" })),
      );
      if (/iAMCustomRole/i.test(type) && field.includes("permissions") && role.includes("*")) {
        found.push({ field, value, message: "which is more than anybody can list" });
      }
    }
  });
  if (type === "gcp:container/cluster:Cluster" && isTrue(props.enableLegacyAbac)) {
    found.push({
      field: ["enableLegacyAbac"],
      value: "true",
      message: "by which every workload may do everything",
      remedy: "leave it out",
    });
  }
  return found;
}
