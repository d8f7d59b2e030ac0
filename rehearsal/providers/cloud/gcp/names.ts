import type { GcpSettings } from "./settings";

/** How Google names things. Everything that differs between universes comes from the universe. */

/** `{ projects: "p", regions: "r", subnetworks: "s" }` of `projects/p/regions/r/subnetworks/s`, self links too. */
export function partsOf(name: string): Readonly<Record<string, string | undefined>> {
  const parts: Record<string, string> = {};
  const path = name.slice(Math.max(0, name.indexOf("projects/"))).split("/");
  for (let at = 0; at + 1 < path.length; at += path[at] === "global" ? 1 : 2) parts[path[at]!] = path[at + 1]!;
  return parts;
}

/** The last part of a full name or self link. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** A zone is its region and a letter: `europe-west4-a`. */
export const isZone = (location: string): boolean => /-[a-z]$/.test(location);
export const regionOf = (location: string): string => (isZone(location) ? location.slice(0, -2) : location);

/** `projects/<project>/<path>`: how Google and the official provider name most things. */
export const fullName = (settings: GcpSettings, path: string): string => `projects/${settings.project}/${path}`;

/** The address of an object of Compute Engine, which keeps the host name of old. */
export const computeLink = (settings: GcpSettings, id: string): string =>
  `https://www.${settings.universe.dnsSuffix}/compute/v1/${id}`;

export const apiLink = (settings: GcpSettings, service: string, path: string): string =>
  `https://${service}.${settings.universe.dnsSuffix}/${path}`;

/** A project's id as it stands in names below it: without the prefix that its universe has in front of every project. */
export function bareProject({ project = "", universe }: GcpSettings): string {
  return project.startsWith(universe.projectPrefix) ? project.slice(universe.projectPrefix.length) : project;
}

/** E-mail address of a service account of the project. */
export const serviceAccountEmail = (settings: GcpSettings, accountId: string): string =>
  `${accountId}@${bareProject(settings)}.${settings.universe.serviceAccountDomain}`;

/** The project's one workload identity pool. */
export const workloadPool = (settings: GcpSettings): string =>
  `${bareProject(settings)}.${settings.universe.workloadIdentityDomain}`;

/** Zone letters of the regions that have others than a, b and c. */
const letters: Readonly<Record<string, string>> = { "europe-west1": "bcd", "us-central1": "abcf" };

/**
 * The zones of a region.
 * Source: cloud.google.com/compute/docs/regions-zones; documentation.s3ns.fr/docs/get-started-tpc/regions-and-zones, 2026-11.
 */
export const zonesOf = (region: string): string[] =>
  [...(letters[region] ?? "abc")].map((letter) => `${region}-${letter}`);
