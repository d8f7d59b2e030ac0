import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { isPair, isScalar, LineCounter, parseAllDocuments, visit } from "yaml";
import { images } from "./images";
import { prices } from "./prices";
import { releases } from "./releases";

/**
 * Versions, images, charts and prices are written in this folder and nowhere else, and names that differ between the
 * partitions of AWS are made in it. This test reads every other source of the repository for strings and numbers that look
 * like one of those, or that are one of the catalog's own.
 */

interface Finding {
  readonly line: number;
  readonly what: string;
  readonly text: string;
}

const repository = join(__dirname, "..");

/** Sources outside the catalog. Tests may spell out what they expect; the toolchain's Go files pin what they build. */
const isJudged = (path: string): boolean =>
  /\.(ts|ya?ml)$/.test(path) &&
  !/^(catalog|docs|rehearsal\/toolchain\/go)\//.test(path) &&
  !/(^|\/)(fixtures|testing|test-[^/]*)\.ts$|\.test\.ts$/.test(path) &&
  // What tests of the rules try to get past them.
  !/^policy\/(evasions|mutations)\/|^policy\/admission\/cases?[^/]*\.ts$/.test(path) &&
  path !== "Pulumi.yaml";

const places: ReadonlySet<string> = new Set([
  ...Object.values(images).map((image) => image.repository),
  ...Object.values(releases).flatMap((release) => [
    ...release.images.map((image) => image.repository),
    ...(release.source.kind === "chart" ? [release.source.registry] : [release.source.url]),
  ]),
]);

/** Figures precise enough to be a price and nothing else. */
const figures: ReadonlySet<number> = new Set(
  Object.values(prices)
    .flatMap((price) => [price.usdPerHour, price.spotUsdPerHour ?? 0])
    .filter((figure) => String(figure).replace(/^0?\./, "").length >= 4),
);

/** What a text says that only the catalog may say. */
function inText(text: string): string | undefined {
  for (const token of text.split(/[\s"'`,;()<>[\]{}]+/)) {
    // A tag that counts for one has a digit, or is one of those that move: `helm.sh/v4:Chart` is no image.
    if (/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(:([\w.-]*\d[\w.-]*|latest|main)|@sha256:[0-9a-f]{64})$/.test(token)) {
      return "an image";
    }
    if (/^oci:\/\/[^/.]+[./]/.test(token)) {
      return "a chart registry";
    }
    if (/^https:\/\/\S*(helm-?charts?|\/charts?\b|\bcharts\.|\/releases\/download\/)/.test(token)) {
      return "a chart repository or release asset";
    }
    if (places.has(token)) {
      return "a place of the catalog";
    }
    // Built for one partition, or a template of one's own where partitions.ts has one.
    if (/^arn:(aws|$)|\bamazonaws\./.test(token)) {
      return "a partition of AWS";
    }
    if (/\bgcr\.io\b/.test(token)) {
      return "a registry of Google's";
    }
  }
  // Three numbers, not four: addresses and object identifiers are not versions.
  return /(?<![\d.])v?\d+\.\d+\.\d+(?![\d]|\.\d)(-[\w.]+)?/.test(text) ? "a version" : undefined;
}

const ofProperty = (node: ts.Node): string | undefined =>
  ts.isPropertyAssignment(node.parent) && (ts.isIdentifier(node.parent.name) || ts.isStringLiteral(node.parent.name))
    ? node.parent.name.text
    : undefined;

function inTypeScript(source: string): readonly Finding[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const findings: Finding[] = [];
  const judge = (node: ts.Node): void => {
    const text =
      ts.isStringLiteralLike(node) || ts.isTemplateTail(node)
        ? node.text
        : ts.isTemplateHead(node) || ts.isTemplateMiddle(node)
          ? // What follows a last dot is a further number: the fourth of an address, or the third of a version.
            node.text.replace(/\.$/, ".0")
          : undefined;
    const what =
      text !== undefined
        ? (inText(text) ?? (ofProperty(node) === "chart" ? "a chart's name" : undefined))
        : ts.isNumericLiteral(node) && (figures.has(Number(node.text)) || /^usdPer/.test(ofProperty(node) ?? ""))
          ? "a price"
          : undefined;
    if (what !== undefined) {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      findings.push({ line, what, text: node.getText() });
    }
    ts.forEachChild(node, judge);
  };
  judge(file);
  return findings;
}

/** Where an environment takes charts and images from instead, and which registries it admits, is its own to say. */
const isItsOwn = (ancestor: unknown): boolean =>
  isPair(ancestor) && isScalar(ancestor.key) && ["mirror", "registries"].includes(`${ancestor.key.value}`);

function inYaml(source: string): readonly Finding[] {
  const lines = new LineCounter();
  const findings: Finding[] = [];
  for (const document of parseAllDocuments(source, { lineCounter: lines })) {
    visit(document as Parameters<typeof visit>[0], {
      Scalar(_, node, ancestors) {
        const { value } = node;
        if (ancestors.some(isItsOwn)) {
          return;
        }
        const what =
          typeof value === "string"
            ? inText(value)
            : typeof value === "number" && figures.has(value)
              ? "a price"
              : undefined;
        if (what !== undefined) {
          findings.push({ line: lines.linePos(node.range?.[0] ?? 0).line, what, text: String(value) });
        }
      },
    });
  }
  return findings;
}

const judgeFile = (path: string, source: string): readonly Finding[] =>
  path.endsWith(".ts") ? inTypeScript(source) : inYaml(source);

describe("the catalog", () => {
  it("is the only source that names a version, image, chart or price", () => {
    const paths = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: repository,
      encoding: "utf8",
    })
      .split("\n")
      .filter((path) => isJudged(path) && existsSync(join(repository, path)));
    expect(paths).toContain("stacks/Pulumi.local.yaml");
    const findings = paths.flatMap((path) =>
      judgeFile(path, readFileSync(join(repository, path), "utf8"))
        // A rule must name what others may write, in whatever partition.
        .filter(({ what }) => !(path.startsWith("policy/") && what === "a partition of AWS"))
        .map(({ line, what, text }) => `${path}:${line}: ${what}: ${text}`),
    );
    expect(findings).toEqual([]);
  });
});

describe("the detector", () => {
  const price = Object.values(prices).find(({ usdPerHour }) => figures.has(usdPerHour))!.usdPerHour;

  it.each([
    ['const image = "ghcr.io/org/app:v1";', "an image"],
    ['run("docker pull org/app:latest");', "an image"],
    [`const image = "registry.example.org/app@sha256:${"0".repeat(64)}";`, "an image"],
    ["const image = `ghcr.io/llm-d/llm-d-cuda`;", "a place of the catalog"],
    ['const version = "v0.17.0";', "a version"],
    ["const name = `chart-1.2.3-rc.1.tgz`;", "a version"],
    ["const version = `v1.36.${" + "patch}`;", "a version"],
    ['new Chart("x", { chart: "openfga" });', "a chart's name"],
    ['const from = "oci://ghcr.io/org/charts";', "a chart registry"],
    ['const from = "https://openfga.github.io/helm-charts";', "a chart repository or release asset"],
    ['const from = "https://github.com/org/app/releases/download/v1/all.yaml";', "a chart repository or release asset"],
    ['const policy = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";', "a partition of AWS"],
    ['const role = "arn:" + partition;', "a partition of AWS"],
    ['const principal = "ec2.amazonaws.com";', "a partition of AWS"],
    ['const registry = "eu.gcr.io";', "a registry of Google's"],
    [`const hourly = ${price};`, "a price"],
    ["const price = { usdPerHour: 3 };", "a price"],
  ])("finds %s", (source, what) => {
    expect(inTypeScript(source).map((finding) => finding.what)).toEqual([what]);
  });

  it("finds the same in YAML, with its line", () => {
    expect(inYaml(`a: 1\nimage: ghcr.io/org/app:v1\nhourly: ${price}\n`)).toEqual([
      { line: 2, what: "an image", text: "ghcr.io/org/app:v1" },
      { line: 3, what: "a price", text: String(price) },
    ]);
  });

  it("lets an environment name its own mirror, and nothing beside it", () => {
    const mirror = "mirror: { charts: oci://registry.example.org/charts }";
    expect(inYaml(`${mirror}\ncharts: oci://registry.example.org/charts\n`)).toEqual([
      { line: 2, what: "a chart registry", text: "oci://registry.example.org/charts" },
    ]);
  });

  it.each([
    "// v1.2.3 and ghcr.io/org/app:v1 in a comment",
    'const address = "127.0.0.1:6443";',
    "const addresses = `203.0.113.${" + "host}`;",
    'const range = "10.96.0.0/12";',
    'const oid = "1.3.6.1.5.5.7.3.2";',
    'const token = "kubernetes:helm.sh/v4:Chart";',
    'const api = "resource.k8s.io/v1";',
    'const prefix = place.startsWith("oci://");',
    'const tuple = "team:search#member";',
    "const chart = { chart: reference.chart };",
    'const url = "https://localhost:8443/readyz";',
    'const old = "Kubernetes 1.34 or newer";',
    "const seconds = 0.5;",
  ])("lets %s pass", (source) => {
    expect(inTypeScript(source)).toEqual([]);
  });
});
