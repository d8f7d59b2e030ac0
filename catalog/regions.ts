/**
 * Where machines stand and under whose law. `partition` is the AWS partition or Google universe domain; ARNs and
 * endpoints are built from it and `dnsSuffix`, never from a constant. Both are empty where the provider has no such
 * thing. `country` is ISO 3166-1 alpha-2, empty where the machine's own place decides. `jurisdiction` follows from the
 * country; it says nothing of the law that the provider itself is under.
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

/** Partition, DNS suffix and place of each AWS region. */
const aws = {
  provider: "aws",
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  jurisdiction: "eu",
  source: "aws/aws-sdk-js-v3 packages/util-endpoints/src/lib/aws/partitions.json at 685ff5d03588",
  date: "2026-11-21",
} as const;

const gcp = {
  provider: "gcp",
  partition: "googleapis.com",
  dnsSuffix: "googleapis.com",
  jurisdiction: "eu",
  source:
    "https://docs.cloud.google.com/kubernetes-engine/distributed-cloud/bare-metal/docs/reference/supported-regions-on-prem-api",
  date: "2026-11-21",
} as const;

/** Neither has partitions. Places of the OVHcloud regions are known by the letters before the number. */
const ovhcloud = {
  provider: "ovhcloud",
  partition: "",
  dnsSuffix: "",
  jurisdiction: "eu",
  source: "https://rdrr.io/github/voltek62/RsparkleR/man/Instance.html",
  date: "2019-05-19",
} as const;

const scaleway = {
  provider: "scaleway",
  partition: "",
  dnsSuffix: "",
  jurisdiction: "eu",
  source:
    "https://github.com/scaleway/docs-content/pull/5134 (places); https://github.com/scaleway/scaleway-cli/pull/2853 (names)",
  date: "2025-06-17",
} as const;

const table = {
  local: {
    provider: "existing",
    partition: "",
    dnsSuffix: "",
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
  "eu-west-3": { ...aws, country: "FR" },
  "eusc-de-east-1": { ...aws, partition: "aws-eusc", dnsSuffix: "amazonaws.eu", country: "DE" },
  "us-east-1": { ...aws, jurisdiction: "us", country: "US" },
  "europe-central2": { ...gcp, country: "PL" },
  "europe-north1": { ...gcp, country: "FI" },
  "europe-southwest1": { ...gcp, country: "ES" },
  "europe-west1": { ...gcp, country: "BE" },
  "europe-west3": { ...gcp, country: "DE" },
  "europe-west4": { ...gcp, country: "NL" },
  "europe-west8": { ...gcp, country: "IT" },
  "europe-west9": { ...gcp, country: "FR" },
  DE1: { ...ovhcloud, country: "DE" },
  GRA3: { ...ovhcloud, country: "FR" },
  SBG3: { ...ovhcloud, country: "FR" },
  WAW1: { ...ovhcloud, country: "PL" },
  "fr-par": { ...scaleway, country: "FR" },
  "nl-ams": { ...scaleway, country: "NL" },
  "pl-waw": { ...scaleway, country: "PL" },
  "us-central1": { ...gcp, jurisdiction: "us", country: "US" },
} as const satisfies Readonly<Record<string, Region>>;

export type RegionName = keyof typeof table;
export const regions: Readonly<Record<RegionName, Region>> = table;
