import type { Failure, Plain } from "../kind";
import { computeLink, fullName } from "./names";
import { anyName, networkToken } from "./network";
import { alreadyExists, computeName, gcpKind, notFound } from "./resource";

const sources = ["sourceRanges", "sourceTags", "sourceServiceAccounts"];

export const firewall = gcpKind({
  token: "gcp:compute/firewall:Firewall",
  api: "compute",
  needs: ["project"],
  namePattern: computeName,
  autoname: { field: "name", longest: 63 },
  immutable: ["name", "project", "direction", "network", "params"],
  references: [{ path: "network", to: networkToken, by: anyName }],
  identity: ({ name }) => name,
  conflict: ({ settings, inputs }) => alreadyExists(fullName(settings, `global/firewalls/${inputs.name}`)),
  missing: notFound,
  check,
  id: ({ settings, inputs }) => fullName(settings, `global/firewalls/${inputs.name}`),
  outputs: ({ settings, inputs, id, previous, now }) => ({
    selfLink: computeLink(settings, id),
    creationTimestamp: previous?.state.creationTimestamp ?? now,
    direction: inputs.direction ?? "INGRESS",
    priority: inputs.priority ?? 1000,
    destinationRanges: inputs.destinationRanges ?? [],
    enableLogging: inputs.enableLogging ?? inputs.logConfig !== undefined,
  }),
});

/** What the official provider demands of a rule: what it does, and on which side. */
function check({ allows, denies, direction, ...rest }: Plain): Failure[] {
  const failures: Failure[] = [];
  if ((allows === undefined) === (denies === undefined)) {
    failures.push({ property: "allows", reason: "exactly one of allows and denies must be specified" });
  }
  const given = (field: string) => rest[field] !== undefined;
  if (direction === "EGRESS" && sources.some(given)) {
    const property = sources.find(given)!;
    failures.push({ property, reason: "a rule of direction EGRESS has destinationRanges, and no sources" });
  }
  if ((direction === undefined || direction === "INGRESS") && !sources.some(given)) {
    const reason = "one of source_tags, source_ranges, or source_service_accounts must be defined";
    failures.push({ property: "sourceRanges", reason });
  }
  return failures;
}
