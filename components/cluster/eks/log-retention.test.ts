import { expect, test } from "vitest";
import { lasting } from "./log-retention";
import { recordEks } from "./testing";

test("logs last for the next longer time that CloudWatch offers, else for ever", () => {
  expect(lasting({ days: 90, outliveStack: false })).toEqual({ retentionInDays: 90 });
  expect(lasting({ days: 366, outliveStack: false })).toEqual({ retentionInDays: 400 });
  expect(lasting({ days: 4000, outliveStack: true })).toEqual({ retentionInDays: 0, skipDestroy: true });
});

test("logs of a production cluster and its network stay when the stack goes, and others do not", async () => {
  const kept = async (tier: "production" | "development") => {
    const { recording } = await recordEks({}, undefined, { tier });
    return recording.resources
      .filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup")
      .map(({ inputs }) => inputs.skipDestroy);
  };
  expect(await kept("production")).toEqual([true, true]);
  expect(await kept("development")).toEqual([undefined, undefined]);
});
