import { z } from "zod";
import { accelerators } from "../catalog/accelerators";
import { regions } from "../catalog/regions";
import { keysOf } from "./names";

/** What an environment may cost, and on what. Money is USD without tax, a month is 730 h. */
export const budget = z.strictObject({
  monthlyUsd: z.number().positive().describe("Refused when the month (730 h, everything at its maximum) costs more."),
  costCentre: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "lower case, digits, _ and -, which every cloud takes")
    .optional()
    .describe("Who pays: a tag, or label, of everything that bills."),
  monthlyIncreaseUsd: z
    .number()
    .nonnegative()
    .optional()
    .describe("How much more the month may cost than before the change that a gate judges."),
  pricesLike: z
    .enum(keysOf(regions))
    .optional()
    .describe("A region whose prices of disks, networks and services stand in for those that are not known here."),
  gpuHours: z.number().positive().optional().describe("GPU-hours of a month, with every pool at its maximum."),
  accelerators: z
    .array(z.enum(keysOf(accelerators)))
    .min(1)
    .optional()
    .describe("The accelerators that pools may have. All, where none is stated."),
  machines: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("The machine types that pools may have, such as p5.48xlarge. All, where none is stated."),
});

/** What a tenant or a model may cost in a month. */
export const share = z.strictObject({
  monthlyUsd: z.number().positive().describe("USD of a month (730 h) for the GPUs that it holds."),
});
