import type { Environment } from "../stacks/environment";
import { labelValue } from "./cluster/gke/names";

/**
 * What bills are told apart by: whose resources they are, what for, and who pays. One list for all clouds: AWS knows it
 * as tags, Google as labels, whose keys have no slash (cloud.google.com/kms/docs/labeling-keys, "Requirements", 2026-11).
 */
export interface Allocation {
  /** Source: `stack` of the environment. */
  readonly stack: string;
  /** Source: `tier` of the environment. */
  readonly tier: Environment["tier"];
  /** Source: `budget.costCentre` of the environment. */
  readonly costCentre?: string;
}

export const allocationOf = ({ stack, tier, budget }: Pick<Environment, "stack" | "tier" | "budget">): Allocation => ({
  stack,
  tier,
  ...(budget.costCentre === undefined ? {} : { costCentre: budget.costCentre }),
});

const named = ({ stack, tier, costCentre }: Allocation): readonly (readonly [string, string])[] => [
  ["stack", stack],
  ["tier", tier],
  ...(costCentre === undefined ? [] : [["cost-centre", costCentre] as const]),
];

/** As tags of AWS. */
export const allocationTags = (allocation: Allocation): Readonly<Record<string, string>> =>
  Object.fromEntries(named(allocation).map(([key, value]) => [`ai-platform/${key}`, value]));

/** As labels of Google Cloud. */
export const allocationLabels = (allocation: Allocation): Readonly<Record<string, string>> =>
  Object.fromEntries(named(allocation).map(([key, value]) => [`ai-platform-${key}`, labelValue(value)]));
