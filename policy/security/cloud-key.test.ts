import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { describe as text, unknown, type Value } from "../rule";
import { cloudKey } from "./cloud-key";
import { deployment, fields, findings, kinds, object, restrictedContainer, restrictedPod } from "./testing";

const withContainer = (over: { readonly [key: string]: Value }) =>
  deployment(restrictedPod({ containers: [restrictedContainer(over)] }));
const withVolume = (volume: { readonly [key: string]: Value }) =>
  deployment(restrictedPod({ volumes: [{ name: "v", ...volume }] }));
const main = "spec.template.spec.containers[0]";

test("says what it is", () => {
  expect(cloudKey).toMatchObject({
    id: "security-cloud-key",
    concern: "security",
    severity: "critical",
  });
  expect(cloudKey.title).toBe("No long-lived keys of a cloud");
});

test("lets through pods that are known by their accounts, and secrets that are no keys", () => {
  expect(findings(cloudKey, deployment(restrictedPod()))).toEqual([]);
  expect(findings(cloudKey, withVolume({ secret: { secretName: "tls" } }))).toEqual([]);
  expect(findings(cloudKey, resourceWith("aws:iam/role:Role", {}))).toEqual([]);
});

test("reads aloud", () => {
  expect(
    text(findings(cloudKey, withContainer({ env: [{ name: "GOOGLE_APPLICATION_CREDENTIALS", value: "/k" }] }))[0]!),
  ).toBe(
    `[security-cloud-key] thing (kubernetes:apps/v1:Deployment): ${main}.env[0].name is "GOOGLE_APPLICATION_CREDENTIALS", by which ` +
      "a program is given a key of a cloud or cluster. Remedy: let the workload's service account be known to the cloud: EKS Pod " +
      "Identity, or Workload Identity Federation of GKE.",
  );
});

test.each([
  ["a user's key", resourceWith("aws:iam/accessKey:AccessKey", {}), ""],
  ["a user with a login", resourceWith("aws:iam/userLoginProfile:UserLoginProfile", {}), ""],
  ["an account's key", resourceWith("gcp:serviceaccount/key:Key", {}), ""],
  ["a token that lasts", object("core/v1:Secret", { type: "kubernetes.io/service-account-token" }), ""],
  ["a variable", withContainer({ env: [{ name: "AWS_SECRET_ACCESS_KEY", value: "x" }] }), `${main}.env[0].name`],
  [
    "a Secret as variables",
    withContainer({ envFrom: [{ secretRef: { name: "gcp-key" } }] }),
    `${main}.envFrom[0].secretRef.name`,
  ],
  [
    "a folder of keys",
    withContainer({ volumeMounts: [{ name: "v", mountPath: "/root/.aws" }] }),
    `${main}.volumeMounts[0].mountPath`,
  ],
  [
    "a kubeconfig",
    withVolume({ secret: { secretName: "admin-kubeconfig" } }),
    "spec.template.spec.volumes[0].secret.secretName",
  ],
] as const)("refuses %s", (_name, resource, field) => {
  expect(fields(cloudKey, resource)).toEqual([field]);
});

test("a Secret not known yet is deferred to up, and refused there", () => {
  expect(kinds(cloudKey, withVolume({ secret: { secretName: unknown } }))).toEqual(["deferred", "violation"]);
  expect(kinds(cloudKey, withContainer({ env: unknown }))).toEqual(["deferred", "violation"]);
});
