import { expect, test } from "vitest";
import { describe as text, unknown, type Value } from "../rule";
import { serviceAccountToken } from "./service-account-token";
import { deployment, fields, findings, kinds, object, restrictedPod, upstream } from "./testing";

const account = (over: { readonly [key: string]: Value } = {}) =>
  object("core/v1:ServiceAccount", { metadata: { name: "picker", namespace: "tenant-search" }, ...over });
const binding = (name: Value = "picker") =>
  object("rbac.authorization.k8s.io/v1:RoleBinding", {
    roleRef: { kind: "Role", name: "picker" },
    subjects: [{ kind: "ServiceAccount", name, namespace: "tenant-search" }],
  });
const pod = (over: { readonly [key: string]: Value }) =>
  deployment(restrictedPod({ serviceAccountName: "picker", ...over }));
const field = "spec.template.spec.automountServiceAccountToken";

test("says what it is", () => {
  expect(serviceAccountToken).toMatchObject({
    id: "security-service-account-token",
    concern: "security",
    severity: "medium",
  });
  expect(serviceAccountToken.title).toBe("Pods have no token that they have no use for");
});

test("lets through pods without a token, and those that some role is for", () => {
  expect(findings(serviceAccountToken, [account({ automountServiceAccountToken: false }), pod({})])).toEqual([]);
  expect(findings(serviceAccountToken, [account(), pod({ automountServiceAccountToken: true }), binding()])).toEqual(
    [],
  );
});

test("the account decides where the pod says nothing", () => {
  const silent = pod({ automountServiceAccountToken: undefined });
  expect(findings(serviceAccountToken, [account({ automountServiceAccountToken: false }), silent])).toEqual([]);
  expect(fields(serviceAccountToken, [silent])).toEqual([field]);
});

test("reads aloud", () => {
  expect(text(findings(serviceAccountToken, pod({ automountServiceAccountToken: true }))[0]!)).toBe(
    `[security-service-account-token] thing (kubernetes:apps/v1:Deployment): ${field} is not false, and no role of the stack is ` +
      "bound to tenant-search/picker: it has no use for the token. Remedy: state automountServiceAccountToken: false.",
  );
});

test("an account that mounts its token by default is refused", () => {
  expect(fields(serviceAccountToken, account())).toEqual(["automountServiceAccountToken"]);
});

test("a token for somebody else is no token of the API server", () => {
  const projected = (audience: Value) =>
    pod({ volumes: [{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "t", audience } }] } }] });
  expect(findings(serviceAccountToken, projected("sts.amazonaws.com"))).toEqual([]);
  expect(findings(serviceAccountToken, projected(undefined))).toMatchObject([{ kind: "violation" }]);
});

test("what upstream's charts do is said", () => {
  const operator = upstream(deployment(restrictedPod({ automountServiceAccountToken: undefined })), "keda", "keda");
  expect(findings(serviceAccountToken, operator)).toMatchObject([{ kind: "unverified" }]);
});

test("what is not known yet is deferred to up, and refused there", () => {
  expect(kinds(serviceAccountToken, pod({ automountServiceAccountToken: unknown }))).toEqual(["deferred", "violation"]);
  expect(kinds(serviceAccountToken, [pod({ automountServiceAccountToken: true }), binding(unknown)])).toEqual([
    "deferred",
    "violation",
  ]);
});
