import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensurePki } from "../../control-plane/pki";
import { HttpClient, UnreachableError } from "./http";
import type { Connection } from "./kubeconfig";

let folder: string;
let server: http.Server | https.Server;
let client: HttpClient;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "http-"));
});
afterEach(async () => {
  client?.close();
  await new Promise((done) => server?.close(done) ?? done(undefined));
  rmSync(folder, { recursive: true });
});

/** A login whose n-th run prints the n-th of these statuses, and the last one ever after. */
function login(...statuses: object[]): Connection["exec"] {
  for (const [index, status] of statuses.entries()) {
    const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
    writeFileSync(join(folder, `status-${index}`), JSON.stringify(credential));
  }
  const command = join(folder, "login");
  const next = `n=$(cat n 2>/dev/null || echo 0); [ $n -lt ${statuses.length - 1} ] && echo $((n + 1)) > n || :`;
  writeFileSync(command, `#!/bin/sh\ncd "${folder}"\n${next}\ncat status-$n\n`);
  chmodSync(command, 0o755);
  return { command, args: [], env: {}, apiVersion: "client.authentication.k8s.io/v1" };
}

function listen(): Promise<number> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

/** Serves over HTTP; accepts one token and notes every one that it was shown. */
async function tokens(accepted: string): Promise<{ url: string; shown: (string | undefined)[] }> {
  const shown: (string | undefined)[] = [];
  server = http.createServer((request, response) => {
    shown.push(request.headers.authorization);
    response.statusCode = request.headers.authorization === `Bearer ${accepted}` ? 200 : 401;
    response.end(JSON.stringify({ message: "Unauthorized" }));
  });
  return { url: `http://127.0.0.1:${await listen()}`, shown };
}

const open = (server: string, exec: Connection["exec"], ca?: Buffer) => {
  client = new HttpClient({ server, exec, ca, insecure: false, namespace: "default" }, 5_000);
  return client;
};

describe("a connection with an exec login", () => {
  it("sends the token, and logs in again when it is no longer accepted", async () => {
    const { url, shown } = await tokens("new");
    await open(url, login({ token: "old" }, { token: "new" })).json("GET", "/x");
    await client.json("GET", "/x");
    expect(shown).toEqual(["Bearer old", "Bearer new", "Bearer new"]);
  });

  it("gives up after one more login", async () => {
    const { url, shown } = await tokens("other");
    const exec = login({ token: "one" }, { token: "two" }, { token: "three" });
    await expect(open(url, exec).json("GET", "/x")).rejects.toThrow(
      /does not accept the kubeconfig's credentials \(401/,
    );
    expect(shown).toEqual(["Bearer one", "Bearer two"]);
  });

  it("counts as unreachable when the login fails", async () => {
    const { url } = await tokens("x");
    const exec = { ...login({}), command: "no-such-login", installHint: "Install it." } as Connection["exec"];
    const asked = open(url, exec).json("GET", "/x");
    await expect(asked).rejects.toThrow(UnreachableError);
    await expect(asked).rejects.toThrow(
      `cannot log in to the API server at ${url}: the command no-such-login was not found on PATH. Install it.`,
    );
  });

  it("presents the certificate that the login gives, and the next one on new connections", async () => {
    const pki = await ensurePki(join(folder, "pki"));
    const of = (name: "admin" | "scheduler") => ({
      clientCertificateData: readFileSync(pki.clients[name].cert, "utf8"),
      clientKeyData: readFileSync(pki.clients[name].key, "utf8"),
    });
    const [cert, key] = [readFileSync(pki.server.cert), readFileSync(pki.server.key)];
    const ca = readFileSync(pki.ca);
    const seen: string[] = [];
    server = https.createServer({ cert, key, ca, requestCert: true }, (request, response) => {
      const name = (request.socket as TLSSocket).getPeerCertificate().subject.CN as string;
      seen.push(name);
      response.statusCode = name === "kubernetes-admin" ? 200 : 401;
      response.end("{}");
    });
    const url = `https://127.0.0.1:${await listen()}`;
    await open(url, login(of("scheduler"), of("admin")), ca).json("GET", "/x");
    expect(seen).toEqual(["system:kube-scheduler", "kubernetes-admin"]);
  });
});
