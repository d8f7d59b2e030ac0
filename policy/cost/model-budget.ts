import type { StackRule } from "../rule";
import { modelsOf } from "./servers";
import { costOfModel, isTenants, overBudget } from "./share";
import { objectsIn } from "./values";

/**
 * The GPUs of a model cost at most its `budget.monthlyUsd`, with all replicas that it may come to and on every pool that
 * it may grow onto, each at the price of its pool.
 */
export const modelBudget: StackRule = {
  id: "cost-model-budget",
  title: "The GPUs of each model stay within its budget",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "take replicas away, use cheaper GPUs, or have the owner of the model's budget raise it",
  applies: (resource, context) =>
    modelsOf(context.environment).some(({ budget }) => budget !== undefined) &&
    objectsIn(resource).length > 0 &&
    isTenants(resource, context),
  checkStack: (resources, context) =>
    modelsOf(context.environment).flatMap((model) =>
      model.budget === undefined
        ? []
        : overBudget(
            costOfModel(model, resources, context),
            model.budget.monthlyUsd,
            ["models", model.name, "budget", "monthlyUsd"],
            `model ${model.name}`,
          ),
    ),
};
