import { createHash } from "node:crypto";
import type { GoogleUniverse } from "../../../catalog/partitions";

/**
 * An API as it is switched on for a project. The same in every universe, unlike the endpoint.
 * Source: documentation.s3ns.fr/docs/overview/tpc-key-differences, "Service names", 2026-07.
 */
export const apiName = (service: string): string => `${service}.googleapis.com`;

/** What node credentials may be used for: all that the service account's roles allow. The same in every universe. */
export const cloudPlatformScope = "https://www.googleapis.com/auth/cloud-platform";

/** One of Google's own service agents of a project, as IAM writes it. `agent` is such as `container-engine-robot`. */
export const serviceAgent = (universe: GoogleUniverse, projectNumber: string, agent: string): string =>
  `serviceAccount:service-${projectNumber}@${agent}.${universe.serviceAgentDomain}`;

/** Text that fits a limit. What is cut off leaves a hash, so that two long names never become one. */
export function fitting(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 6);
  return `${text.slice(0, limit - hash.length - 1).replace(/-+$/, "")}-${hash}`;
}

/** Id of the nodes' service account, of 6 to 30 characters. */
export const nodeAccountId = (cluster: string): string => `${fitting(cluster, 24)}-nodes`;

/** A label value: lower case, digits, `_` and `-`, at most 63 of them. */
export const labelValue = (text: string): string => fitting(text.toLowerCase().replace(/[^a-z0-9_-]/g, "-"), 63);
