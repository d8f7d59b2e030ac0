import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ControlPlaneClient } from "./client";
import { ensurePki } from "./pki";

let folder: string;
let server: https.Server;
let client: ControlPlaneClient;
/** Status and message of each answer; the last one is repeated. */
let answers: [number, object][];
let asked: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "client-"));
  const pki = await ensurePki(folder);
  asked = 0;
  server = https.createServer(
    { cert: readFileSync(pki.server.cert), key: readFileSync(pki.server.key) },
    (_, response) => {
      const [status, body] = answers[Math.min(asked++, answers.length - 1)]!;
      response.writeHead(status).end(JSON.stringify(body));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = await ControlPlaneClient.open(
    `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pki,
    "super-admin",
  );
});

afterEach(() => {
  client.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

it("asks again what the server was not ready for", async () => {
  answers = [
    [429, { message: "storage is (re)initializing" }],
    [200, { items: [{ kind: "Pod" }] }],
  ];
  expect(await client.list("/api/v1/pods")).toEqual([{ kind: "Pod" }]);
  expect(asked).toBe(2);
});

it("does not ask again what was refused", async () => {
  answers = [[403, { message: "forbidden" }]];
  await expect(client.list("/api/v1/pods")).rejects.toThrow("forbidden");
  expect(asked).toBe(1);
});
