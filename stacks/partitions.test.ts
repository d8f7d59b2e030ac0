import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { partitions } from "../catalog/partitions";
import { awsPartitionOf, type RegionName } from "../catalog/regions";
import { eksAttributes } from "../components/cluster/eks/testing";
import { record } from "../components/testing";
import { loadEnvironment } from "./load";

/** A region of each partition of AWS. */
const regions = ["eu-north-1", "eusc-de-east-1", "us-gov-west-1", "cn-north-1"] as const satisfies RegionName[];

const stacks = readdirSync(__dirname)
  .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
  .filter((stack) => {
    const { cluster, team } = loadEnvironment(stack);
    return cluster.kind === "eks" && team === undefined;
  });

const found = (text: string, pattern: RegExp) => [...new Set(text.match(pattern) ?? [])].sort();

it("judges every stack on AWS", () => {
  expect(stacks).toEqual(["dev-aws", "prod-aws", "sovereign-aws-eu"]);
});

describe.each(stacks)("%s", (stack) => {
  it.each(regions)("names nothing of another partition when it stands in %s", async (region) => {
    const environment = loadEnvironment(stack);
    if (environment.cluster.kind !== "eks") throw new Error("not a stack on EKS");
    const moved = { ...environment, cluster: { ...environment.cluster, region } };
    const recording = await record(moved, eksAttributes);
    // A pool may say that it is priced like a machine elsewhere; nothing is made of that.
    const made = recording.resources.filter(({ type }) => type !== "ai-platform:cluster:NodePool");
    const text = JSON.stringify(made.map(({ inputs }) => inputs));
    const partition = awsPartitionOf(region);
    expect(found(text, /arn:[a-z-]+:/g)).toEqual([`arn:${partition}:`]);
    // Apart from principals and endpoint services, whose names the catalog has for each partition, and which start with a
    // service or end in one.
    const hosts = found(text, /[a-z0-9.-]+\.amazonaws\.[a-z.]+[a-z]/g).filter((host) => host.includes(region));
    for (const host of hosts) {
      expect(host).toMatch(
        new RegExp(`\\.${partitions[partition].dnsSuffix.replace(/\./g, "\\.")}$|^(com|eu|cn\\.com)\\.amazonaws\\.`),
      );
    }
    const foreign = regions.filter((other) => other !== region);
    expect(foreign.filter((other) => text.includes(other) && environment.cluster.region !== other)).toEqual([]);
  });
});
