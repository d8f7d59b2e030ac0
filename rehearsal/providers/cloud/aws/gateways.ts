import { endpointService } from "../../../../catalog/partitions";
import { Unknown } from "../../kubernetes/values";
import { arnOf } from "./settings";
import { type AwsKind, ec2Id, securityGroupsAt, subnets } from "./shared";
import { tokens } from "./tokens";

const internetGateway: AwsKind = {
  token: tokens.internetGateway,
  references: [{ path: "vpcId", to: tokens.vpc, by: "id" }],
  validate({ inputs: { vpcId }, previous, world }) {
    const other = world
      .all(tokens.internetGateway)
      .find((gateway) => gateway !== previous && vpcId !== undefined && gateway.state.vpcId === vpcId);
    if (other) {
      throw new Error(
        `Resource.AlreadyAssociated: resource ${vpcId} is already associated with internet gateway ${other.id}`,
      );
    }
  },
  validateDelete({ state: { vpcId } }, { world }) {
    const mapped = world.all(tokens.natGateway).some(({ state }) => {
      const place = world.find(tokens.subnet, "id", state.subnetId ?? "");
      return state.connectivityType === "public" && place !== undefined && place.state.vpcId === vpcId;
    });
    if (mapped) {
      throw new Error(
        `DependencyViolation: Network ${vpcId} has some mapped public address(es). ` +
          "Please unmap those public address(es) before detaching the gateway.",
      );
    }
  },
  missing: (value) => `InvalidInternetGatewayID.NotFound: The internetGateway ID '${value}' does not exist`,
  id: ec2Id("igw"),
  outputs: ({ id, settings }) => ({ arn: arnOf(settings, "ec2", `internet-gateway/${id}`) }),
};

const eip: AwsKind = {
  token: tokens.eip,
  immutable: ["address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"],
  missing: (value) => `InvalidAllocationID.NotFound: The allocation ID '${value}' does not exist`,
  inUse: ({ state }) => `InvalidIPAddress.InUse: Address ${state.publicIp} is in use.`,
  id: ec2Id("eipalloc"),
  outputs: ({ inputs, id, hex, settings }) => ({
    allocationId: id,
    arn: arnOf(settings, "ec2", `elastic-ip/${id}`),
    domain: inputs.domain ?? "vpc",
    networkBorderGroup: inputs.networkBorderGroup ?? settings.region,
    // Of a range that is set aside for documentation (RFC 5737).
    publicIp: `203.0.113.${1 + (Number.parseInt(hex(4, "ip"), 16) % 254)}`,
    publicIpv4Pool: inputs.publicIpv4Pool ?? "amazon",
    associationId: "",
    carrierIp: "",
    customerOwnedIp: "",
    instance: inputs.instance ?? "",
    ipamPoolId: inputs.ipamPoolId ?? "",
    networkInterface: inputs.networkInterface ?? "",
    privateDns: "",
    privateIp: "",
    ptrRecord: "",
  }),
};

const natGateway: AwsKind = {
  token: tokens.natGateway,
  immutable: [
    "allocationId",
    "connectivityType",
    "privateIp",
    "secondaryPrivateIpAddressCount",
    "subnetId",
    "availabilityMode",
    "vpcId",
  ],
  references: [
    { path: "allocationId", to: tokens.eip, by: "id" },
    { path: "subnetId", to: tokens.subnet, by: "id" },
    { path: "vpcId", to: tokens.vpc, by: "id" },
  ],
  check: ({ allocationId, connectivityType }) =>
    connectivityType === "private" && allocationId !== undefined
      ? [{ property: "allocationId", reason: 'allocationId is not supported with connectivityType "private"' }]
      : [],
  validate({ inputs, previous, world }) {
    const { allocationId, connectivityType = "public", subnetId } = inputs;
    if (connectivityType === "private") return;
    if (allocationId === undefined) {
      throw new Error("MissingParameter: The request must contain the parameter AllocationId");
    }
    const taken = world
      .all(tokens.natGateway)
      .some((other) => other !== previous && other.state.allocationId === allocationId);
    if (taken)
      throw new Error(`Resource.AlreadyAssociated: Elastic IP address [${allocationId}] is already associated`);
    const vpcId = world.find(tokens.subnet, "id", subnetId ?? "")?.state.vpcId;
    if (!world.all(tokens.internetGateway).some(({ state }) => state.vpcId === vpcId)) {
      throw new Error(`Gateway.NotAttached: Network ${vpcId} has no Internet gateway attached`);
    }
  },
  missing: (value) => `NatGatewayNotFound: The Nat Gateway ${value} was not found`,
  id: ec2Id("nat"),
  outputs: ({ inputs, hex, world }) => {
    const place = world.find(tokens.subnet, "id", inputs.subnetId ?? "");
    return {
      connectivityType: inputs.connectivityType ?? "public",
      availabilityMode: inputs.availabilityMode ?? "zonal",
      associationId: inputs.allocationId ? `eipassoc-${hex(17, "association")}` : "",
      networkInterfaceId: `eni-${hex(17, "interface")}`,
      privateIp: inputs.privateIp ?? "",
      publicIp: world.find(tokens.eip, "id", inputs.allocationId ?? "")?.state.publicIp ?? "",
      // Of gateways that span a region, which these are not.
      autoProvisionZones: "",
      autoScalingIps: "",
      regionalNatGatewayAddresses: [],
      regionalNatGatewayAutoMode: "",
      routeTableId: "",
      secondaryAllocationIds: inputs.secondaryAllocationIds ?? [],
      secondaryPrivateIpAddressCount: inputs.secondaryPrivateIpAddressCount ?? 0,
      secondaryPrivateIpAddresses: inputs.secondaryPrivateIpAddresses ?? [],
      vpcId: inputs.vpcId ?? place?.state.vpcId ?? "",
    };
  },
};

const vpcEndpoint: AwsKind = {
  token: tokens.vpcEndpoint,
  immutable: [
    "dnsOptions.privateDnsPreference",
    "dnsOptions.privateDnsSpecifiedDomains",
    "resourceConfigurationArn",
    "serviceName",
    "serviceNetworkArn",
    "serviceRegion",
    "vpcEndpointType",
    "vpcId",
  ],
  references: [
    { path: "vpcId", to: tokens.vpc, by: "id" },
    subnets("subnetIds.*"),
    securityGroupsAt("securityGroupIds.*"),
    { path: "routeTableIds.*", to: [tokens.routeTable, tokens.vpc], by: ["id", "mainRouteTableId"], holds: false },
  ],
  check: ({ serviceName, resourceConfigurationArn, serviceNetworkArn }) =>
    serviceName instanceof Unknown || serviceName || resourceConfigurationArn || serviceNetworkArn
      ? []
      : [{ property: "serviceName", reason: "an endpoint needs its serviceName" }],
  validate({ inputs: { serviceName }, settings: { partition, region } }) {
    // Of the forms that a service's name may have, each partition has one; a name with another region is no service here.
    const service = serviceName?.split(`.${region}.`)[1];
    if (serviceName !== undefined && serviceName !== endpointService(partition, region, service ?? "")) {
      throw new Error(`InvalidServiceName: The Vpc Endpoint Service '${serviceName}' does not exist`);
    }
  },
  missing: (value) => `InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id '${value}' does not exist`,
  id: ec2Id("vpce"),
  outputs: ({ inputs, id, hex, settings }) => {
    const type = inputs.vpcEndpointType ?? "Gateway";
    return {
      arn: arnOf(settings, "ec2", `vpc-endpoint/${id}`),
      vpcEndpointType: type,
      state: "available",
      requesterManaged: false,
      serviceRegion: inputs.serviceRegion ?? settings.region,
      privateDnsEnabled: inputs.privateDnsEnabled ?? false,
      ipAddressType: inputs.ipAddressType ?? "ipv4",
      policy: inputs.policy ?? JSON.stringify(openPolicy),
      prefixListId: type === "Gateway" ? `pl-${hex(8, "prefixes")}` : "",
      cidrBlocks: [],
      dnsEntries: [],
      dnsOptions: inputs.dnsOptions ?? {},
      networkInterfaceIds: (inputs.subnetIds ?? []).map((subnet: string) => `eni-${hex(17, subnet)}`),
      routeTableIds: inputs.routeTableIds ?? [],
      securityGroupIds: inputs.securityGroupIds ?? [],
      subnetConfigurations: inputs.subnetConfigurations ?? [],
      subnetIds: inputs.subnetIds ?? [],
    };
  },
};

/** What an endpoint lets through when its program does not say. */
const openPolicy = {
  Version: "2008-10-17",
  Statement: [{ Action: "*", Effect: "Allow", Principal: "*", Resource: "*" }],
};

export const gateways: readonly AwsKind[] = [internetGateway, eip, natGateway, vpcEndpoint];
