import { arnOf } from "./settings";
import { type AwsKind, checkCidr, ec2Id, exactlyOne, named, securityGroupsAt } from "./shared";
import { tokens } from "./tokens";

/** A group that others' rules, endpoints or clusters name. Source: the wording of EC2 in many reports of it. */
const inUse: AwsKind["inUse"] = ({ id }) => `DependencyViolation: resource ${id} has a dependent object`;

const securityGroup: AwsKind = {
  token: tokens.securityGroup,
  autoname: { field: "name", longest: 255 },
  immutable: ["description", "name", "namePrefix", "vpcId"],
  references: [
    { path: "vpcId", to: tokens.vpc, by: "id" },
    securityGroupsAt("ingress.*.securityGroups.*"),
    securityGroupsAt("egress.*.securityGroups.*"),
  ],
  check: ({ name }) =>
    typeof name === "string" && name.startsWith("sg-")
      ? [{ property: "name", reason: `a group's name cannot begin with sg-, as "${name}" does` }]
      : [],
  validate({ inputs: { vpcId } }) {
    if (vpcId === undefined) {
      throw new Error("VPCIdNotSpecified: No default VPC for this user. GroupName is only supported for default VPC.");
    }
  },
  identity: ({ name, vpcId }) => (name === undefined ? undefined : `${vpcId} ${name}`),
  conflict: ({ inputs: { name, vpcId } }) =>
    `InvalidGroup.Duplicate: The security group '${name}' already exists for VPC '${vpcId}'`,
  missing: (value) => `InvalidGroup.NotFound: The security group '${value}' does not exist`,
  inUse,
  id: ec2Id("sg"),
  outputs: (operation) => ({
    arn: arnOf(operation.settings, "ec2", `security-group/${operation.id}`),
    name: named(operation),
    namePrefix: operation.inputs.namePrefix ?? "",
    description: operation.inputs.description ?? "Managed by Pulumi",
    ingress: operation.inputs.ingress ?? [],
    egress: operation.inputs.egress ?? [],
    revokeRulesOnDelete: operation.inputs.revokeRulesOnDelete ?? false,
  }),
};

/** The group that a VPC comes with: taken over, not made, and left alone when the resource goes. */
const defaultSecurityGroup: AwsKind = {
  token: tokens.defaultSecurityGroup,
  immutable: ["vpcId"],
  references: [{ path: "vpcId", to: tokens.vpc, by: "id", holds: false }],
  missing: (value) => `InvalidGroup.NotFound: The security group '${value}' does not exist`,
  id: ({ inputs, world }) => world.find(tokens.vpc, "id", inputs.vpcId ?? "")?.state.defaultSecurityGroupId ?? "",
  validate({ inputs: { vpcId } }) {
    if (vpcId === undefined) throw new Error("VPCIdNotSpecified: No default VPC for this user.");
  },
  outputs: ({ inputs, id, settings }) => ({
    arn: arnOf(settings, "ec2", `security-group/${id}`),
    name: "default",
    namePrefix: "",
    description: "default VPC security group",
    ingress: inputs.ingress ?? [],
    egress: inputs.egress ?? [],
  }),
};

const peers = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"] as const;

const rule = (token: string): AwsKind => ({
  token,
  immutable: ["securityGroupId"],
  references: [securityGroupsAt("securityGroupId", { holds: false }), securityGroupsAt("referencedSecurityGroupId")],
  check: (inputs) => [...exactlyOne(inputs, peers), ...checkCidr(inputs, "cidrIpv4")],
  identity: ({ securityGroupId, ipProtocol, fromPort = -1, toPort = -1, ...more }) =>
    [securityGroupId, ipProtocol, fromPort, toPort, ...peers.map((peer) => more[peer] ?? "")].join(" "),
  conflict: () => "InvalidPermission.Duplicate: the specified rule already exists",
  missing: (value) => `InvalidSecurityGroupRuleId.NotFound: The security group rule ID '${value}' does not exist`,
  id: ec2Id("sgr"),
  outputs: ({ id, settings }) => ({
    arn: arnOf(settings, "ec2", `security-group-rule/${id}`),
    securityGroupRuleId: id,
  }),
});

export const securityGroups: readonly AwsKind[] = [
  securityGroup,
  defaultSecurityGroup,
  rule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
  rule("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
];
