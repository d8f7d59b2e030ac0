/**
 * The separate clouds of each provider: AWS partitions and Google universes. Each has its own accounts, identities and
 * endpoints, so that nothing built for one is valid in another. Names that differ between them are made here and nowhere
 * else.
 */
interface Separate {
  /** What the host names of its API endpoints end in. */
  readonly dnsSuffix: string;
  /** Law that the operator is under, as `jurisdiction` in regions.ts. It says nothing of the operator's owners: `note` may. */
  readonly operatorJurisdiction: "us" | "eu" | "cn";
  readonly state: "verified" | "unverified";
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

export interface AwsPartition extends Separate {
  readonly provider: "aws";
  /** Service principals that do not end in `amazonaws.com`, by the service's short name. */
  readonly servicePrincipals: Readonly<Record<string, string>>;
  /** VPC endpoint services that are named other than `com.amazonaws.<region>.<service>`. */
  readonly endpointServices: { readonly prefix: string; readonly services: readonly string[] };
}

export interface GoogleUniverse extends Separate {
  readonly provider: "gcp";
  /** What every project id starts with; empty in the public cloud. */
  readonly projectPrefix: string;
  /** What the e-mail addresses of a project's own service accounts end in, after `<name>@<project without prefix>.`. */
  readonly serviceAccountDomain: string;
  /** What the host names of Artifact Registry end in: `<region>-docker.<registryDomain>`. */
  readonly registryDomain: string;
  /** What the workload identity pool of a project ends in: `<project>.<workloadIdentityDomain>`. */
  readonly workloadIdentityDomain: string;
  /** What the e-mail addresses of Google's own service agents end in, after `service-<project number>@<agent>.`. */
  readonly serviceAgentDomain: string;
  /** Addresses of `restricted.<dnsSuffix>`, by which a network without a way out reaches the APIs. IPv4, always a /30. */
  readonly restrictedVip: string;
  /** Domains of the registries that those addresses serve as well: Artifact Registry's, and that of GKE's own images. */
  readonly restrictedRegistries: readonly string[];
  /** GKE modes that it offers. A cluster in `autopilot` has no node pools of one's own. */
  readonly gke: readonly ("standard" | "autopilot")[];
}

export type Partition = AwsPartition | GoogleUniverse;

/** Partition of each AWS region and its DNS suffix; the first two lists name what differs, and are from the tools named. */
const aws = {
  provider: "aws",
  dnsSuffix: "amazonaws.com",
  operatorJurisdiction: "us",
  servicePrincipals: {},
  endpointServices: { prefix: "com.amazonaws", services: [] },
  state: "verified",
  source:
    "aws/aws-sdk-js-v3 packages/util-endpoints/src/lib/aws/partitions.json at 685ff5d03588; aws/aws-cdk packages/aws-cdk-lib/region-info/lib/default.ts at 2fb06e46e7aa, aws-ec2/lib/vpc-endpoint.ts at 000a9eb6dd93",
  date: "2026-11-21",
} as const satisfies AwsPartition;

const table = {
  aws,
  "aws-us-gov": aws,
  "aws-eusc": {
    ...aws,
    dnsSuffix: "amazonaws.eu",
    operatorJurisdiction: "eu",
    endpointServices: { prefix: "eu.amazonaws", services: ["ecr.api", "ecr.dkr", "execute-api", "securityhub"] },
    source: `${aws.source}; https://github.com/pulumi/pulumi-eks/issues/2341 (IAM refuses ec2.amazonaws.eu as a principal); https://techinformed.com/aws-launches-eu-only-cloud-as-data-sovereignty-requirements-and-enforcement-activity-expand (legal entities)`,
    note: "The AWS European Sovereign Cloud is operated by legal entities under German law; they are owned by Amazon.com, Inc., a US company.",
  },
  "aws-cn": {
    ...aws,
    dnsSuffix: "amazonaws.com.cn",
    operatorJurisdiction: "cn",
    // Of the services that a cluster needs; EKS itself keeps the global name.
    servicePrincipals: { ec2: "ec2.amazonaws.com.cn" },
    endpointServices: {
      prefix: "cn.com.amazonaws",
      services: ["autoscaling", "ebs", "ec2", "ecr.api", "ecr.dkr", "eks", "monitoring", "sqs", "sts"],
    },
    source: `${aws.source}; eksctl-io/eksctl pkg/apis/eksctl.io/v1alpha5/partitions.go at 99984adb6164`,
    note: "Operated by Chinese companies under licence, in accounts of their own.",
  },
  "googleapis.com": {
    provider: "gcp",
    dnsSuffix: "googleapis.com",
    operatorJurisdiction: "us",
    projectPrefix: "",
    serviceAccountDomain: "iam.gserviceaccount.com",
    registryDomain: "pkg.dev",
    workloadIdentityDomain: "svc.id.goog",
    serviceAgentDomain: "iam.gserviceaccount.com",
    restrictedVip: "199.36.153.4/30",
    restrictedRegistries: ["pkg.dev", "gcr.io"],
    gke: ["standard", "autopilot"],
    state: "verified",
    source:
      "https://documentation.s3ns.fr/docs/overview/tpc-key-differences (both columns of its tables); https://cloud.google.com/vpc/docs/configure-private-google-access (addresses)",
    date: "2026-07-17",
  },
  "s3nsapis.fr": {
    provider: "gcp",
    dnsSuffix: "s3nsapis.fr",
    operatorJurisdiction: "eu",
    projectPrefix: "s3ns:",
    serviceAccountDomain: "s3ns.iam.gserviceaccount.com",
    registryDomain: "s3nsregistry.fr",
    workloadIdentityDomain: "s3ns.svc.id.goog",
    serviceAgentDomain: "s3ns-system.iam.gserviceaccount.com",
    restrictedVip: "177.222.88.4/30",
    restrictedRegistries: ["s3nsregistry.fr"],
    gke: ["autopilot"],
    state: "verified",
    source:
      "https://documentation.s3ns.fr/docs/overview/tpc-key-differences; https://documentation.s3ns.fr/vpc/docs/tpc-differences (addresses); https://csf.hop3.abilian.com/providers/s3ns.html (company)",
    date: "2026-07-17",
    note: "Cloud de Confiance by S3NS, a French company that Thales controls and Google holds a share of, on Google's technology. Service names, scopes and full resource names keep googleapis.com; endpoints do not. No Google accounts or groups: people come from a workforce identity pool.",
  },
} as const satisfies Readonly<Record<string, Partition>>;

export type PartitionName = keyof typeof table;
export type AwsPartitionName = {
  [K in PartitionName]: (typeof table)[K]["provider"] extends "aws" ? K : never;
}[PartitionName];
export const partitions: Readonly<Record<PartitionName, Partition>> = table;

const ofAws = (partition: AwsPartitionName): AwsPartition => table[partition];

/** An ARN. `region` and `account` are empty for what has none: IAM has no region, AWS's own policies belong to account `aws`. */
export const arn = (
  partition: AwsPartitionName,
  service: string,
  region: string,
  account: string,
  resource: string,
): string => `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** Whom a trust policy trusts: `servicePrincipal("aws", "ec2")` is `ec2.amazonaws.com`. */
export const servicePrincipal = (partition: AwsPartitionName, service: string): string =>
  ofAws(partition).servicePrincipals[service] ?? `${service}.amazonaws.com`;

/**
 * The name of a VPC endpoint service in a region: `endpointService("aws", "eu-north-1", "ecr.api")` is
 * `com.amazonaws.eu-north-1.ecr.api`. `s3` is the gateway endpoint, whose name has the same form everywhere.
 */
export function endpointService(partition: AwsPartitionName, region: string, service: string): string {
  const { prefix, services } = ofAws(partition).endpointServices;
  return `${services.includes(service) ? prefix : "com.amazonaws"}.${region}.${service}`;
}
