import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { type Properties, describe as text, unknown } from "../rule";
import { secretEncryption } from "./secret-encryption";
import { secretIn } from "./secret-texts";
import { deployment, fields, findings, kinds, object, restrictedContainer, restrictedPod } from "./testing";

const eks = (props: Properties) => resourceWith("aws:eks/cluster:Cluster", props);
const gke = (props: Properties) => resourceWith("gcp:container/cluster:Cluster", props);
const settings = (value: string) => object("core/v1:ConfigMap", { data: { value } });
const token = `hf_${"aB3".repeat(12)}`;

test("says what it is", () => {
  expect(secretEncryption).toMatchObject({
    id: "security-secret-encryption",
    concern: "security",
    severity: "critical",
  });
  expect(secretEncryption.title).toBe("Secrets are encrypted wherever they rest");
});

test("lets through what is encrypted", () => {
  const provider = { keyArn: "arn:aws:kms:eu-north-1:111122223333:key/key" };
  expect(findings(secretEncryption, eks({ encryptionConfig: { provider, resources: ["secrets"] } }))).toEqual([]);
  expect(findings(secretEncryption, gke({ databaseEncryption: { state: "ENCRYPTED", keyName: "key" } }))).toEqual([]);
  expect(
    findings(secretEncryption, object("core/v1:Secret", { data: { a: "eA==" } }, { secrets: [["data"]] })),
  ).toEqual([]);
  const referred = restrictedContainer({
    env: [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hf", key: "token" } } }],
  });
  expect(findings(secretEncryption, deployment(restrictedPod({ containers: [referred] })))).toEqual([]);
});

test("reads aloud, without the secret", () => {
  expect(text(findings(secretEncryption, settings(token))[0]!)).toBe(
    "[security-secret-encryption] thing (kubernetes:core/v1:ConfigMap): data.value holds a token of Hugging Face, which whoever " +
      "may read it can use. Remedy: put the value into a Secret that somebody else fills, and refer to it.",
  );
});

test.each([
  ["no key", eks({}), "encryptionConfig"],
  [
    "a key for nothing",
    eks({ encryptionConfig: { provider: { keyArn: "k" }, resources: [] } }),
    "encryptionConfig.resources",
  ],
  ["Google's own key", gke({ databaseEncryption: { state: "DECRYPTED", keyName: "k" } }), "databaseEncryption.state"],
  ["a Secret that lies open", object("core/v1:Secret", { stringData: { a: "x" } }), "stringData.a"],
  ["a token", settings(token), "data.value"],
  [
    "a password in a variable",
    deployment(restrictedPod({ containers: [restrictedContainer({ env: [{ name: "DB_PASSWORD", value: "x" }] })] })),
    "spec.template.spec.containers[0].env[0].value",
  ],
] as const)("refuses %s", (_name, resource, field) => {
  expect(fields(secretEncryption, resource)).toEqual([field]);
});

test("says that it cannot see what a cluster does that was there before", () => {
  expect(findings(secretEncryption, resourceWith("ai-platform:cluster:ExistingCluster", {}))).toMatchObject([
    { kind: "unverified" },
  ]);
});

test.each([
  ["AKIAIOSFODNN7EXAMPLE", "a key id of AWS"],
  ["-----BEGIN RSA PRIVATE KEY-----\nx", "a private key"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.abcdefghijk", "a token in JWT form"],
  ['{"type": "service_account", "private_key": "x"}', "a key of a service account of Google Cloud"],
  [token, "a token of Hugging Face"],
  [`ghp_${"a".repeat(36)}`, "a token of GitHub"],
  ["postgres://user:secret@db/x", "a password in an address"],
  [Buffer.from(`token: ${token}`).toString("base64"), "a token of Hugging Face, in base64"],
])("knows %s", (value, what) => {
  expect(secretIn(value)).toBe(what);
});

test.each([
  "-----BEGIN PUBLIC KEY-----",
  "-----BEGIN CERTIFICATE-----",
  "hf_hub",
  "https://huggingface.co/a@b",
  "AKIA",
  "sk-learn",
  "postgres://$(USER):$(PASSWORD)@db",
])("takes %s for no secret", (value) => {
  expect(secretIn(value)).toBeUndefined();
});

test("encryption not known yet is deferred to up, and refused there", () => {
  expect(kinds(secretEncryption, eks({ encryptionConfig: unknown }))).toEqual(["deferred", "violation"]);
  expect(kinds(secretEncryption, object("core/v1:ConfigMap", { data: { a: unknown } }))).toEqual([
    "deferred",
    "violation",
  ]);
});
