import { expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { type Properties, describe as text, unknown } from "../rule";
import { fields, findings, kinds, object, upstream } from "./testing";
import { wildcardPermission } from "./wildcard-permission";

const aws = contextOf(loadEnvironment("prod-aws"));
const role = (rule: Properties) => object("rbac.authorization.k8s.io/v1:Role", { rules: [rule] });
const binding = (props: Properties) => object("rbac.authorization.k8s.io/v1:ClusterRoleBinding", props);
const policy = (statement: object) =>
  resourceWith("aws:iam/rolePolicy:RolePolicy", {
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
  });
const listed = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };

test("says what it is", () => {
  expect(wildcardPermission).toMatchObject({
    id: "security-wildcard-permission",
    concern: "security",
    severity: "high",
  });
  expect(wildcardPermission.title).toBe("Rights are listed one by one");
});

test("lets through rights that are listed", () => {
  expect(findings(wildcardPermission, role(listed))).toEqual([]);
  expect(
    findings(
      wildcardPermission,
      policy({ Effect: "Allow", Action: ["kms:Decrypt"], Resource: "arn:aws:kms:a:1:key/k" }),
    ),
  ).toEqual([]);
  expect(
    findings(wildcardPermission, policy({ Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" })),
  ).toEqual([]);
  expect(findings(wildcardPermission, policy({ Effect: "Deny", Action: "*", Resource: "*" }))).toEqual([]);
});

test("the account decides of its keys, as AWS has it", () => {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111122223333:root" },
    Action: "kms:*",
    Resource: "*",
  };
  const key = (over: object) =>
    resourceWith("aws:kms/key:Key", { policy: JSON.stringify({ Statement: [{ ...statement, ...over }] }) });
  expect(findings(wildcardPermission, key({}))).toEqual([]);
  expect(findings(wildcardPermission, key({ Principal: { AWS: "*" } }))).toMatchObject([
    { kind: "violation", value: "kms:*" },
  ]);
});

test("reads aloud", () => {
  expect(text(findings(wildcardPermission, role({ ...listed, verbs: ["*"] }))[0]!)).toBe(
    '[security-wildcard-permission] thing (kubernetes:rbac.authorization.k8s.io/v1:Role): rules[0].verbs[0] is "*", ' +
      "which is more than anybody can list. Remedy: list the verbs and resources that are needed, and nothing else.",
  );
});

test.each([
  ["all verbs", role({ ...listed, verbs: ["*"] }), "rules[0].verbs[0]"],
  ["all resources", role({ ...listed, resources: ["*"] }), "rules[0].resources[0]"],
  ["all groups", role({ ...listed, apiGroups: ["*"] }), "rules[0].apiGroups[0]"],
  ["all paths", role({ nonResourceURLs: ["/api/*"], verbs: ["get"] }), "rules[0].nonResourceURLs[0]"],
  ["impersonation", role({ ...listed, verbs: ["impersonate"] }), "rules[0].verbs[0]"],
  ["administrators", binding({ roleRef: { name: "cluster-admin" }, subjects: [] }), "roleRef.name"],
  [
    "anybody",
    binding({ roleRef: { name: "view" }, subjects: [{ kind: "User", name: "system:anonymous" }] }),
    "subjects[0].name",
  ],
  ["all actions", policy({ Effect: "Allow", Action: "*", Resource: "arn:aws:s3:::b" }), "policy.Statement[0].Action"],
  ["all of a service", policy({ Effect: "Allow", Action: ["ec2:*"], Resource: "*" }), "policy.Statement[0].Action"],
  ["all but some", policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }), "policy.Statement[0].NotAction"],
  [
    "any role, through a service",
    policy({ Effect: "Allow", Action: "iam:PassRole", Resource: "*" }),
    "policy.Statement[0].Action",
  ],
  [
    "an owner's role",
    resourceWith("gcp:projects/iAMMember:IAMMember", { role: "roles/owner", member: "user:a@b" }),
    "role",
  ],
  [
    "a custom role of all",
    resourceWith("gcp:projects/iAMCustomRole:IAMCustomRole", { permissions: ["storage.*"] }),
    "permissions[0]",
  ],
  [
    "rights by attribute",
    resourceWith("gcp:container/cluster:Cluster", { enableLegacyAbac: true }),
    "enableLegacyAbac",
  ],
] as const)("refuses %s", (_name, resource, field) => {
  expect(fields(wildcardPermission, resource)).toEqual([field]);
});

test("administrators of a cluster are those that it names", () => {
  const association = (principalArn: string) =>
    resourceWith("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", {
      principalArn,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    });
  expect(findings(wildcardPermission, association("arn:aws:iam::111122223333:role/PlatformAdmin"), aws)).toEqual([]);
  expect(
    findings(wildcardPermission, association("arn:aws:iam::111122223333:role/NotPlatformAdmin"), aws),
  ).toMatchObject([{ kind: "violation", field: "principalArn" }]);
});

test("what an operator's own chart asks for is said", () => {
  const operator = upstream(
    { ...role({ ...listed, verbs: ["*"] }), type: "kubernetes:rbac.authorization.k8s.io/v1:Role" },
    "keda",
    "keda",
  );
  expect(findings(wildcardPermission, operator)).toMatchObject([{ kind: "unverified" }]);
});

test("rights not known yet are deferred to up, and refused there", () => {
  expect(kinds(wildcardPermission, object("rbac.authorization.k8s.io/v1:Role", { rules: unknown }))).toEqual([
    "deferred",
    "violation",
  ]);
  expect(kinds(wildcardPermission, resourceWith("aws:iam/policy:Policy", { policy: unknown }))).toEqual([
    "deferred",
    "violation",
  ]);
});
