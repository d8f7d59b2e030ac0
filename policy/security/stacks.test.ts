import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { contextOf } from "../mutation";
import { planOf } from "../plan";
import { evaluate, evaluateStack, isStackRule, describe as text } from "../rule";
import { securityRules } from "./rules";

const stacks = readdirSync("stacks").flatMap((file) => /^Pulumi\.(.*)\.yaml$/.exec(file)?.[1] ?? []);

test.each(stacks)("nothing of %s is against a rule of security", { timeout: 120_000 }, async (stack) => {
  const environment = loadEnvironment(stack);
  const context = contextOf(environment);
  const plan = await planOf(environment);
  const found = securityRules.flatMap((rule) =>
    isStackRule(rule)
      ? evaluateStack(rule, plan, context)
      : plan.flatMap((resource) => evaluate(rule, resource, context)),
  );
  expect(found.filter(({ kind }) => kind === "violation" || kind === "deferred").map(text)).toEqual([]);
});
