import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../control-plane/testing";
import { installPlugins } from "../../plugins";
import { ensureTools } from "../../toolchain";
import { root, Workspace } from "../../workspace";

/**
 * A cluster that is still to be made has no kubeconfig in the preview. The engine then does not call the provider at all
 * (sdk/go/common/resource/plugin/provider_plugin.go); what it makes of each kind is seen with the real one only.
 */
const program = `
const pulumi = require("@pulumi/pulumi");
const k8s = require("@pulumi/kubernetes");
const kubeconfig = pulumi.secret(pulumi.output(require("@pulumi/pulumi/output").unknown));
const provider = new k8s.Provider("cluster", { kubeconfig, enableServerSideApply: true });
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "n" } }, { provider });
const map = new k8s.core.v1.ConfigMap("map", { data: { a: "1" } }, { provider });
const apiVersion = "example.org/v1";
new k8s.apiextensions.CustomResource("custom", { apiVersion, kind: "X", metadata: { name: "x" } }, { provider });
new k8s.core.v1.ConfigMapPatch("patch", { metadata: { name: "x" }, data: { a: "1" } }, { provider });
k8s.core.v1.Secret.get("found", "default/x", { provider });
const chart = new k8s.helm.v4.Chart("chart", { chart: "/nowhere", namespace: namespace.metadata.name }, { provider });
const file = new k8s.yaml.v2.ConfigFile("file", { file: "/nowhere.yaml" }, { provider });
const group = new k8s.yaml.v2.ConfigGroup("group", { yaml: "no: object" }, { provider, dependsOn: [chart] });
new k8s.core.v1.ConfigMap("after", { data: { a: "1" } }, { provider, dependsOn: [file, group] });
exports.uid = map.metadata.uid;
exports.resources = chart.resources;
`;

describe("a preview for a cluster that is still to be made", () => {
  let base: string;
  let workspace: Workspace;
  let folder: string;

  beforeAll(async () => {
    base = await temporaryFolder("unknown");
    workspace = new Workspace("local", base);
    const tools = await ensureTools(["pulumi"]);
    await workspace.prepare([tools.pulumi!]);
    await installPlugins(workspace, undefined, [], []);
    folder = path.join(base, "program");
    mkdirSync(folder);
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "unknown", main: "index.js" }));
    writeFileSync(path.join(folder, "Pulumi.yaml"), "name: unknown\nruntime: nodejs\n");
    writeFileSync(path.join(folder, "index.js"), program);
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  function pulumi(...args: string[]): string {
    const env = workspace.environment();
    // Both are of the blueprint's own project.
    delete env.PULUMI_OPTION_CONFIG_FILE;
    delete env.PULUMI_OPTION_POLICY_PACK;
    const options = { cwd: folder, env, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(workspace.file("bin", "pulumi"), args, options);
    expect(status, stderr).toBe(0);
    return stdout;
  }

  it("shows every resource, and leaves open what charts and manifests consist of", () => {
    pulumi("stack", "init", "unknown", "--non-interactive");
    const preview = JSON.parse(pulumi("preview", "--stack", "unknown", "--non-interactive", "--json"));
    const steps: { op: string; urn: string }[] = preview.steps;
    expect(steps.map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join(" ")}`).sort()).toEqual([
      "create kubernetes:core/v1:ConfigMap after",
      "create kubernetes:core/v1:ConfigMap map",
      "create kubernetes:core/v1:ConfigMapPatch patch",
      "create kubernetes:core/v1:Namespace namespace",
      "create kubernetes:example.org/v1:X custom",
      "create kubernetes:helm.sh/v4:Chart chart",
      "create kubernetes:yaml/v2:ConfigFile file",
      "create kubernetes:yaml/v2:ConfigGroup group",
      "create pulumi:providers:kubernetes cluster",
      "create pulumi:pulumi:Stack unknown-unknown",
      "read kubernetes:core/v1:Secret found",
    ]);
  });
});
