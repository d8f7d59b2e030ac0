import type { Cloud } from "../kind";
import { accessApproval, auditConfig, logBucket, logSink } from "./audit";
import { cluster } from "./cluster";
import { managedZone, recordSet } from "./dns";
import { firewall } from "./firewall";
import { assuredWorkload, binaryAuthorizationPolicy } from "./governance";
import { account, projectMember, service } from "./iam";
import { cryptoKey, cryptoKeyMember, keyRing } from "./kms";
import { labelsAt } from "./labels";
import { bareProject } from "./names";
import { network } from "./network";
import { nodePool } from "./node-pool";
import type { GcpKind } from "./resource";
import { resourcePolicy } from "./resource-policy";
import { router, routerNat } from "./router";
import { type GcpSettings, readSettings, settingsAt } from "./settings";
import { subnetwork } from "./subnetwork";

export const kinds: readonly GcpKind[] = [
  ...[service, projectMember, account, assuredWorkload],
  ...[network, subnetwork, router, routerNat, firewall, resourcePolicy],
  ...[keyRing, cryptoKey, cryptoKeyMember],
  ...[cluster, nodePool, binaryAuthorizationPolicy],
  ...[managedZone, recordSet],
  ...[auditConfig, logBucket, logSink, accessApproval],
];

/** What lives in one region of a project; everything else has its name in the whole project. */
const regional = new Set([subnetwork, router, routerNat, resourcePolicy, cluster, nodePool].map(({ token }) => token));

/**
 * The simulated Google Cloud. A scope is a project, or `<project>/<region>`. Projects are there, without any API enabled,
 * and so is what another project than that of the resource has.
 */
export const gcp: Cloud<GcpSettings> = {
  name: "gcp",
  kinds,
  settings: readSettings,
  at: settingsAt,
  scopeOf: (token, { project = "", region }) => (regional.has(token) ? `${project}/${region}` : project),
  sees(here, there) {
    const [[project, region], [otherProject, otherRegion]] = [here.split("/"), there.split("/")];
    return project === otherProject && (!region || !otherRegion || region === otherRegion);
  },
  common: (_, inputs, settings) => ({
    project: settings.project,
    region: settings.region,
    deletionPolicy: settings.deletionPolicy,
    ...labelsAt(inputs, settings),
  }),
  inUse: ({ type, id }, [user]) =>
    `googleapi: Error 400: The ${nounOf(type)} resource '${id}' is already being used by '${user?.id}', resourceInUseByAnotherResource`,
  gone: (_, id) => `googleapi: Error 404: The resource '${id}' was not found, notFound`,
  faults: {
    quota: (token, { nodeConfig }, settings) =>
      `googleapi: Error 403: Insufficient regional quota to satisfy request: resource "${quotaOf(token, nodeConfig?.guestAccelerators?.[0]?.type)}": ` +
      `request requires more than the quota of project ${bareProject(settings)} in ${settings.region} has available. View and manage quotas in the ` +
      "console of IAM & Admin, forbidden",
    capacity: (_, { nodeLocations, location }, settings) =>
      "Try a different location, or try again later: Google Compute Engine does not have enough resources available to fulfill " +
      `request: ${nodeLocations?.[0] ?? location ?? settings.location}.`,
    throttling: () =>
      "googleapi: Error 429: Quota exceeded for quota metric 'Queries' and limit 'Queries per minute', rateLimitExceeded",
  },
};

/** `subnetwork` of `gcp:compute/subnetwork:Subnetwork`. */
const nounOf = (token: string): string => token.slice(token.lastIndexOf("/") + 1, token.lastIndexOf(":")).toLowerCase();

/** Quotas are counted by the thing: addresses, networks, CPUs, GPUs of a type (`NVIDIA_H100_GPUS`). */
function quotaOf(token: string, accelerator: string | undefined): string {
  if (accelerator)
    return `${accelerator
      .replace(/-\d+gb$/, "")
      .replaceAll("-", "_")
      .toUpperCase()}_GPUS`;
  return token === nodePool.token || token === cluster.token ? "CPUS" : `${nounOf(token).toUpperCase()}S`;
}
