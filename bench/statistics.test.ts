import { expect, it } from "vitest";
import { median, summary } from "./statistics";

it("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([10, 2, 9])).toBe(9);
  expect(median([4, 1, 10, 2])).toBe(3);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

it("values are not sorted in place", () => {
  const values = [3, 1, 2];
  expect(summary(values)).toEqual({ median: 2, min: 1, max: 3 });
  expect(values).toEqual([3, 1, 2]);
});
