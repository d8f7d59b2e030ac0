import { deferred, type Observation, type Resource, type StackRule } from "../rule";
import { nodePool, poolOf } from "./pool";
import { mayCost, resourceCost } from "./resource-price";
import { monthlyTotal } from "./total";

/** How many of the most expensive resources, and of those without a price, a message names. */
const named = 3;

/** A month of everything at its maximum costs no more than `budget.monthlyUsd`. */
export const monthlyBudget: StackRule = {
  id: "cost-monthly-budget",
  title: "A month of everything at its maximum stays within the budget",
  concern: "cost",
  severity: "high",
  frameworks: [],
  remedy: "lower max of a pool, choose another machine, or have the owner of budget.monthlyUsd raise it",
  applies: mayCost,
  checkStack(resources, context) {
    const bare = resources.filter(isBare);
    const total = monthlyTotal(
      resources.filter((resource) => !bare.includes(resource)),
      context,
    );
    const single: (Observation & { resource: Resource })[] = [
      ...total.deferred.map((resource) => {
        const cost = resourceCost(resource, context);
        return { ...deferred(cost.kind === "deferred" ? cost.field : ["price"]), resource };
      }),
      ...bare.map((resource) => ({
        resource,
        field: ["pool"],
        message: "is no output of the resource, so that its cost is missing from the total",
        remedy: "register pool as an output of the component",
      })),
    ];
    const budget = context.environment.budget.monthlyUsd;
    const about = { field: ["budget", "monthlyUsd"], value: usd(budget) };
    const { unpriced } = total;
    const more = unpriced.length > named ? `, and ${unpriced.length - named} more` : "";
    const rest =
      unpriced.length === 0 ? "" : `; not counted, for want of a price: ${unpriced.slice(0, named).join(", ")}${more}`;
    if (total.usd > budget) {
      const top = [...total.priced]
        .sort((one, other) => other.usd - one.usd)
        .slice(0, named)
        .map(({ name, usd: cost, detail }) => `${name} ${usd(cost)} (${detail})`);
      const excess = usd(total.usd - budget);
      const message = `and everything costs ${usd(total.usd)} a month, ${excess} too much; most of it: ${top.join(", ")}${rest}`;
      return [...single, { ...about, message }];
    }
    // Whether what has no price may be there at all is the matter of cost-known-price and cost-priced-resource.
    return unpriced.length === 0
      ? single
      : [
          ...single,
          {
            ...about,
            kind: "unverified" as const,
            message: `and everything costs at least ${usd(total.usd)} a month${rest}`,
            remedy: "give everything a price",
          },
        ];
  },
};

/** A NodePool that says nothing of its pool. */
const isBare = (resource: Resource): boolean => resource.type === nodePool && poolOf(resource) === undefined;

/** Whole dollars, rounded up, so that no excess reads as none. */
const usd = (amount: number) => `USD ${Math.ceil(amount).toLocaleString("en-US")}`;
