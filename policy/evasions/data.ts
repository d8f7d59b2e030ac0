import type { Evasion } from "../evasion";
import { auditEvasions } from "./data-audit";
import { encryptionEvasions } from "./data-encryption";
import { regionEvasions } from "./data-region";
import { residencyEvasions } from "./data-residency";
import { viewEvasions } from "./data-view";

/** Ways past the rules about where data rests, under which key, and who can look at it. */
export const dataEvasions: readonly Evasion[] = [
  ...regionEvasions,
  ...residencyEvasions,
  ...encryptionEvasions,
  ...viewEvasions,
  ...auditEvasions,
];
