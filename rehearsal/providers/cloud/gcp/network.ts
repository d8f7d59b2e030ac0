import { computeLink, fullName } from "./names";
import { alreadyExists, computeName, gcpKind, notFound } from "./resource";

export const networkToken = "gcp:compute/network:Network";

/** Objects of Compute Engine may be named by id, self link or name. */
export const anyName = ["id", "selfLink", "name"];

/** A network. One in auto mode has no subnetworks here, whatever region is looked at. */
export const network = gcpKind({
  token: networkToken,
  api: "compute",
  needs: ["project"],
  namePattern: computeName,
  autoname: { field: "name", longest: 63 },
  immutable: ["name", "project", "autoCreateSubnetworks", "description", "networkProfile", "params"],
  identity: ({ name }) => name,
  conflict: ({ settings, inputs }) => alreadyExists(fullName(settings, `global/networks/${inputs.name}`)),
  missing: (value, { settings }) =>
    notFound(value.includes("/") ? value : fullName(settings, `global/networks/${value}`)),
  id: ({ settings, inputs }) => fullName(settings, `global/networks/${inputs.name}`),
  outputs({ settings, inputs, id, previous, digits }) {
    const numericId = previous?.state.numericId ?? digits(19);
    return {
      numericId,
      networkId: numericId,
      selfLink: computeLink(settings, id),
      autoCreateSubnetworks: inputs.autoCreateSubnetworks ?? true,
      deleteDefaultRoutesOnCreate: inputs.deleteDefaultRoutesOnCreate ?? false,
      routingMode: inputs.routingMode ?? "REGIONAL",
      mtu: inputs.mtu ?? 1460,
      networkFirewallPolicyEnforcementOrder: inputs.networkFirewallPolicyEnforcementOrder ?? "AFTER_CLASSIC_FIREWALL",
      bgpAlwaysCompareMed: inputs.bgpAlwaysCompareMed ?? false,
      bgpBestPathSelectionMode: inputs.bgpBestPathSelectionMode ?? "LEGACY",
      bgpInterRegionCost: inputs.bgpInterRegionCost ?? "",
    };
  },
});
