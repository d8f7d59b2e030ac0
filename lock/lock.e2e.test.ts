import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Release } from "../catalog/releases";
import { silentProgress } from "../rehearsal/testing";
import { writeTarGz } from "../rehearsal/toolchain/archive";
import { updateLock } from "./cli";

const digest = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A chart as a registry holds it: a manifest that names its description and its archive. */
const archive = writeTarGz([
  { name: "shop/Chart.yaml", content: Buffer.from(stringify({ apiVersion: "v2", name: "shop", version: "1.0.0" })) },
]);
const config = Buffer.from(JSON.stringify({ apiVersion: "v2", name: "shop", version: "1.0.0" }));
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.cncf.helm.config.v1+json",
      digest: digest(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        digest: digest(archive),
        size: archive.length,
      },
    ],
  }),
);

let server: Server;
let host: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "lock-charts-"));
  const blobs = new Map([config, archive, manifest].map((content) => [digest(content), content]));
  server = createServer((request, response) => {
    const [, kind, reference] = /^\/v2\/charts\/shop\/(manifests|blobs)\/(.+)$/.exec(request.url ?? "") ?? [];
    const content = reference === "1.0.0" ? manifest : blobs.get(reference ?? "");
    if (kind === undefined || content === undefined) {
      response.writeHead(request.url === "/v2/" || request.url === "/" ? 200 : 404).end();
      return;
    }
    const type = kind === "manifests" ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream";
    response.writeHead(200, {
      "content-type": type,
      "content-length": content.length,
      "docker-content-digest": digest(content),
    });
    response.end(request.method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});

it("locks a chart of a registry to the archive that helm gets from there", async () => {
  const release: Release = {
    name: "shop",
    version: "v1.0.0",
    source: { kind: "chart", chart: "shop", version: "1.0.0", registry: `oci://${host}/charts` },
    namespace: "shop",
    images: [],
    crds: [],
    after: [],
    minimumKubernetes: "unknown",
    install: { how: "helm.v4.Chart", hooks: "none" },
    origin: { source: "test", date: "2026-11-21" },
  };
  const file = path.join(folder, "lock.json");
  const result = await updateLock({}, silentProgress(), file, { releases: [release], images: [] });
  expect(result.unresolved).toEqual([]);
  expect(JSON.parse(readFileSync(file, "utf8")).releases).toEqual({
    shop: {
      version: "v1.0.0",
      sha256: digest(archive).slice("sha256:".length),
      from: `oci://${host}/charts`,
      date: new Date().toISOString().slice(0, 10),
    },
  });
  const again = await updateLock({ check: true }, silentProgress(), file, { releases: [release], images: [] });
  expect(again).toMatchObject({ code: 0, changes: [] });
});
