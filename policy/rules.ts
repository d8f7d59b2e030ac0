import { costRules } from "./cost/rules";
import type { Rule } from "./rule";
import { securityRules } from "./security/rules";
import { boundaryRules } from "./sovereignty/boundary-rules";
import { dataRules } from "./sovereignty/data-rules";

/** Every rule there is, in the order in which people read them. */
export const rules: readonly Rule[] = [...dataRules, ...boundaryRules, ...costRules, ...securityRules];
