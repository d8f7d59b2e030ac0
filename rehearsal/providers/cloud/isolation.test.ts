import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);

/** Everything that can open a connection, in Node or in a package. */
const network =
  /from "(node:)?(https?|http2|net|tls|dgram|dns)(\/promises)?"|\bfetch\(|@aws-sdk|googleapis|axios|undici/;

const sources = readdirSync(__dirname, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith("testing.ts"),
);

describe("a simulated cloud", () => {
  it("has no code that could reach a network", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((file) => network.test(readFileSync(path.join(__dirname, file), "utf8")))).toEqual([]);
  });

  it("does not look at credentials", () => {
    const credentials = /process\.env|AWS_|GOOGLE_(APP|CRED)|CLOUDSDK|\.aws\/|\.config\/gcloud|accessKey|secretKey/;
    expect(sources.filter((file) => credentials.test(readFileSync(path.join(__dirname, file), "utf8")))).toEqual([]);
  });

  it("opens no connection but loopback ones, and reads no credential, with credentials set", async () => {
    const env = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_PROFILE: "default",
      GOOGLE_APPLICATION_CREDENTIALS: path.join(__dirname, "none.json"),
    };
    const program = path.join(__dirname, "isolation-testing.ts");
    const { stdout } = await run(process.execPath, ["--require", require.resolve("tsx/cjs"), program], { env });
    const { connections, asked, made } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    expect(made).toMatch(/^vpc-/);
    expect(connections.length).toBeGreaterThan(0);
    expect(connections.filter((host: string) => host !== "127.0.0.1")).toEqual([]);
    expect(asked).toEqual([]);
  }, 60_000);
});
