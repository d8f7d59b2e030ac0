import { setTimeout as sleep } from "node:timers/promises";
import { modelLabel, tenantScope } from "../components/labels";
import { type ControlPlaneClient, findControlPlane } from "../rehearsal/control-plane";
import { Progress } from "../rehearsal/progress";
import { rehearse } from "../rehearsal/rehearse";
import { tearDown } from "../rehearsal/tear-down";
import { type EnvironmentChange, Workspace } from "../rehearsal/workspace";
import { loadEnvironment } from "../stacks/load";
import type { Case, Context } from "./case";
import { comparisonOf, type FleetFigures, ownSlices } from "./fleet-figures";
import { watched } from "./memory";
import { median, timed } from "./statistics";
import { StepClock } from "./steps";

const stack = "onprem-team-assistants";
const platform = "onprem";
const tenant = "assistants";
const namespace = tenantScope(tenant);

/** How many models, each number from nothing, in the order in which they are compared with the first. */
const sizes = [100, 300, 1_000];

/** Room for the largest fleet: nodes of 8 GPUs with 7 slices each, one to spare, and a quota of as many GPUs. */
const nodes = Math.ceil(Math.max(...sizes) / (8 * 7)) + 1;
const room: EnvironmentChange = {
  pools: [{ name: "slices", min: nodes, max: nodes }],
  tenants: [{ name: tenant, gpus: { quota: nodes * 8 } }],
  budget: { monthlyUsd: 10_000_000 },
};

const namesOf = (models: number) =>
  Array.from({ length: models }, (_, index) => `bench-${String(index).padStart(4, "0")}`);

/** The team's fleet with these models: a row is a name, and the rest is the template of the stack's own file. */
const fleetOf = (names: readonly string[]): EnvironmentChange => ({
  ...room,
  team: { fleets: [{ name: "assistants", table: null, rows: names.map((name) => ({ name })) }] },
});

/** Seconds that reading and checking the environment takes: the middle of three, after one that compiles. */
async function loadSeconds(change: EnvironmentChange): Promise<number> {
  const load = async () => loadEnvironment(stack, { config: { extends: stack, ...change } });
  await load();
  const values: number[] = [];
  for (let turn = 0; turn < 3; turn++) values.push((await timed(load)).seconds);
  return median(values);
}

const podsPath = `/api/v1/namespaces/${namespace}/pods?labelSelector=${modelLabel}`;

/** Waits until every model runs in a pod of its own that is none of `before`, on a slice of its own. */
async function awaitServed(
  client: ControlPlaneClient,
  names: readonly string[],
  signal: AbortSignal,
  before = new Set(),
) {
  const deadline = Date.now() + 1_000 * Math.max(60, names.length);
  for (;;) {
    signal.throwIfAborted();
    const looked = Date.now();
    const pods = (await client.list(podsPath)).filter(({ metadata }) => !before.has(metadata.uid));
    const claims = await client.list(`/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaims`);
    const served = ownSlices(names, modelLabel, pods, claims);
    if (served === names.length) return;
    if (Date.now() > deadline)
      throw new Error(`of ${names.length} models, ${served} run on a slice of their own, so nothing can be measured`);
    await sleep(Math.max(200, 3 * (Date.now() - looked)), undefined, { signal });
  }
}

/**
 * Seconds until all pods are placed and run again after they were deleted at once. It is what Kubernetes' own
 * controllers, its scheduler and KWOK take, with no engine beside them.
 */
async function placingSeconds(client: ControlPlaneClient, names: readonly string[], signal: AbortSignal) {
  const before = await client.list(podsPath);
  const { seconds } = await timed(async () => {
    // One by one: the deletion of a collection as large does not come to its end within the time of a request.
    await Promise.all(
      before.map(({ metadata }) => client.delete(`/api/v1/namespaces/${namespace}/pods/${metadata.name}`)),
    );
    await awaitServed(client, names, signal, new Set(before.map(({ metadata }) => metadata.uid)));
  });
  return seconds;
}

async function measure(models: number, base: string, { signal }: Context): Promise<FleetFigures> {
  const names = namesOf(models);
  const change = fleetOf(names);
  const load = await loadSeconds(change);
  const clock = new StepClock(signal);
  const { value: report, peak } = await watched(base, true, () =>
    rehearse(stack, { base, change, platformStands: true, progress: clock.progress }),
  );
  const steps = new Map(clock.stop(true).map(({ name, seconds }) => [name, seconds]));
  const step = (name: string) => {
    const seconds = steps.get(name);
    if (seconds === undefined)
      throw new Error(`a rehearsal tells of no step "${name}" any more, so it cannot be timed`);
    return seconds;
  };
  if (!report.ok) throw new Error(`a fleet of ${models} models does not stand:\n${report.errors.join("\n")}`);

  const plane = await findControlPlane(new Workspace(stack, base, platform).controlPlane);
  if (!plane) throw new Error(`the control plane of ${platform} has ended`);
  let placing: number;
  try {
    await awaitServed(plane.client, names, signal);
    placing = await placingSeconds(plane.client, names, signal);
  } finally {
    plane.client.close();
  }
  const destroyed = await timed(() => tearDown(stack, { base, progress: new Progress() }));
  return {
    models,
    resources: report.changes.create ?? 0,
    seconds: {
      "environment loaded": load,
      rehearsal: report.seconds,
      "of it, preview": step("pulumi up") + step("pulumi up: preview"),
      "of it, update": step("pulumi up: update"),
      "of it, pods left to place, report": step("waiting for the scheduler"),
      "all pods placed again, by itself": placing,
      destroy: destroyed.seconds,
    },
    peak,
  };
}

/** Fleets of several sizes: what a model costs in each. */
export const fleet: Case = {
  name: "fleet",
  title: `what a model costs in fleets of ${sizes.join(", ")} models; takes most of an hour`,
  byDefault: false,
  needsTools: true,

  async run(context) {
    const base = context.folder;
    const rounds: FleetFigures[][] = [];
    try {
      const stands = await rehearse(platform, { base, change: room, progress: new StepClock(context.signal).progress });
      if (!stands.ok) throw new Error(`${platform} does not stand:\n${stands.errors.join("\n")}`);
      for (let turn = 0; turn < context.repeat; turn++) {
        const round: FleetFigures[] = [];
        for (const models of sizes) {
          process.stderr.write(`  a fleet of ${models} models\n`);
          round.push(await measure(models, base, context));
        }
        rounds.push(round);
      }
    } finally {
      await tearDown(platform, { base, progress: new Progress(), force: true });
    }
    return {
      measurements: [],
      comparisons: [comparisonOf(rounds)],
      notes: [
        `on ${nodes} nodes of ${nodes * 8 * 7} slices for all sizes; every model runs in a pod of its own, on a MIG slice that no other pod has`,
        "preview and update hold what they take for any number of models, such as loading the program",
        "placed again, by itself: all pods deleted at once; what Kubernetes' controllers, its scheduler and KWOK take, and nothing of ours",
        "memory is the sum of resident sets at its peak, so pages that processes share count in each of them",
      ],
    };
  },
};
