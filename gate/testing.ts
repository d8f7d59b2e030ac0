import type { PreviewedResource, PreviewResult } from "../rehearsal/preview";
import type { Bill } from "./cost";
import type { GateFinding } from "./findings";
import type { GateReport } from "./report";

/** What the tests of the gate share: results and reports, as small as they can be. */

export const resource = (name: string, over: Partial<PreviewedResource> = {}): PreviewedResource => ({
  urn: `urn:pulumi:test::ai-platform::aws:eks/nodeGroup:NodeGroup::${name}`,
  type: "aws:eks/nodeGroup:NodeGroup",
  name,
  inputs: {},
  outputs: {},
  protect: false,
  ...over,
});

export const result = (over: Partial<PreviewResult> = {}): PreviewResult => ({
  stack: "local",
  ok: true,
  errors: [],
  findings: [],
  resources: [],
  changes: {},
  standIns: [],
  chartsNotRendered: [],
  seconds: 1,
  ...over,
});

export const bill = (usd: number): Bill => ({ usd, lines: [], shares: [] });

export const finding = (over: Partial<GateFinding> = {}): GateFinding => ({
  kind: "violation",
  rule: "sovereignty-region",
  title: "Resources stay in the regions of the jurisdiction",
  severity: "critical",
  urn: "urn:pulumi:local::ai-platform::ai-platform:cluster:NodePool::gpu",
  type: "ai-platform:cluster:NodePool",
  name: "gpu",
  field: "region",
  value: "us-east-1",
  message: "which is outside eu; allowed: eu-central-1",
  remedy: "use a region of jurisdiction.regions",
  ...over,
});

export const report = (over: Partial<GateReport> = {}): GateReport => ({
  stack: "local",
  verdict: "passed",
  errors: [],
  findings: { violations: [], advisory: [], excepted: [], deferred: [], unverified: [] },
  judged: { rules: 30, resources: 180 },
  standIns: [],
  chartsNotRendered: [],
  seconds: 60,
  ...over,
});
