import type { StackRule } from "../rule";
import { costOfTenant, isTenants, overBudget } from "./share";
import { objectsIn } from "./values";

/**
 * The GPUs of a tenant cost at most its `budget.monthlyUsd`: those of its models with all replicas that they may come to,
 * and those of all other pods in its namespace, each at the price of its pool. A stack sees its own: in a team's, the
 * platform's models of the tenant count beside the team's; those of other teams are in stacks of their own.
 */
export const tenantBudget: StackRule = {
  id: "cost-tenant-budget",
  title: "The GPUs of each tenant stay within its budget",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "take replicas away, use cheaper GPUs, or have the owner of the tenant's budget raise it",
  applies: (resource, context) =>
    context.environment.tenants.some(({ budget }) => budget !== undefined) &&
    objectsIn(resource).length > 0 &&
    isTenants(resource, context),
  checkStack: (resources, context) =>
    context.environment.tenants.flatMap(({ name, budget }) =>
      budget === undefined
        ? []
        : overBudget(
            costOfTenant(name, resources, context),
            budget.monthlyUsd,
            ["tenants", name, "budget", "monthlyUsd"],
            `tenant ${name}`,
          ),
    ),
};
