import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { type Resource, unknown, type Value } from "../rule";
import { onAws, onGoogle } from "./boundary-contexts";

const trust = (attempt: string, ...resources: readonly Resource[]): Evasion => ({
  attempt,
  rule: "sovereignty-trust",
  resources,
  context: onAws,
  caught: "violation",
});

const role = (statement: Record<string, Value>) =>
  resourceWith("aws:iam/role:Role", {
    assumeRolePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }],
    }),
  });
const account = "444455556666";

/** Ways past the rule about who is trusted. */
export const trustEvasions: readonly Evasion[] = [
  trust(
    "everybody, with a condition that does not narrow",
    role({ Principal: { AWS: "*" }, Condition: { StringEqualsIfExists: { "aws:PrincipalAccount": account } } }),
  ),
  trust(
    "everybody of an organisation",
    role({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
  ),
  trust(
    "everybody whose account only begins like the own",
    role({ Principal: "*", Condition: { StringLike: { "aws:PrincipalAccount": "4444*" } } }),
  ),
  trust(
    "everybody, or a list that has the own account among others",
    role({
      Principal: "*",
      Condition: { StringEquals: { "aws:PrincipalAccount": [account, "999988887777"] } },
    }),
  ),
  trust("everybody but one", role({ NotPrincipal: { AWS: `arn:aws-eusc:iam::${account}:user/eve` } })),
  trust(
    "another account, second in a list",
    role({ Principal: { AWS: [`arn:aws-eusc:iam::${account}:root`, "999988887777"] } }),
  ),
  trust("an identity provider of the public", role({ Principal: { Federated: "accounts.google.com" } })),
  trust(
    "keys in another case",
    resourceWith("aws:sqs/queuePolicy:QueuePolicy", {
      policy: '{"statement":[{"effect":"allow","principal":{"aws":"999988887777"},"action":"sqs:*"}]}',
    }),
  ),
  trust(
    "statements as an object, not a list",
    resourceWith("aws-native:iam:Role", {
      assumeRolePolicyDocument: {
        Statement: { Effect: "Allow", Principal: { AWS: "999988887777" }, Action: "sts:AssumeRole" },
      },
    }),
  ),
  trust(
    "a bucket policy in JSON in JSON",
    resourceWith("aws:s3/bucketPolicy:BucketPolicy", {
      policy: JSON.stringify(
        JSON.stringify({ Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject" }] }),
      ),
    }),
  ),
  trust(
    "an access entry for another account",
    resourceWith("aws:eks/accessEntry:AccessEntry", { principalArn: "arn:aws-eusc:iam::999988887777:role/a" }),
  ),
  trust(
    "a pod identity that goes on to another account",
    resourceWith("aws:eks/podIdentityAssociation:PodIdentityAssociation", {
      roleArn: `arn:aws-eusc:iam::${account}:role/a`,
      targetRoleArn: "arn:aws-eusc:iam::999988887777:role/b",
    }),
  ),
  trust(
    "a grant, beside a key whose policy is right",
    resourceWith("aws:kms/grant:Grant", { granteePrincipal: "arn:aws-eusc:iam::999988887777:role/a" }),
  ),
  trust("a canned access list", resourceWith("aws:s3/bucketAclV2:BucketAclV2", { acl: "public-read" })),
  trust(
    "an issuer of identities outside",
    resourceWith("aws:iam/openIdConnectProvider:OpenIdConnectProvider", {
      url: "https://token.actions.githubusercontent.com",
    }),
  ),
  trust(
    "a network of another account",
    resourceWith("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", { peerOwnerId: "999988887777" }),
  ),
  {
    ...trust(
      "a trust policy that is known only after the update",
      resourceWith("aws:iam/role:Role", { assumeRolePolicy: unknown }),
    ),
    caught: "deferred",
  },
  {
    ...trust(
      "all of Google's users, in an access list",
      resourceWith("gcp:storage/bucketACL:BucketACL", { roleEntities: ["READER:allUsers"] }),
    ),
    context: onGoogle,
  },
  {
    ...trust(
      "everybody in a policy as text",
      resourceWith("gcp:projects/iAMPolicy:IAMPolicy", {
        policyData: JSON.stringify({ bindings: [{ role: "roles/viewer", members: ["allAuthenticatedUsers"] }] }),
      }),
    ),
    context: onGoogle,
  },
  {
    ...trust(
      "a service account named like a service of Google's",
      resourceWith("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", {
        member: "serviceAccount:service-345678901234@evil-project.iam.gserviceaccount.com",
      }),
    ),
    context: onGoogle,
  },
  {
    ...trust(
      "a project whose name begins like the own",
      resourceWith("gcp:projects/iAMBinding:IAMBinding", {
        members: ["serviceAccount:a@acme-ai-sovereign-2.iam.gserviceaccount.com"],
      }),
    ),
    context: onGoogle,
  },
  {
    ...trust(
      "an identity pool of another project",
      resourceWith("gcp:projects/iAMMember:IAMMember", {
        member:
          "principalSet://iam.googleapis.com/projects/111111111111/locations/global/workloadIdentityPools/acme-ai-sovereign.svc.id.goog/*",
      }),
    ),
    context: onGoogle,
  },
  {
    ...trust(
      "a member that is known only after the update",
      resourceWith("gcp:projects/iAMMember:IAMMember", { member: unknown }),
    ),
    context: onGoogle,
    caught: "deferred",
  },
  trust(
    "a federation in a chart's values",
    resourceWith("kubernetes:helm.sh/v4:Chart", {
      chart: "spire",
      values: { "spire-server": { federation: { federatesWith: [{ trustDomain: "partner.example" }] } } },
    }),
  ),
  trust(
    "a trust domain in another one's name",
    resourceWith("kubernetes:spire.spiffe.io/v1alpha1:ClusterSPIFFEID", {
      spec: { federatesWith: ["sovereign.example.org.evil.example"] },
    }),
  ),
  trust(
    "whoever reaches the API server",
    resourceWith("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", {
      roleRef: { name: "view" },
      subjects: [{ kind: "Group", name: "system:Unauthenticated" }],
    }),
  ),
];
