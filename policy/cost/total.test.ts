import { expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { contextWith, resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { unknown } from "../rule";
import { monthlyTotal } from "./total";

const pool = resourceWith("ai-platform:cluster:NodePool", {
  pool: {
    name: "gpu",
    accelerator: "l4-24gb",
    perNode: 1,
    min: 0,
    max: 2,
    machine: { cpus: 4, memoryGib: 16 },
    price: { usdPerGpuHour: 1, source: "contract", date: "2026-01-01" },
  },
});
const gateway = resourceWith("aws:ec2/natGateway:NatGateway", { region: "eu-central-1" }, { name: "nat" });

test("adds what has a price, and lists what has none, what is late and what is used", () => {
  const late = resourceWith("aws:ebs/volume:Volume", { region: "eu-central-1", type: "gp3", size: unknown });
  const total = monthlyTotal(
    [
      pool,
      gateway,
      late,
      resourceWith("aws:rds/instance:Instance", {}, { name: "database" }),
      resourceWith("aws:sqs/queue:Queue", {}, { name: "queue" }),
      resourceWith("aws:ec2/vpc:Vpc", {}),
      resourceWith("kubernetes:core/v1:Pod", {}),
    ],
    contextWith(),
  );
  expect(total.usd).toBeCloseTo(2 * 730 + 0.052 * 730);
  expect(total.priced).toEqual([
    { name: "gpu", type: pool.type, usd: 1460, detail: "2 nodes" },
    { name: "nat", type: gateway.type, usd: 0.052 * 730, detail: "NAT gateway" },
  ]);
  expect(total.unpriced).toEqual(["database (what a resource of type aws:rds/instance:Instance costs is not known)"]);
  expect(total.deferred).toEqual([late]);
  expect(total.usage).toEqual([{ name: "queue", type: "aws:sqs/queue:Queue", why: "queues cost by request" }]);
});

test("has the share that Assured Workloads adds to everything", () => {
  const context = contextOf(loadEnvironment("sovereign-gcp-eu"));
  const regime = { complianceRegime: "EU_REGIONS_AND_SUPPORT", location: "europe-west4" };
  const workload = resourceWith("gcp:assuredworkloads/workload:Workload", regime, { name: "assured" });
  const total = monthlyTotal([pool, workload], context);
  expect(total.usd).toBeCloseTo(1460 * 1.05);
  expect(total.priced[1]).toEqual({ name: "assured", type: workload.type, usd: 73, detail: "5 % of what it covers" });
  expect(monthlyTotal([pool], context).usd).toBe(1460);
});
