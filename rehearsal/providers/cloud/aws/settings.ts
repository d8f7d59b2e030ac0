import { type AwsPartitionName, arn, partitions } from "../../../../catalog/partitions";
import { isMap } from "../../kubernetes/values";
import { type Plain, SettingsError } from "../kind";

/** What an AWS provider is configured to. */
export interface AwsSettings {
  readonly region: string;
  /** 12 digits. */
  readonly account: string;
  readonly partition: AwsPartitionName;
  readonly defaultTags: Readonly<Record<string, string>>;
}

/**
 * How the regions of each partition but the first are spelled. Source: `regionRegex` in aws/aws-sdk-js-v3
 * packages/util-endpoints/src/lib/aws/partitions.json at 685ff5d03588, 2026-11-21.
 */
const spelled: readonly (readonly [AwsPartitionName, RegExp])[] = [
  ["aws-eusc", /^eusc-(de)-\w+-\d+$/],
  ["aws-us-gov", /^us-gov-\w+-\d+$/],
  ["aws-cn", /^cn-\w+-\d+$/],
  ["aws", /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/],
];

/** @throws SettingsError for a region of no partition, and where the account cannot be known. */
export function settingsOf(config: Plain): AwsSettings {
  const { region, allowedAccountIds, defaultTags } = config;
  if (typeof region !== "string" || region === "") {
    throw new SettingsError("region", "the aws provider needs a region, such as eu-north-1");
  }
  const partition = spelled.find(([, pattern]) => pattern.test(region))?.[0];
  if (!partition) throw new SettingsError("region", `"${region}" is no region of any AWS partition`);
  const [account, ...others] = Array.isArray(allowedAccountIds) ? allowedAccountIds : [];
  if (!/^\d{12}$/.test(account ?? "") || others.length > 0) {
    throw new SettingsError(
      "allowedAccountIds",
      "a simulated aws provider asks nobody whose account it is in: allowedAccountIds must state it, one account of 12 digits",
    );
  }
  const tags = isMap(defaultTags) && isMap(defaultTags.tags) ? defaultTags.tags : {};
  return { region, account, partition, defaultTags: tags };
}

/** The ARN of something in the account and region. */
export const arnOf = ({ partition, region, account }: AwsSettings, service: string, resource: string): string =>
  arn(partition, service, region, account, resource);

/** The ARN of something of IAM, which has no region. */
export const iamArn = ({ partition, account }: AwsSettings, resource: string): string =>
  arn(partition, "iam", "", account, resource);

/** What the host names of the partition's services end in. */
export const dnsSuffix = ({ partition }: AwsSettings): string => partitions[partition].dnsSuffix;

/** Whether a text is an ARN of this partition whose account is AWS itself: something that AWS keeps for everybody. */
export function isAmazonsOwn(value: string, { partition }: AwsSettings, service: string, resource: string): boolean {
  return value.startsWith(arn(partition, service, "", "aws", resource));
}
