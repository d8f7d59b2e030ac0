import { kubernetes } from "../../../../catalog/kubernetes";
import { tools } from "../../../../catalog/tools";
import { googleError } from "./resource";

/** Versions of GKE: `1.36.3-gke.1000000`. Of each minor that the catalog lists, the simulated GKE has one. */

/** The rehearsal's control plane. What it really is, it says itself; GKE's suffix comes on top. */
const server = tools["kube-apiserver"].version.replace(/^v/, "");
const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");
const suffix = "-gke.1000000";

const full = (minor: string): string => `${minor === minorOf(server) ? server : `${minor}.0`}${suffix}`;

/** Minor versions, for comparing. */
const rank = (version: string): number => Number(minorOf(version).split(".")[1]);

/**
 * The version that GKE makes of the least one that is wanted: a minor, a prefix, a full version, `latest` or nothing.
 *
 * @throws Error in Google's words for one that it does not have.
 */
export function resolveVersion(wanted: string | undefined, channel: string): string {
  const offered: readonly string[] = kubernetes.gke;
  if (!wanted || wanted === "latest") return full(offered.includes(minorOf(server)) ? minorOf(server) : offered[0]!);
  if (!offered.includes(minorOf(wanted))) {
    throw wanted.includes("-gke.")
      ? googleError(400, `Master version "${wanted}" is unsupported.`, "badRequest")
      : googleError(400, `No valid versions with the prefix "${wanted}" found for channel "${channel}".`, "badRequest");
  }
  return wanted.includes("-gke.") ? wanted : full(minorOf(wanted));
}

/** @throws Error for a step up of more than one minor at a time. */
export function refuseLeap(from: string, to: string): void {
  if (rank(to) - rank(from) <= 1) return;
  throw googleError(
    400,
    `Master cannot be upgraded to "${to}": cannot upgrade the master more than a minor version at a time.`,
    "badRequest",
  );
}

/** The later of two versions; the first where they are of one minor. */
export const later = (one: string, other: string): string => (rank(other) > rank(one) ? other : one);

/** Minors that nodes lie behind (or, negative, before) the control plane. */
export const skew = (master: string, node: string): number => rank(master) - rank(node);
