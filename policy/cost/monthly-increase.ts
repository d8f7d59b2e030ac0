import { deferred, type Observation, type Resource, type StackRule } from "../rule";
import { mayCost } from "./resource-price";
import { dollars } from "./share";
import { monthlyTotal } from "./total";

/**
 * A month after the change costs at most `budget.monthlyIncreaseUsd` more than one before it. What it cost before is for
 * whoever judges the change to work out, in the same way; without that, or without a limit, nothing is judged.
 */
export const monthlyIncrease: StackRule = {
  id: "cost-monthly-increase",
  title: "A change makes the month no dearer than the budget lets one change do",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "make the change smaller, or have the owner of budget.monthlyIncreaseUsd raise it",
  applies: (resource, context) =>
    context.monthlyUsdBefore !== undefined &&
    context.environment.budget.monthlyIncreaseUsd !== undefined &&
    mayCost(resource, context),
  checkStack(resources, context) {
    const { monthlyUsdBefore: before } = context;
    const limit = context.environment.budget.monthlyIncreaseUsd;
    if (before === undefined || limit === undefined) return [];
    const field = ["budget", "monthlyIncreaseUsd"];
    if (!Number.isFinite(before) || before < 0) {
      const message = "cannot be held against what the month cost before: that is no amount of money";
      return [{ field, message, remedy: "give AI_PLATFORM_MONTHLY_USD_BEFORE as a plain number of USD" }];
    }
    const total = monthlyTotal(resources, context);
    const findings: (Observation & { resource?: Resource })[] = total.deferred.map((resource) => ({
      ...deferred(["price"]),
      resource,
    }));
    const more = total.usd - before;
    const about = { field, value: dollars(limit) };
    const rest = total.unpriced.length === 0 ? "" : `; not counted, for want of a price: ${total.unpriced.join(", ")}`;
    if (more > limit) {
      const message = `and the month comes to ${dollars(total.usd)} instead of ${dollars(before)}, ${dollars(more)} more${rest}`;
      return [...findings, { ...about, message }];
    }
    // Whether what has no price may be there at all is for other rules to say.
    return rest === ""
      ? findings
      : [
          ...findings,
          {
            ...about,
            kind: "unverified",
            message: `and the month comes to at least ${dollars(total.usd)} instead of ${dollars(before)}${rest}`,
            remedy: "give everything a price",
          },
        ];
  },
};
