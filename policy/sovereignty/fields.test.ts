import { expect, test } from "vitest";
import { unknown } from "../rule";
import { fieldsAt, isOn } from "./fields";

test("a list on the way means each of its items", () => {
  const props = { mappings: [{ ebs: { key: "a" } }, { ebs: {} }, {}] };
  expect(fieldsAt(props, "mappings.ebs?.key")).toEqual([
    { field: ["mappings", 0, "ebs", "key"], value: "a" },
    { field: ["mappings", 1, "ebs", "key"], value: undefined },
  ]);
  expect(fieldsAt({ config: [{ key: "a" }] }, "config.key")).toEqual([{ field: ["config", 0, "key"], value: "a" }]);
});

test("what is missing is found where it should be, unless it need not be there", () => {
  expect(fieldsAt({}, "a.b.c")).toEqual([{ field: ["a", "b", "c"], value: undefined }]);
  expect(fieldsAt({ a: [] }, "a.b")).toEqual([{ field: ["a", "b"], value: undefined }]);
  expect(fieldsAt({ a: null }, "a.b?")).toEqual([{ field: ["a", "b"], value: undefined }]);
  expect(fieldsAt({}, "a?.b")).toEqual([]);
});

test("what is not known hides all below it; JSON in a text does not", () => {
  expect(fieldsAt({ a: unknown }, "a.b?")).toEqual([{ field: ["a"], value: unknown }]);
  expect(fieldsAt({ a: '{"b":["x"]}' }, "a.b")).toEqual([{ field: ["a", "b", 0], value: "x" }]);
});

test("switches are on as clouds write it", () => {
  expect([true, "true", "TRUE"].every(isOn)).toBe(true);
  expect([false, "false", undefined, "yes", 1].some(isOn)).toBe(false);
});
