import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { failure } from "../../testing";
import { leftInCloud } from "../left";
import { type TestCloud, testCloud } from "../testing";
import { config, enable, makeKey, region, tokens } from "./testing";

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await testCloud("gcp", config);
});
afterEach(() => cloud.stop());

it("keeps key rings and keys that were deleted, and refuses to make them again", async () => {
  await enable(cloud.engine, ["cloudkms"]);
  const { ring, key } = await makeKey(cloud.engine);
  await cloud.engine.delete(key);
  await cloud.engine.delete(ring);
  const again = cloud.engine.create(tokens.KeyRing, "ring", { name: "ai", location: region });
  expect(await failure(again)).toContain(`googleapi: Error 409: KeyRing ${ring.id} already exists.`);
  // It is no leftover of the stack: nobody could remove it.
  const left = await leftInCloud({ cloud: path.join(cloud.folder, "cloud") });
  expect(left.filter((object) => object.startsWith("gcp:kms"))).toEqual([]);
});

it("leaves an API on, which the next one finds", async () => {
  const inputs = { service: "dns.googleapis.com" };
  await cloud.engine.delete(await cloud.engine.create(tokens.Service, "dns", inputs));
  await cloud.engine.create(tokens.Service, "dns", inputs);
  expect(cloud.objects()).toHaveLength(1);
  const off = { service: "iam.googleapis.com", disableOnDestroy: true };
  await cloud.engine.delete(await cloud.engine.create(tokens.Service, "iam", off));
  expect(cloud.objects()).toHaveLength(1);
});
