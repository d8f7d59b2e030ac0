import { expect, it } from "vitest";
import { stepsOf } from "./steps";

const marks = [
  { name: "tools", at: 1000 },
  { name: "charts", at: 1500 },
  { name: "pulumi up", at: 3000 },
  { name: "pulumi up: preview", at: 4000 },
  { name: "pulumi up: update", at: 5000 },
  { name: "waiting for the scheduler", at: 9000 },
];

it("a step lasts until the next one, its parts included", () => {
  expect(stepsOf(marks, 9500)).toEqual([
    { name: "tools", seconds: 0.5 },
    { name: "charts", seconds: 1.5 },
    { name: "pulumi up", seconds: 6 },
    { name: "waiting for the scheduler", seconds: 0.5 },
  ]);
});

it("parts of a step stand for themselves when they are asked for", () => {
  expect(stepsOf(marks, 9500, true).slice(2)).toEqual([
    { name: "pulumi up", seconds: 1 },
    { name: "pulumi up: preview", seconds: 1 },
    { name: "pulumi up: update", seconds: 4 },
    { name: "waiting for the scheduler", seconds: 0.5 },
  ]);
});
