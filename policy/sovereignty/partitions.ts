import { type PartitionName, partitions } from "../../catalog/partitions";
import type { Context } from "../rule";

/** Which separate cloud (AWS partition, Google universe) a region or a host is in. */

/** Clouds that the regions of the jurisdiction are in; none where they are all data centres of one's own. */
export function partitionsOf({ environment, regions }: Context): readonly PartitionName[] {
  const names = environment.jurisdiction.regions.map((region) => regions[region]?.partition ?? "");
  return [...new Set(names)].filter((name): name is PartitionName => Object.hasOwn(partitions, name));
}

/** Region names of each partition. Source: regionRegex of the partitions.json that catalog/partitions.ts names. */
const regionNames: readonly (readonly [name: RegExp, partition: string])[] = [
  [/^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, "aws"],
  [/^cn-\w+-\d+$/, "aws-cn"],
  [/^us-gov-\w+-\d+$/, "aws-us-gov"],
  [/^us-iso-\w+-\d+$/, "aws-iso"],
  [/^us-isob-\w+-\d+$/, "aws-iso-b"],
  [/^eu-isoe-\w+-\d+$/, "aws-iso-e"],
  [/^us-isof-\w+-\d+$/, "aws-iso-f"],
  [/^eusc-(de)-\w+-\d+$/, "aws-eusc"],
];

/** The AWS partition of a region, as the catalog or else the region's name has it. */
export function partitionOfRegion(region: string, { regions }: Context): PartitionName | undefined {
  const name = region.trim().toLowerCase().replace(/\.+$/, "");
  const entry = regions[name];
  if (entry?.provider === "aws") return entry.partition as PartitionName;
  return regionNames.find(([pattern]) => pattern.test(name))?.[1] as PartitionName | undefined;
}

/** Ends of host names with the clouds that have them; catalog/partitions.ts names those that are not written here. */
const ends: readonly (readonly [end: string, clouds: readonly string[]])[] = [
  ...Object.entries(partitions).flatMap(([name, partition]): [string, string[]][] =>
    partition.provider === "aws"
      ? [[partition.dnsSuffix, [name]]]
      : [
          partition.dnsSuffix,
          partition.registryDomain,
          partition.serviceAccountDomain,
          partition.serviceAgentDomain,
          partition.workloadIdentityDomain,
          ...partition.restrictedRegistries,
        ].map((end): [string, string[]] => [end, [name]]),
  ),
  // The rest of partitions.json: endpoints by IPv6, and partitions that the catalog leaves out.
  ["api.aws", ["aws", "aws-us-gov"]],
  ["api.amazonwebservices.com.cn", ["aws-cn"]],
  ["c2s.ic.gov", ["aws-iso"]],
  ["sc2s.sgov.gov", ["aws-iso-b"]],
  ["cloud.adc-e.uk", ["aws-iso-e"]],
  ["csp.hci.ic.gov", ["aws-iso-f"]],
];

/**
 * The clouds that a host may be in, by how it ends and by the region in it; undefined for a host of none of them. Empty
 * where the two contradict each other.
 */
export function cloudOf(host: string): readonly string[] | undefined {
  const fitting = ends.filter(([end]) => host === end || host.endsWith(`.${end}`));
  if (fitting.length === 0) return undefined;
  const longest = Math.max(...fitting.map(([end]) => end.length));
  const clouds = [...new Set(fitting.filter(([end]) => end.length === longest).flatMap(([, names]) => names))];
  const region = host
    .split(".")
    .map((label) => regionNames.find(([pattern]) => pattern.test(label))?.[1])
    .find((name) => name !== undefined);
  return region === undefined || !clouds.some((name) => name.startsWith("aws"))
    ? clouds
    : clouds.filter((name) => name === region);
}
