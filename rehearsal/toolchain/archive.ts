import { gunzipSync, gzipSync, inflateRawSync } from "node:zlib";

const block = 512;

export interface ArchiveFile {
  /** Slash-separated path. */
  readonly name: string;
  readonly content: Buffer;
}

/** The regular files of a tar archive, gzipped or not. Long names in ustar, GNU and pax form are understood. */
export function* readTar(archive: Buffer): Generator<ArchiveFile> {
  const tar = archive[0] === 0x1f && archive[1] === 0x8b ? gunzipSync(archive) : archive;
  let longName: string | undefined;
  for (let at = 0; at + block <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, length: number) => cString(tar.subarray(at + from, at + from + length));
    const size = Number.parseInt(text(124, 12).trim() || "0", 8);
    const type = text(156, 1);
    const content = tar.subarray(at + block, at + block + size);
    if (content.length < size) throw new Error("the archive ends in the middle of a file");
    if (type === "L") longName = cString(content);
    else if (type === "x") longName = paxPath(content) ?? longName;
    else {
      const prefix = text(257, 6) === "ustar" ? text(345, 155) : "";
      const name = longName ?? (prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`);
      longName = undefined;
      if (type === "0" || type === "") yield { name: name.replace(/^\.\//, ""), content };
    }
    at += block + Math.ceil(size / block) * block;
  }
}

/** Text up to the first NUL. */
function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? undefined : end);
}

/** The `path` of a pax header, whose records are `<length> <key>=<value>\n`. */
function paxPath(header: Buffer): string | undefined {
  for (let at = 0; at < header.length; ) {
    const space = header.indexOf(0x20, at);
    const length = Number(header.toString("utf8", at, space));
    if (!(length > 0)) return undefined;
    const record = header.toString("utf8", space + 1, at + length - 1);
    if (record.startsWith("path=")) return record.slice("path=".length);
    at += length;
  }
  return undefined;
}

/** The files of a zip archive, by its central directory. */
export function* readZip(archive: Buffer): Generator<ArchiveFile> {
  const end = archive.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error("not a zip archive");
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const method = archive.readUInt16LE(at + 10);
    const packedSize = archive.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      archive.readUInt16LE(at + offset),
    ) as [number, number, number];
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const header = archive.readUInt32LE(at + 42);
    const data = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
    const packed = archive.subarray(data, data + packedSize);
    if (!name.endsWith("/")) yield { name, content: method === 0 ? packed : inflateRawSync(packed) };
    at += 46 + nameLength + extraLength + commentLength;
  }
}

/**
 * A gzipped tar archive that depends on nothing but its files: they are sorted, owned by nobody and from 1970.
 * Names longer than ustar allows (100 bytes after an optional prefix of 155) are an error.
 */
export function writeTarGz(files: readonly ArchiveFile[]): Buffer {
  const parts: Buffer[] = [];
  for (const { name, content } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    parts.push(tarHeader(name, content.length), content, Buffer.alloc((block - (content.length % block)) % block));
  }
  parts.push(Buffer.alloc(2 * block));
  const packed = gzipSync(Buffer.concat(parts), { level: 9 });
  // The header's last byte names the operating system.
  packed[9] = 255;
  return packed;
}

function tarHeader(path: string, size: number): Buffer {
  const [prefix, name] = splitName(path);
  const header = Buffer.alloc(block);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257, "latin1");
  header.write(prefix, 345);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  );
  return header;
}

function splitName(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`"${path}" is too long a name for a tar archive`);
}
