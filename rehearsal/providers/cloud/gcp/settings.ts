import { type GoogleUniverse, partitions } from "../../../../catalog/partitions";
import { type Plain, SettingsError } from "../kind";
import { partsOf, regionOf } from "./names";

/** The provider's configuration, and with it what one resource says of its own place. */
export interface GcpSettings {
  readonly project?: string;
  readonly region?: string;
  /** Region or zone of what can stand in either: clusters and their pools. */
  readonly location?: string;
  readonly universe: GoogleUniverse;
  /** On everything that takes labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the provider marks what it made as Pulumi's. */
  readonly attribution: boolean;
  /** What a deletion does where the resource says nothing: DELETE, PREVENT or ABANDON. */
  readonly deletionPolicy: string;
}

/** Reads the configuration. Without a universe domain it is the public cloud, as everywhere at Google. */
export function readSettings(config: Plain): GcpSettings {
  const { project, region, zone, universeDomain, defaultLabels, addPulumiAttributionLabel, deletionPolicy } = config;
  return {
    project,
    region: region ?? (zone && regionOf(zone)),
    location: zone ?? region,
    universe: universeOf(universeDomain),
    labels: defaultLabels ?? {},
    attribution: addPulumiAttributionLabel !== false,
    deletionPolicy: deletionPolicy ?? "DELETE",
  };
}

function universeOf(domain: string | undefined): GoogleUniverse {
  const universes = Object.values(partitions).filter((partition) => partition.provider === "gcp");
  const [standard] = universes;
  const universe = domain ? universes.find(({ dnsSuffix }) => dnsSuffix === domain) : standard;
  if (!universe) {
    const known = universes.map(({ dnsSuffix }) => dnsSuffix).join(", ");
    throw new SettingsError("universeDomain", `"${domain}" is no universe of catalog/partitions.ts; it has ${known}`);
  }
  return universe;
}

/** Inputs that name the object above by its full name, and so say in which project and where. */
const parents = ["cluster", "keyRing", "cryptoKeyId"];

/** The settings as a resource's own inputs override them. What is not known yet overrides nothing. */
export function settingsAt(settings: GcpSettings, inputs: Plain): GcpSettings {
  const text = (field: string): string | undefined =>
    typeof inputs[field] === "string" && inputs[field] !== "" ? inputs[field] : undefined;
  const above = parents.map(text).find((name) => name?.startsWith("projects/"));
  const { projects: project, locations } = above ? partsOf(above) : {};
  const location = text("location") ?? locations ?? settings.location;
  const own = text("region") ?? (location && location !== settings.location ? regionOf(location) : undefined);
  return {
    ...settings,
    project: text("project")?.replace(/^projects\//, "") ?? project ?? settings.project,
    region: own ?? settings.region,
    location,
    deletionPolicy: text("deletionPolicy") ?? settings.deletionPolicy,
  };
}
