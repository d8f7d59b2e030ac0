import { type AwsPartitionName, arn } from "../../../catalog/partitions";
import { awsPartitionOf } from "../../../catalog/regions";
import type { Environment } from "../../../stacks/environment";

/** What an environment states of a cluster that is to be made on EKS. */
export type EksSettings = Extract<Environment["cluster"], { kind: "eks" }>;

/** Which cluster, and where: what names and ARNs are made from. */
export interface Location {
  readonly cluster: string;
  readonly account: string;
  readonly region: string;
  readonly partition: AwsPartitionName;
}

/** Throws when the region is none of AWS's. */
export const locationOf = ({ name, account, region }: EksSettings): Location => ({
  cluster: name,
  account,
  region,
  partition: awsPartitionOf(region),
});

/** ARN of something of this account in this region. */
export const regionalArn = ({ partition, region, account }: Location, service: string, resource: string): string =>
  arn(partition, service, region, account, resource);

/** ARN of something of this account that IAM holds, which has no regions. */
export const iamArn = ({ partition, account }: Location, resource: string): string =>
  arn(partition, "iam", "", account, resource);

/** ARN of a policy that AWS itself keeps, by its name and path. */
export const managedPolicyArn = ({ partition }: Location, policy: string): string =>
  arn(partition, "iam", "", "aws", `policy/${policy}`);
