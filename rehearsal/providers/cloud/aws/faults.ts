import type { Cloud, Plain } from "../kind";
import type { AwsSettings } from "./settings";
import { tokens } from "./tokens";

/**
 * How AWS says that an account may have no more. Wordings: https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/429
 * (VPCs, addresses), https://github.com/klothoplatform/klotho/pull/311 (node groups); the others follow their form.
 */
const quotas: Readonly<Record<string, string>> = {
  [tokens.vpc]: "VpcLimitExceeded: The maximum number of VPCs has been reached.",
  [tokens.eip]: "AddressLimitExceeded: The maximum number of addresses has been reached.",
  [tokens.natGateway]: "NatGatewayLimitExceeded: The maximum number of NAT gateways has been reached.",
  [tokens.internetGateway]: "InternetGatewayLimitExceeded: The maximum number of internet gateways has been reached.",
  [tokens.role]: "LimitExceeded: Cannot exceed quota for RolesPerAccount.",
  [tokens.cluster]: "ResourceLimitExceededException: The maximum number of clusters has been reached.",
};

/** A node group takes the request, and then waits for machines in vain. */
const launch = (reason: string) =>
  `unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: AsgInstanceLaunchFailures: Could not launch On-Demand Instances. ${reason} Launching EC2 instance failed.`;

const typeOf = ({ instanceTypes }: Plain): string => instanceTypes?.[0] ?? "the requested instance type's";

export const faults: Cloud<AwsSettings>["faults"] = {
  quota: (token) =>
    token === tokens.nodeGroup
      ? launch(
          "VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 0 allows for the " +
            "instance bucket that the specified instance type belongs to. Please request an adjustment to this limit.",
        )
      : (quotas[token] ?? `LimitExceededException: The quota of ${token.split(":")[2]} has been reached.`),
  /** Source: https://github.com/eksctl-io/eksctl/issues/4732 */
  capacity: (token, inputs, { region }) => {
    const lack = `We currently do not have sufficient ${typeOf(inputs)} capacity in the Availability Zone you requested (${region}a). Our system will be working on provisioning additional capacity.`;
    return token === tokens.nodeGroup
      ? launch(`InsufficientInstanceCapacity - ${lack}`)
      : `InsufficientInstanceCapacity: ${lack}`;
  },
  /** EC2 has a code of its own; source: https://github.com/hashicorp/terraform/issues/6096 */
  throttling: (token) =>
    /^aws:(ec2|vpc)\//.test(token)
      ? "RequestLimitExceeded: Request limit exceeded."
      : "ThrottlingException: Rate exceeded",
};
