import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { type Context, evaluate, type Properties, describe as text, unknown, type Value } from "../rule";
import { trust } from "./trust";

const onAws = contextOf(loadEnvironment("sovereign-aws-eu"));
const onGoogle = contextOf(loadEnvironment("sovereign-gcp-eu"));
const account = "444455556666";

const run = (type: string, props: Properties, context: Context = onAws) =>
  evaluate(trust, resourceWith(type, props), context);
const role = (principal: Value, more: Record<string, Value> = {}): Properties => ({
  assumeRolePolicy: JSON.stringify({ Statement: [{ Sid: "A", Effect: "Allow", Principal: principal, ...more }] }),
});
const roleType = "aws:iam/role:Role";
const member = "gcp:projects/iAMMember:IAMMember";

test("says what it is", () => {
  expect(trust).toMatchObject({
    id: "sovereignty-trust",
    concern: "sovereignty",
    severity: "critical",
  });
});

test("a violation names the statement, whom it trusts, and the own account", () => {
  const [finding] = run(roleType, role({ AWS: "999988887777" }));
  expect(text(finding!)).toBe(
    '[sovereignty-trust] thing (aws:iam/role:Role): assumeRolePolicy is "999988887777", whom statement A trusts, ' +
      "which is not of the environment's own account; its own: 444455556666. " +
      "Remedy: name principals of the environment's own account, project or trust domain.",
  );
});

describe("lets through", () => {
  test.each<[string, string, Properties, Context?]>([
    ["a service of AWS", roleType, role({ Service: "eks.amazonaws.com" })],
    ["the own account", roleType, role({ AWS: [`arn:aws-eusc:iam::${account}:root`, account] })],
    [
      "everybody of the own account",
      roleType,
      role({ AWS: "*" }, { Condition: { StringEquals: { "kms:CallerAccount": account } } }),
    ],
    [
      "everybody with a role of it",
      roleType,
      role("*", { Condition: { ArnLike: { "aws:PrincipalArn": `arn:aws-eusc:iam::${account}:role/a*` } } }),
    ],
    ["who is denied", roleType, { assumeRolePolicy: '{"Statement":[{"Effect":"Deny","Principal":"*"}]}' }],
    [
      "what says no principal",
      "aws:iam/rolePolicy:RolePolicy",
      { policy: '{"Statement":[{"Effect":"Allow","Resource":"*"}]}' },
    ],
    ["the own issuer", roleType, role({ Federated: `arn:aws-eusc:iam::${account}:oidc-provider/a` })],
    ["an access entry", "aws:eks/accessEntry:AccessEntry", { principalArn: `arn:aws-eusc:iam::${account}:role/a` }],
    [
      "an account of the project",
      member,
      { member: "serviceAccount:a@acme-ai-sovereign.iam.gserviceaccount.com" },
      onGoogle,
    ],
    [
      "an agent of Google's for it",
      member,
      { member: "serviceAccount:service-345678901234@compute-system.iam.gserviceaccount.com" },
      onGoogle,
    ],
    ["its pool", member, { member: "serviceAccount:acme-ai-sovereign.svc.id.goog[ns/sa]" }, onGoogle],
    ["whom cluster.admins names", member, { member: "group:platform@example.org" }, onGoogle],
    [
      "an own trust domain",
      "kubernetes:spire.spiffe.io/v1alpha1:ClusterSPIFFEID",
      { spec: { federatesWith: ["Sovereign.example.org"] } },
    ],
    [
      "a subject with a name",
      "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
      { subjects: [{ kind: "ServiceAccount", name: "a" }] },
    ],
  ])("%s", (_name, type, props, context) => {
    expect(run(type, props, context)).toEqual([]);
  });

  test("a federation whose bundle comes from a declared host", () => {
    const { environment } = onAws;
    const endpoints = [
      { host: "spire.partner.example", operator: "Partner SE", jurisdiction: "eu", purpose: "federation" },
    ];
    const context = {
      ...onAws,
      environment: { ...environment, jurisdiction: { ...environment.jurisdiction, endpoints } },
    };
    const spec = { trustDomain: "partner.example", bundleEndpointURL: "https://spire.partner.example/bundle" };
    const type = "kubernetes:spire.spiffe.io/v1alpha1:ClusterFederatedTrustDomain";
    expect(run(type, { spec }, context)).toEqual([]);
    expect(run(type, { spec })).toMatchObject([{ kind: "violation", field: "spec.trustDomain" }]);
  });
});

describe("refuses", () => {
  test.each<[string, string, Properties, string, Context?]>([
    ["everybody", roleType, role("*"), "assumeRolePolicy"],
    ["another account", roleType, role({ AWS: "arn:aws-eusc:iam::999988887777:root" }), "assumeRolePolicy"],
    [
      "the own account's number in another partition",
      roleType,
      role({ AWS: `arn:aws:iam::${account}:root` }),
      "assumeRolePolicy",
    ],
    [
      "all but one",
      roleType,
      { assumeRolePolicy: '{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"1"}}]}' },
      "assumeRolePolicy",
    ],
    ["a foreign issuer", roleType, role({ Federated: "accounts.google.com" }), "assumeRolePolicy"],
    ["a canonical user", roleType, role({ CanonicalUser: "abc" }), "assumeRolePolicy"],
    ["statements that cannot be read", "aws:s3/bucketPolicy:BucketPolicy", { policy: '{"Statement":[' }, "policy"],
    [
      "an access entry",
      "aws:eks/accessEntry:AccessEntry",
      { principalArn: "arn:aws-eusc:iam::1:role/a" },
      "principalArn",
    ],
    [
      "a share outside",
      "aws:ram/resourceShare:ResourceShare",
      { allowExternalPrincipals: true },
      "allowExternalPrincipals",
    ],
    ["a canned list", "aws:s3/bucketAclV2:BucketAclV2", { acl: "public-read-write" }, "acl"],
    ["everybody at Google", member, { member: "allUsers" }, "member", onGoogle],
    ["another project", member, { member: "serviceAccount:a@other.iam.gserviceaccount.com" }, "member", onGoogle],
    [
      "another universe's project",
      member,
      { member: "serviceAccount:a@acme-ai-sovereign.s3ns.iam.gserviceaccount.com" },
      "member",
      onGoogle,
    ],
    ["people whom nobody named", member, { member: "user:eve@example.org" }, "member", onGoogle],
    [
      "a whole domain",
      "gcp:projects/iAMBinding:IAMBinding",
      { members: ["domain:example.org"] },
      "members[0]",
      onGoogle,
    ],
    [
      "an account of AWS in a pool",
      "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
      { aws: { accountId: "1" } },
      "aws.accountId",
      onGoogle,
    ],
    [
      "anybody at the API server",
      "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
      { subjects: [{ name: "system:anonymous" }] },
      "subjects[0].name",
    ],
    [
      "a role of another account",
      "kubernetes:core/v1:ServiceAccount",
      { metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws-eusc:iam::1:role/a" } } },
      'metadata.annotations["eks.amazonaws.com/role-arn"]',
    ],
    [
      "a foreign issuer of tokens",
      "kubernetes:agentgateway.dev/v1alpha1:AgentgatewayPolicy",
      { spec: { jwt: { providers: [{ issuer: "https://login.evil.com" }] } } },
      "spec.jwt.providers[0].issuer",
    ],
  ])("%s", (_name, type, props, field, context) => {
    expect(run(type, props, context)).toMatchObject([{ kind: "violation", field }]);
  });
});

describe("what is not known is deferred to up, and refused there", () => {
  test.each<[string, string, Properties, string, Context]>([
    ["a trust policy", roleType, { assumeRolePolicy: unknown }, "assumeRolePolicy", onAws],
    ["a queue's policy", "aws:sqs/queuePolicy:QueuePolicy", { policy: unknown }, "policy", onAws],
    ["a member", member, { member: unknown }, "member", onGoogle],
    ["subjects", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", { subjects: unknown }, "subjects", onAws],
  ])("%s", (_name, type, props, field, context) => {
    expect(run(type, props, context)).toMatchObject([{ kind: "deferred", field }]);
    expect(run(type, props, { ...context, preview: false })).toMatchObject([{ kind: "violation", field }]);
  });
});
