import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { Workspace } from "./workspace";

describe("a workspace", () => {
  const base = mkdtempSync(path.join(tmpdir(), "workspace-"));

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(base, { recursive: true, force: true });
  });

  it.each(["", ".", "..", "../other", "a/b", ".hidden", "-x"])(
    "refuses %o as a stack, whose folder it would remove",
    (name) => {
      expect(() => new Workspace(name, base)).toThrow(/is no stack name/);
    },
  );

  it("gives its processes nothing of the user's environment but language, terminal and search path", () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "mine");
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "mine");
    vi.stubEnv("PULUMI_ACCESS_TOKEN", "mine");
    vi.stubEnv("KUBECONFIG", "mine");
    vi.stubEnv("HTTPS_PROXY", "mine");
    vi.stubEnv("LANG", "C.UTF-8");
    const environment = new Workspace("local", base).environment();
    expect(Object.values(environment)).not.toContain("mine");
    expect(environment).toMatchObject({ LANG: "C.UTF-8", HOME: path.join(base, "local", "home") });
    expect(environment.KUBECONFIG).toMatch(new RegExp(`^${base}/local/`));
    expect(environment.PULUMI_BACKEND_URL).toBe(`file://${base}/local/state`);
  });

  it("makes the stack a variant of the real one that is kept off the user's kubeconfig and registries", async () => {
    const workspace = new Workspace("local", base);
    await workspace.prepare([], {
      cluster: { region: "us-east-1", kubeconfig: "mine" },
      mirror: { images: "registry.test" },
    });
    expect(parse(readFileSync(workspace.stackFile, "utf8")).config["ai-platform:environment"]).toEqual({
      extends: "local",
      cluster: { region: "us-east-1", kubeconfig: null },
      mirror: { images: "registry.test", charts: workspace.charts },
    });
  });
});
