import type { Rule } from "../rule";
import { audit } from "./audit";
import { encryption } from "./encryption";
import { isolation } from "./isolation";
import { region } from "./region";
import { residency } from "./residency";
import { supportAccess } from "./support-access";

/** Where data rests, under which key, and who can look at it. */
export const dataRules: readonly Rule[] = [region, residency, encryption, supportAccess, isolation, audit];
