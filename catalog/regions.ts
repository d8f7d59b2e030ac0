import { type AwsPartitionName, type GoogleUniverse, type PartitionName, partitions } from "./partitions";

/**
 * Where machines stand and under whose law. `partition` is a key of partitions.ts, which makes ARNs, principals and
 * endpoints from it, never from a constant; `dnsSuffix` is the partition's. Both are empty where the provider has no such
 * thing. `country` is ISO 3166-1 alpha-2, empty where the machine's own place decides. `jurisdiction` follows from the
 * country; it says nothing of the law that the provider itself is under, for which see `operatorJurisdiction` there.
 */
export interface Region {
  readonly provider: "aws" | "gcp" | "ovhcloud" | "scaleway" | "existing";
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly jurisdiction: string;
  readonly country: string;
  readonly source: string;
  readonly date: string;
}

/** As written below: the partition is one of the catalog's, and its DNS suffix is not said twice. */
type Entry = Omit<Region, "partition" | "dnsSuffix"> & { readonly partition: PartitionName | "" };

/** Partition and place of each AWS region. */
const aws = {
  provider: "aws",
  partition: "aws",
  jurisdiction: "eu",
  source: "aws/aws-sdk-js-v3 packages/util-endpoints/src/lib/aws/partitions.json at 685ff5d03588",
  date: "2026-11-21",
} as const;

const gcp = {
  provider: "gcp",
  partition: "googleapis.com",
  jurisdiction: "eu",
  source:
    "https://docs.cloud.google.com/kubernetes-engine/distributed-cloud/bare-metal/docs/reference/supported-regions-on-prem-api",
  date: "2026-11-21",
} as const;

/** Neither has partitions. Places of the OVHcloud regions are known by the letters before the number. */
const ovhcloud = {
  provider: "ovhcloud",
  partition: "",
  jurisdiction: "eu",
  source: "https://rdrr.io/github/voltek62/RsparkleR/man/Instance.html",
  date: "2019-05-19",
} as const;

const scaleway = {
  provider: "scaleway",
  partition: "",
  jurisdiction: "eu",
  source:
    "https://github.com/scaleway/docs-content/pull/5134 (places); https://github.com/scaleway/scaleway-cli/pull/2853 (names)",
  date: "2025-06-17",
} as const;

const table = {
  local: {
    provider: "existing",
    partition: "",
    jurisdiction: "local-machine",
    country: "",
    source: "the machine that a rehearsal runs on",
    date: "2026-11-21",
  },
  "eu-central-1": { ...aws, country: "DE" },
  "eu-north-1": { ...aws, country: "SE" },
  "eu-south-1": { ...aws, country: "IT" },
  "eu-south-2": { ...aws, country: "ES" },
  "eu-west-1": { ...aws, country: "IE" },
  "eu-west-2": { ...aws, jurisdiction: "uk", country: "GB" },
  "eu-west-3": { ...aws, country: "FR" },
  "eusc-de-east-1": { ...aws, partition: "aws-eusc", country: "DE" },
  "us-east-1": { ...aws, jurisdiction: "us", country: "US" },
  "us-gov-west-1": { ...aws, partition: "aws-us-gov", jurisdiction: "us", country: "US" },
  "cn-north-1": { ...aws, partition: "aws-cn", jurisdiction: "cn", country: "CN" },
  "europe-central2": { ...gcp, country: "PL" },
  "europe-north1": { ...gcp, country: "FI" },
  "europe-southwest1": { ...gcp, country: "ES" },
  "europe-west1": { ...gcp, country: "BE" },
  "europe-west3": { ...gcp, country: "DE" },
  "europe-west4": { ...gcp, country: "NL" },
  "europe-west8": { ...gcp, country: "IT" },
  "europe-west9": { ...gcp, country: "FR" },
  "u-france-east1": {
    ...gcp,
    partition: "s3nsapis.fr",
    country: "FR",
    source: "https://documentation.s3ns.fr/docs/overview/tpc-key-differences",
    date: "2026-07-17",
  },
  DE1: { ...ovhcloud, country: "DE" },
  GRA3: { ...ovhcloud, country: "FR" },
  SBG3: { ...ovhcloud, country: "FR" },
  WAW1: { ...ovhcloud, country: "PL" },
  "fr-par": { ...scaleway, country: "FR" },
  "nl-ams": { ...scaleway, country: "NL" },
  "pl-waw": { ...scaleway, country: "PL" },
  "us-central1": { ...gcp, jurisdiction: "us", country: "US" },
} as const satisfies Readonly<Record<string, Entry>>;

export type RegionName = keyof typeof table;

const withSuffix = (entry: Entry): Region => ({
  ...entry,
  dnsSuffix: entry.partition === "" ? "" : partitions[entry.partition].dnsSuffix,
});

export const regions = Object.fromEntries(
  Object.entries(table).map(([name, entry]) => [name, withSuffix(entry)]),
) as Readonly<Record<RegionName, Region>>;

/** The AWS partition of a region. Throws for a region of another provider. */
export function awsPartitionOf(region: RegionName): AwsPartitionName {
  const { partition } = table[region];
  if (partition === "" || partitions[partition].provider !== "aws") {
    throw new Error(`catalog: ${region} is not a region of AWS, so it lies in no partition`);
  }
  return partition as AwsPartitionName;
}

/** The Google universe of a region. Throws for a region of another provider. */
export function universeOf(region: RegionName): GoogleUniverse {
  const { partition } = table[region];
  const universe = partition === "" ? undefined : partitions[partition];
  if (universe?.provider !== "gcp") {
    throw new Error(`catalog: ${region} is not a region of Google Cloud, so it lies in no universe`);
  }
  return universe;
}
