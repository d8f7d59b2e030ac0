import type { Case } from "./case";
import { fleet } from "./fleet";
import { production, rehearsal } from "./rehearsal";
import { routing } from "./routing";
import { sizing } from "./sizing";
import { toolchain } from "./toolchain";

/** Every case there is, in the order in which they run. */
export const cases: readonly Case[] = [rehearsal, production, fleet, routing, sizing, toolchain];
