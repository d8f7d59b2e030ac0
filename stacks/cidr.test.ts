import { describe, expect, it } from "vitest";
import { cidr, overlap } from "./cidr";

describe("cidr", () => {
  it("takes a range by its first address", () => {
    expect(cidr.safeParse("10.64.0.0/16").success).toBe(true);
  });

  it.each([
    ["10.64.0.1/16", "the range by its first address, 10.64.0.0/16"],
    ["10.64.0.0", "an IPv4 range such as 10.64.0.0/16"],
    ["10.64.0.0/33", "an IPv4 range such as 10.64.0.0/16"],
    ["fd00::/64", "an IPv4 range such as 10.64.0.0/16"],
  ])("refuses %s", (value, message) => {
    expect(cidr.safeParse(value).error?.issues[0]?.message).toBe(message);
  });
});

describe("overlap", () => {
  it.each([
    ["10.0.0.0/16", "10.0.128.0/20", true],
    ["10.0.128.0/20", "10.0.0.0/16", true],
    ["10.0.0.0/16", "10.0.0.0/16", true],
    ["10.0.0.0/16", "10.1.0.0/16", false],
    ["10.0.0.0/17", "10.0.128.0/17", false],
  ])("of %s and %s is %s", (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
  });
});
