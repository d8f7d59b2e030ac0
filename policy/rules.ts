import { knownMachine } from "./cost/known-machine";
import { knownPrice } from "./cost/known-price";
import { monthlyBudget } from "./cost/monthly-budget";
import type { Rule } from "./rule";
import { region } from "./sovereignty/region";
import { registry } from "./sovereignty/registry";

/** Every rule there is, in the order in which people read them. */
export const rules: readonly Rule[] = [region, registry, knownMachine, knownPrice, monthlyBudget];
