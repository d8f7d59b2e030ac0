import { IPv4 } from "ipaddr.js";
import { overlap } from "../../../../stacks/cidr";
import type { CloudObject, Failure, Operation, Plain } from "../kind";
import { computeLink, fullName } from "./names";
import { anyName, networkToken } from "./network";
import { alreadyExists, computeName, gcpKind, googleError, notFound } from "./resource";
import type { GcpSettings } from "./settings";

export const subnetworkToken = "gcp:compute/subnetwork:Subnetwork";

const idOf = (settings: GcpSettings, name: string) =>
  fullName(settings, `regions/${settings.region}/subnetworks/${name}`);

/** A range of a subnetwork with the field that states it. */
interface Range {
  readonly field: string;
  readonly range: string;
}

/** What is not known yet in a preview is left out. */
function rangesOf({ ipCidrRange, secondaryIpRanges }: Plain): Range[] {
  return [
    { field: "ipCidrRange", range: ipCidrRange },
    ...(Array.isArray(secondaryIpRanges) ? secondaryIpRanges : []).map((secondary: Plain, index: number) => ({
      field: `secondaryIpRanges[${index}].ipCidrRange`,
      range: secondary.ipCidrRange,
    })),
  ].filter(({ range }) => typeof range === "string");
}

/** The secondary range of a subnetwork by its name. */
export const secondaryRange = (subnetwork: CloudObject, name: string): string | undefined =>
  (subnetwork.state.secondaryIpRanges ?? []).find(({ rangeName }: Plain) => rangeName === name)?.ipCidrRange;

export const subnetwork = gcpKind({
  token: subnetworkToken,
  api: "compute",
  needs: ["project", "region"],
  namePattern: computeName,
  autoname: { field: "name", longest: 63 },
  immutable: [
    "name",
    "project",
    "region",
    "network",
    "description",
    "reservedInternalRange",
    "resolveSubnetMask",
    "params",
  ],
  references: [{ path: "network", to: networkToken, by: anyName }],
  identity: ({ name }) => name,
  conflict: ({ settings, inputs }) => alreadyExists(idOf(settings, inputs.name)),
  missing: (value, { settings }) => notFound(value.includes("/") ? value : idOf(settings, value)),
  check: (inputs) => rangesOf(inputs).flatMap(checkRange),
  validate(operation) {
    refuseOverlaps(operation);
    refuseShrinking(operation);
    refuseRangesInUse(operation);
  },
  id: ({ settings, inputs }) => idOf(settings, inputs.name),
  outputs({ settings, inputs, id, previous, digits, hex, now }) {
    const [first] = IPv4.parseCIDR(inputs.ipCidrRange);
    const gateway = first.toByteArray();
    gateway[3] = gateway[3]! + 1;
    return {
      selfLink: computeLink(settings, id),
      subnetworkId: previous?.state.subnetworkId ?? Number(digits(15)),
      creationTimestamp: previous?.state.creationTimestamp ?? now,
      fingerprint: hex(12, JSON.stringify(rangesOf(inputs))),
      gatewayAddress: new IPv4(gateway).toString(),
      secondaryIpRanges: inputs.secondaryIpRanges ?? [],
      privateIpGoogleAccess: inputs.privateIpGoogleAccess ?? false,
      purpose: inputs.purpose ?? "PRIVATE",
      stackType: inputs.stackType ?? "IPV4_ONLY",
      allowSubnetCidrRoutesOverlap: inputs.allowSubnetCidrRoutesOverlap ?? false,
      state: "READY",
    };
  },
});

function checkRange({ field, range }: Range): Failure[] {
  const first = IPv4.isValidCIDRFourPartDecimal(range) ? IPv4.networkAddressFromCIDR(range).toString() : undefined;
  if (first !== undefined && range.startsWith(`${first}/`)) return [];
  const reason = `expected an IPv4 range by its first address, such as 10.64.0.0/20, not "${range}"`;
  return [{ property: field, reason }];
}

/** All ranges of a network are apart: those of one subnetwork, and those of any two. */
function refuseOverlaps({ inputs, world, previous, name, settings }: Operation<GcpSettings>): void {
  const own = rangesOf(inputs);
  const vpc = world.find(networkToken, anyName, inputs.network);
  const others = world
    .all(subnetworkToken)
    .filter((other) => other.id !== previous?.id)
    .filter((other) => vpc !== undefined && world.find(networkToken, anyName, other.state.network)?.id === vpc.id);
  for (const [index, { field, range }] of own.entries()) {
    const refuse = (subnet: string, region: string) =>
      googleError(
        400,
        `Invalid value for field 'resource.${field}': '${range}'. ` +
          `Invalid IPCidrRange: ${range} conflicts with existing subnetwork '${subnet}' in region '${region}'.`,
        "invalid",
      );
    if (own.slice(0, index).some((earlier) => overlap(earlier.range, range))) {
      throw refuse(inputs.name ?? name, settings.region!);
    }
    for (const other of others) {
      if (rangesOf(other.state).some((taken) => overlap(taken.range, range))) {
        throw refuse(other.state.name, other.state.region);
      }
    }
  }
}

/** The official provider makes a smaller subnetwork anew. Here that is a change that the program has to make itself. */
function refuseShrinking({ inputs, previous }: Operation<GcpSettings>): void {
  const before: string | undefined = previous?.state.ipCidrRange;
  if (before === undefined || before === inputs.ipCidrRange) return;
  const [first, bits] = IPv4.parseCIDR(before);
  const [newFirst, newBits] = IPv4.parseCIDR(inputs.ipCidrRange);
  if (newBits <= bits && first.match(newFirst, newBits)) return;
  throw googleError(
    400,
    `Invalid value for field 'ipCidrRange': '${inputs.ipCidrRange}'. A subnetwork can only grow, and ${before} does not lie ` +
      "in that range: make another subnetwork",
    "invalid",
  );
}

/** A cluster's ranges stay as they are while it is there. */
function refuseRangesInUse({ inputs, previous, world }: Operation<GcpSettings>): void {
  if (!previous) return;
  for (const cluster of world.all("gcp:container/cluster:Cluster")) {
    const used = world.find(subnetworkToken, anyName, cluster.state.subnetwork ?? "");
    if (used?.id !== previous.id) continue;
    const { clusterSecondaryRangeName, servicesSecondaryRangeName } = cluster.state.ipAllocationPolicy ?? {};
    for (const name of [clusterSecondaryRangeName, servicesSecondaryRangeName]) {
      const now = (inputs.secondaryIpRanges ?? []).find(({ rangeName }: Plain) => rangeName === name)?.ipCidrRange;
      if (name === undefined || now === secondaryRange(previous, name)) continue;
      throw googleError(
        400,
        `The secondary range '${name}' of the subnetwork resource '${previous.id}' is already being used by '${cluster.id}'`,
        "resourceInUseByAnotherResource",
      );
    }
  }
}
