import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { expect, it } from "vitest";
import { plainOf, structOf } from "./struct";

const sample = {
  nothing: null,
  yes: true,
  no: false,
  number: -1.5,
  zero: 0,
  large: 2 ** 53,
  text: "grüß 🙂",
  empty: "",
  list: [1, "a", null, [], { b: [true] }],
  emptyMap: {},
  long: "x".repeat(100_000),
};

it("structs come back from the wire as they went", () => {
  expect(plainOf(Struct.deserializeBinary(structOf(sample).serializeBinary()))).toEqual(sample);
});

it("structs have the bytes that google-protobuf's own value messages would give them", () => {
  // Only structs take our path: a value around a list is still theirs.
  const theirs = Value.fromJavaScript(sample.list.slice(0, 4) as never).serializeBinary();
  const ours = structOf({ k: sample.list.slice(0, 4) }).serializeBinary();
  const entry = Buffer.concat([Buffer.from([10, 1, 0x6b, 18, theirs.length]), theirs]);
  expect(Buffer.from(ours)).toEqual(Buffer.concat([Buffer.from([10, entry.length]), entry]));
});

it("a struct that was received can be passed on", () => {
  const received = Struct.deserializeBinary(structOf(sample).serializeBinary());
  expect(plainOf(Struct.deserializeBinary(received.serializeBinary()))).toEqual(sample);
});
