import type { Context, StackRule } from "../rule";

/** Days ahead that an ephemeral environment may be needed. */
export const longest = 30;

/** What every stack has, and whose life this is about. */
const roots = /^(ai-platform:platform:Platform|ai-platform:serving:TeamModels)$/;

const dayMs = 24 * 60 * 60 * 1000;

/** A day as a number of days; undefined where it is none. */
function dayNumber(day: string): number | undefined {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.floor(time / dayMs);
}

/**
 * No environment outlives its last day: one that states `expires` is not updated after that, and an ephemeral one states
 * a day at most 30 days ahead. It can be taken down at any time, for nothing is judged then.
 */
export const expiry: StackRule = {
  id: "cost-expiry",
  title: "No environment outlives the day that it states, and an ephemeral one states a near one",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "take the environment down, or have its owner state a later day in expires",
  applies: ({ type }, { environment }) =>
    roots.test(type) && (environment.expires !== undefined || environment.tier === "ephemeral"),
  checkStack(_resources, { environment, today }: Context) {
    const { expires, tier } = environment;
    const field = ["expires"];
    if (expires === undefined) {
      return tier === "ephemeral"
        ? [
            {
              field,
              message: "is not stated, and the environment is ephemeral",
              remedy: "state the last day on which it is needed",
            },
          ]
        : [];
    }
    const [last, now] = [dayNumber(expires), dayNumber(today)];
    if (last === undefined || now === undefined) {
      return [{ field, value: expires, message: "which is no day", remedy: "state a day, such as 2027-03-31" }];
    }
    if (last < now) {
      return [{ field, value: expires, message: `which is past: today is ${today}` }];
    }
    if (tier === "ephemeral" && last - now > longest) {
      const message = `which is ${last - now} days ahead, and an ephemeral environment lives at most ${longest}`;
      return [{ field, value: expires, message, remedy: `state a day at most ${longest} days ahead` }];
    }
    return [];
  },
};
