import type { Evasion } from "../evasion";
import { allocationEvasions } from "./cost-allocation";
import { boundEvasions } from "./cost-bounds";
import { machineEvasions } from "./cost-machines";
import { shareEvasions } from "./cost-shares";

export const costEvasions: readonly Evasion[] = [
  ...machineEvasions,
  ...boundEvasions,
  ...shareEvasions,
  ...allocationEvasions,
];
