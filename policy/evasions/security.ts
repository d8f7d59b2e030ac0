import type { Evasion } from "../evasion";
import { cloudEvasions } from "./security-clouds";
import { workloadEvasions } from "./security-workloads";

export const securityEvasions: readonly Evasion[] = [...workloadEvasions, ...cloudEvasions];
