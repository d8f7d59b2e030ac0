import type { Rule } from "../rule";
import { allocation } from "./allocation";
import { allowedHardware } from "./allowed-hardware";
import { expiry } from "./expiry";
import { gpuHours } from "./gpu-hours";
import { idlePool } from "./idle-pool";
import { knownMachine } from "./known-machine";
import { knownPrice } from "./known-price";
import { modelBudget } from "./model-budget";
import { monthlyBudget } from "./monthly-budget";
import { monthlyIncrease } from "./monthly-increase";
import { pricedResource } from "./priced-resource";
import { scaleBounds } from "./scale-bounds";
import { spot } from "./spot";
import { tenantBudget } from "./tenant-budget";

/** What things cost, and on what money may be spent. */
export const costRules: readonly Rule[] = [
  knownMachine,
  knownPrice,
  pricedResource,
  monthlyBudget,
  monthlyIncrease,
  tenantBudget,
  modelBudget,
  gpuHours,
  allowedHardware,
  scaleBounds,
  spot,
  idlePool,
  expiry,
  allocation,
];
