import { arnOf } from "./settings";
import { type AwsKind, checkCidr, ec2Id, exactlyOne } from "./shared";
import { tokens } from "./tokens";

const routeTable: AwsKind = {
  token: tokens.routeTable,
  immutable: ["vpcId"],
  references: [
    { path: "vpcId", to: tokens.vpc, by: "id" },
    { path: "routes.*.gatewayId", to: [tokens.internetGateway, tokens.vpcEndpoint], by: "id", holds: false },
    { path: "routes.*.natGatewayId", to: tokens.natGateway, by: "id", holds: false },
  ],
  missing: (value) => `InvalidRouteTableID.NotFound: The routeTable ID '${value}' does not exist`,
  id: ec2Id("rtb"),
  outputs: ({ inputs, id, settings }) => ({
    arn: arnOf(settings, "ec2", `route-table/${id}`),
    propagatingVgws: inputs.propagatingVgws ?? [],
    routes: inputs.routes ?? [],
  }),
};

const destinations = ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"] as const;
const targets = [
  "carrierGatewayId",
  "coreNetworkArn",
  "egressOnlyGatewayId",
  "gatewayId",
  "localGatewayId",
  "natGatewayId",
  "networkInterfaceId",
  "odbNetworkArn",
  "transitGatewayId",
  "vpcEndpointId",
  "vpcPeeringConnectionId",
] as const;

/** A route's target may go while the route stays: it leads nowhere then. */
const route: AwsKind = {
  token: "aws:ec2/route:Route",
  immutable: ["routeTableId", ...destinations],
  references: [
    { path: "routeTableId", to: [tokens.routeTable, tokens.vpc], by: ["id", "mainRouteTableId"], holds: false },
    { path: "gatewayId", to: tokens.internetGateway, by: "id", holds: false },
    { path: "natGatewayId", to: tokens.natGateway, by: "id", holds: false },
    { path: "vpcEndpointId", to: tokens.vpcEndpoint, by: "id", holds: false },
  ],
  check: (inputs) => [
    ...exactlyOne(inputs, destinations),
    ...exactlyOne(inputs, targets),
    ...checkCidr(inputs, "destinationCidrBlock"),
  ],
  identity: (state) => `${state.routeTableId} ${destinationOf(state)}`,
  conflict: ({ inputs }) => `RouteAlreadyExists: The route identified by ${destinationOf(inputs)} already exists.`,
  missing: (value) => `InvalidRoute.NotFound: no route ${value}`,
  id: ({ hex }) => `r-${hex(17)}`,
  importId: ({ state }) => `${state.routeTableId}_${destinationOf(state)}`,
  outputs: () => ({
    origin: "CreateRoute",
    state: "active",
    instanceId: "",
    instanceOwnerId: "",
    networkInterfaceId: "",
  }),
};

const destinationOf = (state: { [field: string]: unknown }): unknown =>
  destinations.map((field) => state[field]).find((value) => value !== undefined);

const routeTableAssociation: AwsKind = {
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  immutable: ["gatewayId", "subnetId"],
  references: [
    { path: "routeTableId", to: [tokens.routeTable, tokens.vpc], by: ["id", "mainRouteTableId"] },
    { path: "subnetId", to: tokens.subnet, by: "id", holds: false },
    { path: "gatewayId", to: tokens.internetGateway, by: "id", holds: false },
  ],
  check: (inputs) => exactlyOne(inputs, ["subnetId", "gatewayId"]),
  identity: ({ subnetId, gatewayId }) => subnetId ?? gatewayId,
  conflict: ({ inputs: { routeTableId, subnetId, gatewayId } }) =>
    `Resource.AlreadyAssociated: the specified association for route table ${routeTableId} conflicts with an existing association of ${subnetId ?? gatewayId}`,
  missing: (value) => `InvalidAssociationID.NotFound: The association ID '${value}' does not exist`,
  id: ec2Id("rtbassoc"),
  importId: ({ state }) => `${state.subnetId ?? state.gatewayId}/${state.routeTableId}`,
};

export const routes: readonly AwsKind[] = [routeTable, route, routeTableAssociation];
