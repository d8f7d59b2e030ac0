import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Progress } from "../rehearsal/progress";
import { rehearse } from "../rehearsal/rehearse";
import { tearDown } from "../rehearsal/tear-down";
import { startBareControlPlane } from "./bare-control-plane";
import { bareEngine } from "./bare-engine";
import type { Case, Context, Measurement } from "./case";
import { controlPlaneReady } from "./control-plane";
import { loading } from "./loading";
import { type Peak, watched } from "./memory";
import { median } from "./statistics";
import { type Step, StepClock } from "./steps";

/** The step of a rehearsal in which the engine runs. */
const engineStep = "pulumi up";

interface Update {
  /** Of everything, from the command to the report. */
  readonly seconds: number;
  readonly engineSeconds: number;
  readonly resources: number;
  readonly steps: readonly Step[];
}

interface Round {
  readonly first: Update;
  readonly second: Update;
  readonly peak: Peak;
  readonly bare: { readonly first: number; readonly second: number; readonly peak: Peak };
}

async function update(stack: string, { signal }: Context, base: string, nothingChanged: boolean): Promise<Update> {
  signal.throwIfAborted();
  const clock = new StepClock(signal);
  const report = await rehearse(stack, { base, progress: clock.progress });
  const steps = clock.stop();
  signal.throwIfAborted();
  if (!report.ok) throw new Error(`${stack} does not stand, so nothing can be measured:\n${report.errors.join("\n")}`);
  const changed = Object.keys(report.changes).filter((what) => what !== "same");
  if (nothingChanged && changed.length > 0)
    throw new Error(`the second update of ${stack} should change nothing, and has made changes: ${changed.join(", ")}`);
  const engine = steps.find(({ name }) => name === engineStep);
  if (!engine) throw new Error(`a rehearsal tells of no step "${engineStep}" any more, so the engine cannot be timed`);
  return { seconds: report.seconds, engineSeconds: engine.seconds, resources: report.resources, steps };
}

/** A first and a second update from nothing, ours and then the bare engine's beside a bare control plane. */
async function round(stack: string, context: Context, turn: number): Promise<Round> {
  const base = path.join(context.folder, `our-update-${turn}`);
  const bareBase = path.join(context.folder, `bare-update-${turn}`);
  await mkdir(base);
  let ours: Omit<Round, "bare">;
  try {
    const { value: first, peak } = await watched(base, true, () => update(stack, context, base, false));
    ours = { first, peak, second: await update(stack, context, base, true) };
  } finally {
    await tearDown(stack, { base, progress: new Progress(), force: true });
  }

  const engine = await bareEngine(context, path.join(bareBase, "engine"), ours.first.resources);
  let plane: Awaited<ReturnType<typeof startBareControlPlane>> | undefined;
  try {
    const { value: first, peak } = await watched(bareBase, false, async () => {
      plane = await startBareControlPlane(context, path.join(bareBase, "control-plane"));
      return engine.up();
    });
    return { ...ours, bare: { first, second: await engine.up(), peak } };
  } finally {
    await plane?.stop();
  }
}

const list = (parts: readonly { name: string; amount: string }[]) =>
  parts.map(({ name, amount }) => `${name} ${amount}`).join(", ");
const stepList = (steps: readonly Step[]) =>
  list(steps.map(({ name, seconds }) => ({ name, amount: `${seconds.toFixed(1)} s` })));
const peakList = ({ parts }: Peak) =>
  list(parts.slice(0, 8).map(({ name, mib }) => ({ name, amount: `${Math.round(mib)} MiB` })));

/** Rounds of updates of a stack beside the bare engine with as many resources; `plane` beside the bare control plane. */
async function updates(stack: string, context: Context, plane: Measurement) {
  const rounds: Round[] = [];
  for (let turn = 0; turn < context.repeat; turn++) rounds.push(await round(stack, context, turn));

  const barePlane = median(plane.bare!.values);
  const of = (value: (round: Round) => number) => rounds.map(value);
  const seconds = (
    name: string,
    ours: (round: Round) => number,
    is: string,
    bare: (round: Round) => number,
  ): Measurement => ({ name, unit: "s", ours: of(ours), bare: { is, values: of(bare) } });
  const bareUp = `pulumi up of ${rounds[0]!.first.resources} component resources`;
  const measurements: Measurement[] = [
    seconds(
      "first update",
      ({ first }) => first.seconds,
      "bare control plane, then bare engine",
      ({ bare }) => barePlane + bare.first,
    ),
    seconds(
      "first update: pulumi up",
      ({ first }) => first.engineSeconds,
      bareUp,
      ({ bare }) => bare.first,
    ),
    seconds(
      "second update (no changes)",
      ({ second }) => second.seconds,
      "bare engine, second time",
      ({ bare }) => bare.second,
    ),
    seconds(
      "second update: pulumi up",
      ({ second }) => second.engineSeconds,
      "bare engine, second time",
      ({ bare }) => bare.second,
    ),
    {
      name: "first update: peak memory",
      unit: "MiB",
      ours: of(({ peak }) => peak.mib),
      bare: { is: "bare control plane with bare engine", values: of(({ bare }) => bare.peak.mib) },
    },
  ];
  return {
    measurements,
    notes: [
      `first update: ${stepList(rounds[0]!.first.steps)}`,
      `second update: ${stepList(rounds[0]!.second.steps)}`,
      `memory at our peak: ${peakList(rounds[0]!.peak)}`,
      `memory at the bare peak: ${peakList(rounds[0]!.bare.peak)}`,
      "memory is the sum of resident sets, so pages that processes share count in each of them",
    ],
  };
}

/** A rehearsal of `local` beside the bare control plane and the bare engine. */
export const rehearsal: Case = {
  name: "rehearsal",
  title: "control plane, updates, loading and memory of a rehearsal of local, beside bare ones",
  byDefault: true,
  needsTools: true,

  async run(context) {
    const plane = await controlPlaneReady(context);
    const program = await loading(context);
    const { measurements, notes } = await updates("local", context, plane);
    return { measurements: [plane, program, ...measurements], notes };
  },
};

/** A rehearsal of `prod-aws`, cloud and all, beside the bare control plane and the bare engine. */
export const production: Case = {
  name: "prod-aws",
  title: "updates and memory of a rehearsal of prod-aws, beside the bare engine with as many resources",
  byDefault: true,
  needsTools: true,

  async run(context) {
    const plane = await controlPlaneReady(context);
    const { measurements, notes } = await updates("prod-aws", context, plane);
    return { measurements: [plane, ...measurements], notes };
  },
};
