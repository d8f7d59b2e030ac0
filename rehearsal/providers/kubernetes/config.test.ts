import { describe, expect, it } from "vitest";
import { checkConfig, diffConfig, readConfig } from "./config";
import { unknown } from "./values";

describe("provider configuration", () => {
  it("refuses settings that do not exist, and says which do", () => {
    expect(checkConfig({ kubeconfg: "x", namespace: "a", version: "4.34.2" })).toEqual([
      { property: "kubeconfg", reason: expect.stringMatching(/no setting "kubeconfg"; it has .*kubeconfig/) },
    ]);
  });

  it("refuses client-side apply", () => {
    expect(checkConfig({ enableServerSideApply: "false" })[0]?.reason).toMatch(/only does server-side apply/);
    expect(() => readConfig(new Map([["kubernetes:config:enableServerSideApply", "false"]]))).toThrow(
      /server-side apply/,
    );
  });

  it("accepts values that are not known yet, and refuses text for a switch", () => {
    expect(checkConfig({ kubeconfig: unknown, enablePatchForce: unknown })).toEqual([]);
    expect(checkConfig({ enablePatchForce: "maybe" })[0]?.reason).toMatch(/true or false/);
  });

  it("reads JSON strings", () => {
    const config = readConfig(
      new Map([
        ["kubernetes:config:enablePatchForce", "true"],
        ["kubernetes:config:kubeClientSettings", '{"timeout":7,"qps":10}'],
        ["kubernetes:config:namespace", "team"],
      ]),
    );
    expect(config).toMatchObject({
      enablePatchForce: true,
      timeout: 7,
      namespace: "team",
      upsertExistingObjects: false,
    });
  });
});

describe("a change of configuration", () => {
  const kubeconfig = (server: string, token = "t") =>
    JSON.stringify({
      "current-context": "c",
      clusters: [{ name: "k", cluster: { server } }],
      users: [{ name: "u", user: { token } }],
      contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
    });

  it("replaces everything when it leads to another cluster", () => {
    const olds = { kubeconfig: kubeconfig("https://a") };
    expect(diffConfig(olds, { kubeconfig: kubeconfig("https://b") }).replaces).toEqual(["kubeconfig"]);
    expect(diffConfig(olds, { kubeconfig: unknown }).replaces).toEqual(["kubeconfig"]);
  });

  it("replaces nothing for another login to the same cluster", () => {
    const exec = (region: string) => {
      const plain = JSON.parse(kubeconfig("https://a"));
      const args = ["eks", "get-token", "--region", region];
      plain.users[0].user = { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws", args } };
      return JSON.stringify(plain);
    };
    expect(diffConfig({ kubeconfig: exec("eu-north-1") }, { kubeconfig: exec("eu-west-1") })).toEqual({
      diffs: ["kubeconfig"],
      replaces: [],
    });
  });

  it("replaces nothing for other credentials, another namespace, or the same clusterIdentifier", () => {
    expect(diffConfig({ kubeconfig: kubeconfig("https://a") }, { kubeconfig: kubeconfig("https://a", "new") })).toEqual(
      {
        diffs: ["kubeconfig"],
        replaces: [],
      },
    );
    expect(
      diffConfig(
        { clusterIdentifier: "x", kubeconfig: kubeconfig("https://a") },
        { clusterIdentifier: "x", kubeconfig: kubeconfig("https://b") },
      ).replaces,
    ).toEqual([]);
  });
});
