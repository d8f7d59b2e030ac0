import { overlap } from "../../../../stacks/cidr";
import { arnOf } from "./settings";
import { type AwsKind, type AwsOperation, checkCidr, ec2Id, within } from "./shared";
import { tokens } from "./tokens";

/** A range is given, or taken from a pool of IPAM's. */
function requireRange({ inputs }: Pick<AwsOperation, "inputs">): void {
  if (inputs.cidrBlock === undefined && inputs.ipv4IpamPoolId === undefined && !inputs.ipv6Native) {
    throw new Error("MissingParameter: Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
  }
}

/**
 * Immutable inputs here and in the other files of this folder: `ForceNew` of hashicorp/terraform-provider-aws
 * internal/service, as of 2026-11-21, read for EKS, EC2's networks, flow logs, placement groups and ingress rules, KMS
 * keys and IAM roles. Those of the other kinds, and of NAT gateways' `availabilityMode` and `vpcId`, come from experience
 * and were not read. Error wordings: getmoto/moto moto/<service>/exceptions.py at 0af643a5d, where no other source is
 * named; some only follow AWS's form.
 */
const vpc: AwsKind = {
  token: tokens.vpc,
  immutable: ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  check: (inputs) => checkCidr(inputs, "cidrBlock", 16, 28),
  validate: requireRange,
  missing: (value) => `InvalidVpcID.NotFound: The vpc ID '${value}' does not exist`,
  id: ec2Id("vpc"),
  outputs: ({ inputs, id, hex, settings }) => ({
    arn: arnOf(settings, "ec2", `vpc/${id}`),
    enableDnsSupport: inputs.enableDnsSupport ?? true,
    enableDnsHostnames: inputs.enableDnsHostnames ?? false,
    enableNetworkAddressUsageMetrics: inputs.enableNetworkAddressUsageMetrics ?? false,
    instanceTenancy: inputs.instanceTenancy ?? "default",
    defaultNetworkAclId: `acl-${hex(17, "acl")}`,
    defaultRouteTableId: `rtb-${hex(17, "rtb")}`,
    mainRouteTableId: `rtb-${hex(17, "rtb")}`,
    defaultSecurityGroupId: `sg-${hex(17, "sg")}`,
    dhcpOptionsId: `dopt-${hex(17, "dopt")}`,
    ipv6AssociationId: "",
    ipv6CidrBlock: "",
    ipv6CidrBlockNetworkBorderGroup: "",
  }),
};

const subnet: AwsKind = {
  token: tokens.subnet,
  immutable: [
    "availabilityZone",
    "availabilityZoneId",
    "cidrBlock",
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    "ipv6IpamPoolId",
    "ipv6Native",
    "ipv6NetmaskLength",
    "outpostArn",
    "vpcId",
  ],
  references: [{ path: "vpcId", to: tokens.vpc, by: "id" }],
  check: (inputs) => checkCidr(inputs, "cidrBlock", 16, 28),
  validate(operation) {
    requireRange(operation);
    const { inputs, previous, settings, world } = operation;
    const { cidrBlock, availabilityZone, vpcId } = inputs;
    if (availabilityZone !== undefined && !new RegExp(`^${settings.region}[a-z]$`).test(availabilityZone)) {
      throw new Error(
        `InvalidParameterValue: Value (${availabilityZone}) for parameter availabilityZone is invalid. ` +
          `Subnets can currently only be created in the availability zones of ${settings.region}.`,
      );
    }
    const network = world.find(tokens.vpc, "id", vpcId);
    if (!network || cidrBlock === undefined) return;
    if (!within(cidrBlock, network.state.cidrBlock)) {
      throw new Error(`InvalidSubnet.Range: The CIDR '${cidrBlock}' is invalid.`);
    }
    const taken = world
      .all(tokens.subnet)
      .some((other) => other !== previous && other.state.vpcId === vpcId && overlap(other.state.cidrBlock, cidrBlock));
    if (taken) throw new Error(`InvalidSubnet.Conflict: The CIDR '${cidrBlock}' conflicts with another subnet`);
  },
  missing: (value) => `InvalidSubnetID.NotFound: The subnet ID '${value}' does not exist`,
  id: ec2Id("subnet"),
  outputs: ({ inputs, id, settings }) => ({
    arn: arnOf(settings, "ec2", `subnet/${id}`),
    availabilityZone: inputs.availabilityZone ?? `${settings.region}a`,
    assignIpv6AddressOnCreation: inputs.assignIpv6AddressOnCreation ?? false,
    enableDns64: inputs.enableDns64 ?? false,
    enableResourceNameDnsARecordOnLaunch: inputs.enableResourceNameDnsARecordOnLaunch ?? false,
    enableResourceNameDnsAaaaRecordOnLaunch: inputs.enableResourceNameDnsAaaaRecordOnLaunch ?? false,
    ipv6CidrBlock: inputs.ipv6CidrBlock ?? "",
    ipv6CidrBlockAssociationId: "",
    ipv6Native: inputs.ipv6Native ?? false,
    mapPublicIpOnLaunch: inputs.mapPublicIpOnLaunch ?? false,
    privateDnsHostnameTypeOnLaunch: inputs.privateDnsHostnameTypeOnLaunch ?? "ip-name",
  }),
};

export const network: readonly AwsKind[] = [vpc, subnet];
