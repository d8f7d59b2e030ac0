import type { Rule } from "../rule";
import { digest } from "./digest";
import { egress } from "./egress";
import { modelSource } from "./model-source";
import { partition } from "./partition";
import { registry } from "./registry";
import { state } from "./state";
import { trust } from "./trust";

/** What comes in, what goes out, and who is trusted. */
export const boundaryRules: readonly Rule[] = [partition, state, registry, digest, modelSource, egress, trust];
