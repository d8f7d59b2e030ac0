import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import {
  Asset,
  copySecrecy,
  decode,
  encode,
  equal,
  hasSecret,
  hasUnknown,
  ResourceReference,
  reveal,
  Secret,
  Unknown,
  unknown,
} from "./values";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

describe("property values on the wire", () => {
  it("come back as they went", () => {
    const properties = {
      text: "a",
      number: 1.5,
      yes: true,
      nothing: null,
      list: [1, { deep: new Secret("x") }],
      secret: new Secret({ password: "p" }),
      later: unknown,
      file: new Asset({ path: "values.yaml" }),
      resource: new ResourceReference("urn:a", "id", "1.0.0"),
    };
    const back = decode(encode(properties));
    expect(back).toEqual(properties);
    expect(back.secret).toBeInstanceOf(Secret);
    expect(back.later).toBe(unknown);
  });

  it("read output values: known, secret, unknown", () => {
    const output = (rest: object) => ({
      [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
      dependencies: ["urn:x"],
      ...rest,
    });
    const decoded = decode(
      Struct.fromJavaScript({
        known: output({ value: "v" }),
        secret: output({ value: "v", secret: true }),
        unknown: output({}),
        both: output({ secret: true }),
      } as never),
    );
    expect(decoded.known).toBe("v");
    expect(decoded.secret).toEqual(new Secret("v"));
    expect(decoded.unknown).toBe(unknown);
    expect((decoded.both as Secret).value).toBeInstanceOf(Unknown);
  });

  it("recognise every placeholder for unknown values", () => {
    const placeholders = {
      bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
      number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
      object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    };
    expect(Object.values(decode(Struct.fromJavaScript(placeholders)))).toEqual([unknown, unknown, unknown]);
  });
});

describe("secrets", () => {
  it("are found and opened at any depth", () => {
    const value = { a: [{ b: new Secret({ c: new Secret(1) }) }], d: unknown };
    expect(hasSecret(value)).toBe(true);
    expect(hasUnknown(value)).toBe(true);
    expect(reveal(value)).toEqual({ a: [{ b: { c: 1 } }], d: unknown });
  });

  it("stay secret in a result of the same shape, whole lists included", () => {
    const result = { spec: { env: [{ value: "x" }, { value: "y" }], replicas: 1 }, status: {} };
    const marked = copySecrecy(result, { spec: { env: [{ value: new Secret("x") }], replicas: 1 } });
    expect(marked).toEqual({ spec: { env: new Secret(result.spec.env), replicas: 1 }, status: {} });
  });
});

it("compares a missing key like an undefined one", () => {
  expect(equal({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(equal({ a: null }, {})).toBe(false);
  expect(equal([1, { a: 2 }], [1, { a: 2 }])).toBe(true);
});
