import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { writeKubeconfig } from "../control-plane/kubeconfig";
import { ensurePki, type Pki } from "../control-plane/pki";
import { ExecLogin } from "../providers/kubernetes/exec-login";
import { connect } from "../providers/kubernetes/kubeconfig";
import { installLogins } from ".";

const V1 = "client.authentication.k8s.io/v1";
const BETA = "client.authentication.k8s.io/v1beta1";

let folder: string;
let empty: string;
let pki: Pki;

beforeAll(async () => {
  // A quote and a space, as a user's home may have them.
  folder = mkdtempSync(path.join(tmpdir(), "it's a login-"));
  empty = mkdtempSync(path.join(tmpdir(), "login-"));
  await mkdir(path.join(folder, "control-plane"));
  pki = await ensurePki(path.join(folder, "control-plane", "pki"));
  await writeKubeconfig(path.join(folder, "control-plane", "kubeconfig"), "https://127.0.0.1:1", pki, "admin", ["a"]);
  await installLogins(folder);
  await installLogins(empty);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(empty, { recursive: true });
});

function run(command: string, args: string[], { at = folder, info = {} } = {}) {
  const env = { PATH: "/usr/bin:/bin", KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const { status, stdout, stderr } = spawnSync(path.join(at, "bin", command), args, { encoding: "utf8", env });
  return { status, stdout, stderr };
}

const getToken = ["eks", "get-token", "--cluster-name", "prod", "--region", "eu-north-1"];

describe("the stand-in of aws", () => {
  it.each([
    ["nothing is asked for", undefined, BETA],
    ["v1 is asked for", V1, V1],
    ["a version that is gone is asked for", "client.authentication.k8s.io/v1alpha1", BETA],
  ])("prints the administrator's certificate where %s", (_, apiVersion, printed) => {
    const { status, stdout } = run("aws", [...getToken, "--output", "json"], { info: { apiVersion } });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      kind: "ExecCredential",
      apiVersion: printed,
      spec: { interactive: false },
      status: {
        clientCertificateData: readFileSync(pki.clients.admin.cert, "utf8"),
        clientKeyData: readFileSync(pki.clients.admin.key, "utf8"),
      },
    });
  });

  it.each([
    ["another service", ["s3", "ls"], /no cloud is behind this command: it knows `aws eks get-token/],
    ["another operation", ["eks", "list-clusters"], /no cloud is behind this command/],
    ["an option that it does not know", [...getToken, "--role-arn", "x"], /Unknown option '--role-arn': it knows/],
    ["no region", getToken.slice(0, 4), /--region is missing/],
    ["no cluster", getToken.slice(0, 2), /--cluster-name is missing/],
    ["another output", [...getToken, "--output", "table"], /--output is table/],
  ])("refuses %s and says what it is", (_, args, message) => {
    const { status, stdout, stderr } = run("aws", args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^aws \(the rehearsal's stand-in\): [^\n]*\n$/);
    expect(stderr).toMatch(message);
  });
});

describe("the stand-in of gke-gcloud-auth-plugin", () => {
  it("prints v1beta1 whatever is asked for", () => {
    const { stdout } = run("gke-gcloud-auth-plugin", [], { info: { apiVersion: V1 } });
    expect(JSON.parse(stdout)).toMatchObject({ apiVersion: BETA, kind: "ExecCredential" });
  });

  it("refuses arguments that it would have to act on", () => {
    expect(run("gke-gcloud-auth-plugin", ["--use_application_default_credentials"]).status).toBe(0);
    const { status, stderr } = run("gke-gcloud-auth-plugin", ["--account=me@example.org"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^gke-gcloud-auth-plugin \(the rehearsal's stand-in\): .*--account=me@example\.org/);
  });
});

describe("both", () => {
  it("say that the control plane does not run", () => {
    for (const [command, args] of [["aws", getToken] as const, ["gke-gcloud-auth-plugin", []] as const]) {
      const { status, stderr } = run(command, [...args], { at: empty });
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /control-plane\/kubeconfig cannot be read \(ENOENT\): does the rehearsal's control plane run/,
      );
    }
  });

  it("log the provider in", async () => {
    const kubeconfig = stringify({
      "current-context": "c",
      clusters: [{ name: "k", cluster: { server: "https://127.0.0.1:1" } }],
      users: [
        { name: "u", user: { exec: { apiVersion: BETA, command: path.join(folder, "bin", "aws"), args: getToken } } },
      ],
      contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
    });
    const { exec } = connect({ kubeconfig });
    const credentials = await new ExecLogin(exec!).credentials();
    expect(credentials.cert).toBe(readFileSync(pki.clients.admin.cert, "utf8"));
  });
});
