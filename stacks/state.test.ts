import { expect, test } from "vitest";
import { state } from "./state";

const parse = (over: Record<string, unknown>) =>
  state.safeParse({
    backend: "s3://state?region=eu-central-1",
    secretsProvider: "awskms://alias/state?region=eu-central-1",
    region: "eu-central-1",
    ...over,
  });

test.each<Record<string, unknown>>([
  {},
  { backend: "gs://state", secretsProvider: "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k" },
  { backend: "https://pulumi.example.org", secretsProvider: "hashivault://state" },
])("%o is a state", (over) => {
  expect(parse(over).success).toBe(true);
});

test.each<[Record<string, unknown>, string]>([
  [{ backend: "state" }, "backend"],
  [{ backend: undefined }, "backend"],
  [{ secretsProvider: "passphrase" }, "secretsProvider"],
  [{ secretsProvider: "default" }, "secretsProvider"],
  [{ region: "" }, "region"],
])("%o is none", (over, field) => {
  const parsed = parse(over);
  expect(parsed.success).toBe(false);
  expect(parsed.error?.issues[0]).toMatchObject({ path: [field] });
});
