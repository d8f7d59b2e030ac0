import { expect, test } from "vitest";
import { contextWith, environmentWith, resourceWith } from "../fixtures";
import { type Context, evaluate, type Properties, describe as text, unknown } from "../rule";
import { pricedResource } from "./priced-resource";

const run = (type: string, props: Properties, context: Context = contextWith()) =>
  evaluate(pricedResource, resourceWith(type, props), context);

test("says what it is", () => {
  expect(pricedResource).toMatchObject({
    id: "cost-priced-resource",
    title: "Every resource of a cloud has a known price",
    concern: "cost",
    severity: "medium",
    frameworks: [],
  });
});

test("what has a price, costs nothing, or costs by its use is let through", () => {
  expect(run("aws:ec2/natGateway:NatGateway", { region: "eu-central-1" })).toEqual([]);
  expect(run("aws:ec2/vpc:Vpc", {})).toEqual([]);
  expect(run("aws:cloudwatch/logGroup:LogGroup", {})).toEqual([]);
  expect(run("kubernetes:apps/v1:Deployment", {})).toEqual([]);
  expect(run("ai-platform:serving:Serving", {})).toEqual([]);
});

test("judges what a cloud may bill, and leaves pools to the rule of theirs", () => {
  const applies = (type: string, props: Properties = {}) =>
    pricedResource.applies(resourceWith(type, props), contextWith());
  expect(applies("aws:ec2/vpc:Vpc")).toBe(true);
  expect(applies("oci:Core/instance:Instance")).toBe(true);
  expect(applies("kubernetes:apps/v1:Deployment")).toBe(false);
  expect(applies("ai-platform:cluster:NodePool")).toBe(false);
  expect(applies("pulumi:providers:aws")).toBe(false);
});

test("a type that nothing is known of is refused, with the remedy", () => {
  expect(run("aws:rds/instance:Instance", {}).map(text)).toEqual([
    "[cost-priced-resource] thing (aws:rds/instance:Instance): price is unknown: what a resource of type " +
      "aws:rds/instance:Instance costs is not known. Remedy: add the price to catalog/prices.json with its source, or " +
      "state in budget.pricesLike a region whose prices stand in.",
  ]);
});

test.each<[string, string, Properties, string]>([
  [
    "a region without prices",
    "aws:ec2/natGateway:NatGateway",
    { region: "eu-south-2" },
    "the catalog has no price of nat-gateway in eu-south-2",
  ],
  [
    "a kind without prices",
    "gcp:kms/cryptoKey:CryptoKey",
    { versionTemplate: { protectionLevel: "HSM" } },
    "the catalog has no price of keys with protection level HSM",
  ],
  [
    "an object of a cloud's operator",
    "kubernetes:storage.cnrm.cloud.google.com/v1beta1:StorageBucket",
    {},
    "it makes a resource of a cloud, by an operator (storage.cnrm.cloud.google.com)",
  ],
])("%s is refused", (_name, type, props, why) => {
  expect(run(type, props)).toMatchObject([{ kind: "violation", field: "price", message: `is unknown: ${why}` }]);
});

test("a region's prices stand in for another's where the environment says so", () => {
  const budget = { monthlyUsd: 1000, pricesLike: "eu-central-1" };
  const context = contextWith({ environment: environmentWith({ budget }) });
  expect(run("aws:ec2/natGateway:NatGateway", { region: "eu-south-2" }, context)).toEqual([]);
});

test("what is not known yet is deferred to up, and refused there", () => {
  const disk: Properties = { region: "eu-central-1", type: "gp3", size: unknown };
  expect(run("aws:ebs/volume:Volume", disk)).toMatchObject([{ kind: "deferred", field: "size" }]);
  expect(run("aws:ebs/volume:Volume", disk, contextWith({ preview: false }))).toMatchObject([
    { kind: "violation", field: "size" },
  ]);
});
