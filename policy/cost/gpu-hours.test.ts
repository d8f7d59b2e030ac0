import { expect, test } from "vitest";
import { resourceWith } from "../fixtures";
import { planOf } from "../plan";
import { evaluateStack, type Resource, describe as text, unknown } from "../rule";
import { gpuHours } from "./gpu-hours";
import { contextOfStack, limited, nodeGroup, poolWith } from "./testing";

const prod = contextOfStack("prod-aws");
const hours = (gpus: number) => limited(prod, { gpuHours: gpus * 730 });
const run = (gpus: number, ...resources: readonly Resource[]) => evaluateStack(gpuHours, resources, hours(gpus));

test("says what it is", () => {
  expect(gpuHours).toMatchObject({ id: "cost-gpu-hours", concern: "cost", severity: "high", frameworks: [] });
});

test("what the blueprint makes is let through up to the last hour", async () => {
  const resources = await planOf(prod.environment);
  expect(evaluateStack(gpuHours, resources, prod)).toEqual([]);
  // Two nodes and one with H100, and two with L40S.
  expect(run(40, ...resources)).toEqual([]);
  expect(run(39, ...resources).map(text)).toEqual([
    '[cost-gpu-hours] stack prod-aws: budget.gpuHours is "28,470", and the GPUs come to 29,200 hours a month, 730 too many; ' +
      "most of them: h100 16 GPUs, burst 16 GPUs, slices 8 GPUs. Remedy: lower max of a GPU pool, or have the owner of " +
      "budget.gpuHours raise it.",
  ]);
});

test("resources below a pool count where they come to more, and those beside pools count as well", () => {
  expect(run(16, ...poolWith(prod, "h100", nodeGroup()))).toEqual([]);
  expect(run(16, ...poolWith(prod, "h100", nodeGroup({ scalingConfig: { maxSize: 3 } })))).toHaveLength(1);
  expect(run(8, nodeGroup())).toEqual([]);
  expect(run(7, nodeGroup())).toMatchObject([{ kind: "violation", name: "prod-aws" }]);
  expect(run(1, nodeGroup({ instanceTypes: ["m7i.4xlarge"] }))).toEqual([]);
  expect(run(7, resourceWith("aws:ec2/instance:Instance", { instanceType: "p5.48xlarge" }))).toHaveLength(1);
});

test("machines without a maximum, or with GPUs that nobody knows, are refused", () => {
  expect(run(1000, nodeGroup({ scalingConfig: {} }))).toMatchObject([
    { message: expect.stringContaining("no maximum") },
  ]);
  expect(run(1000, nodeGroup({ instanceTypes: ["p9.48xlarge"] }))).toMatchObject([
    { message: expect.stringContaining("nobody knows how many") },
  ]);
});

test("what is not known yet is deferred to up, and refused there", () => {
  const late = nodeGroup({ scalingConfig: { maxSize: unknown } });
  expect(run(1000, late)).toMatchObject([{ kind: "deferred", field: "scalingConfig.maxSize" }]);
  expect(evaluateStack(gpuHours, [late], { ...hours(1000), preview: false })).toMatchObject([{ kind: "violation" }]);
  const pool = resourceWith("ai-platform:cluster:NodePool", { pool: unknown });
  expect(run(1000, pool)).toMatchObject([{ kind: "deferred", field: "pool" }]);
});
