import { describe, expect, it } from "vitest";
import { scale } from "./scale";

describe("scale", () => {
  it("needs its bounds alone", () => {
    expect(scale.parse({ min: 0, max: 1 })).toEqual({ min: 0, max: 1, waiting: 4, kvUtilization: 0.8 });
  });

  it.each([
    [{ min: 3, max: 2 }, "at least min, which is 3"],
    [{ min: 0, max: 0 }, "max"],
    [{ min: 1, max: 2, kvUtilization: 1 }, "kvUtilization"],
    [{ min: 1, max: 2, waiting: 0 }, "waiting"],
    [{ min: 1, max: 2, queue: 3 }, "queue"],
  ])("refuses %o", (stated, expected) => {
    expect(() => scale.parse(stated)).toThrow(expected);
  });
});
