import { expect, it } from "vitest";
import { autoname, fieldManagerFor } from "./naming";

const none = new Uint8Array();

it("names end in eight hex digits, new ones each time", () => {
  const names = [autoname("web", none, undefined), autoname("web", none, undefined)];
  for (const name of names) expect(name).toMatch(/^web-[0-9a-f]{8}$/);
  expect(names[0]).not.toBe(names[1]);
});

it("names follow from the engine's seed and its autonaming configuration", () => {
  const seed = new Uint8Array([1, 2, 3]);
  expect(autoname("web", seed, undefined)).toBe(autoname("web", seed, undefined));
  expect(autoname("web", none, { proposed: "mine", disabled: false })).toBe("mine");
  expect(() => autoname("web", none, { proposed: "", disabled: true })).toThrow(/autonaming is disabled/);
});

it("a resource always owns its fields under the same name", () => {
  expect(fieldManagerFor("urn:a")).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
  expect(fieldManagerFor("urn:a")).toBe(fieldManagerFor("urn:a"));
  expect(fieldManagerFor("urn:a")).not.toBe(fieldManagerFor("urn:b"));
});
