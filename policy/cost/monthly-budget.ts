import { deferred, type StackRule, unknown } from "../rule";
import { nodePool, poolOf } from "./pool";
import { monthlyUsd } from "./price";

/** How many of the most expensive pools a message names. */
const named = 3;

/** A month of all node pools at their maximum costs no more than `budget.monthlyUsd`. */
export const monthlyBudget: StackRule = {
  id: "cost-monthly-budget",
  title: "A month of all node pools at their maximum stays within the budget",
  concern: "cost",
  severity: "high",
  frameworks: [],
  remedy: "lower max of a pool, choose another machine, or have the owner of budget.monthlyUsd raise it",
  checkStack(resources, context) {
    const findings = [];
    const priced: { name: string; usd: number; nodes: number }[] = [];
    const unpriced: string[] = [];
    for (const resource of resources.filter((candidate) => candidate.type === nodePool)) {
      const pool = poolOf(resource);
      if (pool === unknown) {
        findings.push({ ...deferred(["pool"]), resource });
      } else if (pool === undefined) {
        findings.push({
          resource,
          field: ["pool"],
          message: "is no output of the resource, so that its cost is missing from the total",
          remedy: "register pool as an output of the component",
        });
      } else {
        const cost = monthlyUsd(pool, context.prices);
        if ("unknown" in cost) {
          unpriced.push(`${pool.name} (${cost.unknown})`);
        } else {
          priced.push({ name: pool.name, usd: cost.usd, nodes: pool.max });
        }
      }
    }
    const budget = context.environment.budget.monthlyUsd;
    const total = priced.reduce((sum, pool) => sum + pool.usd, 0);
    const rest = unpriced.length === 0 ? "" : `; not counted, for want of a price: ${unpriced.join(", ")}`;
    if (total > budget) {
      const top = priced
        .sort((one, other) => other.usd - one.usd)
        .slice(0, named)
        .map((pool) => `${pool.name} ${usd(pool.usd)} (${pool.nodes} ${pool.nodes === 1 ? "node" : "nodes"})`);
      findings.push({
        field: ["budget", "monthlyUsd"],
        value: usd(budget),
        message: `and the pools cost ${usd(total)} a month, ${usd(total - budget)} too much; most of it: ${top.join(", ")}${rest}`,
      });
    } else if (unpriced.length > 0) {
      findings.push({
        field: ["budget", "monthlyUsd"],
        value: usd(budget),
        message: `and the pools cost at least ${usd(total)} a month${rest}`,
        remedy: "give every pool a price",
      });
    }
    return findings;
  },
};

/** Whole dollars, rounded up, so that no excess reads as none. */
const usd = (amount: number) => `USD ${Math.ceil(amount).toLocaleString("en-US")}`;
