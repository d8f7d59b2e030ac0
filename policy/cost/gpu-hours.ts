import { HOURS_PER_MONTH } from "../../catalog/prices";
import { deferred, type Observation, type Path, type Resource, type StackRule, unknown } from "../rule";
import { hardwareOf, isAccelerated, machineOf } from "./machine-types";
import { homeOf, makersIn, mostNodes, poolsIn } from "./node-makers";
import { nodePool } from "./pool";

/** Machines that stand by themselves. */
const single =
  /^(aws:ec2\/(instance:Instance|spotInstanceRequest:SpotInstanceRequest)|gcp:compute\/instance:Instance)$/;

/**
 * The GPUs of all pools at their maximum, for a month of 730 h, are at most `budget.gpuHours`. Where the resources of a
 * pool may come to more nodes than it says, those count; and so do GPU machines that stand beside the pools.
 */
export const gpuHours: StackRule = {
  id: "cost-gpu-hours",
  title: "A month of all GPUs stays within the budget of GPU-hours",
  concern: "cost",
  severity: "high",
  frameworks: [],
  remedy: "lower max of a GPU pool, or have the owner of budget.gpuHours raise it",
  applies: (resource, { environment }) =>
    environment.budget.gpuHours !== undefined &&
    (resource.type === nodePool || single.test(resource.type) || makersIn(resource).length > 0),
  checkStack(resources, { environment }) {
    const budget = environment.budget.gpuHours;
    if (budget === undefined) return [];
    const findings: (Observation & { resource?: Resource })[] = [];
    const pools = poolsIn(resources);
    const nodes = new Map<string, number>();
    const counted: { name: string; gpus: number }[] = [];
    const add = (resource: Resource, field: Path, most: number, each: number | undefined) => {
      if (each === undefined) {
        findings.push({
          resource,
          field,
          message: "makes machines with GPUs of which nobody knows how many they have",
        });
      } else if (each > 0) {
        counted.push({ name: resource.name, gpus: most * each });
      }
    };
    for (const resource of resources) {
      for (const maker of makersIn(resource)) {
        const urn = homeOf(resource, pools, resources);
        const pool = urn === undefined ? undefined : pools.get(urn)!.pool;
        if (pool === unknown) continue;
        const each = pool === undefined ? gpusOfMachine(resource) : pool.perNode;
        if (each === 0) continue;
        const { field, value } = mostNodes(maker, pool);
        if (value === unknown) {
          findings.push({ ...deferred(field), resource });
        } else if (value === undefined) {
          findings.push({ resource, field, message: "states no maximum, so that its GPU-hours have no end" });
        } else if (urn === undefined) {
          add(resource, field, value, each);
        } else {
          nodes.set(urn, (nodes.get(urn) ?? 0) + value);
        }
      }
      if (single.test(resource.type)) add(resource, ["instanceType"], 1, gpusOfMachine(resource));
    }
    for (const [urn, { resource, pool }] of pools) {
      if (pool === unknown) {
        findings.push({ ...deferred(["pool"]), resource });
      } else if (pool.perNode !== undefined) {
        counted.push({ name: pool.name, gpus: Math.max(pool.max, nodes.get(urn) ?? 0) * pool.perNode });
      }
    }
    const hours = counted.reduce((sum, { gpus }) => sum + gpus, 0) * HOURS_PER_MONTH;
    if (hours > budget) {
      const most = counted
        .sort((one, other) => other.gpus - one.gpus)
        .slice(0, 3)
        .map(({ name, gpus }) => `${name} ${gpus} GPUs`);
      findings.push({
        field: ["budget", "gpuHours"],
        value: count(budget),
        message: `and the GPUs come to ${count(hours)} hours a month, ${count(hours - budget)} too many; most of them: ${most.join(", ")}`,
      });
    }
    return findings;
  },
};

const count = (amount: number) => Math.ceil(amount).toLocaleString("en-US");

/** GPUs of a machine that a resource asks for, the most of those it names; undefined where nobody knows. */
function gpusOfMachine(resource: Resource): number | undefined {
  const types = hardwareOf(resource).filter(({ sort }) => sort === "machine");
  const gpus = types.map(({ value }): number | undefined => {
    if (typeof value !== "string") return undefined;
    return machineOf(value)?.gpus ?? (isAccelerated(value) ? undefined : attached(resource));
  });
  return gpus.includes(undefined) ? undefined : Math.max(0, ...(gpus as number[]));
}

/** An attached accelerator, of machines that have none of their own, makes the number unknown. */
const attached = (resource: Resource): number | undefined =>
  hardwareOf(resource).some(({ sort }) => sort === "accelerator") ? undefined : 0;
