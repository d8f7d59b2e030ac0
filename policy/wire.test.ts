import { Secret, UnknownValueError, unknownCheckingProxy } from "@pulumi/policy";
import { asset } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { unknown } from "./rule";
import { plain } from "./wire";

test("values stay as they are", () => {
  const props = { text: "a", number: 1, no: false, none: null, list: [1, { deep: "b" }] };
  expect(plain(props)).toEqual({ props, secrets: [] });
});

test.each([
  ["boolean", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"],
  ["number", "3eeb2bf0-c639-47a8-9e75-3b44932eb421"],
  ["string", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
  ["array", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"],
  ["asset", "030794c1-ac77-496b-92df-f27374a8bd58"],
  ["archive", "e48ece36-62e2-4504-bad9-02848725956a"],
  ["object", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"],
])("an unknown %s is unknown", (_name, wire) => {
  expect(plain({ a: [{ b: wire }] }).props).toEqual({ a: [{ b: unknown }] });
});

test("secrets are unwrapped and their places remembered, known or not", () => {
  const props = {
    open: "a",
    shut: new Secret("b"),
    list: [new Secret({ inner: new Secret("c") })],
    late: new Secret("04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
  };
  expect(plain(props)).toEqual({
    props: { open: "a", shut: "b", list: [{ inner: "c" }], late: unknown },
    secrets: [["shut"], ["list", 0], ["list", 0, "inner"], ["late"]],
  });
});

test("what stands in the way of reading is taken off", () => {
  const target = { region: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
  const proxy = new Proxy(target, {
    get(object, key) {
      if (key === "__isSpecialProxy") return true;
      if (key === "__getSpecialProxyTarget") return object;
      throw new Error("unknown value");
    },
  });
  expect(plain(proxy).props).toEqual({ region: unknown });
});

test("through the SDK's own proxy, which throws when a rule touches an unknown value, it is unknown", () => {
  const proxy = unknownCheckingProxy({ region: "04da6b54-80e4-46f7-96ec-b56ff0331ba9", list: [{ known: "a" }] });
  expect(() => String(proxy.region)).toThrow(UnknownValueError);
  expect(plain(proxy).props).toEqual({ region: unknown, list: [{ known: "a" }] });
});

test("what an asset holds is not read, and so not known", () => {
  expect(plain({ source: new asset.RemoteAsset("https://example.org/x") }).props).toMatchObject({
    source: { uri: unknown },
  });
});
