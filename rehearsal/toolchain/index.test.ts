import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Download, type Platform, tools } from "../../catalog/tools";
import { writeTarGz } from "./archive";
import { type EnsureOptions, ensureTools, optionalTools, ToolchainError, type ToolEvent } from "./index";

const platform: Platform = { os: process.platform as "linux", arch: process.arch === "x64" ? "amd64" : "arm64" };
const nowhere = "http://127.0.0.1:2";

let home: string;
let bin: string;
let cache: string;
let events: ToolEvent[];
let server: Server | undefined;
let requests: string[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "toolchain-"));
  bin = join(home, "bin");
  cache = join(home, "cache");
  mkdirSync(bin);
  events = [];
  requests = [];
});

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

function script(name: string, body: string) {
  writeFileSync(join(bin, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** A `go` that notes each call and writes a shell script for each package. */
function fakeGo(before = "") {
  script(
    "go",
    `echo "$@" >> ${home}/go.log
${before}
for a in "$@"; do case $a in -o=*) out=\${a#-o=};; esac; done
for a in "$@"; do case $a in -*) ;; */cmd/*) echo "#!/bin/sh" > "$out$(basename "$a")"; chmod +x "$out$(basename "$a")";; esac; done`,
  );
}

const goCalls = () =>
  existsSync(join(home, "go.log")) ? readFileSync(join(home, "go.log"), "utf8").trim().split("\n") : [];

function options(base = nowhere): EnsureOptions {
  return {
    env: { PATH: bin, HOME: home, AI_PLATFORM_CACHE: cache },
    resolveUrl: (url) => `${base}/${new URL(url).pathname.split("/").at(-1)}`,
    report: (event) => events.push(event),
  };
}

/** Serves files by name; returns the server's address. */
async function serve(files: Record<string, Buffer | string>): Promise<string> {
  server = createServer((request, response) => {
    const name = request.url!.slice(1);
    if (request.method === "GET") requests.push(name);
    response.statusCode = name in files ? 200 : 404;
    response.end(files[name]);
  });
  await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nameOf = (url: string) => new URL(url).pathname.split("/").at(-1)!;
const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** A release of helm as its publisher serves it, whose checksum file may state something else. */
function helmRelease(stated?: string) {
  const { url, checksumUrl, member } = tools.helm.download(platform) as Download;
  const archive = writeTarGz([
    { name: `${member!.split("/")[0]}/LICENSE`, content: Buffer.from("text") },
    { name: member!, content: Buffer.from("#!/bin/sh\necho downloaded\n") },
  ]);
  return { [nameOf(url)]: archive, [nameOf(checksumUrl)]: `${stated ?? sha256(archive)}  ${nameOf(url)}\n` };
}

const cached = () => (existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: "utf8" }) : []);
const leftovers = () => cached().filter((name) => /\.work-|\.lock|download/.test(name));

describe("PATH", () => {
  it("takes a program whose version fits", async () => {
    script("helm", "echo v4.3.9+gabcdef");
    const found = await ensureTools(["helm"], options());
    expect(found.helm).toEqual({ name: "helm", version: "v4.3.9+gabcdef", path: join(bin, "helm"), source: "path" });
    expect(cached()).toEqual(["tools", join("tools", "versions-on-path.json")]);
  });

  it("passes over one of another version and says why", async () => {
    script("helm", "echo v3.19.0");
    const error = await ensureTools(["helm"], options()).catch((e) => e);
    expect(error.message).toContain(`${join(bin, "helm")} is 3.19.0, wanted v4.3.1 or a newer v4`);
    fakeGo();
    expect((await ensureTools(["helm"], options())).helm!.source).toBe("go");
  });

  it("asks each program once for as long as it does not change", async () => {
    script("helm", `echo asked >> ${home}/asked\necho v4.3.1`);
    await ensureTools(["helm"], options());
    await ensureTools(["helm"], options());
    expect(readFileSync(join(home, "asked"), "utf8")).toBe("asked\n");
    script("helm", "echo now v4.2.0");
    await expect(ensureTools(["helm"], options())).rejects.toThrow("is 4.2.0");
  });

  it("does not take what it put on PATH itself for the user's", async () => {
    fakeGo();
    const built = (await ensureTools(["helm"], options())).helm!;
    const again = options();
    again.env!.PATH = `${join(built.path, "..")}:${bin}`;
    expect((await ensureTools(["helm"], again)).helm).toEqual(built);
  });

  it("asks a resource plugin over gRPC", async () => {
    const grpc = require.resolve("@grpc/grpc-js");
    writeFileSync(
      join(bin, "pulumi-resource-kubernetes"),
      `#!${process.execPath}
const { Server, ServerCredentials } = require(${JSON.stringify(grpc)});
const server = new Server();
const identity = (value) => value;
server.addService({ GetPluginInfo: { path: "/pulumirpc.ResourceProvider/GetPluginInfo", requestStream: false, responseStream: false,
  requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity } },
  { GetPluginInfo: (_call, done) => done(null, Buffer.from("\\x0a\\x064.35.0", "latin1")) });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, port) => console.log(port));
`,
    );
    chmodSync(join(bin, "pulumi-resource-kubernetes"), 0o755);
    const { found } = await optionalTools(["pulumi-resource-kubernetes"], options());
    expect(found).toMatchObject([{ version: "v4.35.0", source: "path" }]);
  });
});

describe("download", () => {
  it("takes the publisher's program when its checksum is right", async () => {
    const { helm } = await ensureTools(["helm"], options(await serve(helmRelease())));
    expect(helm).toMatchObject({ version: "v4.3.1", source: "download" });
    expect(readFileSync(helm!.path, "utf8")).toContain("echo downloaded");
    expect(leftovers()).toEqual([]);
  });

  it("fetches an archive with several tools once", async () => {
    const { url, checksumUrl } = tools.pulumi.download(platform) as Download;
    const archive = writeTarGz(
      ["pulumi", "pulumi-language-nodejs"].map((name) => ({ name: `pulumi/${name}`, content: Buffer.from(name) })),
    );
    const base = await serve({ [nameOf(url)]: archive, [nameOf(checksumUrl)]: `${sha256(archive)}  ${nameOf(url)}\n` });
    const found = await ensureTools(["pulumi", "pulumi-language-nodejs"], options(base));
    expect(Object.values(found).map((tool) => readFileSync(tool.path, "utf8"))).toEqual([
      "pulumi",
      "pulumi-language-nodejs",
    ]);
    expect(requests.filter((name) => name === nameOf(url))).toHaveLength(1);
  });

  it("refuses one whose checksum is wrong and keeps nothing of it", async () => {
    const base = await serve(helmRelease("0".repeat(64)));
    await expect(ensureTools(["helm"], options(base))).rejects.toThrow(
      /SHA-256 [0-9a-f]{64}, its publisher states 0{64}/,
    );
    expect(cached().filter((name) => name.includes("helm"))).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it("says so when it builds from source after a wrong checksum", async () => {
    fakeGo();
    const { helm } = await ensureTools(["helm"], options(await serve(helmRelease("0".repeat(64)))));
    expect(helm!.source).toBe("go");
    expect(events.filter((event) => event.phase === "failed").map((event) => event.detail)).toEqual([
      expect.stringContaining("verification of the download failed"),
    ]);
  });

  it("reports an optional tool that cannot be had, with the reason on one line", async () => {
    const { found, missing } = await optionalTools(["pulumi-language-nodejs"], options());
    expect(found).toEqual([]);
    expect(missing).toEqual([
      {
        name: "pulumi-language-nodejs",
        reason:
          "on PATH: not there; download: 127.0.0.1:2 cannot be reached: ECONNREFUSED; Go module proxy: no Go module carries it",
      },
    ]);
  });
});

describe("build", () => {
  it("builds the tools of one module together, with go.sum as the only source of hashes", async () => {
    fakeGo();
    const found = await ensureTools(["kube-scheduler", "kube-apiserver"], options());
    expect(Object.values(found).map((tool) => tool.source)).toEqual(["go", "go"]);
    expect(goCalls()).toHaveLength(1);
    expect(goCalls()[0]).toContain("-mod=readonly");
  });

  it("names the three ways and what failed in each", async () => {
    const error = await ensureTools(["helm", "kwok"], options()).catch((e) => e);
    expect(error).toBeInstanceOf(ToolchainError);
    expect(error.message).toBe(
      [
        "helm v4.3.1 could not be had:",
        "  on PATH: not there",
        "  download: 127.0.0.1:2 cannot be reached: ECONNREFUSED",
        "  Go module proxy: no go on PATH",
        "kwok v0.8.0 could not be had:",
        "  on PATH: not there",
        "  download: 127.0.0.1:2 cannot be reached: ECONNREFUSED",
        "  Go module proxy: no go on PATH",
      ].join("\n"),
    );
  });

  it("passes on what go says when a build fails", async () => {
    fakeGo("echo 'verifying module: checksum mismatch' >&2; exit 1");
    await expect(ensureTools(["helm"], options())).rejects.toThrow(/exit code 1\s+verifying module: checksum mismatch/);
    expect(leftovers()).toEqual([]);
  });

  it("does nothing when everything is cached", async () => {
    fakeGo();
    const base = await serve(helmRelease());
    const first = await ensureTools(["helm", "kwok"], options(base));
    const before = [goCalls().length, requests.length];
    expect(await ensureTools(["helm", "kwok"], options(base))).toEqual(first);
    expect([goCalls().length, requests.length]).toEqual(before);
  });
});

describe("processes", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** ensureTools in a process of its own. */
  function start(base = nowhere) {
    const program = `
      const { ensureTools } = require(${JSON.stringify(join(__dirname, "index.ts"))});
      ensureTools(["kwok", "helm"], { env: ${JSON.stringify(options().env)},
        resolveUrl: (url) => ${JSON.stringify(base)} + "/" + new URL(url).pathname.split("/").at(-1) })
        .then((found) => console.log(Object.keys(found).join()), (error) => { console.error(error.message); process.exitCode = 1; });`;
    const child = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), "-e", program], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    child.stdout!.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr!.on("data", (chunk) => {
      output += chunk;
    });
    const ended = new Promise<{ output: string; signal: NodeJS.Signals | null }>((done) =>
      child.once("close", (_code, signal) => done({ output, signal })),
    );
    return { child, ended };
  }

  async function until(condition: () => boolean) {
    while (!condition()) await sleep(20);
  }

  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it("build once when two start together", async () => {
    fakeGo("sleep 0.5");
    const results = await Promise.all([start().ended, start().ended]);
    expect(results.map((result) => result.output)).toEqual(["kwok,helm\n", "kwok,helm\n"]);
    expect(goCalls()).toHaveLength(2);
  });

  it("leave no process and no file behind when a build is interrupted", async () => {
    fakeGo(`sleep 1000 & echo $! > ${home}/pid\nwait`);
    const { child, ended } = start();
    await until(() => existsSync(join(home, "pid")) && readFileSync(join(home, "pid"), "utf8").endsWith("\n"));
    child.kill("SIGINT");
    expect((await ended).signal).toBe("SIGINT");
    const compiler = Number(readFileSync(join(home, "pid"), "utf8"));
    await until(() => !isAlive(compiler));
    expect(cached()).toEqual(["tools"]);
  });

  it("leave no half file behind when a download is interrupted", async () => {
    const release = helmRelease();
    const archive = Object.keys(release).find((name) => name.endsWith(".tar.gz"))!;
    const base = await serve(release);
    server!.prependListener("request", (request, response) => {
      if (request.url !== `/${archive}` || request.method !== "GET") return;
      response.write("half");
      response.end = () => response;
    });
    const { child, ended } = start(base);
    await until(() => requests.includes(archive));
    child.kill("SIGTERM");
    expect((await ended).signal).toBe("SIGTERM");
    expect(cached()).toEqual(["tools"]);
  });

  it("take over from one that was killed, whose build ends too", async () => {
    fakeGo(`sleep 1000 & echo $! > ${home}/pid\nwait`);
    const { child, ended } = start();
    await until(() => existsSync(join(home, "pid")) && readFileSync(join(home, "pid"), "utf8").endsWith("\n"));
    child.kill("SIGKILL");
    await ended;
    const compiler = Number(readFileSync(join(home, "pid"), "utf8"));
    await until(() => !isAlive(compiler));
    expect(leftovers()).not.toEqual([]);
    fakeGo();
    expect((await start().ended).output).toBe("kwok,helm\n");
    expect(leftovers()).toEqual([]);
  });
});
