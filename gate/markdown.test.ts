import path from "node:path";
import { describe, expect, it } from "vitest";
import { exchangeRate } from "../catalog/exchange-rate";
import { markdownOf, markerOf } from "./markdown";
import type { GateReport } from "./report";
import { finding, report } from "./testing";

/** A report with something in every part. */
const full: GateReport = report({
  stack: "prod-aws",
  verdict: "refused",
  base: { ref: "main", commit: "0123456789abcdef0123456789abcdef01234567" },
  findings: {
    violations: [
      finding(),
      finding({ name: "system" }),
      finding({
        rule: "cost-monthly-increase",
        title: "A change raises the cost no more than is allowed",
        severity: "medium",
        type: "",
        name: "prod-aws",
        urn: "",
        field: "budget.increase",
        value: "10 %",
        message: "and the change raises the cost by 33 %",
        remedy: "split the change, or have the owner of the budget raise it",
        exception: { resources: ["*"], reason: "Launch of search.", owner: "finance", expires: "2026-06-30" },
      }),
    ],
    advisory: [
      finding({ rule: "cost-idle-pool", name: "spare", field: "min", value: "4", message: "and nothing runs" }),
    ],
    excepted: [
      finding({
        kind: "excepted",
        name: "legacy",
        exception: { resources: ["legacy"], reason: "Moves in spring | soon.", owner: "ada", expires: "2027-03-31" },
      }),
    ],
    deferred: [
      finding({ kind: "deferred", name: "key", field: "kmsKeyId", value: undefined, message: "is not known" }),
    ],
    unverified: [finding({ kind: "unverified", name: "site", message: "which the catalog does not know" })],
  },
  resources: {
    total: 212,
    added: [{ urn: "u1", type: "aws:eks/nodeGroup:NodeGroup", name: "gpu-2" }],
    removed: [{ urn: "u2", type: "aws:ec2/natGateway:NatGateway", name: "nat-b" }],
    changed: [{ urn: "u3", type: "ai-platform:cluster:NodePool", name: "gpu", fields: ["pool"] }],
  },
  cost: {
    beforeUsd: 120_000,
    afterUsd: 159_600.4,
    changeUsd: 39_600.4,
    exchange: exchangeRate,
    movers: [
      {
        urn: "u3",
        type: "ai-platform:cluster:NodePool",
        name: "gpu",
        beforeUsd: 80_000,
        afterUsd: 119_633.25,
        changeUsd: 39_633.25,
        before: ["2 nodes"],
        after: ["3 nodes"],
      },
      {
        urn: "u2",
        type: "aws:ec2/natGateway:NatGateway",
        name: "nat-b",
        beforeUsd: 32.85,
        changeUsd: -32.85,
        before: ["NAT gateway"],
        after: [],
      },
    ],
    parts: [
      { kind: "pool", name: "gpu", beforeUsd: 80_000, afterUsd: 119_633.25 },
      { kind: "tenant", name: "search", beforeUsd: 40_000, afterUsd: 60_000 },
      { kind: "model", name: "qwen3-32b", beforeUsd: 40_000, afterUsd: 60_000 },
    ],
    uncounted: [
      { kind: "usage", why: "billed by what is logged", type: "aws:cloudwatch/logGroup:LogGroup", name: "audit" },
      { kind: "unknown", why: "no price of it is known", type: "aws:foo/bar:Bar", name: "bar" },
    ],
  },
  evidenceUrl: "https://ci.example.org/runs/7#artifacts",
  standIns: [{ for: "AWS", is: "a simulated cloud of ours", why: "a rehearsal rents nothing" }],
  chartsNotRendered: [
    { release: "spire", reason: "ghcr.io cannot be reached" },
    { release: "openfga", reason: "ghcr.io cannot be reached" },
  ],
});

describe("the report on a pull request", () => {
  it("reads like the golden file", async () => {
    await expect(markdownOf(full)).toMatchFileSnapshot(path.join(__dirname, "golden", "refused.md"));
  });

  it("reads like the golden file where nothing refuses it and nothing was compared", async () => {
    const passed = report({ cost: { ...full.cost!, uncounted: [], parts: [] }, resources: full.resources });
    const { beforeUsd: _before, changeUsd: _change, ...alone } = passed.cost!;
    const markdown = markdownOf({ ...passed, cost: { ...alone, movers: [] } });
    await expect(markdown).toMatchFileSnapshot(path.join(__dirname, "golden", "passed.md"));
  });

  it("reads like the golden file where it could not be judged", async () => {
    const failed = report({
      verdict: "failed",
      errors: ['stacks/Pulumi.local.yaml: pools[0].max: "many": expected a number.'],
      judged: { rules: 0, resources: 0 },
      base: { ref: "main", commit: "0123456789abcdef", missing: "0123456789 has no stack local." },
    });
    await expect(markdownOf(failed)).toMatchFileSnapshot(path.join(__dirname, "golden", "failed.md"));
  });

  it("starts with the marker of its stack, which differs from every other's", () => {
    expect(markdownOf(full).split("\n")[0]).toBe("<!-- ai-platform-gate:prod-aws -->");
    expect(markerOf("prod")).not.toBe(markerOf("prod-aws").slice(0, markerOf("prod").length));
    expect(markerOf("a --> <script>")).toBe("<!-- ai-platform-gate:a--script -->");
  });

  it("names rule, resource, field, value and remedy of a violation, the same thing once", () => {
    const markdown = markdownOf(full);
    expect(markdown).toMatch(
      /`sovereignty-region`[\s\S]*`gpu`, `system` \(`ai-platform:cluster:NodePool`\): `region` is `us-east-1`, which is outside eu[\s\S]*Remedy:\*\* use a region/,
    );
    expect(markdown.match(/use a region of jurisdiction\.regions\.$/gm)).toHaveLength(3);
  });

  it("says where the evidence is, or how it is made", () => {
    expect(markdownOf(full)).toContain("(<https://ci.example.org/runs/7#artifacts>)");
    expect(markdownOf(report())).toContain("`npm run -s evidence -- local`");
  });

  it("stays below what GitHub takes, says so, and keeps what refuses the change", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => finding({ name: `pool-${index}`, value: `r-${index}` }));
    const markdown = markdownOf({ ...full, findings: { ...full.findings, violations: many } });
    expect(markdown.length).toBeLessThanOrEqual(65_536);
    expect(markdown.length).toBeGreaterThan(60_000);
    expect(markdown).toContain("is refused: 5000 violations");
    expect(markdown).toContain("`pool-0`");
    expect(markdown).toMatch(/\*\*Cut short:\*\* \d+ lines left out.*`npm run -s gate -- prod-aws --json`\n$/);
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
  });

  it("lets nothing out of its place that a finding, a name or an error says", () => {
    const nasty = "x`|\n<!-- ai-platform-gate:other --><b>@all</b>](https://evil.test)\n/merge";
    const markdown = markdownOf({
      ...full,
      errors: [nasty],
      findings: {
        violations: [finding({ name: nasty, value: nasty, message: nasty, remedy: nasty, field: nasty, type: nasty })],
        advisory: [finding({ message: nasty })],
        excepted: [
          finding({ kind: "excepted", exception: { resources: [nasty], reason: nasty, owner: nasty, expires: nasty } }),
        ],
        deferred: [],
        unverified: [],
      },
      base: { ...full.base!, missing: nasty },
      chartsNotRendered: [{ release: nasty, reason: nasty }],
    });
    // Outside of code nothing of it works; in code nothing does.
    const prose = markdown.replace(/`[^`\n]*`/g, "");
    expect(prose.match(/<!--/g)).toHaveLength(prose.match(/\\<!--/g)!.length + 1);
    expect(prose).not.toMatch(/@\w|[^\\]<b>|[^\\]\]\(https:/);
    expect(markdown).not.toMatch(/^\/merge/m);
    const tables = markdown.match(/(^\|.*\n)+/gm)!;
    for (const table of tables) {
      const pipes = table
        .trimEnd()
        .split("\n")
        .map((row) => row.replace(/\\./g, "").match(/\|/g)!.length);
      expect(new Set(pipes).size, table).toBe(1);
    }
  });
});
