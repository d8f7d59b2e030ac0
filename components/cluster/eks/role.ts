import * as iam from "@pulumi/aws/iam";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { servicePrincipal } from "../../../catalog/partitions";
import { type Location, managedPolicyArn } from "./location";
import { policyDocument, type Statement } from "./policy";

export interface RoleArgs {
  readonly location: Location;
  /** AWS service that assumes it, by its short name. */
  readonly service: string;
  /** Whether the service may pass tags on, as EKS Pod Identity does to say which pod asks. Default: it may not. */
  readonly tagsSessions?: boolean;
  /** Conditions of the trust. None by default. */
  readonly condition?: Statement["Condition"];
  /** Policies that AWS keeps, by name and path. None by default. */
  readonly managedPolicies?: readonly string[];
  /** What else it may do. Nothing by default. */
  readonly statements?: readonly Statement[];
}

/** An IAM role of the cluster, `<cluster>-<name>`, with all that it may do. What depends on it waits for its rights too. */
export class Role extends ComponentResource {
  readonly arn: Output<string>;
  /** As IAM has it. */
  readonly roleName: Output<string>;

  constructor(name: string, args: RoleArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksRole", name, {}, opts);
    const { location } = args;
    const child = { parent: this };
    const role = new iam.Role(
      name,
      {
        name: `${location.cluster}-${name}`,
        assumeRolePolicy: policyDocument({
          Effect: "Allow",
          Principal: { Service: servicePrincipal(location.partition, args.service) },
          Action: args.tagsSessions ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"],
          ...(args.condition && { Condition: args.condition }),
        }),
      },
      child,
    );
    for (const policy of args.managedPolicies ?? []) {
      new iam.RolePolicyAttachment(
        `${name}-${policy.slice(policy.lastIndexOf("/") + 1)}`,
        { role: role.name, policyArn: managedPolicyArn(location, policy) },
        child,
      );
    }
    if (args.statements !== undefined) {
      new iam.RolePolicy(name, { name, role: role.name, policy: policyDocument(...args.statements) }, child);
    }
    this.arn = role.arn;
    this.roleName = role.name;
    this.registerOutputs({ arn: this.arn });
  }
}
