import type { BinaryReader, BinaryWriter } from "google-protobuf";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Json } from "./values";

/**
 * google.protobuf.Struct to and from plain JavaScript, without a message object for every value in between. Property
 * bags are nearly all that goes over the wire, and a CustomResourceDefinition of a megabyte takes google-protobuf's own
 * classes more than a second each way, which made an update with a few dozen of them last half a minute.
 *
 * Wire format: Struct { map<string, Value> fields = 1 }, ListValue { repeated Value values = 1 },
 * Value { oneof: null_value = 1, number_value = 2, string_value = 3, bool_value = 4, struct_value = 5, list_value = 6 }.
 */

/** The entries of a struct as they are on the wire, read when somebody asks for them. */
const entriesOf = new WeakMap<Struct, Uint8Array[]>();

const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5];

// Generated messages look these two up on the class whenever they meet a struct, so that they all take this path.
Struct.deserializeBinaryFromReader = (message: Struct, reader: BinaryReader): Struct => {
  const entries = entriesOf.get(message) ?? [];
  while (reader.nextField()) {
    if (reader.isEndGroup()) break;
    if (reader.getFieldNumber() === 1) entries.push(reader.readBytes() as Uint8Array);
    else reader.skipField();
  }
  entriesOf.set(message, entries);
  return message;
};
Struct.serializeBinaryToWriter = (message: Struct, writer: BinaryWriter): void => {
  const entries = entriesOf.get(message);
  if (entries) for (const entry of entries) writer.writeBytes(1, entry);
  else for (const entry of encodeEntries(message.toJavaScript())) writer.writeBytes(1, entry);
};

/** The plain value of a struct that was received, or made by {@link structOf}. */
export function plainOf(struct: Struct): { [key: string]: Json } {
  const entries = entriesOf.get(struct);
  if (!entries) return struct.toJavaScript();
  const map: { [key: string]: Json } = {};
  for (const entry of entries) readEntry(new Cursor(Buffer.from(entry.buffer, entry.byteOffset, entry.length)), map);
  return map;
}

export function structOf(plain: { [key: string]: Json }): Struct {
  const struct = new Struct();
  entriesOf.set(struct, encodeEntries(plain));
  return struct;
}

function encodeEntries(plain: { [key: string]: Json }): Uint8Array[] {
  return Object.keys(plain).map((key) => {
    const writer = new BackwardWriter();
    writer.entry(key, plain[key]);
    return writer.result();
  });
}

class Cursor {
  at = 0;

  constructor(
    readonly bytes: Buffer,
    public end = bytes.length,
  ) {}

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("a property bag ends in the middle of a number");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }

  /** Reads a nested message with `read`, which sees its bytes only. */
  nested<T>(read: (cursor: Cursor) => T): T {
    const length = this.varint();
    const outer = this.end;
    this.end = this.at + length;
    const value = read(this);
    this.at = this.end;
    this.end = outer;
    return value;
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.at += 8;
    else if (wire === FIXED32) this.at += 4;
    else if (wire === DELIMITED) {
      const length = this.varint();
      this.at += length;
    } else throw new Error(`a property bag holds a field of unknown wire type ${wire}`);
  }
}

function readEntry(cursor: Cursor, into: { [key: string]: Json }): void {
  let key = "";
  let value: Json = null;
  while (cursor.at < cursor.end) {
    const tag = cursor.varint();
    if (tag === ((1 << 3) | DELIMITED)) key = cursor.text();
    else if (tag === ((2 << 3) | DELIMITED)) value = cursor.nested(readValue);
    else cursor.skip(tag & 7);
  }
  into[key] = value;
}

function readValue(cursor: Cursor): Json {
  let value: Json = null;
  while (cursor.at < cursor.end) {
    const tag = cursor.varint();
    switch (tag >>> 3) {
      case 1:
        cursor.varint();
        value = null;
        break;
      case 2:
        value = cursor.bytes.readDoubleLE(cursor.at);
        cursor.at += 8;
        break;
      case 3:
        value = cursor.text();
        break;
      case 4:
        value = cursor.varint() !== 0;
        break;
      case 5:
        value = cursor.nested(readStruct);
        break;
      case 6:
        value = cursor.nested(readList);
        break;
      default:
        cursor.skip(tag & 7);
    }
  }
  return value;
}

function readStruct(cursor: Cursor): Json {
  const map: { [key: string]: Json } = {};
  while (cursor.at < cursor.end) {
    const tag = cursor.varint();
    if (tag === ((1 << 3) | DELIMITED)) cursor.nested((inner) => readEntry(inner, map));
    else cursor.skip(tag & 7);
  }
  return map;
}

function readList(cursor: Cursor): Json {
  const list: Json[] = [];
  while (cursor.at < cursor.end) {
    const tag = cursor.varint();
    if (tag === ((1 << 3) | DELIMITED)) list.push(cursor.nested(readValue));
    else cursor.skip(tag & 7);
  }
  return list;
}

/** Writes from the end to the front: the length of a nested message is then known when it is to be written. */
class BackwardWriter {
  private bytes = Buffer.allocUnsafe(1024);
  private at = this.bytes.length;

  result(): Uint8Array {
    return this.bytes.subarray(this.at);
  }

  entry(key: string, value: Json): void {
    const end = this.mark();
    this.value(value);
    this.close(2, end);
    this.text(1, key);
  }

  private value(value: Json): void {
    if (value === null || value === undefined) {
      this.varint(0);
      this.varint((1 << 3) | VARINT);
    } else if (typeof value === "string") this.text(3, value);
    else if (typeof value === "number") {
      this.room(8);
      this.at -= 8;
      this.bytes.writeDoubleLE(value, this.at);
      this.varint((2 << 3) | FIXED64);
    } else if (typeof value === "boolean") {
      this.varint(value ? 1 : 0);
      this.varint((4 << 3) | VARINT);
    } else if (Array.isArray(value)) {
      const end = this.mark();
      for (let i = value.length - 1; i >= 0; i--) {
        const start = this.mark();
        this.value(value[i]);
        this.close(1, start);
      }
      this.close(6, end);
    } else {
      const end = this.mark();
      const keys = Object.keys(value);
      for (let i = keys.length - 1; i >= 0; i--) {
        const start = this.mark();
        this.entry(keys[i] as string, value[keys[i] as string]);
        this.close(1, start);
      }
      this.close(5, end);
    }
  }

  /** How much has been written: the distance from the end, which stays the same when the buffer grows. */
  private mark(): number {
    return this.bytes.length - this.at;
  }

  /** Makes what was written since `mark` the content of a delimited field. */
  private close(field: number, mark: number): void {
    this.varint(this.mark() - mark);
    this.varint((field << 3) | DELIMITED);
  }

  private text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.room(length);
    this.at -= length;
    this.bytes.write(text, this.at, "utf8");
    this.varint(length);
    this.varint((field << 3) | DELIMITED);
  }

  private varint(value: number): void {
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
    this.room(length);
    this.at -= length;
    let rest = value;
    for (let i = 0; i < length; i++, rest = Math.floor(rest / 128)) {
      this.bytes[this.at + i] = (rest % 128) | (i < length - 1 ? 0x80 : 0);
    }
  }

  private room(length: number): void {
    if (this.at >= length) return;
    const used = this.mark();
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, used + length));
    this.bytes.copy(larger, larger.length - used, this.at);
    this.at = larger.length - used;
    this.bytes = larger;
  }
}
