import { execFileSync, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { silentProgress } from "../rehearsal/testing";
import { root } from "../rehearsal/workspace";
import { ruleIds } from "../stacks/policies";
import type { Evidence } from "./bundle";
import { run } from "./cli";
import { verdictWords } from "./page/verdict";
import { steady } from "./testing";

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "evidence-e2e-"));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** The project as it is here, in a folder of its own, with one stack file changed. */
function changedCheckout(stack: string, change: (environment: Record<string, unknown>) => object): string {
  const folder = join(base, "changed");
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of listed.toString().split("\n").filter(Boolean)) {
    cpSync(join(root, file), join(folder, file), { force: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, "stacks", `Pulumi.${stack}.yaml`);
  const { config } = parse(readFileSync(file, "utf8"));
  const environment = config["ai-platform:environment"];
  writeFileSync(file, stringify({ config: { "ai-platform:environment": change(environment) } }));
  return folder;
}

describe("the evidence of local, from the engine", () => {
  let out: string;
  let told: string;
  let evidence: Evidence & { readonly files: readonly { readonly path: string; readonly sha256: string }[] };
  let page: string;

  beforeAll(async () => {
    out = join(base, "local");
    told = await run(["local", "--out", out], { progress: silentProgress(), identify: steady() });
    evidence = JSON.parse(readFileSync(join(out, "bundle.json"), "utf8"));
    page = readFileSync(join(out, "index.html"), "utf8");
  });

  it("is written as a whole, and told", () => {
    expect(readdirSync(base)).toEqual(["local"]);
    expect(told).toContain("Evidence of local: ");
    for (const { path, sha256 } of evidence.files) {
      expect(
        createHash("sha256")
          .update(readFileSync(join(out, path)))
          .digest("hex"),
      ).toBe(sha256);
    }
    expect(evidence.files.map(({ path }) => path).sort()).toEqual(
      readdirSync(out)
        .filter((name) => name !== "bundle.json")
        .sort(),
    );
  });

  it("has every rule, and what each looked at is what the engine showed", () => {
    expect(evidence.rules.map(({ id }) => id).sort()).toEqual([...ruleIds].sort());
    const shown = new Set(evidence.resources.map(({ urn }) => urn));
    for (const { resources } of evidence.rules) {
      for (const { urn } of resources) expect(shown).toContain(urn);
    }
    const rule = (id: string) => evidence.rules.find((one) => one.id === id)!;
    expect(rule("sovereignty-registry")).toMatchObject({ verdict: "passed", judges: "each resource" });
    expect(rule("cost-monthly-budget")).toMatchObject({ verdict: "passed", judges: "the stack" });
    expect(evidence.verdicts["not run"]).toBe(0);
  });

  it("has a page with the verdict of each rule", () => {
    for (const { id, verdict } of evidence.rules) {
      const heading = page.slice(page.indexOf(`<h3 id="rule-${id}">`)).split("</h3>")[0];
      expect(heading).toContain(verdictWords[verdict].word);
    }
    for (const { release } of evidence.preview.chartsNotRendered) expect(page).toContain(release);
  });

  it("has a valid bill of materials of what it installs", async () => {
    const text = readFileSync(join(out, "sbom.cdx.json"), "utf8");
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
    expect(evidence.sbom).toMatchObject({ models: 1, notInCatalog: [] });
  });
});

describe("npm run evidence where the stack takes images from elsewhere", () => {
  let ended: SpawnSyncReturns<string>;
  let evidence: Evidence;
  const out = () => join(base, "of-changed");

  beforeAll(() => {
    const folder = changedCheckout("local", (environment) => ({
      ...environment,
      mirror: { images: "registry.elsewhere.example" },
    }));
    ended = spawnSync(process.execPath, ["rehearsal/bootstrap.cjs", "evidence/cli.ts", "local", "--out", out()], {
      cwd: folder,
      encoding: "utf8",
    });
    evidence = JSON.parse(readFileSync(join(out(), "bundle.json"), "utf8"));
  });

  it("ends well, and says that an update would be refused", () => {
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain("An update would be refused.");
  });

  it("shows the violation as one", () => {
    expect(evidence.preview.ok).toBe(false);
    const { verdict, resources } = evidence.rules.find(({ id }) => id === "sovereignty-registry")!;
    expect(verdict).toBe("violation");
    const violated = resources.filter((resource) => resource.verdict === "violation");
    expect(violated.map(({ name }) => name)).toContain("qwen3-32b-decode");
    expect(readFileSync(join(out(), "index.html"), "utf8")).toContain("registry.elsewhere.example");
  });

  it("still has what the rules of the stack found", () => {
    expect(evidence.verdicts["not run"]).toBe(0);
    expect(evidence.rules.find(({ id }) => id === "cost-monthly-budget")?.verdict).toBe("passed");
  });
});

describe("npm run evidence of a stack that there is not", () => {
  it("ends with 2 and one line", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["rehearsal/bootstrap.cjs", "evidence/cli.ts", "locl", "--out", join(base, "none")],
      { cwd: root, encoding: "utf8" },
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^stacks\/Pulumi\.locl\.yaml: no such file.*\n$/);
    expect(readdirSync(base)).not.toContain("none");
  });
});
