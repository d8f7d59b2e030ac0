import { expect, it } from "vitest";
import { resourceChanges } from "./resources";
import { resource } from "./testing";

it("tells what is added, removed and changed, by URN and inputs", () => {
  const before = [resource("same", { inputs: { a: 1, b: { c: [1], d: 2 } } }), resource("gone"), resource("changed")];
  const after = [
    resource("same", { inputs: { b: { d: 2, c: [1] }, a: 1 }, outputs: { id: "x" } }),
    resource("changed", { inputs: { desiredSize: 2, tags: {} } }),
    resource("new"),
  ];
  const changes = resourceChanges(before, after);
  expect(changes.total).toBe(3);
  expect(changes.added.map(({ name }) => name)).toEqual(["new"]);
  expect(changes.removed.map(({ name }) => name)).toEqual(["gone"]);
  expect(changes.changed).toMatchObject([{ name: "changed", fields: ["desiredSize", "tags"] }]);
});

it("adds everything where nothing was", () => {
  expect(resourceChanges(undefined, [resource("a"), resource("b")])).toMatchObject({
    added: [{ name: "a" }, { name: "b" }],
    removed: [],
    changed: [],
  });
});
