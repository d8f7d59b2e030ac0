import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { activeCluster, connect } from "./kubeconfig";

let folder: string;
const saved = process.env.KUBECONFIG;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (saved === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = saved;
});

function config(name: string, user: object = { token: "t" }) {
  return {
    "current-context": name,
    clusters: [
      {
        name: `${name}-cluster`,
        cluster: { server: `https://${name}:6443/`, "certificate-authority-data": btoa("ca") },
      },
    ],
    users: [{ name: `${name}-user`, user }],
    contexts: [{ name, context: { cluster: `${name}-cluster`, user: `${name}-user`, namespace: "team" } }],
  };
}

function write(name: string, content: object): string {
  const file = join(folder, name);
  writeFileSync(file, stringify(content));
  return file;
}

describe("a kubeconfig", () => {
  it("is taken as contents or as a path", () => {
    for (const kubeconfig of [stringify(config("a")), JSON.stringify(config("a")), write("config", config("a"))]) {
      const connection = connect({ kubeconfig });
      expect(connection).toMatchObject({ server: "https://a:6443", token: "t", namespace: "team", insecure: false });
      expect(connection.ca?.toString()).toBe("ca");
    }
  });

  it("comes from $KUBECONFIG when none is given, several merged", () => {
    process.env.KUBECONFIG = `${write("one", config("a"))}:${write("two", config("b"))}`;
    expect(connect({}).server).toBe("https://a:6443");
    expect(connect({ context: "b" }).server).toBe("https://b:6443");
  });

  it("finds certificate files beside itself", () => {
    writeFileSync(join(folder, "client.crt"), "CERT");
    writeFileSync(join(folder, "client.key"), "KEY");
    const user = { "client-certificate": "client.crt", "client-key": "client.key" };
    const connection = connect({ kubeconfig: write("config", config("a", user)) });
    expect([connection.cert?.toString(), connection.key?.toString()]).toEqual(["CERT", "KEY"]);
  });

  it("names the command that logs in, beside itself when it is a path", () => {
    const exec = (command: string) => ({ command, apiVersion: "client.authentication.k8s.io/v1beta1" });
    const of = (user: object) => connect({ kubeconfig: write("config", config("a", user)) }).exec;
    expect(of({ exec: exec("aws") })?.command).toBe("aws");
    expect(of({ exec: exec("./bin/login") })?.command).toBe(join(folder, "bin/login"));
    // As kubectl has it, what the kubeconfig itself states comes first.
    expect(of({ exec: exec("aws"), token: "t" })).toBeUndefined();
  });

  it.each([
    [
      "a context that it lacks",
      () => ({ kubeconfig: write("config", config("a")), context: "prod" }),
      /config has no context "prod"; it has "a"/,
    ],
    ["a path that is not there", () => ({ kubeconfig: join(folder, "none") }), /none does not exist/],
    [
      "a cluster that it lacks",
      () => ({ kubeconfig: write("config", config("a")), cluster: "x" }),
      /no cluster "x".*"a-cluster"/,
    ],
    [
      "an auth-provider",
      () => ({ kubeconfig: write("config", config("a", { "auth-provider": { name: "oidc" } })) }),
      /auth-provider plugin.*not supported.*exec plugin/,
    ],
    [
      "an exec plugin of no version",
      () => ({ kubeconfig: write("config", config("a", { exec: { command: "aws" } })) }),
      /config: user "a-user": exec has the apiVersion undefined/,
    ],
    [
      "a certificate that is not there",
      () => ({ kubeconfig: write("config", config("a", { "client-certificate": "x.crt" })) }),
      /client-certificate .*x\.crt cannot be read/,
    ],
    ["text that is no kubeconfig", () => ({ kubeconfig: "a: [" }), /not valid YAML/],
  ])("is refused with a clear error for %s", (_, selection, message) => {
    expect(() => connect(selection())).toThrow(message);
  });

  it("names the files of $KUBECONFIG that are missing", () => {
    process.env.KUBECONFIG = join(folder, "gone");
    expect(() => connect({})).toThrow(/\$KUBECONFIG names .*gone, which does not exist/);
  });

  it("gives the cluster that a context leads to", () => {
    expect(activeCluster({ kubeconfig: stringify(config("a")) }).server).toBe("https://a:6443/");
    expect(activeCluster({ kubeconfig: "/nowhere" })).toBeUndefined();
  });
});
