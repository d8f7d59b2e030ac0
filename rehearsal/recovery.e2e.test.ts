import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findControlPlane, type KubeObject } from "./control-plane";
import { temporaryFolder } from "./control-plane/testing";
import { runPulumi } from "./engine";
import { rehearse } from "./rehearse";
import { tearDown } from "./tear-down";
import { eventually, processesOf, silentProgress } from "./testing";
import { root, Workspace } from "./workspace";

/** Resources that the update has begun with when something is killed: some are made, some under way, most to come. */
const middle = 40;

describe("a rehearsal that is broken off", () => {
  let base: string;
  let workspace: Workspace;

  beforeAll(async () => {
    base = await temporaryFolder("recovery");
    workspace = new Workspace("local", base);
  });

  // One that fails must not leave its world to the next.
  afterEach(() => tearDown("local", { progress: silentProgress(), base, force: true }));

  afterAll(async () => {
    await rm(base, { recursive: true, force: true });
  });

  const process_ = (name: string) =>
    processesOf(base).find(({ command }) => command.includes(name) && !command.startsWith("/bin/sh"))!;

  /** Rehearses and kills a process in the middle of the update. */
  async function breakOff(name: string) {
    let killed = false;
    const report = await rehearse("local", {
      base,
      progress: silentProgress((step, count) => {
        if (killed || step !== "pulumi up: update" || (count ?? 0) < middle) return;
        killed = true;
        process.kill(process_(name).pid, "SIGKILL");
      }),
    });
    expect(killed).toBe(true);
    return report;
  }

  /** The stack converges: everything is made, once, and what is in the cluster is what is in the state. */
  async function converge() {
    const report = await rehearse("local", { base, progress: silentProgress() });
    expect(report.errors).toEqual([]);
    expect(report.ok).toBe(true);
    const { inState, applied, there } = await managedObjects(workspace);
    expect(applied.filter((object) => !inState.includes(object))).toEqual([]);
    expect(inState.filter((object) => !there.includes(object))).toEqual([]);
    expect(new Set(inState).size).toBe(inState.length);
    return report;
  }

  it("by a killed engine: says so, ends its processes, and the next run converges", async () => {
    const report = await breakOff("/bin/pulumi up");
    expect(report.ok).toBe(false);
    expect(report.errors[0]).toContain("the engine was ended by SIGKILL in the middle; run the same command again");
    await eventually("the processes are gone", () => processesOf(base).length === 0);
    const whole = await converge();
    expect(whole.pods).toMatchObject({ pending: 0 });
  });

  it("by an API server that dies: says so, ends its processes, and the next run converges", async () => {
    const report = await breakOff("kube-apiserver --");
    expect(report.ok).toBe(false);
    expect(report.errors.join("\n")).toMatch(/cannot reach the API server at https:\/\/127\.0\.0\.1:\d+/);
    expect(report.errors.join("\n")).toContain("run the same command again");
    await eventually("the processes are gone", () => processesOf(base).length === 0);
    await converge();
  });

  it.each(["SIGINT", "SIGKILL"] as const)("by %s to the command itself: leaves no process behind", async (signal) => {
    const child = spawn(process.execPath, ["rehearsal/bootstrap.cjs", "rehearsal/cli.ts", "rehearse", "local"], {
      cwd: root,
      env: { ...process.env, REHEARSAL_DIR: base },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    await eventually("the engine runs", () => said.includes("pulumi up: preview"), 120_000);
    expect(processesOf(base).length).toBeGreaterThan(5);
    child.kill(signal);
    await eventually("the processes are gone", () => processesOf(base).length === 0, 60_000);
    await eventually("the command has ended", () => child.exitCode !== null || child.signalCode !== null);
    expect([child.exitCode, child.signalCode]).toEqual(signal === "SIGINT" ? [130, null] : [null, "SIGKILL"]);
  });
});

/**
 * `kind namespace/name` of what the state holds as Kubernetes objects, of what Pulumi has applied to the cluster, and of
 * all that is there of those kinds. (Who applies nothing but a name owns no field, so an object may be there unmarked.)
 */
async function managedObjects(workspace: Workspace) {
  const { output } = await runPulumi(workspace, ["stack", "export", "--stack", "local"]);
  const resources: { type: string; outputs?: KubeObject; custom: boolean }[] = JSON.parse(output).deployment.resources;
  const label = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
  const objects = resources
    .filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))
    .map(({ outputs }) => outputs!);
  const plane = (await findControlPlane(workspace.controlPlane))!;
  const collections = await collectionsOf(
    plane.client,
    new Set(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)),
  );
  const found = await Promise.all(
    collections.map(async ({ path, kind }) =>
      (await plane.client.list(path)).map((object) => ({ ...object, kind }) as KubeObject),
    ),
  );
  plane.client.close();
  const there = found.flat();
  return { inState: objects.map(label), applied: there.filter(appliedByPulumi).map(label), there: there.map(label) };
}

async function collectionsOf(client: { get(path: string): Promise<KubeObject> }, kinds: Set<string>) {
  const paths = [...new Set([...kinds].map((entry) => entry.split(" ")[0]!))];
  const lists = await Promise.all(
    paths.map(async (apiVersion) => {
      const path = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
      const { resources } = await client.get(path);
      return (resources as { name: string; kind: string }[])
        .filter(({ name, kind }) => !name.includes("/") && kinds.has(`${apiVersion} ${kind}`))
        .map(({ name, kind }) => ({ path: `${path}/${name}`, kind }));
    }),
  );
  return lists.flat();
}

const appliedByPulumi = ({ metadata }: KubeObject) =>
  (metadata.managedFields ?? []).some(({ manager }: { manager: string }) => manager.startsWith("pulumi-kubernetes"));
