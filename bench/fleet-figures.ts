import type { KubeObject } from "../rehearsal/control-plane";
import type { Comparison } from "./case";
import type { Peak } from "./memory";
import { median } from "./statistics";

/** What one fleet took, from nothing. */
export interface FleetFigures {
  readonly models: number;
  readonly resources: number;
  /** Seconds of each stretch, in the order in which they are shown. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly peak: Peak;
}

/** Processes of which a reader wants the memory by itself, by what `nameOf` calls them. */
const parts = { "of it, the program": "run/index.js", "of it, the engine": "pulumi" };

/** Three digits or more, as what is compared reaches from under a millisecond to minutes. */
const digits = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

interface Figure {
  readonly what: string;
  readonly models: number;
  readonly unit: "s" | "MiB" | "";
  readonly total: number;
  readonly perModel: number;
  /** How many times as much for each model as in the smallest fleet. */
  readonly ratio: number;
}

/**
 * What each model costs in fleets of several sizes, beside what it costs in the smallest.
 *
 * @param rounds those of each repetition; figures are medians
 */
export function comparisonOf(rounds: readonly (readonly FleetFigures[])[]): Comparison {
  const first = rounds[0]!;
  const figure = (what: string, unit: Figure["unit"], of: (fleet: FleetFigures) => number): Figure[] => {
    const totals = first.map((_, size) => median(rounds.map((round) => of(round[size]!))));
    const each = totals.map((total, size) => total / first[size]!.models);
    return first.map(({ models }, size) => ({
      ...{ what, models, unit },
      ...{ total: totals[size]!, perModel: each[size]!, ratio: each[size]! / each[0]! },
    }));
  };
  const figures = [
    ...figure("resources", "", ({ resources }) => resources),
    ...Object.keys(first[0]!.seconds).flatMap((what) => figure(what, "s", ({ seconds }) => seconds[what]!)),
    ...figure("peak memory, platform and all", "MiB", ({ peak }) => peak.mib),
    ...Object.entries(parts).flatMap(([what, name]) =>
      figure(what, "MiB", ({ peak }) => peak.parts.find((part) => part.name === name)?.mib ?? 0),
    ),
  ];
  return {
    columns: [
      { title: "a fleet's", align: "left" },
      { title: "models", align: "right" },
      { title: "in all", align: "right" },
      { title: "", align: "left" },
      { title: "per model", align: "right" },
      { title: "", align: "left" },
      { title: `ratio to ${first[0]!.models}`, align: "right" },
    ],
    rows: figures.map(({ what, models, unit, total, perModel, ratio }, index) => [
      index % first.length === 0 ? what : "",
      `${models}`,
      unit === "s" ? digits(total) : total.toFixed(0),
      unit,
      unit === "s" ? digits(perModel * 1000) : perModel.toFixed(1),
      unit === "s" ? "ms" : unit,
      ratio.toFixed(2),
    ]),
    figures,
  };
}

/**
 * How many of these models have a running pod with a claim to which a MIG slice was allocated, one that nobody else has.
 *
 * @param label the pods' label that names their model
 */
export function ownSlices(
  models: readonly string[],
  label: string,
  pods: readonly KubeObject[],
  claims: readonly KubeObject[],
): number {
  const devices = new Map(
    claims.map(({ metadata, status }) => [
      `${metadata.namespace}/${metadata.name}`,
      ((status?.allocation?.devices?.results ?? []) as { pool: string; device: string }[]).map(
        ({ pool, device }) => `${pool}/${device}`,
      ),
    ]),
  );
  const held = (pod: KubeObject) =>
    ((pod.status?.resourceClaimStatuses ?? []) as { resourceClaimName: string }[]).flatMap(
      ({ resourceClaimName }) => devices.get(`${pod.metadata.namespace}/${resourceClaimName}`) ?? [],
    );
  const running = pods.filter(({ status }) => status?.phase === "Running");
  const holders = new Map<string, number>();
  for (const device of running.flatMap(held)) holders.set(device, (holders.get(device) ?? 0) + 1);
  const served = new Set(
    running
      .filter((pod) => held(pod).some((device) => device.includes("-mig-") && holders.get(device) === 1))
      .map(({ metadata }) => metadata.labels?.[label]),
  );
  return models.filter((name) => served.has(name)).length;
}
