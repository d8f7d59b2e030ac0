import { Unknown } from "../../kubernetes/values";
import type { Failure, Plain } from "../kind";
import { computeLink, fullName, shortName } from "./names";
import { anyName, networkToken } from "./network";
import { alreadyExists, computeName, gcpKind, googleError, googleMessage, notFound } from "./resource";
import type { GcpSettings } from "./settings";
import { subnetworkToken } from "./subnetwork";

const routerToken = "gcp:compute/router:Router";

const routerId = (settings: GcpSettings, name: string) =>
  fullName(settings, `regions/${settings.region}/routers/${name}`);

export const router = gcpKind({
  token: routerToken,
  api: "compute",
  needs: ["project", "region"],
  namePattern: computeName,
  autoname: { field: "name", longest: 63 },
  immutable: ["name", "project", "region", "network", "encryptedInterconnectRouter", "nccGateway", "params"],
  references: [{ path: "network", to: networkToken, by: anyName }],
  identity: ({ name }) => name,
  conflict: ({ settings, inputs }) => alreadyExists(routerId(settings, inputs.name)),
  missing: (value, { settings }) => notFound(value.includes("/") ? value : routerId(settings, value)),
  id: ({ settings, inputs }) => routerId(settings, inputs.name),
  outputs: ({ settings, id, previous, now }) => ({
    selfLink: computeLink(settings, id),
    creationTimestamp: previous?.state.creationTimestamp ?? now,
  }),
});

/** The address translation of a router. It is a part of the router, which names all of its own. */
export const routerNat = gcpKind({
  token: "gcp:compute/routerNat:RouterNat",
  api: "compute",
  needs: ["project", "region"],
  namePattern: /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  autoname: { field: "name", longest: 63 },
  immutable: ["name", "project", "region", "router", "initialNatIps", "endpointTypes", "type"],
  references: [
    // It goes with its router.
    { path: "router", to: routerToken, by: anyName, holds: false },
    { path: "subnetworks.*.name", to: subnetworkToken, by: anyName },
  ],
  identity: ({ router, name }) => `${shortName(router)}/${name}`,
  conflict: ({ inputs }) => `Unable to create RouterNat, existing object already found: ${inputs.name}`,
  missing: (value) => googleMessage(404, `The resource '${value}' was not found`, "notFound"),
  check: checkNat,
  validate({ inputs, previous, world }) {
    const all = (source: string) => source !== "LIST_OF_SUBNETWORKS";
    const rivals = world
      .all("gcp:compute/routerNat:RouterNat")
      .filter(
        ({ id, state }) =>
          id !== previous?.id &&
          state.router === inputs.router &&
          (all(state.sourceSubnetworkIpRangesToNat) || all(inputs.sourceSubnetworkIpRangesToNat)),
      );
    // One that is for every subnetwork leaves none to another.
    if (rivals.length > 0) {
      throw googleError(
        400,
        `Invalid value for field 'resource.nats[1].sourceSubnetworkIpRangesToNat': '${inputs.sourceSubnetworkIpRangesToNat}'. ` +
          `Router ${shortName(inputs.router)} has the NAT '${rivals[0]!.state.name}' for the same ranges.`,
        "invalid",
      );
    }
  },
  id: ({ settings, inputs }) => `${settings.project}/${settings.region}/${shortName(inputs.router)}/${inputs.name}`,
  outputs: ({ inputs }) => ({
    autoNetworkTier: inputs.autoNetworkTier ?? "PREMIUM",
    drainNatIps: inputs.drainNatIps ?? [],
    natIps: inputs.natIps ?? [],
    enableDynamicPortAllocation: inputs.enableDynamicPortAllocation ?? false,
    enableEndpointIndependentMapping: inputs.enableEndpointIndependentMapping ?? false,
    endpointTypes: inputs.endpointTypes ?? ["ENDPOINT_TYPE_VM"],
    icmpIdleTimeoutSec: inputs.icmpIdleTimeoutSec ?? 30,
    minPortsPerVm: inputs.minPortsPerVm ?? (inputs.enableDynamicPortAllocation ? 32 : 64),
    tcpEstablishedIdleTimeoutSec: inputs.tcpEstablishedIdleTimeoutSec ?? 1200,
    tcpTimeWaitTimeoutSec: inputs.tcpTimeWaitTimeoutSec ?? 120,
    tcpTransitoryIdleTimeoutSec: inputs.tcpTransitoryIdleTimeoutSec ?? 30,
    type: inputs.type ?? "PUBLIC",
    udpIdleTimeoutSec: inputs.udpIdleTimeoutSec ?? 30,
  }),
});

function checkNat({ sourceSubnetworkIpRangesToNat: source, subnetworks, enableDynamicPortAllocation, ...rest }: Plain) {
  const failures: Failure[] = [];
  if (
    typeof source === "string" &&
    !(subnetworks instanceof Unknown) &&
    (source === "LIST_OF_SUBNETWORKS") !== (subnetworks?.length ?? 0) > 0
  ) {
    const reason = "goes together with sourceSubnetworkIpRangesToNat: LIST_OF_SUBNETWORKS";
    failures.push({ property: "subnetworks", reason: `a list of subnetworks ${reason}` });
  }
  if (enableDynamicPortAllocation === true && rest.enableEndpointIndependentMapping === true) {
    const reason = "cannot be on together with enableDynamicPortAllocation";
    failures.push({ property: "enableEndpointIndependentMapping", reason });
  }
  return failures;
}
