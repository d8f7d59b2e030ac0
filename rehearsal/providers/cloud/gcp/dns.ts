import type { Failure, Plain } from "../kind";
import { fullName } from "./names";
import { anyName, networkToken } from "./network";
import { gcpKind, googleError, googleMessage } from "./resource";

const zoneToken = "gcp:dns/managedZone:ManagedZone";

export const managedZone = gcpKind({
  token: zoneToken,
  api: "dns",
  needs: ["project"],
  namePattern: /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  autoname: { field: "name", longest: 63 },
  immutable: ["name", "project", "dnsName", "reverseLookup", "serviceDirectoryConfig", "visibility"],
  references: [
    { path: "privateVisibilityConfig.networks.*.networkUrl", to: networkToken, by: anyName },
    { path: "peeringConfig.targetNetwork.networkUrl", to: networkToken, by: anyName },
  ],
  identity: ({ name }) => name,
  conflict: ({ inputs }) =>
    googleMessage(409, `The resource 'entity.managedZone' named '${inputs.name}' already exists`, "alreadyExists"),
  missing: (value) =>
    googleMessage(404, `The 'parameters.managedZone' resource named '${value}' does not exist.`, "notFound"),
  inUse: (zone) =>
    googleMessage(
      400,
      `The resource named '${zone.state.name}' cannot be deleted because it contains one or more 'resource records'.`,
      "containerNotEmpty",
    ),
  check: ({ dnsName }) => checkAbsolute("dnsName", dnsName),
  id: ({ settings, inputs }) => fullName(settings, `managedZones/${inputs.name}`),
  outputs: ({ inputs, previous, digits, now }) => ({
    managedZoneId: previous?.state.managedZoneId ?? digits(19),
    creationTime: previous?.state.creationTime ?? now,
    description: inputs.description ?? "Managed by Pulumi",
    visibility: inputs.visibility ?? "public",
    forceDestroy: inputs.forceDestroy ?? false,
    nameServers: inputs.visibility === "private" ? [] : [1, 2, 3, 4].map((number) => `ns-cloud-${number}.example.`),
    cloudLoggingConfig: inputs.cloudLoggingConfig ?? { enableLogging: false },
    dnssecConfig: inputs.dnssecConfig ?? { state: "off" },
  }),
});

export const recordSet = gcpKind({
  token: "gcp:dns/recordSet:RecordSet",
  api: "dns",
  needs: ["project"],
  immutable: ["name", "project", "managedZone"],
  references: [{ path: "managedZone", to: zoneToken, by: "name" }],
  identity: ({ managedZone: zone, name, type }) => `${zone}/${name}/${type}`,
  conflict: ({ inputs: { name, type } }) =>
    googleMessage(
      409,
      `The resource 'entity.change.additions[${name}][${type}]' named '${name} (${type})' already exists`,
      "alreadyExists",
    ),
  missing: (value) => googleMessage(404, `The record set '${value}' does not exist.`, "notFound"),
  check: ({ name, rrdatas, routingPolicy }) => [
    ...checkAbsolute("name", name),
    ...((rrdatas === undefined) === (routingPolicy === undefined)
      ? [{ property: "rrdatas", reason: "exactly one of rrdatas and routingPolicy must be specified" }]
      : []),
  ],
  validate({ inputs: { managedZone: zone, name, type }, world, previous }) {
    const domain = world.find(zoneToken, "name", zone)?.state.dnsName ?? "";
    if (name !== domain && !String(name).endsWith(`.${domain}`)) {
      throw googleError(
        400,
        `Invalid value for 'entity.change.additions[${name}][${type}].name': '${name}' (it is not in the zone '${domain}')`,
        "invalid",
      );
    }
    const rivals = world
      .all("gcp:dns/recordSet:RecordSet")
      .filter(
        ({ id, state }) =>
          id !== previous?.id &&
          state.managedZone === zone &&
          state.name === name &&
          (type === "CNAME" || state.type === "CNAME"),
      );
    // RFC 1034: an alias stands alone.
    if (rivals.length > 0) {
      throw googleError(
        400,
        `The resource record set 'entity.change.additions[${name}][${type}]' is invalid because the DNS name '${name}' has a ` +
          "resource record set of type 'CNAME' and another one",
        "cnameResourceRecordSetConflict",
      );
    }
  },
  id: ({ settings, inputs: { managedZone: zone, name, type } }) =>
    fullName(settings, `managedZones/${zone}/rrsets/${name}/${type}`),
});

function checkAbsolute(property: string, name: Plain["name"]): Failure[] {
  if (typeof name !== "string" || name.endsWith(".")) return [];
  return [{ property, reason: `expected a name that ends in a dot, such as example.org., not "${name}"` }];
}
