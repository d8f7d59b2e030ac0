import { describe, expect, it } from "vitest";
import { accelerators } from "../catalog/accelerators";
import { parseArguments, UsageError } from "./arguments";

const figures = ["--isl", "5000", "--osl", "500", "--rps", "0.5", "--ttft", "1500", "--tpot", "40"];

describe("arguments", () => {
  it("name a model, GPU types and what is asked", () => {
    expect(
      parseArguments(["m", "--gpu", "H100-80GB", "--gpu", "l4-24gb", "--gpu", "l4-24gb", ...figures, "--json"]),
    ).toEqual({
      model: "m",
      accelerators: ["h100-80gb", "l4-24gb"],
      objective: { inputTokens: 5000, outputTokens: 500, requestsPerSecond: 0.5, ttftMs: 1500, tpotMs: 40 },
      json: true,
    });
  });

  it("without GPU types mean all, and without an objective only what fits", () => {
    expect(parseArguments(["m"])).toEqual({ model: "m", accelerators: Object.keys(accelerators), json: false });
  });

  it.each([
    [[], "which model?"],
    [["a", "b"], 'one model at a time: "b"'],
    [["m", "--gpu", "h100"], 'there is no GPU type "h100"; did you mean h100-80gb?'],
    [["m", "--isl", "x", "--osl", "1"], '--isl is "x"; expected a whole number above 0'],
    [["m", "--isl", "5.5"], '--isl is "5.5"; expected a whole number'],
    [["m", "--rps", "0"], '--rps is "0"; expected a number above 0'],
    [["m", "--tpot", "-4"], "tpot"],
    [["m", "--isl", "5"], "not stated: --osl, --rps, --ttft, --tpot"],
    [["m", "--region", "mars-1"], '--region is "mars-1", of which the catalog knows no machine'],
    [["m", "--gpus", "4"], "--gpus"],
  ])("%j are refused", (args, message) => {
    expect(() => parseArguments(args)).toThrow(UsageError);
    expect(() => parseArguments(args)).toThrow(message);
  });
});
