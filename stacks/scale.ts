import { z } from "zod";

/**
 * How the replicas of one role follow its load. Signals are per replica: what one server may be asked before another is
 * worth its GPUs. A target that is left out takes its default where the role has that signal: prefill scales on waiting
 * requests and the time to first token, decode on the KV cache and the time per output token, both on all of them.
 */
export const scale = z
  .strictObject({
    min: z
      .int()
      .min(0)
      .max(1000)
      .describe("Replicas that always run; 0 stops the last one when nothing is asked for `cooldownSeconds`."),
    max: z.int().min(1).max(1000).describe("Replicas that may run; their GPUs must fit the tenant's quota."),
    waiting: z
      .number()
      .positive()
      .max(10_000)
      .default(4)
      .describe("Requests that wait for one replica, on average, before another is added."),
    kvUtilization: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.8)
      .describe("Part of its KV cache that a replica uses, on average, before another is added."),
    ttftMs: z
      .number()
      .positive()
      .max(3_600_000)
      .optional()
      .describe(
        "Time to first token, milliseconds at the 90th percentile, above which a replica is added; the objective's where the model has one.",
      ),
    tpotMs: z
      .number()
      .positive()
      .max(60_000)
      .optional()
      .describe(
        "Time per output token, milliseconds at the 90th percentile, above which a replica is added; the objective's where the model has one.",
      ),
    cooldownSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe("Seconds of less load before a replica is taken away; follows from how long the model takes to load."),
  })
  .superRefine((value, context) => {
    if (value.max < value.min) {
      context.addIssue({ code: "custom", path: ["max"], message: `at least min, which is ${value.min}` });
    }
  })
  .describe("Replicas by load instead of a fixed number; `replicas` is what it starts with.");

export type Scale = z.output<typeof scale>;
