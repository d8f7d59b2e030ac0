import { describe, expect, it } from "vitest";
import { formatReport, type RehearsalReport } from "./report";

const report: RehearsalReport = {
  stack: "local",
  ok: true,
  errors: [],
  resources: 12,
  changes: { create: 2, replace: 1, "create-replacement": 1, "delete-replaced": 1, same: 8 },
  policyFindings: [],
  pods: {
    running: 3,
    pending: 2,
    succeeded: 1,
    waiting: [
      { pod: "tenant-a/x-0", reason: "0/3 nodes are available: cannot allocate all claims." },
      { pod: "tenant-a/x-1", reason: "0/3 nodes are available: cannot allocate all claims." },
    ],
  },
  gpus: { claimed: 8, total: 8 },
  standIns: [{ for: "GPU nodes", is: "KWOK nodes", why: "a rehearsal has no GPUs" }],
  chartsNotRendered: [
    { release: "spire", reason: "ghcr.io cannot be reached" },
    { release: "openfga", reason: "ghcr.io cannot be reached" },
  ],
  crdsNotValidated: ["queues.scheduling.run.ai"],
  kubeconfig: "/tmp/kubeconfig",
  monthlyCostUsd: 44242.672,
  costNotes: ["gpu: 42,992 USD (a list, 2026-11-01)"],
  seconds: 41.6,
};

describe("formatReport", () => {
  it("shows what stands, what waits and why, and what stood in", () => {
    expect(formatReport(report)).toBe(`
local stands.

  resources       12 (2 created, 1 replaced)
  policies        nothing found
  monthly cost    44,243 USD with everything at its maximum
                  - gpu: 42,992 USD (a list, 2026-11-01)
  pods            3 running, 2 pending, 1 completed
                  - tenant-a/x-0, tenant-a/x-1: 0/3 nodes are available: cannot allocate all claims.
  GPUs            8 claimed of 8
  kubeconfig      /tmp/kubeconfig
  stand-ins
                  - GPU nodes: KWOK nodes (a rehearsal has no GPUs)
  not rendered    2 charts, of which only the custom resource definitions were installed
                  - spire, openfga: ghcr.io cannot be reached
  not validated   accepted without validation, because their definition could not be had
                  - queues.scheduling.run.ai
  took            42 s
`);
  });

  it("says what is wrong first, and never a cost that is not known", () => {
    const text = formatReport({ ...report, ok: false, errors: ["one\ntwo"], monthlyCostUsd: null, changes: {} });
    expect(text).toContain("local does not stand.\n\n  one\n  two\n");
    expect(text).toContain("resources       12 (no changes)");
    expect(text).toContain("monthly cost    not known");
  });
});
