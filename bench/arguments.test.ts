import { describe, expect, it } from "vitest";
import { parseArguments, UsageError } from "./arguments";
import { cases } from "./cases";

const table = [
  { name: "rehearsal", title: "updates", byDefault: true },
  { name: "toolchain", title: "tools", byDefault: false },
  { name: "sizing", title: "models", byDefault: false },
];

const messageOf = (...args: string[]) => {
  try {
    parseArguments(args, table);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error("was accepted");
};

describe("arguments", () => {
  it("without any: the cases that run by default, once", () => {
    expect(parseArguments([], table)).toEqual({ cases: ["rehearsal"], json: false, repeat: 1, cold: false });
  });

  it("names choose cases, each once and in the table's order", () => {
    expect(parseArguments(["sizing", "--json", "rehearsal", "sizing"], table)).toMatchObject({
      cases: ["rehearsal", "sizing"],
      json: true,
    });
    expect(parseArguments(["toolchain", "--cold"], table)).toMatchObject({ cases: ["toolchain"], cold: true });
    expect(parseArguments(["--repeat", "3"], table)).toMatchObject({ repeat: 3 });
  });

  it("an unknown case: lists those there are, and how to call it", () => {
    const message = messageOf("sizes");
    expect(message).toContain('there is no case "sizes"; there are: rehearsal, toolchain, sizing\n');
    expect(message).toContain("usage: npm run bench");
    expect(message).toContain("rehearsal  updates (runs when none is named)");
  });

  it.each([
    [["--fast"], "--fast"],
    [["--repeat", "0"], '--repeat is "0"; expected a whole number from 1 on'],
    [["--repeat", "two"], '--repeat is "two"; expected a whole number from 1 on'],
    [["--repeat"], "--repeat"],
    [["--cold"], "--cold is for the case toolchain"],
  ])("%j is refused", (args, reason) => {
    expect(messageOf(...args)).toContain(reason);
  });
});

it("the table has no name twice", () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});
