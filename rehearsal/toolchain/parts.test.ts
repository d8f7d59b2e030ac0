import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { goFolders, tools } from "../../catalog/tools";
import { readTar, readZip, writeTarGz } from "./archive";
import { findChecksum } from "./download";
import { terminalReporter } from "./events";
import { fits } from "./path";

describe("fits", () => {
  it.each([
    ["1.36.3", "v1.36.3", "minor", true],
    ["v1.36.9", "v1.36.3", "minor", true],
    ["1.36.2", "v1.36.3", "minor", false],
    ["1.37.0", "v1.36.3", "minor", false],
    ["3.250.0", "v3.246.0", "major", true],
    ["3.245.9", "v3.246.0", "major", false],
    ["4.0.0", "v3.246.0", "major", false],
    ["3.247.0-alpha.1", "v3.246.0", "major", false],
    ["4.3.2+gabcdef", "v4.3.1", "major", true],
    ["nonsense", "v4.3.1", "major", false],
  ] as const)("%s for %s by %s: %s", (version, wanted, rule, expected) => {
    expect(fits(version, { version: wanted, fits: rule })).toBe(expected);
  });
});

describe("findChecksum", () => {
  const hash = "ab".repeat(32);
  it.each([
    ["a bare hash", `${hash}\n`],
    ["a list", `${"0".repeat(64)}  other.tar.gz\n${hash}  tool.tar.gz\n`],
    ["a list in binary mode", `${hash} *tool.tar.gz`],
    ["upper case", `${hash.toUpperCase()}  tool.tar.gz`],
    [
      "GitHub's description of a release",
      JSON.stringify({
        assets: [
          { name: "other", digest: null },
          { name: "tool.tar.gz", digest: `sha256:${hash}` },
        ],
      }),
    ],
  ])("reads %s", (_what, list) => expect(findChecksum(list, "tool.tar.gz")).toBe(hash));

  it.each([
    ["another file's", `${hash}  tool.tar.gz.sig`],
    ["a page of HTML", "<html>not found</html>"],
    ["a hash of the wrong kind", `${"ab".repeat(16)}  tool.tar.gz`],
    ["nothing", ""],
    ["an asset that GitHub took no digest of", JSON.stringify({ assets: [{ name: "tool.tar.gz", digest: null }] })],
    ["GitHub's refusal", JSON.stringify({ message: "API rate limit exceeded" })],
  ])("takes no checksum from %s", (_what, list) => expect(findChecksum(list, "tool.tar.gz")).toBeUndefined());
});

describe("archives", () => {
  const long = `${"folder/".repeat(20)}file.txt`;
  const files = [
    { name: "b", content: Buffer.from("two") },
    { name: long, content: Buffer.alloc(1500, "x") },
    { name: "a", content: Buffer.alloc(0) },
  ];

  it("holds what was put in, whatever the order", () => {
    const archive = writeTarGz(files);
    expect([...readTar(archive)]).toEqual([files[2], files[0], files[1]]);
    expect(writeTarGz([...files].reverse()).equals(archive)).toBe(true);
  });

  it("does not take a truncated archive for a whole one", () => {
    const tar = Buffer.alloc(512);
    tar.write("tool", 0);
    tar.write("00000001000\0", 124);
    tar.write("0", 156);
    expect(() => [...readTar(gzipSync(tar))]).toThrow("ends in the middle");
  });

  it("reads a zip", () => {
    const packed = deflateRawSync(Buffer.from("content"));
    const name = Buffer.from("etcd/etcd");
    const local = Buffer.alloc(30);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06", "latin1");
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(local.length + name.length + packed.length, 16);
    const files = [...readZip(Buffer.concat([local, name, packed, entry, name, end]))];
    expect(files).toEqual([{ name: "etcd/etcd", content: Buffer.from("content") }]);
  });
});

describe("terminalReporter", () => {
  it("writes one plain line for a change of phase where there is no terminal", () => {
    const stream = new PassThrough();
    const reporter = terminalReporter(stream as unknown as NodeJS.WriteStream);
    for (const [phase, detail] of [
      ["checking", ""],
      ["downloading", "1 of 9 MiB"],
      ["downloading", "5 of 9 MiB"],
      ["ready", "v4.3.1, downloaded and verified"],
    ] as const) {
      reporter.report({ tool: "helm", phase, detail, seconds: 1 });
    }
    reporter.done();
    expect(stream.read().toString()).toBe(
      "helm: downloading, 1 of 9 MiB\nhelm: ready, v4.3.1, downloaded and verified\n",
    );
  });
});

describe("go.mod", () => {
  /** Version by module that a folder is built from, after its replacements. */
  function versions(folder: string): Map<string, string> {
    const text = readFileSync(join(__dirname, "go", folder, "go.mod"), "utf8");
    const required = [...text.matchAll(/^\s*(?:require )?([\w.-]+\.[^\s]+) (v\S+)(?: \/\/ indirect)?$/gm)];
    const replaced = [...text.matchAll(/^\s*(?:replace )?([\w.-]+\.[^\s]+) => \S+ (v\S+)$/gm)];
    return new Map([...required, ...replaced].map(([, module, version]) => [module!, version!]));
  }

  it.each(Object.entries(tools).filter(([, entry]) => entry.go !== undefined))(
    "builds %s in the catalog's version",
    (_name, entry) => {
      const built = entry.go!.around ?? entry.go!.package;
      const [, version] = [...versions(entry.go!.folder)].find(([module]) => built.startsWith(module)) ?? [];
      expect(version).toBe(entry.version);
    },
  );

  it("has one version of what several tools share, so that it is compiled once", () => {
    const shared = new Map<string, string>();
    const differing: string[] = [];
    for (const folder of goFolders) {
      for (const [module, version] of versions(folder)) {
        if ((shared.get(module) ?? version) !== version)
          differing.push(`${module} ${shared.get(module)} and ${version} in ${folder}`);
        shared.set(module, version);
      }
    }
    expect(differing).toEqual([]);
  });
});
