import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { imageReference, images } from "../catalog/images";
import { type Lock, readLock } from "../catalog/lock";
import { type Release, releases } from "../catalog/releases";
import { LockMismatchError, originOf, ReleaseSource } from "../rehearsal/mirror/source";
import { Progress } from "../rehearsal/progress";
import { updateLock } from "./cli";
import { resolveDigest } from "./registry";
import { catalog, changesOf, resolveLock } from "./resolve";

/** A registry as the OCI distribution specification describes it: manifests by tag, behind tokens where it wants them. */
const manifests = new Map<string, Buffer>();
let wantsToken = false;
let digestHeader: string | undefined;
const asked: string[] = [];
let server: Server;
let host: string;

const digest = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", `http://${host}`);
  asked.push(`${request.headers.authorization ?? ""} ${url.pathname}${url.search}`.trim());
  if (url.pathname === "/token") {
    response.end(JSON.stringify({ token: `for ${url.searchParams.get("scope")}` }));
    return;
  }
  const [, repository, tag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? [];
  if (repository === undefined) {
    response.end();
    return;
  }
  if (wantsToken && request.headers.authorization !== `Bearer for repository:${repository}:pull`) {
    response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="registry"` }).end();
    return;
  }
  const manifest = manifests.get(`${repository}:${tag}`);
  if (manifest === undefined) {
    response.writeHead(404).end();
    return;
  }
  const accepted = String(request.headers.accept).includes("application/vnd.oci.image.index.v1+json");
  expect(accepted).toBe(true);
  response.writeHead(200, { "docker-content-digest": digestHeader ?? digest(manifest) }).end(manifest);
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => server.close(done)));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "lock-test-"));
  manifests.clear();
  wantsToken = false;
  digestHeader = undefined;
  asked.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] }));
const sha = "a".repeat(64);

describe("the digest of an image", () => {
  it("is that of the bytes that the registry sends", async () => {
    manifests.set("team/app:v1", index);
    await expect(resolveDigest(`${host}/team/app:v1`, {})).resolves.toBe(digest(index));
  });

  it("is asked for with a token where the registry wants one", async () => {
    manifests.set("team/app:v1", index);
    wantsToken = true;
    await expect(resolveDigest(`${host}/team/app:v1`, { HOME: folder })).resolves.toBe(digest(index));
    expect(asked).toContain("/token?service=registry&scope=repository%3Ateam%2Fapp%3Apull");
  });

  it("is asked for with docker's login, which no error shows", async () => {
    const auth = Buffer.from("me:hunter2").toString("base64");
    writeFileSync(path.join(folder, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    wantsToken = true;
    const failed = await resolveDigest(`${host}/team/gone:v1`, { DOCKER_CONFIG: folder }).catch(
      (error: Error) => error.message,
    );
    expect(asked.some((line) => line.startsWith(`Basic ${auth} /token`))).toBe(true);
    expect(failed).toBe(`${host} answers 404 for team/gone:v1`);
  });

  it("is not taken where the registry says another than it sends", async () => {
    manifests.set("team/app:v1", index);
    digestHeader = `sha256:${sha}`;
    await expect(resolveDigest(`${host}/team/app:v1`, {})).rejects.toThrow(
      `says that team/app:v1 is sha256:${sha}, and what it sends is ${digest(index)}`,
    );
  });

  it("cannot be had of what is no reference, or where nobody answers", async () => {
    await expect(resolveDigest("app", {})).rejects.toThrow('"app" is no image reference: expected host/path:tag');
    await expect(resolveDigest("127.0.0.1:1/team/app:v1", {})).rejects.toThrow("127.0.0.1:1 cannot be reached");
  });
});

describe("a reference with a lock", () => {
  const image = { repository: "ghcr.io/llm-d/x", tag: "v1" };
  const entry = { digest: `sha256:${sha}`, from: "ghcr.io/llm-d/x:v1", date: "2026-11-21" };
  const locked: Lock = { version: 1, images: { "ghcr.io/llm-d/x:v1": entry }, releases: {} };

  it("is by digest, in a mirror too", () => {
    expect(imageReference(image, {}, locked)).toBe(`ghcr.io/llm-d/x@sha256:${sha}`);
    expect(imageReference(image, { images: "mirror.test/p" }, locked)).toBe(`mirror.test/p/llm-d/x@sha256:${sha}`);
  });

  it("keeps its tag where the lock has another tag, and a digest of its own", () => {
    expect(imageReference({ ...image, tag: "v2" }, {}, locked)).toBe("ghcr.io/llm-d/x:v2");
    const own = `sha256:${"b".repeat(64)}`;
    expect(imageReference({ ...image, digest: own }, {}, locked)).toBe(`ghcr.io/llm-d/x@${own}`);
  });
});

describe("the lock file", () => {
  it.each<[string, string, RegExp]>([
    ["no JSON", "{", /not valid JSON: .*; write it anew with npm run catalog:lock/],
    [
      "a digest that is none",
      JSON.stringify({ version: 1, images: { x: { digest: "sha256:1" } }, releases: {} }),
      /images\.x\.digest/,
    ],
    ["another version", JSON.stringify({ version: 2, images: {}, releases: {} }), /version/],
  ])("is refused when it has %s", (_name, text, message) => {
    const file = path.join(folder, "lock.json");
    writeFileSync(file, text);
    expect(() => readLock(file)).toThrow(message);
  });

  it("need not be there", () => {
    expect(readLock(path.join(folder, "none.json"))).toBeUndefined();
  });
});

describe("catalog:lock", () => {
  const silent = new Progress(new Writable({ write: (_c, _e, done) => done() }) as unknown as NodeJS.WriteStream);
  const file = () => path.join(folder, "lock.json");
  const manifest: Release = {
    ...releases["gateway-api"],
    images: [],
    source: { kind: "manifest", url: "set below" },
  };
  const release = (): Release => ({ ...manifest, source: { kind: "manifest", url: `http://${host}/gateway.yaml` } });
  const serveAll = () => {
    for (const { repository, tag } of Object.values(images)) {
      manifests.set(`${repository.slice(repository.indexOf("/") + 1)}:${tag}`, Buffer.from(`${repository} ${tag}`));
    }
  };
  const resolved = (except?: string) => {
    serveAll();
    if (except !== undefined) manifests.delete(except);
    const source = new ReleaseSource({ helm: "helm", keep: path.join(folder, "keep"), env: {}, locked: undefined });
    return resolveLock({ ...catalog, releases: [release()] }, { images: host }, source, "2026-11-21");
  };

  it("has every image of the catalog, by its own name, and the hash of a manifest", async () => {
    const { lock, unresolved } = await resolved();
    expect(unresolved).toEqual([]);
    expect(Object.keys(lock.images)).toHaveLength(Object.keys(images).length);
    const { repository, tag } = images.vllm;
    expect(lock.images[`${repository}:${tag}`]).toEqual({
      digest: digest(Buffer.from(`${repository} ${tag}`)),
      from: `${host}/${repository.slice(repository.indexOf("/") + 1)}:${tag}`,
      date: "2026-11-21",
    });
    expect(lock.releases["gateway-api"]).toMatchObject({ version: "v1.5.0", sha256: digest(Buffer.from("")).slice(7) });
  });

  it("names what could not be resolved, and makes nothing up for it", async () => {
    const gone = `${images.vllm.repository.slice(images.vllm.repository.indexOf("/") + 1)}:${images.vllm.tag}`;
    const { lock, unresolved } = await resolved(gone);
    expect(unresolved).toEqual([
      { what: `${images.vllm.repository}:${images.vllm.tag}`, why: `${host} answers 404 for ${gone}` },
    ]);
    expect(Object.keys(lock.images)).toHaveLength(Object.keys(images).length - 1);
  });

  it("tells what changed in content alone", async () => {
    const { lock } = await resolved();
    const [first] = Object.keys(lock.images);
    const other = {
      ...lock,
      images: { ...lock.images, [first!]: { digest: `sha256:${sha}`, from: "x", date: "2026-01-01" } },
    };
    expect(changesOf(other, lock)).toEqual([
      { what: first, before: `sha256:${sha}`, after: lock.images[first!]!.digest },
    ]);
    expect(changesOf(lock, { ...lock, images: structuredClone(lock.images) })).toEqual([]);
  });

  it("writes nothing when one cannot be had, and the rest only when it is told to", { timeout: 60_000 }, async () => {
    const app = { repository: `${host}/team/app`, tag: "v1" };
    const given = { releases: [release()], images: [app] };
    manifests.set("team/app:v1", index);
    const gone = { ...given, images: [app, { ...app, tag: "v2" }] };
    const all = await updateLock({}, silent, file(), gone);
    expect(all).toMatchObject({ code: 1, unresolved: [{ what: `${host}/team/app:v2` }] });
    expect(existsSync(file())).toBe(false);
    expect(all.out).toContain("1 could not be resolved, so nothing is written; --partial writes the others.");
    const some = await updateLock({ partial: true }, silent, file(), gone);
    expect(some.out).toContain(`+ ${host}/team/app:v1 ${digest(index)}`);
    const written: Lock = JSON.parse(readFileSync(file(), "utf8"));
    expect(written.images[`${host}/team/app:v1`]!.digest).toBe(digest(index));
    const other = Buffer.from("another");
    manifests.set("team/app:v1", other);
    const checked = await updateLock({ check: true, json: true }, silent, file(), given);
    expect(checked.code).toBe(1);
    expect(JSON.parse(checked.out)).toMatchObject({
      written: false,
      changes: expect.arrayContaining([{ what: `${host}/team/app:v1`, before: digest(index), after: digest(other) }]),
    });
    expect(readFileSync(file(), "utf8")).toBe(`${JSON.stringify(written, null, 2)}\n`);
  });
});

it("what a mirror holds must be what the lock says", async () => {
  const release = releases["gateway-api"];
  writeFileSync(path.join(folder, "gateway-api-v1.5.0.yaml"), "kind: List\n");
  const locked = (sha256: string): Lock => ({
    version: 1,
    images: {},
    releases: { "gateway-api": { version: "v1.5.0", sha256, from: "publisher", date: "2026-11-21" } },
  });
  const get = (sha256: string) =>
    new ReleaseSource({ helm: "helm", keep: folder, env: {}, locked: locked(sha256) }).get(
      release,
      originOf(release, folder),
    );
  await expect(get(sha)).rejects.toThrow(LockMismatchError);
  await expect(get(digest(Buffer.from("kind: List\n")).slice(7))).resolves.toBeDefined();
});
