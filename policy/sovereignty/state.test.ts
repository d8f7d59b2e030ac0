import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { contextOf } from "../mutation";
import { type Context, evaluateStack, describe as text } from "../rule";
import { shown, state } from "./state";

const contexts = {
  aws: contextOf(loadEnvironment("sovereign-aws-eu")),
  google: contextOf(loadEnvironment("sovereign-gcp-eu")),
  home: contextOf(loadEnvironment("sovereign-onprem-eu")),
  free: contextOf(loadEnvironment("onprem")),
};

type Stated = NonNullable<Context["environment"]["state"]>;

/** Judges what is stated; what is used is the same where nothing else is said. */
function run(on: keyof typeof contexts, over: Partial<Stated> | undefined = {}, used: Partial<Context["state"]> = {}) {
  const context = contexts[on];
  const base = context.environment.state ?? contexts.home.environment.state!;
  const stated = over === undefined ? undefined : { ...base, ...over };
  const inUse = { rehearsal: false, backend: stated?.backend, secretsProvider: stated?.secretsProvider, ...used };
  return evaluateStack(state, [], { ...context, environment: { ...context.environment, state: stated }, state: inUse });
}
const unstated = (on: keyof typeof contexts) =>
  evaluateStack(state, [], { ...contexts[on], environment: { ...contexts[on].environment, state: undefined } });

test("says what it is", () => {
  expect(state).toMatchObject({ id: "sovereignty-state", concern: "sovereignty", severity: "high" });
});

test("a violation speaks of the stack, and says what is used in place of what is stated", () => {
  const [finding] = run("aws", {}, { backend: "https://api.pulumi.com" });
  expect(text(finding!)).toBe(
    '[sovereignty-state] stack sovereign-aws-eu: state.backend is "s3://ai-sovereign-pulumi-state?region=eusc-de-east-1", ' +
      "and this update uses https://api.pulumi.com. " +
      "Remedy: run: pulumi login 's3://ai-sovereign-pulumi-state?region=eusc-de-east-1'.",
  );
});

test("what the sovereign stacks state is let through", () => {
  expect(run("aws")).toEqual([]);
  expect(run("google")).toEqual([]);
  // That a Vault is where it should be, nothing here can see.
  expect(run("home")).toMatchObject([{ kind: "unverified", field: "state.secretsProvider" }]);
});

test("a sovereign environment states it, another one may", () => {
  expect(unstated("aws")).toMatchObject([{ kind: "violation", field: "state" }]);
  expect(unstated("free")).toEqual([]);
  expect(run("free", { region: "us-east-1" }).map(({ field }) => field)).toContain("state.region");
});

describe("refuses", () => {
  test.each<[string, keyof typeof contexts, Partial<Stated>, string, RegExp]>([
    ["a region outside", "google", { region: "us-central1" }, "state.region", /outside eu/],
    ["a bucket that does not say its region", "aws", { backend: "s3://a?awssdk=v2" }, "state.backend", /does not say/],
    [
      "a bucket in another region",
      "aws",
      { backend: "s3://a?region=eu-central-1" },
      "state.backend",
      /in eu-central-1/,
    ],
    [
      "a bucket of another cloud",
      "google",
      { backend: "s3://a?region=europe-west4" },
      "state.backend",
      /no region of AWS/,
    ],
    ["Google's buckets where it has no region", "home", { backend: "gs://a" }, "state.backend", /no region of Google/],
    [
      "a store outside",
      "home",
      { backend: "s3://a?region=fr-par&endpoint=s3.evil.com" },
      "state.backend",
      /does not name/,
    ],
    ["a folder", "home", { backend: "file:///state" }, "state.backend", /whichever machine/],
    ["Pulumi's service", "home", { backend: "https://api.pulumi.com" }, "state.backend", /service that Pulumi/],
    [
      "a service of one's own that nobody declared",
      "home",
      { backend: "https://pulumi.evil.com" },
      "state.backend",
      /does not name/,
    ],
    ["another cloud's storage", "home", { backend: "azblob://a" }, "state.backend", /nobody can tell/],
    [
      "a key elsewhere",
      "aws",
      { secretsProvider: "awskms://alias/a?region=us-east-1" },
      "state.secretsProvider",
      /in us-east-1/,
    ],
    [
      "a key of another partition",
      "aws",
      { secretsProvider: "awskms:///arn:aws:kms:eusc-de-east-1:1:key/a" },
      "state.secretsProvider",
      /partition aws/,
    ],
    [
      "a key that does not say its region",
      "aws",
      { secretsProvider: "awskms://alias/a" },
      "state.secretsProvider",
      /does not say/,
    ],
    [
      "a global key",
      "google",
      { secretsProvider: "gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k" },
      "state.secretsProvider",
      /in global/,
    ],
    [
      "a vault of Azure",
      "home",
      { secretsProvider: "azurekeyvault://a.vault.azure.net/keys/k" },
      "state.secretsProvider",
      /does not name/,
    ],
  ])("%s", (_name, on, over, field, message) => {
    const found = run(on, over).filter(({ kind }) => kind === "violation");
    const finding = found.find((each) => each.field === field);
    expect(finding?.message).toMatch(message);
  });
});

describe("what is used", () => {
  test.each<[string, Partial<Context["state"]>, string, RegExp]>([
    ["another bucket", { backend: "s3://b?region=eusc-de-east-1" }, "state.backend", /this update uses s3:\/\/b/],
    ["a backend that cannot be found out", { backend: undefined }, "state.backend", /could not be found out/],
    ["a passphrase", { secretsProvider: "passphrase" }, "state.secretsProvider", /uses passphrase/],
    [
      "nothing that the stack's file names",
      { secretsProvider: undefined },
      "state.secretsProvider",
      /names no secrets provider/,
    ],
  ])("refuses %s", (_name, used, field, message) => {
    const [finding] = run("aws", {}, used);
    expect(finding).toMatchObject({ kind: "violation", field });
    expect(finding!.message).toMatch(message);
  });

  test("is not judged in a rehearsal, and may say the same in another order", () => {
    expect(run("aws", {}, { rehearsal: true, backend: "file:///tmp/a", secretsProvider: "passphrase" })).toEqual([]);
    expect(run("aws", {}, { backend: "s3://ai-sovereign-pulumi-state?awssdk=v2&region=eusc-de-east-1" })).toEqual([]);
  });
});

test("nothing of a credential is shown", () => {
  expect(shown("postgres://ada:hunter2@db.example.org/pulumi?password=hunter2")).toBe(
    "postgres://db.example.org/pulumi",
  );
  expect(shown("s3://a?region=eu-central-1&accessKey=hunter2")).toBe("s3://a?region=eu-central-1");
  const [finding] = run("aws", {}, { backend: "postgres://ada:hunter2@db.example.org/pulumi" });
  expect(text(finding!)).not.toContain("hunter2");
});
