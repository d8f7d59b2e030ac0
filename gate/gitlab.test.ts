import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type MergeRequest, mergeRequestOf, reportsIn, writeNotes } from "./gitlab";
import { markdownOf } from "./markdown";
import { report } from "./testing";

/** A GitLab that knows one merge request: 42 of project 7. */
describe("notes on a merge request", () => {
  const me = { id: 5 };
  let notes: { id: number; body: string; system: boolean; author: { id: number } }[];
  let server: Server;
  let request: MergeRequest;

  beforeAll(async () => {
    server = createServer((incoming, response) => {
      const url = new URL(incoming.url!, "http://localhost");
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("end", () => {
        const answer = (status: number, value: unknown) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.end(JSON.stringify(value));
        };
        const text = Buffer.concat(chunks).toString();
        const { body } = text === "" ? { body: "" } : JSON.parse(text);
        const at = url.pathname.replace("/api/v4/", "");
        const path = "projects/7/merge_requests/42/notes";
        if (incoming.headers["private-token"] !== "good") return answer(403, {});
        if (at === "user") return answer(200, me);
        if (at === path && incoming.method === "GET") {
          const page = Number(url.searchParams.get("page"));
          return answer(200, notes.slice((page - 1) * 100, page * 100));
        }
        if (at === path && incoming.method === "POST") {
          notes.push({ id: notes.length, body, system: false, author: me });
          return answer(201, {});
        }
        const note = notes.find(({ id }) => at === `${path}/${id}`);
        if (note === undefined || incoming.method !== "PUT") return answer(404, {});
        note.body = body;
        answer(200, {});
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`;
    request = { api, project: "7", iid: "42", token: "good" };
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    // More than a page of what people say.
    notes = Array.from({ length: 120 }, (_, id) => ({ id, body: "LGTM", system: false, author: { id: 9 } }));
  });

  const body = (stack: string, seconds: number) => `${markdownOf(report({ stack }))}${seconds}`;
  const written = () => notes.slice(120).map((note) => note.body);

  it("are one for each environment, rewritten by the next pipeline", async () => {
    await writeNotes(new Map([["local", body("local", 1)]]), request);
    const both = new Map([
      ["local", body("local", 2)],
      ["prod", body("prod", 2)],
    ]);
    await writeNotes(both, request);
    expect(written()).toEqual([body("local", 2), body("prod", 2)]);
  });

  it("leave alone what somebody else wrote, whatever it begins with", async () => {
    notes[3]!.body = body("local", 0);
    await writeNotes(new Map([["local", body("local", 1)]]), request);
    expect(notes[3]!.body).toBe(body("local", 0));
    expect(written()).toEqual([body("local", 1)]);
  });

  it("are refused without a token that may write, which is not shown", async () => {
    const failing = writeNotes(new Map([["local", "x"]]), { ...request, token: "s3cret-token" });
    await expect(failing).rejects.toThrow(/403.*GATE_GITLAB_TOKEN/);
    await expect(failing).rejects.not.toThrow(/s3cret/);
    expect(() => mergeRequestOf({ CI_API_V4_URL: "x", CI_PROJECT_ID: "7", GATE_GITLAB_TOKEN: "t" })).toThrow(
      /CI_MERGE_REQUEST_IID is not set/,
    );
  });

  it("come from the folder of reports", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "gate-reports-"));
    mkdirSync(path.join(folder, "local"));
    mkdirSync(path.join(folder, "empty"));
    writeFileSync(path.join(folder, "changed.txt"), "local\n");
    writeFileSync(path.join(folder, "local", "gate.md"), "report");
    expect([...reportsIn(folder)]).toEqual([["local", "report"]]);
    rmSync(folder, { recursive: true });
  });
});
