import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findControlPlane } from "./control-plane";
import { temporaryFolder } from "./control-plane/testing";
import { rehearse } from "./rehearse";
import type { RehearsalReport } from "./report";
import { tearDown } from "./tear-down";
import { processesOf, silentProgress } from "./testing";
import { root, Workspace } from "./workspace";

const read = (name: string) => readFileSync(path.join(root, name), "utf8");

describe("the rehearsal of local", () => {
  let base: string;
  let workspace: Workspace;
  let report: RehearsalReport;
  const stackFile = read("stacks/Pulumi.local.yaml");

  beforeAll(async () => {
    base = await temporaryFolder("rehearsal");
    workspace = new Workspace("local", base);
    report = await rehearse("local", { progress: silentProgress(), base });
  });

  afterAll(async () => {
    await tearDown("local", { progress: silentProgress(), base, force: true });
    await rm(base, { recursive: true, force: true });
  });

  async function list(path: string) {
    const plane = (await findControlPlane(workspace.controlPlane))!;
    const items = await plane.client.list(path);
    plane.client.close();
    return items;
  }

  it("stands, with nothing refused by the policies", () => {
    expect(report.errors).toEqual([]);
    expect(report).toMatchObject({ stack: "local", ok: true, kubeconfig: workspace.kubeconfig });
    expect(report.policyFindings.filter(({ level }) => level !== "advisory")).toEqual([]);
    // What the stack states an exception from, and what cannot be seen of a cluster that was there before.
    expect(new Set(report.policyFindings.map(({ policy }) => policy))).toEqual(
      new Set(["sovereignty-digest", "security-network-policy", "security-secret-encryption"]),
    );
    expect(report.resources).toBeGreaterThan(60);
    expect(report.changes.create).toBe(report.resources);
    expect(report.monthlyCostUsd).toBeGreaterThan(0);
  });

  it("places prefill and decode pods through real claims", async () => {
    expect(report.pods).toMatchObject({ pending: 0, waiting: [] });
    expect(report.gpus).toEqual({ claimed: 4, total: 8 });
    const pods = await list("/api/v1/namespaces/tenant-search/pods?labelSelector=llm-d.ai/role");
    const byRole = (role: string) => pods.filter((pod) => pod.metadata.labels["llm-d.ai/role"] === role);
    expect(byRole("prefill")).toHaveLength(2);
    expect(byRole("decode")).toHaveLength(1);
    const claims = await list("/apis/resource.k8s.io/v1/namespaces/tenant-search/resourceclaims");
    for (const pod of pods) {
      expect(pod.spec).toMatchObject({ nodeName: "gpu-0", schedulerName: "kai-scheduler" });
      const name = pod.status.resourceClaimStatuses[0].resourceClaimName;
      const claim = claims.find((candidate) => candidate.metadata.name === name)!;
      expect(claim.status.reservedFor[0].uid).toBe(pod.metadata.uid);
      expect(claim.status.allocation.devices.results).toHaveLength(
        pod.metadata.labels["llm-d.ai/role"] === "decode" ? 2 : 1,
      );
    }
  });

  it("names every stand-in, with what it is and why", () => {
    expect(report.standIns.map((standIn) => standIn.for)).toEqual(
      expect.arrayContaining(["GPU nodes", "admission webhooks"]),
    );
    for (const standIn of report.standIns) {
      expect(standIn.is).not.toBe("");
      expect(standIn.why).not.toBe("");
    }
  });

  it("changes nothing when it is run again", async () => {
    const again = await rehearse("local", { progress: silentProgress(), base });
    expect(again).toMatchObject({ ok: true, resources: report.resources });
    expect(Object.keys(again.changes)).toEqual(["same"]);
  });

  it("leaves the checkout as it was", () => {
    expect(read("stacks/Pulumi.local.yaml")).toBe(stackFile);
  });

  it("lets preview, up, refresh and destroy be typed by hand", () => {
    const printed = spawnSync(process.execPath, ["rehearsal/bootstrap.cjs", "rehearsal/cli.ts", "env", "local"], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, REHEARSAL_DIR: base },
    });
    expect(printed.stderr).toBe("");
    const type = (command: string) =>
      spawnSync("/bin/sh", ["-c", `eval "$VARIABLES"; ${command}`], {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, VARIABLES: printed.stdout },
      });
    for (const [command, wanted] of [
      ["pulumi preview --stack local --non-interactive", /\d+ unchanged/],
      ["pulumi up --stack local --yes --non-interactive", /\d+ unchanged/],
      ["pulumi refresh --stack local --yes --non-interactive", /\d+ unchanged/],
      ["pulumi destroy --stack local --yes --non-interactive", /\d+ deleted/],
    ] as const) {
      const { stdout, stderr, status } = type(command);
      expect(`${command}: ${status}\n${status === 0 ? "" : stdout + stderr}`).toBe(`${command}: 0\n`);
      expect(stdout).toMatch(wanted);
      // Beside what was deleted, refresh and the others must not have found anything changed.
      expect(stdout).not.toMatch(/\d+ (updated|replaced|errored)/);
    }
  });

  it("leaves nothing behind when it is taken down", async () => {
    expect(processesOf(base).length).toBeGreaterThan(0);
    expect(await tearDown("local", { progress: silentProgress(), base })).toBe(true);
    expect(processesOf(base)).toEqual([]);
    expect(workspace.exists()).toBe(false);
    expect(await tearDown("local", { progress: silentProgress(), base })).toBe(false);
  });
});
