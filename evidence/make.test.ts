import { describe, expect, it } from "vitest";
import { rules } from "../policy/rules";
import type { Progress } from "../rehearsal/progress";
import { sha256 } from "./identity";
import { type Bundle, makeBundle } from "./make";
import { previewer, steady } from "./testing";

const progress = {} as Progress;
const versions = async () => ({ "Pulumi engine": "3.0.0" });
const identify = steady();
const make = (stack: string, ...as: Parameters<typeof previewer>) =>
  makeBundle(stack, { progress, versions, identify, previewer: previewer(...as) });

const local = make("local");
const page = async (bundle: Promise<Bundle>) => (await bundle).files.get("index.html")!;

describe("a bundle", () => {
  it("has every rule, with a verdict and what it looked at", async () => {
    const { evidence } = await local;
    expect(evidence.rules.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
    const region = evidence.rules.find(({ id }) => id === "sovereignty-region")!;
    expect(region.resources.length).toBeGreaterThan(50);
    expect(region.resources.length + region.notApplicable).toBe(evidence.resources.length);
    expect(Object.values(evidence.verdicts).reduce((sum, number) => sum + number, 0)).toBe(rules.length);
    for (const { verdict, resources } of evidence.rules) {
      if (verdict === "passed") expect(resources.length).toBeGreaterThan(0);
      if (verdict === "nothing to judge") expect(resources).toEqual([]);
    }
  });

  it("says of which commit, catalog, rules and stack files it is, and what law the stack states", async () => {
    const { evidence } = await local;
    expect(evidence.source).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(evidence.catalog.files.map(({ path }) => path)).toContain("catalog/releases.ts");
    expect(evidence.pack.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["policy/pack.ts", "package-lock.json"]),
    );
    expect(evidence.stackFiles.files.map(({ path }) => path)).toEqual(["stacks/Pulumi.local.yaml"]);
    expect(evidence.environment).toMatchObject({
      jurisdiction: { name: "eu", sovereign: false },
      regions: [{ name: "local" }],
    });
  });

  it("has the hash of each file beside bundle.json, and the page has those of the others", async () => {
    const { evidence, files } = await local;
    expect(evidence.files.map(({ path }) => path).sort()).toEqual(
      [...files.keys()].filter((name) => name !== "bundle.json").sort(),
    );
    for (const file of evidence.files) expect(file.sha256).toBe(sha256(files.get(file.path)!));
    expect(JSON.parse(files.get("bundle.json")!)).toEqual(JSON.parse(JSON.stringify(evidence)));
    expect(await page(local)).toContain(sha256(files.get("sbom.cdx.json")!));
  });

  it("has a page that needs nothing from elsewhere, with its headings in order and every rule on it", async () => {
    const text = await page(local);
    expect(text).not.toMatch(/<script|\son\w+=|<link|<img|@import|url\(/i);
    expect(text.match(/<h1/g)).toHaveLength(1);
    const levels = [...text.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]));
    expect(levels.every((level, index) => index === 0 || level <= levels[index - 1]! + 1)).toBe(true);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const { id } of rules) expect(ids).toContain(`rule-${id}`);
    expect(text.match(/<table>/g)).toHaveLength(text.match(/<caption>/g)!.length);
  });

  it("says which charts no rule saw into, in the statement and on the page, as text", async () => {
    const chartsNotRendered = [
      { release: "spire", reason: "<b>nobody</b> answers" },
      { release: "karpenter", reason: "not of this stack" },
    ];
    const bundle = make("local", (result) => ({ ...result, chartsNotRendered }));
    expect((await bundle).evidence.statement.join(" ")).toContain(
      "1 of the charts and manifests that the stack installs could not be rendered",
    );
    expect((await bundle).evidence.preview.chartsNotRendered).toEqual([chartsNotRendered[0]]);
    expect(await page(bundle)).toContain("were seen by no rule");
    expect(await page(bundle)).toContain("&lt;b&gt;nobody&lt;/b&gt; answers");
    expect(await page(bundle)).not.toContain("<b>nobody");
    expect(await page(local)).not.toContain("were seen by no rule");
  });

  it("shows a violation as one, although the engine refused", async () => {
    const bundle = make("local", (result, record) => {
      const examination = record.find(({ rule }) => rule === "sovereignty-region")!;
      const { urn, type, name } = examination.resources[0]!;
      const finding = { kind: "violation", rule: "sovereignty-region", urn, type, name, field: "region" } as const;
      record.push({
        ...examination,
        findings: [{ ...finding, value: "us-east-1", message: "which is not allowed", remedy: "move it" }],
      });
      return { ...result, ok: false };
    });
    const { evidence } = await bundle;
    expect(evidence.rules.find(({ id }) => id === "sovereignty-region")).toMatchObject({
      verdict: "violation",
      resources: expect.arrayContaining([
        expect.objectContaining({ verdict: "violation", findings: [expect.objectContaining({ value: "us-east-1" })] }),
      ]),
    });
    expect(evidence.preview.ok).toBe(false);
    expect(await page(bundle)).toMatch(/rules? (is|are) violated\.<\/strong>\s+An update would be refused\./);
    expect(await page(bundle)).toContain("region is &quot;us-east-1&quot;, which is not allowed. Remedy: move it.");
  });
});

describe("no bundle", () => {
  it("is made where the engine failed", async () => {
    const failed = make("local", (result) => ({ ...result, ok: false, errors: ["the provider ended"] }));
    await expect(failed).rejects.toThrow(
      "the preview of local failed, so there is nothing to show:\nthe provider ended",
    );
  });

  it("is made where files changed under the preview", async () => {
    let asked = 0;
    const moving = (stack: string) => {
      const identities = identify(stack);
      return asked++ === 0 ? identities : { ...identities, pack: { ...identities.pack, sha256: "another" } };
    };
    const made = makeBundle("local", { progress, versions, identify: moving, previewer: previewer() });
    await expect(made).rejects.toThrow("files of local changed while it was previewed");
  });

  it("is made where no rule looked at anything", async () => {
    const blind = make("local", (result, record) => {
      record.length = 0;
      return result;
    });
    await expect(blind).rejects.toThrow("left no record");
  });

  it("is made of a record that the engine contradicts", async () => {
    const refused = make("local", (result, record) => {
      for (const examination of record) Object.assign(examination, { findings: [] });
      return { ...result, ok: false };
    });
    await expect(refused).rejects.toThrow("the record cannot be relied on");
    const passed = make("local", (result, record) => {
      const finding = {
        kind: "violation",
        urn: "",
        type: "",
        name: "local",
        field: "x",
        message: "",
        remedy: "",
      } as const;
      record.push({ rule: "security-pod", resources: [], findings: [{ ...finding, rule: "security-pod" }] });
      return { ...result, ok: true };
    });
    await expect(passed).rejects.toThrow("although security-pod refused it");
  });

  it("is made of rules that are not those of this checkout", async () => {
    const foreign = make("local", (result, record) => {
      record.push({ rule: "another", resources: [], findings: [] });
      return result;
    });
    await expect(foreign).rejects.toThrow("names the rule another, which there is not");
  });
});
