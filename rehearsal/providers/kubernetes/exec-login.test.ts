import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExecLogin, type ExecPlugin, readExec } from "./exec-login";

const V1 = "client.authentication.k8s.io/v1";
const BETA = "client.authentication.k8s.io/v1beta1";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "exec-login-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A login command that notes each run, then does what `body` says in shell. */
function command(body: string): string {
  const file = join(folder, "login");
  writeFileSync(file, `#!/bin/sh\necho run >> "${folder}/runs"\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

const plugin = (body: string, more: Partial<ExecPlugin> = {}): ExecPlugin => ({
  command: command(body),
  args: [],
  env: {},
  apiVersion: V1,
  ...more,
});

const prints = (status: object, apiVersion = V1) =>
  `cat <<'END'\n${JSON.stringify({ apiVersion, kind: "ExecCredential", status })}\nEND`;

const runs = () => (existsSync(join(folder, "runs")) ? readFileSync(join(folder, "runs"), "utf8").length / 4 : 0);

const failure = (login: ExecLogin) =>
  login.credentials().then(
    () => expect.fail("it should have failed"),
    (error: Error) => error.message,
  );

describe("a login command", () => {
  it("is told what is wanted, gets its arguments as they are and its variables besides ours", async () => {
    const body = `printf '%s\\n' "$KUBERNETES_EXEC_INFO" "$1" "$2" "$NAME" "$PATH" > "${folder}/told"`;
    const login = new ExecLogin(
      plugin(`${body}\n${prints({ token: "t" })}`, {
        args: ["$HOME; echo", "a b"],
        env: { NAME: "value" },
        cluster: { server: "https://a" },
      }),
    );
    expect(await login.credentials()).toEqual({ token: "t" });
    const [info = "", ...rest] = readFileSync(join(folder, "told"), "utf8").trim().split("\n");
    expect(JSON.parse(info)).toEqual({
      apiVersion: V1,
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: "https://a" } },
    });
    expect(rest).toEqual(["$HOME; echo", "a b", "value", process.env.PATH]);
  });

  it("runs once for many requests when its credentials do not expire", async () => {
    const login = new ExecLogin(plugin(prints({ clientCertificateData: "CERT", clientKeyData: "KEY" })));
    expect(await Promise.all([login.credentials(), login.credentials()])).toEqual([
      { cert: "CERT", key: "KEY" },
      { cert: "CERT", key: "KEY" },
    ]);
    await login.credentials();
    expect(runs()).toBe(1);
  });

  it("runs again when its credentials have expired, and not before", async () => {
    const expired = new ExecLogin(plugin(prints({ token: "t", expirationTimestamp: "2020-01-01T00:00:00Z" })));
    await expired.credentials();
    await expired.credentials();
    expect(runs()).toBe(2);
    const fresh = new ExecLogin(plugin(prints({ token: "t", expirationTimestamp: "2999-01-01T00:00:00Z" })));
    await fresh.credentials();
    await fresh.credentials();
    expect(runs()).toBe(3);
  });

  it("runs once more for credentials that were refused, however many requests found that", async () => {
    const login = new ExecLogin(plugin(prints({ token: "t" })));
    const refused = await login.credentials();
    await Promise.all([login.replace(refused), login.replace(refused)]);
    await login.replace(refused);
    expect(runs()).toBe(2);
  });

  it("is tried again after it failed", async () => {
    const login = new ExecLogin(
      plugin(`[ -e "${folder}/once" ] || { : > "${folder}/once"; exit 1; }\n${prints({ token: "t" })}`),
    );
    expect(await failure(login)).toMatch(/failed with exit code 1/);
    expect(await login.credentials()).toEqual({ token: "t" });
  });

  it("that is missing is named, with what its kubeconfig says of installing it", async () => {
    const missing = { ...plugin(""), command: "no-such-login", installHint: "Install it from the intranet.\n" };
    expect(await failure(new ExecLogin(missing))).toBe(
      "the command no-such-login was not found on PATH. Install it from the intranet.",
    );
    const gone = { ...plugin(""), command: join(folder, "gone") };
    expect(await failure(new ExecLogin(gone))).toMatch(/\/gone does not exist$/);
  });

  it("that fails is named with its last word", async () => {
    const login = new ExecLogin(plugin(`echo first >&2; echo "The SSO session has expired" >&2; exit 3`));
    expect(await failure(login)).toMatch(
      /^the command .*\/login failed with exit code 3: The SSO session has expired$/,
    );
  });

  it.each([
    ["something that is no JSON", "echo s3cret-token", /something else than the JSON of an ExecCredential/],
    ["another kind", `echo '{"kind":"Token","token":"s3cret-token"}'`, /is no ExecCredential/],
    ["another version", prints({ token: "s3cret-token" }, BETA), /another version than the .*\/v1 of the kubeconfig/],
    ["no status", prints(undefined as unknown as object), /neither a token nor a certificate/],
    ["half a certificate", prints({ clientKeyData: "s3cret-token" }), /a key without its certificate/],
    ["a time that is none", prints({ token: "s3cret-token", expirationTimestamp: "soon" }), /is no time such as/],
  ])("that prints %s is refused without showing what it printed", async (_, body, message) => {
    const text = await failure(new ExecLogin(plugin(body)));
    expect(text).toMatch(message);
    expect(text).not.toContain("s3cret");
  });
});

describe("the exec entry of a kubeconfig", () => {
  const cluster = {
    server: "https://a:6443",
    extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }],
  };
  const read = (exec: object) => readExec(exec, cluster, Buffer.from("ca"), 'kubeconfig: user "u"');

  it("is read as `aws eks update-kubeconfig` writes it", () => {
    const env = [{ name: "AWS_PROFILE", value: "dev" }];
    expect(read({ apiVersion: BETA, command: "aws", args: ["eks", "get-token"], env, installHint: "" })).toEqual({
      apiVersion: BETA,
      command: "aws",
      args: ["eks", "get-token"],
      env: { AWS_PROFILE: "dev" },
    });
    expect(read({ apiVersion: BETA, command: "aws", args: null, env: null })).toMatchObject({ args: [], env: {} });
  });

  it("tells the command of the cluster only when it says so", () => {
    const exec = { apiVersion: BETA, command: "gke-gcloud-auth-plugin", provideClusterInfo: true };
    expect(read(exec).cluster).toMatchObject({
      server: "https://a:6443",
      "certificate-authority-data": btoa("ca"),
      config: { audience: "x" },
    });
    expect(read({ ...exec, provideClusterInfo: false }).cluster).toBeUndefined();
  });

  it.each([
    ["no command", { apiVersion: V1 }, 'kubeconfig: user "u": exec names no command'],
    [
      "a version that is gone",
      { command: "x", apiVersion: "client.authentication.k8s.io/v1alpha1" },
      /the apiVersion "client\.authentication\.k8s\.io\/v1alpha1"; expected .*v1 or .*v1beta1/,
    ],
    ["no version", { command: "x" }, /the apiVersion undefined/],
    ["no interactiveMode in v1", { command: "x", apiVersion: V1 }, /the interactiveMode undefined; expected Never or/],
    [
      "a command that needs a terminal",
      { command: "x", apiVersion: BETA, interactiveMode: "Always" },
      /the interactiveMode "Always".*nobody sits in front/,
    ],
  ])("is refused with %s", (_, exec, message) => {
    expect(() => read(exec)).toThrow(message);
  });
});
