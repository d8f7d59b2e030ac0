import * as kms from "@pulumi/aws/kms";
import { ComponentResource, type ComponentResourceOptions, type Output, output } from "@pulumi/pulumi";
import { servicePrincipal } from "../../../catalog/partitions";
import { type EksSettings, iamArn, type Location, regionalArn } from "./location";
import { policyDocument, type Statement } from "./policy";

export interface EncryptionArgs {
  readonly location: Location;
  /** Whether a key is made, or which one is there. Source: `cluster.encryption` of the environment. */
  readonly encryption: EksSettings["encryption"];
}

/** What using a key for data comes to. */
export const useOfKey = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];

/** That a grant is made for a service of AWS, not for whoever asks. */
const grantForService = { Bool: { "kms:GrantIsForAWSResource": true } };

/** What a role must be allowed to have volumes encrypted with a key. Source: docs.aws.amazon.com/eks, ebs-csi, 2026-11. */
export const volumeEncryption = (keyArn: Output<string>): readonly Statement[] => [
  { Effect: "Allow", Action: useOfKey, Resource: keyArn },
  {
    Effect: "Allow",
    Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
    Resource: keyArn,
    Condition: grantForService,
  },
];

/** The customer-managed key that encrypts Kubernetes secrets, volumes, logs and messages. */
export class Encryption extends ComponentResource {
  readonly keyArn: Output<string>;

  constructor(name: string, args: EncryptionArgs, opts: ComponentResourceOptions) {
    super("ai-platform:cluster:EksEncryption", name, {}, opts);
    const { location, encryption } = args;
    if (encryption.key === "create") {
      const key = new kms.Key(
        name,
        {
          description: `Secrets, volumes and logs of the cluster ${location.cluster}`,
          enableKeyRotation: true,
          // The longest that KMS waits: with the key everything it ever encrypted is lost.
          deletionWindowInDays: 30,
          policy: keyPolicy(location),
        },
        { parent: this },
      );
      new kms.Alias(name, { name: `alias/${location.cluster}`, targetKeyId: key.keyId }, { parent: this });
      this.keyArn = key.arn;
    } else {
      this.keyArn = output(regionalArn(location, "kms", `key/${encryption.key}`));
    }
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

/**
 * Roles by which EC2 starts nodes for Auto Scaling and from spot capacity. They carry no rights to a customer's key. The
 * path holds the service's name, which differs between partitions.
 * Source: docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html, 2026-11.
 */
const launchingRoles = ["AWSServiceRoleForAutoScaling", "AWSServiceRoleForEC2Spot"];

function keyPolicy(location: Location): Output<string> {
  const { partition, account } = location;
  const launching: Statement["Condition"] = {
    StringEquals: { "kms:CallerAccount": account },
    // Conditions, not principals: KMS refuses a principal that is not there, and EC2 makes these roles on first use.
    ArnLike: { "aws:PrincipalArn": launchingRoles.map((role) => iamArn(location, `role/aws-service-role/*/${role}`)) },
  };
  return policyDocument(
    {
      Sid: "PoliciesOfTheAccountDecide",
      Effect: "Allow",
      Principal: { AWS: iamArn(location, "root") },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "LogsOfTheAccount",
      Effect: "Allow",
      Principal: { Service: servicePrincipal(partition, "logs") },
      Action: useOfKey,
      Resource: "*",
      Condition: {
        ArnLike: { "kms:EncryptionContext:aws:logs:arn": regionalArn(location, "logs", "log-group:*") },
      },
    },
    {
      // What EventBridge sends to an encrypted queue. A key that is there already needs as much in its policy.
      Sid: "EventsForTheCluster",
      Effect: "Allow",
      Principal: { Service: servicePrincipal(partition, "events") },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: {
        ArnLike: { "kms:EncryptionContext:aws:sqs:arn": regionalArn(location, "sqs", `${location.cluster}-*`) },
      },
    },
    {
      Sid: "VolumesOfNodes",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: useOfKey,
      Resource: "*",
      Condition: launching,
    },
    {
      Sid: "VolumesOfNodesForTheirLife",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: { ...launching, ...grantForService },
    },
  );
}
